"""What the workload mounts from buckets: data sets to be read, and the cluster's own for its checkpoints."""

import json
from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

from wayfare.components.along import Brought
from wayfare.components.aws.bucket import Bucket, read_and_write
from wayfare.components.aws.control_plane import ControlPlane, trust
from wayfare.components.aws.plan_compute import DataPlan, DataSourcePlan
from wayfare.components.pods import CHECKPOINTS, Volume

#: What Mountpoint's pods act as ("Mountpoint for Amazon S3 CSI driver", "Driver-Level Credentials").
_SERVICE_ACCOUNT = "s3-csi-driver-sa"

_DRIVER = "s3.csi.aws.com"

#: Bytes of a part of what is uploaded. S3 takes 10,000 of them, so that with Mountpoint's 8 MiB a file ends at 78 GiB
#: (Mountpoint, "Configuring Mountpoint", maximum object size); one process' part of a large model's state is larger.
_PART_BYTES = 32 * 2**20


class Data(pulumi.ComponentResource):
    """Mountpoint for Amazon S3 as an EKS add-on, with the right to read exactly these data sets, and to write to the
    cluster's own bucket where checkpoints are mounted; nothing where there is neither."""

    def __init__(
        self,
        name: str,
        plan: DataPlan | None,
        control_plane: ControlPlane,
        bucket: Bucket,
        key: pulumi.Output[str] | None,
        after: Sequence[pulumi.Resource],
        nodes: Sequence[pulumi.Resource],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("wayfare:aws:Data", name, None, opts)
        self.volumes: Sequence[Volume] = ()
        self.driver: Sequence[pulumi.Resource] = ()
        if plan is not None:
            own = () if plan.checkpoints is None else (_checkpoints(plan.checkpoints, bucket, plan.region),)
            brought = [_brought(each, bucket, plan.region) for each in plan.brought]
            self.volumes = [*(_volume(source) for source in plan.sources), *brought, *own]
            self.driver = [self._driver(name, plan, control_plane, bucket, key, after, nodes)]
        self.register_outputs({})

    def _driver(
        self,
        name: str,
        plan: DataPlan,
        control_plane: ControlPlane,
        bucket: Bucket,
        key: pulumi.Output[str] | None,
        after: Sequence[pulumi.Resource],
        nodes: Sequence[pulumi.Resource],
    ) -> pulumi.Resource:
        role = aws.iam.Role(
            f"{name}-role",
            name=plan.role,
            path=plan.roles_path,
            assume_role_policy=trust("pods.eks.amazonaws.com", "sts:AssumeRole", "sts:TagSession"),
            tags=plan.tags,
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(after)),
        )
        rights: dict[str, tuple[str, pulumi.Input[str]]] = {}
        if plan.sources:
            rights["policy"] = "read", read_only(plan.sources)
        if plan.checkpoints is not None or plan.brought:
            policy = pulumi.Output.all(bucket.arn, key).apply(
                lambda known: read_and_write(known[0], known[1], plan.region)
            )
            rights["checkpoints"] = "checkpoints", policy
        policies = [
            aws.iam.RolePolicy(
                f"{name}-{suffix}",
                name=called,
                role=role.name,
                policy=policy,
                opts=pulumi.ResourceOptions(parent=self),
            )
            for suffix, (called, policy) in rights.items()
        ]
        return aws.eks.Addon(
            f"{name}-driver",
            cluster_name=control_plane.name,
            addon_name="aws-mountpoint-s3-csi-driver",
            # Before version 2 its pods bore no taint by themselves.
            configuration_values=json.dumps({"node": {"tolerateAllTaints": True}}),
            pod_identity_associations=[
                aws.eks.AddonPodIdentityAssociationArgs(role_arn=role.arn, service_account=_SERVICE_ACCOUNT)
            ],
            tags=plan.tags,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[*policies, *nodes]),
        )


def _volume(source: DataSourcePlan) -> Volume:
    """Mountpoint takes a prefix with a slash at its end; without `allow-other` root alone reads."""
    return Volume(
        name=source.name,
        mount=source.mount,
        driver=_DRIVER,
        # Kubernetes mounts two volumes of one handle once.
        handle=f"{source.name}-{source.bucket}",
        attributes={"bucketName": source.bucket},
        read_only=True,
        mount_options=("read-only", "allow-other", *((f"prefix {source.prefix}/",) if source.prefix else ())),
    )


def _brought(wanted: Brought, bucket: Bucket, region: str) -> Volume:
    """What a move has copied into the cluster's own bucket."""
    return Volume(
        name=wanted.name,
        mount=wanted.mount,
        driver=_DRIVER,
        handle=pulumi.Output.concat(f"{wanted.name}-", bucket.name),
        attributes={"bucketName": bucket.name},
        read_only=True,
        mount_options=("read-only", "allow-other", f"region {region}", f"prefix {wanted.prefix}/"),
    )


def _checkpoints(mount: str, bucket: Bucket, region: str) -> Volume:
    """The whole of the cluster's bucket. Whoever the image runs as may write; a file is written anew only as a whole
    (Mountpoint, "File system behavior": `--allow-overwrite`). The region would be asked of the machine, whose metadata
    pods do not reach."""
    return Volume(
        name=CHECKPOINTS,
        mount=mount,
        driver=_DRIVER,
        handle=pulumi.Output.concat(f"{CHECKPOINTS}-", bucket.name),
        attributes={"bucketName": bucket.name},
        mount_options=(
            f"region {region}",
            "allow-delete",
            "allow-overwrite",
            "allow-other",
            "dir-mode 0777",
            "file-mode 0666",
            f"write-part-size {_PART_BYTES}",
        ),
    )


def read_only(sources: Sequence[DataSourcePlan]) -> str:
    """Listing and reading, of each bucket what is under the prefix (Mountpoint, "IAM permissions")."""
    return json.dumps(
        {"Version": "2012-10-17", "Statement": [each for source in sources for each in _statements(source)]}
    )


def _statements(source: DataSourcePlan) -> list[dict[str, object]]:
    bucket = f"arn:aws:s3:::{source.bucket}"
    listing: dict[str, object] = {"Effect": "Allow", "Action": ["s3:ListBucket"], "Resource": bucket}
    if source.prefix:
        listing["Condition"] = {"StringLike": {"s3:prefix": [f"{source.prefix}/*"]}}
    objects = f"{bucket}/{source.prefix}/*" if source.prefix else f"{bucket}/*"
    return [listing, {"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": objects}]
