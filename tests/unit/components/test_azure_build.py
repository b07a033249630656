"""What is declared for an Azure plan: every resource constructs, and the graph has the right shape."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast

import pulumi
import pytest

from tests.mocked import run_with_mocks
from wayfare.blueprints import CloudName, Purchase, TrainingCluster
from wayfare.components.azure import CLOUD
from wayfare.components.catalog import shipped_rows
from wayfare.components.contract import ClusterOutputs, Holding, Placement, Request

TIMER = {"llm-capacity-timer", "llm-capacity-timer-rights"}
SUBSCRIPTION = "00000000-0000-0000-0000-0000000000a1"
_KUBECONFIG = """
clusters: [{name: c, cluster: {server: "https://c", certificate-authority-data: Q0E=}}]
users: [{name: u, user: {exec: {apiVersion: v1, command: kubelogin, args: [get-token]}}}]
"""


@dataclass
class Recorder(pulumi.runtime.Mocks):
    """A cloud that takes everything, and remembers it."""

    made: dict[str, tuple[str, Mapping[str, Any]]] = field(default_factory=dict[str, tuple[str, Mapping[str, Any]]])

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        inputs = cast("dict[str, Any]", args.inputs)  # pyright: ignore[reportUnknownMemberType] - untyped
        self.made[args.name] = (args.typ, inputs)
        more: dict[str, Any] = {
            "name": f"<{args.name}>",
            "ipAddress": "20.0.0.1",
            "fqdn": "c.azmk8s.io",
            "clientId": f"<{args.name}.client>",
            "principalId": f"<{args.name}.principal>",
            "primaryEndpoints": {"blob": "https://account.blob.core.windows.net/"},
        }
        if args.typ == "azure-native:containerservice:ManagedCluster":
            more["identityProfile"] = {"kubeletidentity": {"objectId": f"<{args.name}.kubelet>"}}
            more["oidcIssuerProfile"] = {"enabled": True, "issuerURL": "https://issuer/"}
            more["identity"] = {"type": "UserAssigned", "userAssignedIdentities": {}}
        if args.typ == "azure-native:logic:Workflow":
            more["identity"] = {**inputs["identity"], "principalId": f"<{args.name}.principal>", "tenantId": "t"}
        return f"/{args.name}", {**inputs, **more}

    def call(self, args: pulumi.runtime.MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]]]:
        if args.token.endswith(":getClientConfig"):
            return {"clientId": "c", "objectId": "person", "subscriptionId": SUBSCRIPTION, "tenantId": "t"}, []
        assert args.token.endswith(":listManagedClusterUserCredentials")
        value = base64.b64encode(_KUBECONFIG.encode()).decode()
        return {"kubeconfigs": [{"name": "clusterUser", "value": value}]}, []


def request(purchase: Purchase = Purchase.ON_DEMAND, holding: Holding = Holding.HELD) -> Request:
    machine = shipped_rows(CloudName.AZURE).machine_type("Standard_NC24ads_A100_v4")
    blueprint = TrainingCluster.model_validate(
        {
            "apiVersion": "wayfare.dev/v1",
            "kind": "TrainingCluster",
            "metadata": {"name": "llm", "labels": {"costCenter": "4711"}},
            "spec": {
                "accelerators": [{"name": "A100", "perNode": 1, "nodes": 4}],
                "access": {"allow": ["203.0.113.0/24"]},
                "workload": {"image": "registry.example/train:1"},
                "storage": {"checkpoints": {"expireAfter": "30d"}},
            },
        },
        strict=False,
    )
    return Request(
        blueprint=blueprint,
        digest="0" * 64,
        placement=Placement(CloudName.AZURE, "eastus", "2", machine.name, purchase),
        machine=machine,
        accelerator=blueprint.spec.accelerators[0],
        holding=holding,
        hold_until=datetime(2026, 11, 24, tzinfo=UTC),
    )


def build(asked: Request) -> tuple[Recorder, dict[str, Any]]:
    """Everything that is declared for a request, and the outputs' values."""
    recorder, values = Recorder(), dict[str, Any]()

    def program() -> None:
        parent = pulumi.ComponentResource("wayfare:index:Cluster", asked.name)
        outputs: ClusterOutputs = CLOUD.build(CLOUD.plan(asked), pulumi.ResourceOptions(parent=parent))
        names = ("endpoint", "kubeconfig", "checkpoints", "identity", "network", "node_pool", "capacity")

        def keep(found: list[Any]) -> None:
            values.update(zip((*names, "annotations"), found, strict=True))

        known = pulumi.Output.all(*(getattr(outputs, name) for name in names), outputs.service_account_annotations)
        known.apply(lambda found: keep(list(found)))

    run_with_mocks(recorder, program)
    return recorder, values


def one(recorder: Recorder, kind: str) -> Mapping[str, Any]:
    (found,) = of_type(recorder, kind)
    return found


def of_type(recorder: Recorder, kind: str) -> list[Mapping[str, Any]]:
    return [inputs for typ, inputs in recorder.made.values() if typ.startswith("azure") and typ.endswith(f":{kind}")]


def test_every_output_is_there() -> None:
    recorder, values = build(request())
    assert all(name.startswith("llm") for name in recorder.made)
    assert values["endpoint"] == "https://c.azmk8s.io:443"
    assert values["checkpoints"] == "https://account.blob.core.windows.net/<llm-checkpoints-container>"
    assert values["capacity"] == "/llm-capacity-group"
    assert values["annotations"] == {"azure.workload.identity/client-id": values["identity"]}
    assert "kubelogin" in values["kubeconfig"]


