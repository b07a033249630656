"""The cluster's network: one subnet for all zones, and one way out; or one that exists already."""

from collections.abc import Callable, Sequence

import pulumi
import pulumi_azure_native as azure

from wayfare.components.azure.plan_platform import ExistingSubnets, NetworkPlan


class Network(pulumi.ComponentResource):
    """A virtual network with one private subnet behind a NAT gateway, or subnets of one that exists already.

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
        self.network: azure.network.VirtualNetwork | None = None
        """None where the network exists already."""
        self.subnet: pulumi.Input[str]
        """Id of the nodes' subnet."""
        self.endpoints: pulumi.Input[str] | None
        """Id of the subnet for private endpoints."""
        self.egress: pulumi.Output[list[str]]
        """Addresses that nodes reach the internet from, as CIDRs, where a public API must let them in."""
        if plan.existing is None:
            self._make(name, plan, group, pulumi.ResourceOptions(parent=self, depends_on=list(after)))
        else:
            self.id: pulumi.Input[str] = plan.existing.nodes.partition("/subnets/")[0]
            self.subnet, self.endpoints = plan.existing.nodes, plan.existing.endpoints
            self.egress = _existing_way_out(plan.existing, self)
        self.register_outputs({"id": self.id, "subnet": self.subnet})

    def _make(self, name: str, plan: NetworkPlan, group: pulumi.Input[str], child: pulumi.ResourceOptions) -> None:
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
            address_space=azure.network.AddressSpaceArgs(address_prefixes=list(plan.space)),
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
        self.id, self.subnet = self.network.id, subnet.id
        self.egress = pulumi.Output.all(_host(address.ip_address))
        self.endpoints = None
        if plan.endpoints is not None:
            self.endpoints = azure.network.Subnet(
                f"{name}-endpoints",
                subnet_name="endpoints",
                virtual_network_name=self.network.name,
                resource_group_name=group,
                address_prefix=plan.endpoints,
                default_outbound_access=False,
                # Azure changes one subnet of a network at a time and refuses the other (AnotherOperationInProgress).
                opts=pulumi.ResourceOptions(parent=self, depends_on=[subnet]),
            ).id


def _existing_way_out(subnets: ExistingSubnets, parent: pulumi.Resource) -> pulumi.Output[list[str]]:
    none: list[str] = []
    return way_out(subnets.nodes, parent) if subnets.asks_way_out else pulumi.Output.from_input(none)


def way_out(subnet: str, parent: pulumi.Resource) -> pulumi.Output[list[str]]:
    """The public addresses of the NAT gateway that a subnet goes out through, as CIDRs; asked of the subscription."""
    options = pulumi.InvokeOutputOptions(parent=parent)
    group, network, name = (_part(subnet, kind) for kind in ("resourceGroups", "virtualNetworks", "subnets"))
    found = azure.network.get_subnet_output(
        resource_group_name=group, virtual_network_name=network, subnet_name=name, opts=options
    )

    def of_gateway(gateway: azure.network.outputs.SubResourceResponse | None) -> pulumi.Output[list[str]]:
        if gateway is None or gateway.id is None:
            raise ValueError(f"{subnet} has no NAT gateway, which `network.existing` says it has")
        known = azure.network.get_nat_gateway_output(
            resource_group_name=_part(gateway.id, "resourceGroups"),
            nat_gateway_name=_part(gateway.id, "natGateways"),
            opts=options,
        )
        addresses = known.public_ip_addresses.apply(lambda each: pulumi.Output.all(*_each(each, _address, options)))
        prefixes = known.public_ip_prefixes.apply(lambda each: pulumi.Output.all(*_each(each, _prefix, options)))
        return pulumi.Output.all(addresses, prefixes).apply(lambda both: [*both[0], *both[1]])

    return found.nat_gateway.apply(of_gateway)


def _each(
    ids: Sequence[azure.network.outputs.SubResourceResponse] | None,
    ask: Callable[[str, pulumi.InvokeOutputOptions], pulumi.Output[str]],
    options: pulumi.InvokeOutputOptions,
) -> list[pulumi.Output[str]]:
    return [ask(str(each.id), options) for each in ids or ()]


def _address(id: str, options: pulumi.InvokeOutputOptions) -> pulumi.Output[str]:
    found = azure.network.get_public_ip_address_output(
        resource_group_name=_part(id, "resourceGroups"),
        public_ip_address_name=_part(id, "publicIPAddresses"),
        opts=options,
    )
    return _host(found.ip_address)


def _prefix(id: str, options: pulumi.InvokeOutputOptions) -> pulumi.Output[str]:
    found = azure.network.get_public_ip_prefix_output(
        resource_group_name=_part(id, "resourceGroups"),
        public_ip_prefix_name=_part(id, "publicIPPrefixes"),
        opts=options,
    )
    return found.ip_prefix


def _part(id: str, kind: str) -> str:
    """What follows a kind in a resource id. Azure's ids are the same in upper and lower case."""
    words = id.split("/")
    return words[[word.lower() for word in words].index(kind.lower()) + 1]


def _host(address: pulumi.Output[str | None]) -> pulumi.Output[str]:
    """An address as a CIDR."""
    return address.apply(lambda known: f"{_given(known)}/32")


def _given(address: str | None) -> str:
    if address is None:
        raise ValueError("Azure gave the NAT gateway no address")
    return address
