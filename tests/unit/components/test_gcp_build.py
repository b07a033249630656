"""What is declared for a Google Cloud plan: every resource constructs, and the graph has the right shape."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, cast

import pulumi
import pytest

from tests.mocked import run_with_mocks
from wayfare.blueprints import CloudName, Purchase, TrainingCluster
from wayfare.components.catalog import shipped_rows
from wayfare.components.contract import ClusterOutputs, Holding, Placement, Request
from wayfare.components.gcp import CLOUD


@dataclass
class Recorder(pulumi.runtime.Mocks):
    """A cloud that takes everything, and remembers it."""

    made: dict[str, tuple[str, Mapping[str, Any]]] = field(default_factory=dict[str, tuple[str, Mapping[str, Any]]])

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        inputs = cast("dict[str, Any]", args.inputs)  # pyright: ignore[reportUnknownMemberType] - untyped
        self.made[args.name] = (args.typ, inputs)
        name = str(inputs.get("name", args.name))
        more: dict[str, Any] = {
            "url": f"gs://{name}",
            "projectNumber": 408214973355,
            "endpoint": "203.0.113.9",
            "masterAuth": {"clusterCaCertificate": "Y2E="},
            "email": f"{name}@p.iam.gserviceaccount.com",
            "member": f"serviceAccount:{name}@p.iam.gserviceaccount.com",
        }
        return f"{args.name}-id", {**inputs, **more, "name": name}

    def call(self, args: pulumi.runtime.MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]]]:
        assert args.token.endswith(":getClientConfig")
        return {"project": "p", "accessToken": "", "defaultLabels": {}, "id": "", "region": "", "zone": ""}, []


def request(purchase: Purchase = Purchase.ON_DEMAND, holding: Holding = Holding.HELD) -> Request:
    machine = shipped_rows(CloudName.GCP).machine_type("a3-megagpu-8g")
    blueprint = TrainingCluster.model_validate(
        {
            "apiVersion": "wayfare.dev/v1",
            "kind": "TrainingCluster",
            "metadata": {"name": "llm", "labels": {"costCenter": "4711"}},
            "spec": {
                "accelerators": [{"name": "H100", "nodes": 4}],
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
        placement=Placement(CloudName.GCP, "us-east4", "us-east4-b", machine.name, purchase),
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
            values.update(zip(names, found, strict=True))

        pulumi.Output.all(*(getattr(outputs, name) for name in names)).apply(lambda found: keep(list(found)))

    run_with_mocks(recorder, program)
    return recorder, values


def of_type(recorder: Recorder, kind: str) -> list[Mapping[str, Any]]:
    return [inputs for typ, inputs in recorder.made.values() if typ.endswith(f":{kind}")]


def test_every_output_is_there() -> None:
    recorder, values = build(request())
    assert values["endpoint"] == "https://203.0.113.9"
    assert values["checkpoints"].startswith("gs://p-llm-")
    assert values["capacity"] == "llm-capacity-reservation-id"
    assert all(name.startswith("llm") for name in recorder.made)


def test_the_identity_is_this_cluster_alone_on_this_bucket_alone() -> None:
    recorder, values = build(request())
    (grant,) = of_type(recorder, "BucketIAMMember")
    cluster = request().resource_name
    assert grant["member"] == values["identity"]
    assert values["identity"].startswith("principalSet://iam.googleapis.com/projects/408214973355/locations/global/")
    assert values["identity"].endswith(f"/projects/p/locations/us-east4/clusters/{cluster}")
    assert grant["role"] == "roles/storage.objectUser"
    # The nodes' own account has one role; nothing else is granted on the project.
    (role,) = of_type(recorder, "IAMMember")
    assert role["role"] == "roles/container.defaultNodeServiceAccount"


def test_the_kubeconfig_holds_no_credential() -> None:
    _, values = build(request())
    config = json.loads(values["kubeconfig"])
    (user,) = config["users"]
    assert list(user["user"]) == ["exec"]
    assert user["user"]["exec"]["command"] == "gke-gcloud-auth-plugin"


@pytest.mark.parametrize("holding", [Holding.RELEASED, Holding.NONE])
def test_only_the_reservation_goes_when_capacity_is_released(holding: Holding) -> None:
    held, _ = build(request())
    released, values = build(replace(request(), holding=holding))
    assert held.made.keys() - released.made.keys() == {"llm-capacity-reservation"}
    assert all(held.made[name] == inputs for name, inputs in released.made.items())
    assert values["capacity"] is None


def test_nothing_is_public_and_nothing_runs_as_a_wide_account() -> None:
    recorder, _ = build(request(Purchase.SPOT, Holding.NONE))
    (bucket,) = of_type(recorder, "Bucket")[-1:]
    assert bucket["publicAccessPrevention"] == "enforced"
    assert bucket["uniformBucketLevelAccess"] is True
    (cluster,) = [inputs for typ, inputs in recorder.made.values() if typ == "gcp:container/cluster:Cluster"]
    assert cluster["privateClusterConfig"]["enablePrivateNodes"] is True
    assert cluster["masterAuthorizedNetworksConfig"]["cidrBlocks"] == [{"cidrBlock": "203.0.113.0/24"}]
    assert cluster["controlPlaneEndpointsConfig"]["dnsEndpointConfig"] == {"allowExternalTraffic": False}
    pools = of_type(recorder, "NodePool")
    assert len(pools) == 2
    for configuration in (cluster["nodeConfig"], *(pool["nodeConfig"] for pool in pools)):
        assert configuration["serviceAccount"].endswith(".iam.gserviceaccount.com")
        assert configuration["shieldedInstanceConfig"] == {
            "enableSecureBoot": True,
            "enableIntegrityMonitoring": True,
        }


def test_the_reservation_names_what_google_fills_in() -> None:
    recorder, _ = build(request())
    (reservation,) = of_type(recorder, "Reservation")
    properties = reservation["specificReservation"]["instanceProperties"]
    assert properties["guestAccelerators"] == [
        {"acceleratorType": "nvidia-h100-mega-80gb", "acceleratorCount": 8},
    ]
    assert properties["localSsds"] == [{"diskSizeGb": 375, "interface": "NVME"}] * 16
    assert reservation["specificReservationRequired"] is False
    assert reservation["deleteAfterDuration"] == {"seconds": "7200", "nanos": 0}
