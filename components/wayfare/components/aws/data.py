"""Data sets in buckets that exist already, mounted to be read."""

import json
from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

from wayfare.components.aws.control_plane import ControlPlane, trust
from wayfare.components.aws.plan_compute import DataPlan, DataSourcePlan
from wayfare.components.pods import Volume

#: What Mountpoint's pods act as ("Mountpoint for Amazon S3 CSI driver", "Driver-Level Credentials").
_SERVICE_ACCOUNT = "s3-csi-driver-sa"


class Data(pulumi.ComponentResource):
    """Mountpoint for Amazon S3 as an EKS add-on, with the right to read exactly these; nothing where there are none."""

    def __init__(
        self,
        name: str,
        plan: DataPlan | None,
        control_plane: ControlPlane,
        after: Sequence[pulumi.Resource],
        nodes: Sequence[pulumi.Resource],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("wayfare:aws:Data", name, None, opts)
        self.volumes: Sequence[Volume] = ()
        self.driver: Sequence[pulumi.Resource] = ()
        if plan is not None:
            self.volumes = [_volume(source) for source in plan.sources]
            self.driver = [self._driver(name, plan, control_plane, after, nodes)]
        self.register_outputs({})

    def _driver(
        self,
        name: str,
        plan: DataPlan,
        control_plane: ControlPlane,
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
        policy = aws.iam.RolePolicy(
            f"{name}-policy",
            name="read",
            role=role.name,
            policy=read_only(plan.sources),
            opts=pulumi.ResourceOptions(parent=self),
        )
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
            opts=pulumi.ResourceOptions(parent=self, depends_on=[policy, *nodes]),
        )


def _volume(source: DataSourcePlan) -> Volume:
    """Mountpoint takes a prefix with a slash at its end; without `allow-other` root alone reads."""
    return Volume(
        name=source.name,
        mount=source.mount,
        driver="s3.csi.aws.com",
        # Kubernetes mounts two volumes of one handle once.
        handle=f"{source.name}-{source.bucket}",
        attributes={"bucketName": source.bucket},
        read_only=True,
        mount_options=("read-only", "allow-other", *((f"prefix {source.prefix}/",) if source.prefix else ())),
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
