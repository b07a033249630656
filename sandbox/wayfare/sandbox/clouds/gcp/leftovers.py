"""What controllers leave behind in Google Cloud when a GKE cluster is deleted before the objects that they work for.

Google Cloud, "Delete a cluster": load balancers that its services made and persistent disks that its claims made are
not deleted with it. A load balancer has a firewall rule in the cluster's network.
"""

from collections.abc import Iterator, Sequence

from wayfare.sandbox.behaviour import Left, Row
from wayfare.sandbox.clouds.kubernetes_controlled import Controlled, balanced, claimed

FIREWALL, FORWARDING = "gcp:compute/firewall:Firewall", "gcp:compute/forwardingRule:ForwardingRule"
DISK = "gcp:compute/disk:Disk"


def leaves(cluster: Row, objects: Sequence[Row]) -> Sequence[Left]:
    """Forwarding rules with their firewall rules, and disks."""
    return [
        *(left for service in balanced(objects) for left in _balancer(cluster, service)),
        *(_disk(cluster, claim) for claim in claimed(objects)),
    ]


def _balancer(cluster: Row, service: Controlled) -> Iterator[Left]:
    owner, name = f"projects/{cluster.outputs['project']}", service.balancer
    said = f'{{"kubernetes.io/service-name":"{service.namespace}/{service.name}"}}'
    firewall = {"name": f"k8s-fw-{name}", "network": cluster.outputs["network"], "description": said}
    yield Left(FIREWALL, f"{owner}/global/firewalls/k8s-fw-{name}", firewall)
    yield Left(
        FORWARDING, f"{owner}/regions/{cluster.region}/forwardingRules/{name}", {"name": name, "description": said}
    )


def _disk(cluster: Row, claim: Controlled) -> Left:
    name, zones = f"pvc-{claim.uid}", cluster.outputs.get("nodeLocations") or [f"{cluster.region}-a"]
    path = f"projects/{cluster.outputs['project']}/zones/{zones[0]}/disks/{name}"
    return Left(DISK, path, {"name": name}, {"goog-k8s-cluster-name": str(cluster.outputs["name"])})