def test_the_api_answers_to_the_blueprints_networks_and_to_its_own_nodes() -> None:
    recorder, _ = build(request())
    cluster = one(recorder, "ManagedCluster")
    assert cluster["apiServerAccessProfile"]["authorizedIPRanges"] == ["203.0.113.0/24", "20.0.0.1/32"]
    assert cluster["apiServerAccessProfile"]["disableRunCommand"] is True
    assert cluster["disableLocalAccounts"] is True
    assert cluster["aadProfile"] == {"managed": True, "enableAzureRBAC": True}
    assert cluster["networkProfile"]["outboundType"] == "userAssignedNATGateway"
    subnet = one(recorder, "Subnet")
    assert subnet["defaultOutboundAccess"] is False
    assert subnet["natGateway"] == {"id": "/llm-network-nat"}
    (system,) = cluster["agentPoolProfiles"]
    assert not any(pool["enableNodePublicIP"] for pool in (system, one(recorder, "AgentPool")))


def test_rights_are_no_wider_than_their_purpose() -> None:
    recorder, _ = build(request())
    rights = {name: inputs for name, (typ, inputs) in recorder.made.items() if typ.endswith(":RoleAssignment")}
    scopes = {name: inputs["scope"] for name, inputs in rights.items()}
    assert scopes == {
        "llm-control-plane-rights": "/llm-group",
        "llm-control-plane-admin": "/llm-control-plane-cluster",
        "llm-identity-rights": "/llm-checkpoints-container",
        "llm-capacity-timer-rights": "/llm-capacity-group",
    }
    assert rights["llm-control-plane-admin"]["principalId"] == "person"
    assert rights["llm-identity-rights"]["principalId"] == "<llm-identity-identity.principal>"
    assert rights["llm-capacity-timer-rights"]["principalId"] == "<llm-capacity-timer.principal>"
    assert len({inputs["roleAssignmentName"] for inputs in rights.values()}) == 4
    federation = one(recorder, "FederatedIdentityCredential")
    assert federation["subject"] == "system:serviceaccount:workload:workload"
    assert federation["issuer"] == "https://issuer/"


def test_the_bucket_takes_no_keys_and_nothing_public() -> None:
    recorder, _ = build(request())
    _, account = recorder.made["llm-checkpoints-account"]
    assert account["allowSharedKeyAccess"] is False
    assert account["allowBlobPublicAccess"] is False
    assert account["enableHttpsTrafficOnly"] is True
    assert account["minimumTlsVersion"] == "TLS1_2"
    assert account["resourceGroupName"] == "<llm-checkpoints-group>"
    (rule,) = recorder.made["llm-checkpoints-expiry"][1]["policy"]["rules"]
    assert rule["definition"]["actions"] == {"baseBlob": {"delete": {"daysAfterModificationGreaterThan": 30}}}


@pytest.mark.parametrize("purchase", [Purchase.ON_DEMAND, Purchase.SPOT])
def test_a_released_or_unheld_reservation_changes_nothing_else(purchase: Purchase) -> None:
    held, _ = build(request())
    if purchase is Purchase.ON_DEMAND:
        released, values = build(request(holding=Holding.RELEASED))
        assert held.made.keys() - released.made.keys() == TIMER
        assert released.made.keys() <= held.made.keys()
        changed = {name for name in released.made if held.made[name] != released.made[name]}
        assert changed == {"llm-capacity-reservation"}
        assert one(released, "CapacityReservation")["sku"] == {"name": "Standard_NC24ads_A100_v4", "capacity": 0}
    else:
        spot, values = build(request(purchase, Holding.NONE))
        assert held.made.keys() - spot.made.keys() == {"llm-capacity-group", "llm-capacity-reservation", *TIMER}
        changed = {name for name in spot.made if held.made[name] != spot.made[name]}
        assert changed == {"llm-accelerator-pool"}
        assert "capacityReservationGroupID" not in one(spot, "AgentPool")
    assert values["capacity"] is None


def test_the_pool_is_in_one_zone_and_names_its_reservation() -> None:
    recorder, _ = build(request())
    pool = one(recorder, "AgentPool")
    assert pool["availabilityZones"] == ["2"] == one(recorder, "CapacityReservationGroup")["zones"]
    assert pool["capacityReservationGroupID"] == "/llm-capacity-group"
    assert pool["count"] == 4 == one(recorder, "CapacityReservation")["sku"]["capacity"]
    assert pool["upgradeSettings"] == {"maxSurge": "0", "maxUnavailable": "1"}
    assert pool["nodeTaints"] == ["nvidia.com/gpu=present:NoSchedule"]
    spot, _ = build(request(Purchase.SPOT, Holding.NONE))
    assert one(spot, "AgentPool")["spotMaxPrice"] == -1


def test_azure_itself_ends_what_is_held() -> None:
    recorder, _ = build(request())
    timer = one(recorder, "Workflow")
    (trigger,), (action,) = timer["definition"]["triggers"].values(), timer["definition"]["actions"].values()
    assert trigger["recurrence"] == {"frequency": "Hour", "interval": 1, "startTime": "2026-11-24T00:00:00Z"}
    assert timer["identity"] == {"type": "SystemAssigned"}
    asked = action["inputs"]
    assert (asked["method"], asked["body"]) == ("PATCH", {"sku": {"capacity": 0}})
    assert asked["authentication"]["type"] == "ManagedServiceIdentity"
    path = asked["uri"].removeprefix("https://management.azure.com").partition("?api-version=")[0]
    assert path == "/llm-capacity-group/capacityReservations/accelerators"
