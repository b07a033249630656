"""What goes away with a resource, and what controllers leave behind of a cluster."""

from collections.abc import Sequence

from wayfare.sandbox.behaviour import ResourceRules
from wayfare.sandbox.clouds import kubernetes
from wayfare.sandbox.reach import CLUSTERS
from wayfare.sandbox.regions import cluster_key
from wayfare.sandbox.store import Resource, Store

_POOL = "gcp:container/nodePool:NodePool"


def inside(store: Store, row: Resource) -> Sequence[Resource]:
    """What goes away with a resource.

    A cluster's objects, a namespace's objects, a GKE cluster's node pools, and in Azure all below its id.
    """
    if row.id.startswith("/subscriptions/"):
        below = [each for each in store.resources(row.package) if each.id.lower().startswith(f"{row.id.lower()}/")]
        clusters = [each for each in (row, *below) if each.token in CLUSTERS]
        return [*below, *(each for cluster in clusters for each in objects(store, cluster))]
    if row.token in CLUSTERS:
        pools = [pool for pool in store.resources("gcp", _POOL) if pool.id.startswith(f"{row.id}/nodePools/")]
        return [*pools, *objects(store, row)]
    return kubernetes.inside(row, store.resources("kubernetes", region=row.region))


def objects(store: Store, cluster: Resource) -> Sequence[Resource]:
    """A cluster's Kubernetes objects."""
    return store.resources("kubernetes", region=cluster_key(cluster))


def remove(store: Store, row: Resource, rules: ResourceRules, at: float) -> None:
    """Remove a resource with all that goes with it, and keep what is left behind of it."""
    left = rules.leaves(row, objects(store, row)) if rules.leaves is not None else ()
    for each in (row, *inside(store, row)):
        store.remove(each.number)
    for each in left:
        store.add(
            package=row.package,
            token=each.token,
            id=each.id,
            region=row.region,
            urn="",
            name=each.outputs.get("name", each.id),
            inputs={},
            outputs=each.outputs,
            tags=each.tags,
            failed=False,
            nodes=None,
            at=at,
        )
