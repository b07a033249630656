"""The parts of Google Cloud's plan that are not its accelerators: networks, keys, endpoints, registry, administrators.

Nothing here depends on zone, machine type, purchase or holding.
"""

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
