"""The nodes that run what the cluster itself needs, and what the launch templates of both pools have in common."""

from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

from wayfare.components.aws.control_plane import ControlPlane
from wayfare.components.aws.network import Network
from wayfare.components.aws.plan import SystemPoolPlan
from wayfare.components.aws.plan_compute import Tags


class SystemPool(pulumi.ComponentResource):
    """A small managed node group in the cluster's own subnets, and the DNS that runs on it."""

    def __init__(
        self,
        name: str,
        plan: SystemPoolPlan,
        network: Network,
        control_plane: ControlPlane,
        key: pulumi.Output[str] | None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("wayfare:aws:SystemPool", name, None, opts)
        before = [*control_plane.before_nodes, *network.way_out]
        child = pulumi.ResourceOptions(parent=self, depends_on=before)
        template = aws.ec2.LaunchTemplate(
            f"{name}-template",
            name=plan.template,
            block_device_mappings=disk(plan.disk_gib, key),
            metadata_options=metadata(),
            tag_specifications=tag_specifications(plan.instance_tags),
            tags=plan.tags,
            opts=child,
        )
        nodes = aws.eks.NodeGroup(
            f"{name}-nodes",
            cluster_name=control_plane.name,
            node_group_name=plan.name,
            node_role_arn=control_plane.node_role,
            subnet_ids=network.cluster_subnets,
            ami_type="AL2023_x86_64_STANDARD",
            capacity_type="ON_DEMAND",
            instance_types=[plan.machine_type],
            # The control plane's own output: it is upgraded before the nodes.
            version=control_plane.version,
            launch_template={"id": template.id, "version": template.latest_version.apply(str)},
            scaling_config={"min_size": plan.nodes, "desired_size": plan.nodes, "max_size": plan.nodes},
            node_repair_config={"enabled": True},
            labels=plan.labels,
            tags=plan.tags,
            opts=child,
        )
        self.dns = aws.eks.Addon(
            f"{name}-dns",
            cluster_name=control_plane.name,
            addon_name="coredns",
            tags=plan.tags,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[nodes]),
        )
        self.register_outputs({"nodes": nodes.node_group_name})


def disk(size_gib: int, key: pulumi.Output[str] | None) -> Sequence[aws.ec2.LaunchTemplateBlockDeviceMappingArgs]:
    """An encrypted root disk. The size is in GiB; without a key it is the account's key for EBS, which AWS keeps."""
    return [
        aws.ec2.LaunchTemplateBlockDeviceMappingArgs(
            device_name="/dev/xvda",
            ebs=aws.ec2.LaunchTemplateBlockDeviceMappingEbsArgs(
                volume_type="gp3",
                volume_size=size_gib,
                encrypted="true",
                kms_key_id=key,
                delete_on_termination="true",
            ),
        )
    ]


def metadata() -> aws.ec2.LaunchTemplateMetadataOptionsArgs:
    """Session tokens only, and one hop: a pod cannot take the node's role."""
    return aws.ec2.LaunchTemplateMetadataOptionsArgs(
        http_endpoint="enabled", http_tokens="required", http_put_response_hop_limit=1
    )


def tag_specifications(tags: Tags) -> Sequence[aws.ec2.LaunchTemplateTagSpecificationArgs]:
    """The tags of what a launch makes: tags of a node group do not reach its instances."""
    return [
        aws.ec2.LaunchTemplateTagSpecificationArgs(resource_type=kind, tags=tags)
        for kind in ("instance", "volume", "network-interface")
    ]
