"""The cluster's network: private nodes, one way out, and the fabric's security group."""

from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

from wayfare.components.aws.plan import NetworkPlan
from wayfare.components.aws.plan_platform import ExistingNetworkPlan


class Network(pulumi.ComponentResource):
    """A VPC with two private subnets for the cluster, one public subnet for the NAT gateway and an S3 endpoint.

    The accelerator pool adds a subnet of its own. Everything waits for `after`. Of a network that exists already, only
    the fabric's security group is made: it is the cluster's and not the network's.
    """

    def __init__(
        self,
        name: str,
        plan: NetworkPlan,
        after: Sequence[pulumi.Resource],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("wayfare:aws:Network", name, None, opts)
        child = pulumi.ResourceOptions(parent=self, depends_on=list(after))
        # What a node needs to reach its cluster and its images, and must keep for as long as it runs.
        self.way_out: list[pulumi.Resource] = []
        # Route tables that a further private subnet belongs to.
        self.private_routes: list[pulumi.Output[str]] = []
        if plan.existing is None:
            self._made(name, plan, child)
        else:
            self._found(plan.existing)
        # With its rules, which whatever is checked against them waits for.
        self.fabric_group, self.fabric_rules = self._fabric_group(name, plan, self.vpc, child)
        self.register_outputs({"vpc": self.vpc, "fabricGroup": self.fabric_group})

    def _found(self, existing: ExistingNetworkPlan) -> None:
        """The network is somebody else's: it has its own routes and its own way out."""
        self.vpc = pulumi.Output.from_input(existing.vpc)
        self.cluster_subnets = [pulumi.Output.from_input(subnet) for subnet in existing.cluster_subnets]

    def _made(self, name: str, plan: NetworkPlan, child: pulumi.ResourceOptions) -> None:
        # A subnet cannot change its zone, and need not when the account gets to see one more.
        placed = pulumi.ResourceOptions.merge(child, pulumi.ResourceOptions(ignore_changes=["availabilityZone"]))
        zones = aws.get_availability_zones_output(
            exclude_zone_ids=list(plan.zones_to_avoid),
            # Without local and wavelength zones, which must be opted in to.
            filters=[{"name": "opt-in-status", "values": ["opt-in-not-required"]}],
            opts=pulumi.InvokeOutputOptions(parent=self),
        ).names
        vpc = aws.ec2.Vpc(
            f"{name}-vpc",
            cidr_block=plan.cidr,
            enable_dns_hostnames=True,
            enable_dns_support=True,
            tags=plan.tags,
            opts=child,
        )
        gateway = aws.ec2.InternetGateway(f"{name}-internet", vpc_id=vpc.id, tags=plan.tags, opts=child)
        public = aws.ec2.Subnet(
            f"{name}-public",
            vpc_id=vpc.id,
            cidr_block=plan.public_subnet,
            availability_zone=zones[0],
            tags={**plan.tags, **plan.balancer_tags},
            opts=placed,
        )
        outward = aws.ec2.RouteTable(f"{name}-public", vpc_id=vpc.id, tags=plan.tags, opts=child)
        way_out = aws.ec2.Route(
            f"{name}-public",
            route_table_id=outward.id,
            destination_cidr_block="0.0.0.0/0",
            gateway_id=gateway.id,
            opts=child,
        )
        aws.ec2.RouteTableAssociation(f"{name}-public", subnet_id=public.id, route_table_id=outward.id, opts=child)
        address = aws.ec2.Eip(f"{name}-nat", domain="vpc", tags=plan.tags, opts=child)
        nat = aws.ec2.NatGateway(
            f"{name}-nat",
            subnet_id=public.id,
            allocation_id=address.id,
            tags=plan.tags,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[gateway]),
        )
        private = aws.ec2.RouteTable(f"{name}-private", vpc_id=vpc.id, tags=plan.tags, opts=child)
        private_way = aws.ec2.Route(
            f"{name}-private",
            route_table_id=private.id,
            destination_cidr_block="0.0.0.0/0",
            nat_gateway_id=nat.id,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[way_out]),
        )
        subnets: list[aws.ec2.Subnet] = []
        self.way_out.append(private_way)
        for index, cidr in enumerate(plan.cluster_subnets):
            subnet = aws.ec2.Subnet(
                f"{name}-cluster-{index}",
                vpc_id=vpc.id,
                cidr_block=cidr,
                availability_zone=zones[index],
                tags=plan.tags,
                opts=placed,
            )
            routed = aws.ec2.RouteTableAssociation(
                f"{name}-cluster-{index}", subnet_id=subnet.id, route_table_id=private.id, opts=child
            )
            self.way_out.append(routed)
            subnets.append(subnet)
        aws.ec2.VpcEndpoint(
            f"{name}-s3",
            vpc_id=vpc.id,
            service_name=f"com.amazonaws.{plan.region}.s3",
            vpc_endpoint_type="Gateway",
            route_table_ids=[private.id],
            tags=plan.tags,
            opts=child,
        )
        self.vpc = vpc.id
        self.private_routes = [private.id]
        self.cluster_subnets = [subnet.id for subnet in subnets]

    @staticmethod
    def _fabric_group(
        name: str, plan: NetworkPlan, vpc: pulumi.Output[str], child: pulumi.ResourceOptions
    ) -> tuple[pulumi.Output[str], Sequence[pulumi.Resource]]:
        """EFA needs a group that lets all traffic in from and out to itself; an open egress rule is not enough."""
        group = aws.ec2.SecurityGroup(
            f"{name}-fabric",
            vpc_id=vpc,
            description="Accelerator nodes among themselves",
            tags=plan.tags,
            opts=child,
        )
        inward = aws.vpc.SecurityGroupIngressRule(
            f"{name}-fabric-in",
            description="All traffic from the accelerator nodes of this group",
            security_group_id=group.id,
            referenced_security_group_id=group.id,
            ip_protocol="-1",
            tags=plan.tags,
            opts=child,
        )
        outward = aws.vpc.SecurityGroupEgressRule(
            f"{name}-fabric-out",
            description="All traffic to the accelerator nodes of this group",
            security_group_id=group.id,
            referenced_security_group_id=group.id,
            ip_protocol="-1",
            tags=plan.tags,
            opts=child,
        )
        return group.id, [inward, outward]
