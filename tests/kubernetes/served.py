"""Replicas of a library blueprint on the nodes that its own cluster would have, behind an API that lives already.

A control plane takes half a minute to begin, the nodes of another cluster a moment. So the one of the training cluster
gets the nodes and the objects of a cluster that serves, and has its own again afterwards.
"""

from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

from tests.contract.dry_run import DryRun, dry_run
from tests.judges.cases import Case, requests
from tests.kubernetes.living import NODES, PODS, Living
from tests.kubernetes.queued import ANOTHER, Edit
from wayfare.components.clouds import cloud
from wayfare.components.contract import ACCELERATOR_POOL, NAMESPACE, POOL_LABEL, Request
from wayfare.components.pods import PodNeeds
from wayfare.sandbox.behaviour import Properties
from wayfare.sandbox.joined import nodes_of
from wayfare.sandbox.planes import machines

SETS = f"/apis/apps/v1/namespaces/{NAMESPACE}/statefulsets"
CLAIM = "PersistentVolumeClaim"
CLAIMS = f"/api/v1/namespaces/{NAMESPACE}/persistentvolumeclaims"
VOLUMES = "/api/v1/persistentvolumes"
_LABEL = "sandbox.wayfare.dev/disk"
OF_THE_TEST = {"labelSelector": _LABEL}
SCALER = "kubernetes:keda.sh/v1alpha1:ScaledObject"

#: The kinds that run replicas, and where each holds its pods' templates.
_TEMPLATES: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "Deployment": (("template",),),
    "LeaderWorkerSet": (("leaderWorkerTemplate", "leaderTemplate"), ("leaderWorkerTemplate", "workerTemplate")),
}


#: Of the namespace itself, so that the training cluster has them under the same names.
_SHARED = ("Namespace", "NetworkPolicy", "ResourceQuota", "ServiceAccount", "ResourceClaimTemplate")


@dataclass(frozen=True)
class Served:
    """A cluster that serves, with all of its objects but the replicas: its nodes are free."""

    cluster: Living
    request: Request
    pods: PodNeeds
    item: Properties
    """The replicas as the program declares them."""
    most: int
    """How many replicas the pool holds."""
    pool: Mapping[str, Properties]
    """The accelerator nodes."""
    others: int
    """How many nodes are not the pool's."""

    @property
    def size(self) -> int:
        """How many pods a replica has, each with a node of its own."""
        return int(self.item["spec"].get("leaderWorkerTemplate", {}).get("size", 1))

    @property
    def query(self) -> Mapping[str, str]:
        """By which the pods of all replicas are found."""
        return {"labelSelector": f"app.kubernetes.io/name={self.item['metadata']['name']}"}

    def begin(self, *edits: Edit) -> None:
        """Apply the replicas, as many as the pool holds, otherwise than they are right."""
        self._keep_disks()
        self.change(*edits)

    def change(self, *edits: Edit) -> None:
        """Apply them otherwise than they are."""
        item = deepcopy(self.item)
        item["spec"]["replicas"] = self.most
        for edit in edits:
            edit(item)
        self.cluster.apply(item)

    def scale(self, replicas: int) -> None:
        """Say how many there are to be, in the way in which KEDA does it."""
        body = {"spec": {"replicas": replicas}}
        self.cluster.api.ask("PATCH", f"{self._path}/scale", body, content="application/merge-patch+json")

    def end(self) -> None:
        """Delete the replicas and wait until they and their pods are gone."""
        one_pod = self.item["kind"] == "Deployment"
        self.cluster.api.delete(self._path, wait=one_pod)
        collection, _, name = self._path.rpartition("/")
        if not one_pod:
            # Its owner's deletion would do it too: within the half minute after which the garbage collector knows it.
            owned = {"labelSelector": f"leaderworkerset.sigs.k8s.io/name={name}"}
            self.cluster.until(collection, {}, lambda found: name not in found)
            self.cluster.api.ask("DELETE", SETS, {"propagationPolicy": "Foreground"}, owned)
            self.cluster.until(SETS, owned, lambda found: not found)
        self.cluster.until(PODS, self.query, lambda found: not found)
        self.cluster.until(collection, {}, lambda found: name not in found)
        kept = {item["metadata"]["name"] for item in _objects(self.cluster.run) if item["kind"] == CLAIM}
        self.cluster.until(CLAIMS, {}, lambda found: not found.keys() - kept)

    def _keep_disks(self) -> None:
        """Room on the local disks of each node, where a driver gives it out.

        No driver runs here: volumes are there beforehand, two on each node, of which an update takes the second.
        """
        scratch = self.pods.scratch
        if scratch is None or scratch.storage_class is None:
            return
        self.cluster.api.ask("DELETE", VOLUMES, query=OF_THE_TEST)
        self.cluster.until(VOLUMES, OF_THE_TEST, lambda found: not found)
        for node in self.pool:
            for number in range(2):
                self.cluster.apply(_disk(f"{node}-{number}", node, scratch.storage_class, scratch.per_node_gib))

    @property
    def _path(self) -> str:
        return self.cluster.path(self.item)


