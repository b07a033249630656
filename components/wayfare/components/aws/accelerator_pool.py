"""The accelerator nodes: one zone, one placement group, one subnet."""

import pulumi
import pulumi_aws as aws

from wayfare.components.aws.capacity import Capacity
from wayfare.components.aws.control_plane import ControlPlane
from wayfare.components.aws.network import Network
from wayfare.components.aws.plan import AcceleratorPoolPlan
from wayfare.components.aws.system_pool import disk, metadata, tag_specifications


class AcceleratorPool(pulumi.ComponentResource):
    """A managed node group of a fixed size with its launch template and the subnet of its zone.

    Another zone, machine type or purchase replaces the nodes; the old ones go first, for there may be no room for both.
    """

    def __init__(
        self,
        name: str,
        plan: AcceleratorPoolPlan,
        capacity: Capacity,
        network: Network,
        control_plane: ControlPlane,
        key: pulumi.Output[str] | None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("wayfare:aws:AcceleratorPool", name, None, opts)
        before = [capacity, *control_plane.before_nodes, *network.way_out]
        child = pulumi.ResourceOptions(parent=self, depends_on=before, delete_before_replace=True)
        subnet = plan.existing_subnet or self._subnet(f"{name}-subnet", plan, network, child)
        # None where the network was there already, with its own routes.
        routed = [
            aws.ec2.RouteTableAssociation(f"{name}-subnet", subnet_id=subnet, route_table_id=table, opts=child)
            for table in network.private_routes
        ]
        groups = [control_plane.security_group, network.fabric_group]
        template = aws.ec2.LaunchTemplate(
            f"{name}-template",
            name=plan.template,
            block_device_mappings=disk(plan.disk_gib, key),
            metadata_options=metadata(),
            # No subnet and no public address: the node group's subnet decides.
            network_interfaces=[
                aws.ec2.LaunchTemplateNetworkInterfaceArgs(
                    network_card_index=interface.card,
                    device_index=interface.device,
                    interface_type=interface.kind,
                    security_groups=groups,
                    delete_on_termination="true",
                )
                for interface in plan.interfaces
            ],
            placement=None
            if capacity.placement_group is None
            else aws.ec2.LaunchTemplatePlacementArgs(group_name=capacity.placement_group),
            user_data=plan.user_data,
            tag_specifications=tag_specifications(plan.instance_tags),
            tags=plan.tags,
            opts=child,
        )
        nodes = aws.eks.NodeGroup(
            f"{name}-nodes",
            cluster_name=control_plane.name,
            node_group_name=plan.name,
            node_role_arn=control_plane.node_role,
            subnet_ids=[subnet],
            # The control plane's own output: it is upgraded before the nodes.
            version=control_plane.version,
            ami_type="AL2023_x86_64_NVIDIA",
            capacity_type=plan.capacity_type,
            instance_types=[plan.machine_type],
            launch_template={"id": template.id, "version": template.latest_version.apply(str)},
            scaling_config={"min_size": plan.nodes, "desired_size": plan.nodes, "max_size": plan.nodes},
            # Old nodes go before new ones come: accelerators cannot be surged.
            update_config={"max_unavailable": 1, "update_strategy": "MINIMAL"},
            node_repair_config={"enabled": True},
            labels=plan.labels,
            taints=[{"key": plan.taint, "value": "present", "effect": "NO_SCHEDULE"}],
            tags=plan.tags,
            opts=pulumi.ResourceOptions.merge(child, pulumi.ResourceOptions(depends_on=routed)),
        )
        self.node_group = nodes.node_group_name
        self.register_outputs({"nodeGroup": self.node_group})

    @staticmethod
    def _subnet(
        name: str, plan: AcceleratorPoolPlan, network: Network, child: pulumi.ResourceOptions
    ) -> pulumi.Output[str]:
        return aws.ec2.Subnet(
            name,
            vpc_id=network.vpc,
            cidr_block=plan.subnet,
            availability_zone=plan.zone,
            tags=plan.tags,
            opts=child,
        ).id
