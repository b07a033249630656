"""What Azure's documentation asks of networks, access, identities and the rest, held against the sandbox."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.contract.azure_platform import CONNECTED, HUB, SUBSCRIPTION, hub, make_hub, of, one, request
from tests.contract.dry_run import DryRun, dry_run
from wayfare.components.azure import CLOUD
from wayfare.components.azure.account import lack
from wayfare.components.contract import Need, NotFeasible, Request
from wayfare.sandbox.behaviour import NotThere
from wayfare.sandbox.clouds.azure import names

PRIVATE_API = {"access": {"api": "private", "allow": ["10.0.0.0/8"]}}
TEAM = "11111111-2222-4333-8444-555555555555"
VAULT = f"{SUBSCRIPTION}/resourceGroups/secrets/providers/Microsoft.KeyVault/vaults/team"


def kubeconfig(run: DryRun) -> Any:
    """What the provider of Kubernetes was given."""
    return json.loads(next(iter(run._kubeconfigs.values())))  # pyright: ignore[reportPrivateUsage]


def lacks(run: DryRun, need: Need) -> str | None:
    """What `lacking` says of a need, from the sandbox's answers."""

    def read(id: str) -> dict[str, Any] | None:
        try:
            return run.clouds["azure-native"].rest("GET", id.removeprefix("/"), {"api-version": "x"})
        except NotThere:
            return None

    known = read(need.id)
    if known is not None and need.kind.startswith("subnet"):
        known["location"] = (read(need.id.partition("/subnets/")[0]) or {})["location"]
    return lack(need, known)


def found(asked: Request, kind: str) -> list[Need]:
    """The needs of a kind, by its first word."""
    return [need for need in CLOUD.plan(asked).needs if need.kind.split()[0] == kind]


def test_the_addresses_are_azures_part_of_the_space(tmp_path: Path) -> None:
    with dry_run(tmp_path, request({"network": {"space": "10.0.0.0/9"}})) as run:
        assert run.refusals == []
        profile = one(run, "ManagedCluster").inputs["networkProfile"]
        # Microsoft, "Azure CNI Overlay": nodes, pods and services have ranges of their own.
        assert one(run, "VirtualNetwork").inputs["addressSpace"]["addressPrefixes"] == ["10.32.0.0/16", "10.35.0.0/16"]
        assert one(run, "Subnet").inputs["addressPrefix"] == "10.32.0.0/20"
        assert (profile["podCidr"], profile["serviceCidr"]) == ("10.36.0.0/14", "10.33.0.0/16")
        assert profile["dnsServiceIP"] == "10.33.0.10"


def test_an_existing_subnet_is_used_and_nothing_of_a_network_made(tmp_path: Path) -> None:
    asked = request({"network": hub()})
    with dry_run(tmp_path, asked, before=make_hub) as run:
        assert run.refusals == []
        assert not [
            row for kind in ("VirtualNetwork", "Subnet", "NatGateway", "PublicIPAddress") for row in of(run, kind)
        ]
        cluster = one(run, "ManagedCluster").inputs
        assert cluster["agentPoolProfiles"][0]["vnetSubnetID"] == f"{HUB}/subnets/nodes"
        assert one(run, "AgentPool").inputs["vnetSubnetID"] == f"{HUB}/subnets/nodes"
        assert cluster["networkProfile"]["outboundType"] == "userAssignedNATGateway"
        # Nodes come to a public API from the gateway's address.
        gateway = next(row for row in run.store.resources("azure-native") if row.token == names.ADDRESS)
        ranges = cluster["apiServerAccessProfile"]["authorizedIPRanges"]
        assert ranges == ["203.0.113.0/24", f"{gateway.outputs['ipAddress']}/32"]
        # Microsoft, "Azure CNI Overlay": at least Network Contributor on the subnet.
        rights = one(run, "RoleAssignment", "control-plane-subnet").inputs
        assert rights["scope"] == f"{HUB}/subnets/nodes"
        assert rights["roleDefinitionId"].endswith("4d97b98b-1d4f-4787-a291-c67834d212e7")
        assert [lacks(run, need) for need in found(asked, "subnet")] == [None]


