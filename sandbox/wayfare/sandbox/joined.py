"""The machines that have joined the clouds' clusters, as what the clouds hold has it."""

from collections.abc import Mapping, Sequence

from wayfare.sandbox.behaviour import Node, NodesOf
from wayfare.sandbox.clouds.aws.nodes import nodes as eks
from wayfare.sandbox.clouds.azure.nodes import nodes as aks
from wayfare.sandbox.clouds.gcp.nodes import nodes as gke
from wayfare.sandbox.clouds.kubernetes_nodes import is_arm
from wayfare.sandbox.regions import cluster_key
from wayfare.sandbox.store import Resource, Store

NODES: Mapping[str, NodesOf] = {
    "aws:eks/cluster:Cluster": eks,
    "azure-native:containerservice:ManagedCluster": aks,
    "gcp:container/cluster:Cluster": gke,
}
"""By type of cluster, who knows its machines."""


def nodes_of(store: Store) -> Mapping[str, Sequence[Node]]:
    """The machines of every cluster, by its key."""
    return {cluster_key(row): nodes(store, row) for token in NODES for row in store.resources(token=token)}


def nodes(store: Store, cluster: Resource) -> Sequence[Node]:
    """The machines of one cluster."""
    objects = store.resources("kubernetes", region=cluster_key(cluster))
    return NODES[cluster.token](cluster, objects, lambda token: store.resources(token=token))


def architecture(node: Node) -> str:
    """Of its processors, in Kubernetes' word."""
    return "arm64" if is_arm(node.machine_type) else "amd64"


def labels(node: Node) -> Mapping[str, str]:
    """All labels of a node: its own, and those that every kubelet and its cloud's controller put on."""
    return {
        **node.labels,
        "kubernetes.io/hostname": node.name,
        "kubernetes.io/os": "linux",
        "kubernetes.io/arch": architecture(node),
        "node.kubernetes.io/instance-type": node.machine_type,
        "topology.kubernetes.io/region": node.region,
        **({"topology.kubernetes.io/zone": node.zone} if node.zone else {}),
    }
