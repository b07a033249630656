"""What the workload mounts from buckets: data sets to be read, and the cluster's own for its checkpoints."""

from collections.abc import Sequence

import pulumi
import pulumi_gcp as gcp

from wayfare.components.gcp.bucket import Bucket
from wayfare.components.gcp.control_plane import ControlPlane
from wayfare.components.gcp.identity import Identity
from wayfare.components.gcp.plan_compute import DataMountPlan, DataPlan
from wayfare.components.pods import CHECKPOINTS, Volume

_DRIVER = "gcsfuse.csi.storage.gke.io"


class Data(pulumi.ComponentResource):
    """The right to read each data set's bucket, and what the Cloud Storage FUSE driver needs to mount that and the
    cluster's own bucket, which the workload may write to anyhow.

    GKE brings the driver; it asks for objects as the workload's own principal. Where only a prefix is to be read, the
    grant has a condition, and the driver is kept from what it asks of a whole bucket.
    """

    def __init__(
        self,
        name: str,
        plan: DataPlan,
        identity: Identity,
        bucket: Bucket,
        control_plane: ControlPlane,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("wayfare:gcp:Data", name, None, opts)
        for mount in plan.mounts:
            gcp.storage.BucketIAMMember(
                f"{name}-{mount.name}-role",
                bucket=mount.bucket,
                role=plan.role,
                member=identity.principal,
                condition=condition(mount),
                # The project's identity pool comes into being with its first cluster.
                opts=pulumi.ResourceOptions(parent=self, depends_on=[control_plane]),
            )
        own = () if plan.checkpoints is None else (checkpoints(plan.checkpoints, bucket),)
        self.volumes: Sequence[Volume] = [
            *(volume(mount.name, mount.bucket, mount.prefix, mount.mount) for mount in plan.mounts),
            *(volume(each.name, bucket.bucket.name, each.prefix, each.mount) for each in plan.brought),
            *own,
        ]
        self.register_outputs({})


def condition(mount: DataMountPlan) -> gcp.storage.BucketIAMMemberConditionArgs | None:
    """What a grant is limited to: objects below the prefix, and listing them (IAM, "Attribute reference": resource
    name, and the API attribute `storage.googleapis.com/objectListPrefix`). None for a whole bucket.
    """
    if not mount.prefix:
        return None
    below = f"{mount.prefix}/".replace("\\", "\\\\").replace('"', '\\"')
    named = f'resource.name.startsWith("projects/_/buckets/{mount.bucket}/objects/{below}")'
    listed = f'api.getAttribute("storage.googleapis.com/objectListPrefix", "").startsWith("{below}")'
    return gcp.storage.BucketIAMMemberConditionArgs(title=f"wayfare {mount.name}", expression=f"{named} || {listed}")


def volume(name: str, bucket: pulumi.Input[str], prefix: str, mount: str) -> Volume:
    """A static volume (GKE: "Mount Cloud Storage buckets as persistent volumes"; Cloud Storage FUSE: command line).

    Without directories of their own, objects' names are taken for paths. What is asked of a whole bucket is the
    driver's own check before it mounts, and the bucket's layout, which tells one with real folders.
    """
    options = ["implicit-dirs"]
    attributes: dict[str, pulumi.Input[str]] = {}
    if prefix:
        options += [f"only-dir={prefix}", "enable-hns=false"]
        attributes["skipCSIBucketAccessCheck"] = "true"
    return Volume(
        name=name,
        mount=mount,
        driver=_DRIVER,
        # Two volumes of one bucket differ in what follows the colon.
        handle=f"{bucket}:{name}" if isinstance(bucket, str) else pulumi.Output.concat(bucket, f":{name}"),
        attributes=attributes,
        read_only=True,
        mount_options=tuple(options),
    )


def checkpoints(mount: str, bucket: Bucket) -> Volume:
    """The whole of the cluster's bucket (GKE: "Mount Cloud Storage buckets as persistent volumes").

    Files are streamed as they are written, the driver's default since version 3 (Cloud Storage FUSE: "Streaming
    writes"). Directories are not renamed (`rename-dir-limit` stays 0): in a bucket without real folders that is one
    object after the other, and a checkpoint's marker could come before its files. What is asked of a whole bucket
    beforehand, whether it is there and has folders, is known.
    """
    return Volume(
        name=CHECKPOINTS,
        mount=mount,
        driver=_DRIVER,
        handle=pulumi.Output.concat(bucket.bucket.name, f":{CHECKPOINTS}"),
        attributes={"skipCSIBucketAccessCheck": "true"},
        # Whoever the image runs as may write.
        mount_options=("implicit-dirs", "enable-hns=false", "dir-mode=777", "file-mode=666"),
    )
