"""What the workload mounts: shared memory, local disks, and storage from outside of Kubernetes."""

from collections.abc import Sequence
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes

from wayfare.components.contract import NAMESPACE
from wayfare.components.pods import PodNeeds, Scratch, Volume

_SCRATCH = "scratch"


def declare(name: str, volumes: Sequence[Volume], opts: pulumi.ResourceOptions) -> list[pulumi.Resource]:
    """A persistent volume for each, and the claim that is bound to it and to no other."""
    made: list[pulumi.Resource] = []
    for volume in volumes:
        access = ["ReadOnlyMany" if volume.read_only else "ReadWriteMany"]
        size = {"storage": f"{volume.capacity_gib}Gi"}
        there = kubernetes.core.v1.PersistentVolume(
            f"{name}-{volume.name}",
            metadata={"name": f"{NAMESPACE}-{volume.name}"},
            spec=kubernetes.core.v1.PersistentVolumeSpecArgs(
                access_modes=access,
                capacity=size,
                # What it stands for is the stack's, and stays when the claim goes.
                persistent_volume_reclaim_policy="Retain",
                storage_class_name="",
                mount_options=list(volume.mount_options) or None,
                claim_ref=kubernetes.core.v1.ObjectReferenceArgs(name=volume.name, namespace=NAMESPACE),
                csi=kubernetes.core.v1.CSIPersistentVolumeSourceArgs(
                    driver=volume.driver,
                    volume_handle=volume.handle,
                    volume_attributes=dict(volume.attributes) or None,
                    read_only=volume.read_only or None,
                ),
            ),
            # A volume's source cannot change; one under the same name comes after the old one has gone.
            opts=pulumi.ResourceOptions.merge(
                opts, pulumi.ResourceOptions(delete_before_replace=True, replace_on_changes=["spec.csi"])
            ),
        )
        claim = kubernetes.core.v1.PersistentVolumeClaim(
            f"{name}-{volume.name}",
            metadata={"name": volume.name, "namespace": NAMESPACE, "annotations": {"pulumi.com/skipAwait": "true"}},
            spec=kubernetes.core.v1.PersistentVolumeClaimSpecArgs(
                access_modes=access,
                storage_class_name="",
                volume_name=f"{NAMESPACE}-{volume.name}",
                resources=kubernetes.core.v1.VolumeResourceRequirementsArgs(requests=size),
            ),
            opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[there])),
        )
        made += [there, claim]
    return made


def storage_class(name: str, pods: PodNeeds, opts: pulumi.ResourceOptions) -> list[pulumi.Resource]:
    """The class of the local disks' volumes, where their driver brings none."""
    scratch = pods.scratch
    if scratch is None or scratch.storage_class is None or scratch.provisioner is None:
        return []
    return [
        kubernetes.storage.v1.StorageClass(
            f"{name}-{_SCRATCH}",
            metadata={"name": scratch.storage_class},
            provisioner=scratch.provisioner,
            reclaim_policy="Delete",
            # The disks are those of the node that the pod goes to.
            volume_binding_mode="WaitForFirstConsumer",
            opts=opts,
        )
    ]


def in_pod(pods: PodNeeds, volumes: Sequence[Volume]) -> list[dict[str, Any]]:
    """The pod's volumes."""
    # Collective libraries share memory between a node's processes; the default of 64 MiB is too small.
    memory = {"name": "shm", "emptyDir": {"medium": "Memory"}}
    local = [] if pods.scratch is None else [_scratch(pods.scratch)]
    claimed = [
        {"name": volume.name, "persistentVolumeClaim": {"claimName": volume.name, **_read_only(volume.read_only)}}
        for volume in volumes
    ]
    return [memory, *local, *claimed]


def in_container(pods: PodNeeds, volumes: Sequence[Volume]) -> list[dict[str, Any]]:
    """Where the container sees them."""
    places = [
        ("shm", "/dev/shm", False),  # noqa: S108 - the system's own
        *([] if pods.scratch is None else [(_SCRATCH, "/scratch", False)]),
        *((volume.name, volume.mount, volume.read_only) for volume in volumes),
    ]
    return [{"name": name, "mountPath": path, **_read_only(read_only)} for name, path, read_only in places]


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