def test_a_private_api_has_no_ranges_and_a_name_that_whoever_is_connected_resolves(tmp_path: Path) -> None:
    network = hub("route-table", nodes=f"{HUB}/subnets/routed")
    with dry_run(tmp_path, request({"network": network, **PRIVATE_API}), None, CONNECTED, make_hub) as run:
        assert run.refusals == []
        cluster = one(run, "ManagedCluster")
        assert cluster.inputs["apiServerAccessProfile"] == {
            "disableRunCommand": True,
            "enablePrivateCluster": True,
            "enablePrivateClusterPublicFQDN": True,
            "privateDNSZone": "system",
        }
        assert cluster.inputs["networkProfile"]["outboundType"] == "userDefinedRouting"
        assert kubeconfig(run)["clusters"][0]["cluster"]["server"] == f"https://{cluster.outputs['fqdn']}:443"


def test_a_private_api_is_reached_by_nobody_else(tmp_path: Path) -> None:
    with dry_run(tmp_path, request({"network": hub(), **PRIVATE_API}), before=make_hub) as run:
        assert run.refusals
        assert all("i/o timeout" in refusal.text for refusal in run.refusals)


def test_a_firewalls_address_is_not_known() -> None:
    with pytest.raises(NotFeasible, match="use api: private on this network"):
        CLOUD.plan(request({"network": hub("route-table")}))


@pytest.mark.parametrize(
    ("network", "reason"),
    [
        (hub(nodes=f"{HUB}/subnets/none"), "there is no subnet with a NAT gateway"),
        (hub(nodes=f"{HUB}/subnets/endpoints"), "has no NAT gateway"),
        (hub(region="westus3"), "is in eastus, not in westus3"),
    ],
)
def test_a_network_that_does_not_serve_is_said_before_anything_is_made(
    tmp_path: Path, network: dict[str, Any], reason: str
) -> None:
    with dry_run(tmp_path, request({}), before=make_hub) as run:
        asked = request({"network": network}, region=network["existing"][0]["region"])
        (need,) = found(asked, "subnet")
        assert reason in str(lacks(run, need))


def test_groups_administer_the_cluster_and_no_more(tmp_path: Path) -> None:
    with dry_run(tmp_path, request({"admins": {"azure": [TEAM]}})) as run:
        rights = next(row.inputs for row in of(run, "RoleAssignment") if row.inputs["principalId"] == TEAM)
        # Microsoft, "Use Azure RBAC for Kubernetes authorization": Azure Kubernetes Service RBAC Cluster Admin.
        assert rights["roleDefinitionId"].endswith("b1ff04bb-8a4e-4dc4-8eb5-8693973ce19b")
        assert rights["principalType"] == "Group"
        assert rights["scope"] == one(run, "ManagedCluster").id


def test_the_workload_reads_the_secrets_that_are_named_and_no_others(tmp_path: Path) -> None:
    secret = f"{VAULT}/secrets/token"
    asked = request({"secrets": {"azure": [secret]}})
    (need,) = found(asked, "secret")
    with dry_run(tmp_path, asked) as run:
        # The sandbox's subscription has no such vault, and says so; what is asked for is right all the same.
        assert lacks(run, need) == f"there is no secret {secret} in eastus"
        (refusal,) = run.refusals
        assert "secret" in refusal.name
        assert "could not be found" in refusal.text


def test_the_version_is_the_control_planes_and_pools_follow_it(tmp_path: Path) -> None:
    with dry_run(tmp_path, request({"kubernetes": {"version": "1.35"}})) as run:
        assert run.refusals == []
        cluster = one(run, "ManagedCluster").inputs
        assert cluster["kubernetesVersion"] == "1.35"
        # AKS: pools' versions must be all unspecified or those of the control plane, and its channel upgrades both.
        assert "orchestratorVersion" not in cluster["agentPoolProfiles"][0]
        assert cluster["autoUpgradeProfile"]["upgradeChannel"] == "patch"
