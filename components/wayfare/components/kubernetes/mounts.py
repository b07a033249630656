"""What the workload mounts: shared memory, local disks, storage from outside of Kubernetes, directories of the node.

Pure.
"""

from collections.abc import Sequence
from typing import Any

from wayfare.components.contract import NAMESPACE
from wayfare.components.pods import ClusterObject, NodePath, PodNeeds, Scratch, Volume

_SCRATCH = "scratch"


def volume(wanted: Volume) -> ClusterObject:
    """A persistent volume that is bound to the claim of its name and to no other."""
    spec = {
        "accessModes": [_access(wanted)],
        "capacity": {"storage": f"{wanted.capacity_gib}Gi"},
        # What it stands for is the stack's, and stays when the claim goes.
        "persistentVolumeReclaimPolicy": "Retain",
        "storageClassName": "",
        **({"mountOptions": list(wanted.mount_options)} if wanted.mount_options else {}),
        "claimRef": {"name": wanted.name, "namespace": NAMESPACE},
        "csi": {
            "driver": wanted.driver,
            "volumeHandle": wanted.handle,
            **({"volumeAttributes": dict(wanted.attributes)} if wanted.attributes else {}),
            **_read_only(wanted.read_only),
        },
    }
    return ClusterObject("v1", "PersistentVolume", _in_cluster(wanted), spec)


def claim(wanted: Volume) -> ClusterObject:
    """The claim that gets that volume."""
    spec = {
        "accessModes": [_access(wanted)],
        "storageClassName": "",
        "volumeName": _in_cluster(wanted),
        "resources": {"requests": {"storage": f"{wanted.capacity_gib}Gi"}},
    }
    return ClusterObject("v1", "PersistentVolumeClaim", wanted.name, spec, NAMESPACE)


def _in_cluster(wanted: Volume) -> str:
    """Volumes have no namespace: two workloads may each have one called `shared`."""
    return f"{NAMESPACE}-{wanted.name}"


def _access(wanted: Volume) -> str:
    return "ReadOnlyMany" if wanted.read_only else "ReadWriteMany"


def storage_class(pods: PodNeeds) -> tuple[ClusterObject, ...]:
    """The class of the local disks' volumes, where their driver brings none."""
    scratch = pods.scratch
    if scratch is None or scratch.storage_class is None or scratch.provisioner is None:
        return ()
    fields = {
        "provisioner": scratch.provisioner,
        "reclaimPolicy": "Delete",
        # The disks are those of the node that the pod goes to.
        "volumeBindingMode": "WaitForFirstConsumer",
    }
    return (ClusterObject("storage.k8s.io/v1", "StorageClass", scratch.storage_class, beside=fields),)


def in_pod(pods: PodNeeds, volumes: Sequence[Volume]) -> list[dict[str, Any]]:
    """The pod's volumes."""
    # Collective libraries share memory between a node's processes; the default of 64 MiB is too small.
    memory = {"name": "shm", "emptyDir": {"medium": "Memory"}}
    local = [] if pods.scratch is None else [_scratch(pods.scratch)]
    claimed = [
        {"name": volume.name, "persistentVolumeClaim": {"claimName": volume.name, **_read_only(volume.read_only)}}
        for volume in volumes
    ]
    of_node = {each.name: each for each in (*pods.paths, *(each for car in pods.sidecars for each in car.paths))}
    return [memory, *local, *claimed, *(_of_node(each) for each in of_node.values())]


def in_container(pods: PodNeeds, volumes: Sequence[Volume]) -> list[dict[str, Any]]:
    """Where the container sees them."""
    places = [
        ("shm", "/dev/shm", False),  # noqa: S108 - the system's own
        *([] if pods.scratch is None else [(_SCRATCH, "/scratch", False)]),
        *((volume.name, volume.mount, volume.read_only) for volume in volumes),
    ]
    own = [{"name": name, "mountPath": path, **_read_only(read_only)} for name, path, read_only in places]
    return [*own, *of_paths(pods.paths)]


def of_paths(paths: Sequence[NodePath]) -> list[dict[str, Any]]:
    """Where a container sees the node's directories."""
    return [{"name": path.name, "mountPath": path.mount, **_read_only(path.read_only)} for path in paths]


def _of_node(wanted: NodePath) -> dict[str, Any]:
    kind = "DirectoryOrCreate" if wanted.made else "Directory"
    return {"name": wanted.name, "hostPath": {"path": wanted.path, "type": kind}}


def _read_only(value: bool) -> dict[str, bool]:
    return {"readOnly": True} if value else {}


def _scratch(scratch: Scratch) -> dict[str, Any]:
    """On the node's own ephemeral storage where that is the local disks, else a volume of the pod's own."""
    size = f"{scratch.per_node_gib}Gi"
    if scratch.storage_class is None:
        return {"name": _SCRATCH, "emptyDir": {"sizeLimit": size}}
    claim = {
        "accessModes": ["ReadWriteOnce"],
        "storageClassName": scratch.storage_class,
        "resources": {"requests": {"storage": size}},
    }
    return {"name": _SCRATCH, "ephemeral": {"volumeClaimTemplate": {"spec": claim}}}
