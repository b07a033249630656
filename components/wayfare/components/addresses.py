"""The private addresses of a cluster: each cloud has a part of the fleet's space, so that they never overlap."""

from dataclasses import dataclass
from ipaddress import IPv4Network

from wayfare.blueprints import CloudName

#: The place of a cloud's part, of four; the last is kept free.
_PARTS = {CloudName.AWS: 0, CloudName.AZURE: 1, CloudName.GCP: 2}

#: What a cluster takes of its cloud's part, however large that is.
_TAKEN = 13


@dataclass(frozen=True)
class Addresses:
    """Networks within one cloud's part of the space; none overlaps another."""

    nodes: IPv4Network
    """/16: nodes, load balancers, and on AWS pods, which take the network's own addresses there."""
    services: IPv4Network
    """/16: virtual addresses of Kubernetes services."""
    fabric: IPv4Network
    """/16: further networks of accelerator nodes."""
    storage: IPv4Network
    """/16: file systems and private endpoints."""
    pods: IPv4Network
    """/14: pods, where they have addresses of their own."""


def addresses(space: str, cloud: CloudName) -> Addresses:
    """Divide a fleet's space, /8 to /11. Raises ValueError where it is narrower."""
    *_, part = list(IPv4Network(space).subnets(prefixlen_diff=2))[: _PARTS[cloud] + 1]
    own = next(part.subnets(new_prefix=_TAKEN))
    lower, pods = own.subnets(new_prefix=14)
    nodes, services, fabric, storage = lower.subnets(new_prefix=16)
    return Addresses(nodes, services, fabric, storage, pods)
