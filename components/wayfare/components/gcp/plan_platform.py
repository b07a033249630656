"""The parts of Google Cloud's plan that are not its accelerators: networks, keys, endpoints, registry, administrators.

Nothing here depends on zone, machine type, purchase or holding.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

#: Names of the secondary ranges of a subnetwork that Wayfare makes.
PODS, SERVICES = "pods", "services"


@dataclass(frozen=True)
class NetworkPlan:
    """A network of the cluster's own, one regional subnetwork for all zones, and a way out."""

    name: str
    region: str
    nodes: str
    """CIDR of the nodes: 4,092 addresses."""
    pods: str
    """CIDR of the pods: 1,024 nodes at GKE's /24 for each."""
    services: str
    pods_range: str = PODS
    services_range: str = SERVICES


@dataclass(frozen=True)
class ExistingNetworkPlan:
    """A network that the account has already: nothing is made, its ids are used."""

    network: str
    """`projects/PROJECT/global/networks/NAME`"""
    subnetwork: str
    """`projects/PROJECT/regions/REGION/subnetworks/NAME`"""
    pods_range: str
    """Name of the subnetwork's secondary range for pods."""
    services_range: str


@dataclass(frozen=True)
class KeyPlan:
    """The account's own key in a region: the bootstrap makes it, clusters find it by its name."""

    location: str
    ring: str = "wayfare"
    name: str = "wayfare"

    def id(self, project: str) -> str:
        """`projects/PROJECT/locations/REGION/keyRings/wayfare/cryptoKeys/wayfare`"""
        return f"projects/{project}/locations/{self.location}/keyRings/{self.ring}/cryptoKeys/{self.name}"


@dataclass(frozen=True)
class ZonePlan:
    """A private DNS zone over one of Google's own domains."""

    name: str
    domain: str
    """With a dot at its end: `googleapis.com.`"""


@dataclass(frozen=True)
class EndpointsPlan:
    """One address in the cluster's network that answers for Google's APIs, and the names that lead to it."""

    name: str
    rule: str
    """Name of the endpoint itself: at most 20 letters and digits (VPC, "Access Google APIs through endpoints")."""
    address: str
    zones: tuple[ZonePlan, ...]
    labels: Mapping[str, str]
    bundle: str = "all-apis"
    ttl_seconds: int = 300


@dataclass(frozen=True)
class RegistryPlan:
    """A repository of container images, and who may pull from it."""

    name: str
    region: str
    labels: Mapping[str, str]
    protected: bool
    role: str = "roles/artifactregistry.reader"


@dataclass(frozen=True)
class AlertPlan:
    """One alert rule, for this cluster alone: a project's metrics are those of all its clusters."""

    name: str
    title: str
    expression: str
    """PromQL."""
    lasts_seconds: int
    severity: str
    summary: str


@dataclass(frozen=True)
class MonitoringPlan:
    """What somebody is told of, and who."""

    cluster: str
    alerts: tuple[AlertPlan, ...]
    notify: tuple[str, ...]
    """Mail addresses."""
    labels: Mapping[str, str]
    evaluated_every_seconds: int = 30


def endpoint_name(resource_name: str) -> str:
    """Name of a cluster's endpoint for Google's APIs, of which no hyphen may be part."""
    return f"wf{hashlib.sha256(resource_name.encode()).hexdigest()[:16]}"
