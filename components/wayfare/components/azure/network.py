"""The cluster's network: one subnet for all zones, and one way out."""

from collections.abc import Sequence

import pulumi
import pulumi_azure_native as azure

from wayfare.components.azure.plan import NetworkPlan


class Network(pulumi.ComponentResource):
    """A virtual network with one private subnet behind a NAT gateway.

    The gateway has no zone of its own, so that it serves nodes in every zone and does not change with them. AKS puts a
    network security group of its own on the nodes' interfaces; a second one on the subnet would have to let through
    what AKS adds to the first. InfiniBand is attached by hardware and known to no network here.
    """

    def __init__(
        self,
        name: str,
        plan: NetworkPlan,
        group: pulumi.Input[str],
        after: Sequence[pulumi.Resource],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("wayfare:azure:Network", name, None, opts)
        child = pulumi.ResourceOptions(parent=self, depends_on=list(after))
        address = azure.network.PublicIPAddress(
            f"{name}-address",
            public_ip_address_name=f"{plan.name}-nat",
            resource_group_name=group,
            location=plan.location,
            sku=azure.network.PublicIPAddressSkuArgs(name="Standard"),
            public_ip_allocation_method="Static",
            public_ip_address_version="IPv4",
            tags=dict(plan.tags),
            opts=child,
        )
        gateway = azure.network.NatGateway(
            f"{name}-nat",
            nat_gateway_name=plan.name,
            resource_group_name=group,
            location=plan.location,
            sku=azure.network.NatGatewaySkuArgs(name="Standard"),
            idle_timeout_in_minutes=10,
            public_ip_addresses=[azure.network.SubResourceArgs(id=address.id)],
            tags=dict(plan.tags),
            opts=child,
        )
        self.network = azure.network.VirtualNetwork(
            f"{name}-network",
            virtual_network_name=plan.name,
            resource_group_name=group,
            location=plan.location,
            address_space=azure.network.AddressSpaceArgs(address_prefixes=[plan.space]),
            tags=dict(plan.tags),
            opts=child,
        )
        subnet = azure.network.Subnet(
            f"{name}-nodes",
            subnet_name="nodes",
            virtual_network_name=self.network.name,
            resource_group_name=group,
            address_prefix=plan.nodes,
            default_outbound_access=False,
            nat_gateway=azure.network.SubResourceArgs(id=gateway.id),
            # Checkpoints go to storage over Azure's own network and not through the gateway, which counts bytes.
            service_endpoints=[azure.network.ServiceEndpointPropertiesFormatArgs(service="Microsoft.Storage")],
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.subnet = subnet.id
        self.egress = address.ip_address.apply(_given)
        self.register_outputs({"id": self.network.id, "subnet": self.subnet})


def _given(address: str | None) -> str:
    if address is None:
        raise ValueError("Azure gave the NAT gateway no address")
    return address
