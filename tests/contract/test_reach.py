"""A control plane is reached only by whom its endpoint lets in; a private one only by a declared way."""

from collections.abc import Callable
from ipaddress import IPv4Address
from pathlib import Path

import pytest

from tests.contract.dry_run import Edit, changed, dry_run
from tests.golden.cases import INFERENCE, request
from wayfare.blueprints import CloudName
from wayfare.sandbox.behaviour import Endpoint, Properties
from wayfare.sandbox.clouds.gcp.endpoint import endpoint
from wayfare.sandbox.scenario import OperatorRow

EKS, AKS, GKE = (
    "aws:eks/cluster:Cluster",
    "azure-native:containerservice:ManagedCluster",
    "gcp:container/cluster:Cluster",
)
#: Of the documentation range that the blueprint lets in (RFC 5737), and of another.
INSIDE, OUTSIDE = IPv4Address("203.0.113.9"), IPv4Address("198.51.100.9")
UNREACHABLE = "configured Kubernetes cluster is unreachable: unable to load schema information from the API server"


def edited(token: str, *changes: tuple[str, object]) -> Edit:
    """The control plane with other properties."""

    def edit(type: str, name: str, inputs: Properties) -> Properties:  # noqa: ARG001 - an `Edit`
        for path, value in changes if type == token else ():
            inputs = changed(inputs, path, value)
        return inputs

    return edit


PRIVATE = {
    CloudName.AWS: (
        edited(EKS, ("vpcConfig.endpointPublicAccess", False), ("vpcConfig.endpointPrivateAccess", True)),
        ":443: i/o timeout",
    ),
    CloudName.AZURE: (
        edited(
            AKS,
            ("apiServerAccessProfile.enablePrivateCluster", True),
            ("apiServerAccessProfile.authorizedIPRanges", ...),
        ),
        ".privatelink.eastus.azmk8s.io: no such host",
    ),
    CloudName.GCP: (edited(GKE, ("privateClusterConfig.enablePrivateEndpoint", True)), ":443: i/o timeout"),
}

Told = Callable[[CloudName, OperatorRow, Edit | None], list[str]]


@pytest.fixture
def told(tmp_path: Path) -> Told:
    """What the sandbox refuses when such an operator brings a cluster up."""

    def told(cloud: CloudName, operator: OperatorRow, edit: Edit | None = None) -> list[str]:
        with dry_run(tmp_path / "run", request(cloud, INFERENCE), edit, operator) as run:
            return [f"{refusal.type}: {refusal.text}" for refusal in run.refusals]

    return told


@pytest.mark.parametrize("cloud", CloudName)
def test_a_private_control_plane_is_reached_by_whom_is_connected_to_its_cloud(cloud: CloudName, told: Told) -> None:
    edit, words = PRIVATE[cloud]
    refusals = told(cloud, OperatorRow(address=INSIDE), edit)
    assert refusals
    assert all(each.startswith("kubernetes:") and UNREACHABLE in each and each.endswith(words) for each in refusals)


@pytest.mark.parametrize("cloud", CloudName)
def test_the_declared_way_leads_to_a_private_control_plane(cloud: CloudName, told: Told) -> None:
    assert told(cloud, OperatorRow(address=OUTSIDE, connected=(cloud,)), PRIVATE[cloud][0]) == []


@pytest.mark.parametrize("cloud", CloudName)
def test_a_restricted_control_plane_lets_in_its_networks_alone(cloud: CloudName, told: Told) -> None:
    refusals = told(cloud, OperatorRow(address=OUTSIDE), None)
    assert refusals
    assert all(UNREACHABLE in each and each.endswith(":443: i/o timeout") for each in refusals)


@pytest.mark.parametrize("cloud", CloudName)
@pytest.mark.parametrize("address", [INSIDE, None], ids=["from a network of the blueprint", "from anywhere"])
def test_an_operator_who_is_let_in_comes_through(cloud: CloudName, address: IPv4Address | None, told: Told) -> None:
    assert told(cloud, OperatorRow(address=address), None) == []


def test_gkes_address_may_be_off(told: Told) -> None:
    off = edited(GKE, ("controlPlaneEndpointsConfig.ipEndpointsConfig.enabled", False))
    refusals = told(CloudName.GCP, OperatorRow(connected=(CloudName.GCP,)), off)
    assert refusals
    assert all(each.endswith(":443: i/o timeout") for each in refusals)


@pytest.mark.parametrize("allowed", [True, False])
def test_gkes_name_leads_in_from_outside_only_where_that_is_allowed(allowed: bool) -> None:
    named = {"endpoint": "gke-1.us-central1.gke.goog", "allowExternalTraffic": allowed}
    found = endpoint({"controlPlaneEndpointsConfig": {"dnsEndpointConfig": named}}, "gke-1.us-central1.gke.goog")
    assert found == Endpoint(public=allowed, networks=None, private=True)