def specifications(item: Properties) -> Iterator[Properties]:
    """Of the replicas' pods, to be edited."""
    for way in _TEMPLATES[item["kind"]]:
        place: Properties = item["spec"]
        for key in way:
            place = place[key]
        yield place["spec"]


def _disk(name: str, node: str, storage_class: str, gib: int) -> Properties:
    """A volume on one node's disks."""
    here = {"key": "kubernetes.io/hostname", "operator": "In", "values": [node]}
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": name, "labels": {_LABEL: ""}},
        "spec": {
            "capacity": {"storage": f"{gib}Gi"},
            "accessModes": ["ReadWriteOnce"],
            "persistentVolumeReclaimPolicy": "Retain",
            "storageClassName": storage_class,
            "csi": {"driver": "localdisk.csi.acstor.io", "volumeHandle": name},
            "nodeAffinity": {"required": {"nodeSelectorTerms": [{"matchExpressions": [here]}]}},
        },
    }


def of_another_make(devices: Mapping[str, int]) -> Edit:
    """Ask for devices under names that no plugin gives them."""

    def edit(item: Properties) -> None:
        for spec in specifications(item):
            for container in spec["containers"]:
                for part in ("requests", "limits"):
                    amounts: dict[str, str] = container["resources"][part]
                    for name in devices.keys() & amounts.keys():
                        amounts[f"{name}{ANOTHER}"] = amounts.pop(name)

    return edit


@contextmanager
def served(directory: Path, cluster: Living, blueprint: str) -> Generator[Served]:
    """A library blueprint where `wayfare plan` would place it on the cluster's cloud."""
    wanted = requests()[Case(cluster.cloud, blueprint)]
    with dry_run(directory, wanted) as run:
        assert run.refusals == []
        (nodes,) = nodes_of(run.store).values()
    items = [item for item in _objects(run) if cluster.api.kind(item["apiVersion"], item["kind"]) is not None]
    (replicas,) = (item for item in items if item["kind"] in _TEMPLATES)
    beside = [item for item in items if item is not replicas]
    own = {cluster.path(item): item for item in _objects(cluster.run) if item["kind"] in _SHARED}
    machines.keep(cluster.api, nodes)
    for namespace in {item["metadata"].get("namespace") for item in beside} - {None, NAMESPACE}:
        # Helm makes that of a chart.
        cluster.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}})
    for item in beside:
        cluster.apply(item)
    # A node that has just joined bears a taint until it is ready.
    every = cluster.until(NODES, {}, lambda found: not any(map(_joins, found.values())))
    pool = {
        name: node for name, node in every.items() if node["metadata"]["labels"].get(POOL_LABEL) == ACCELERATOR_POOL
    }
    needs, most = cloud(cluster.cloud).plan(wanted).pods, _most(run, replicas)
    try:
        yield Served(cluster, wanted, needs, replicas, most, pool, len(every) - len(pool))
    finally:
        for item in beside:
            if (path := cluster.path(item)) not in own:
                cluster.api.delete(path)
        for path, item in own.items():
            cluster.api.apply(path, item)
        assert cluster.run.planes is not None
        cluster.run.planes.follow()


def _joins(node: Properties) -> bool:
    return any(taint["key"] == "node.kubernetes.io/not-ready" for taint in node["spec"].get("taints", ()))


def _objects(run: DryRun) -> Iterator[Properties]:
    for row in run.resources:
        if row.type.startswith("kubernetes:") and "apiVersion" in row.inputs:
            yield row.inputs


def _most(run: DryRun, replicas: Properties) -> int:
    for row in run.resources:
        if row.type == SCALER:
            return int(row.inputs["spec"]["maxReplicaCount"])
    return int(replicas["spec"]["replicas"])
