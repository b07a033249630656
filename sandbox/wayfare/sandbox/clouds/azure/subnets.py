"""What AKS asks of the subnets that its nodes are in. Codes and words are those of its API."""

import ipaddress
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from wayfare.sandbox.behaviour import Call, Refused, Row
from wayfare.sandbox.clouds.azure import names
from wayfare.sandbox.clouds.azure.names import error
from wayfare.sandbox.clouds.azure.network import ranges_of, subnets_of

#: Microsoft, "Azure Virtual Network frequently asked questions": Azure keeps the first four addresses and the last.
_KEPT = 5


class InSubnet(Protocol):
    """Nodes that may be in a subnet."""

    @property
    def name(self) -> str:
        """Their pool's name."""
        ...

    @property
    def most(self) -> int:
        """How many there may be."""
        ...

    @property
    def subnet(self) -> str:
        """The subnet's id; empty for one that AKS makes."""
        ...


def refuse(call: Call, profile: Mapping[str, Any], pools: Sequence[InSubnet], beside: Sequence[InSubnet] = ()) -> None:
    """Hold new pools against the network. `beside`: the pools that their cluster has. Raises `Refused`."""
    everywhere = [pool for pool in (*beside, *pools) if pool.subnet]
    for pool in pools:
        if not pool.subnet:
            continue
        subnet = names.needed(call, names.SUBNET, pool.subnet)
        _one_network(pool, everywhere)
        _free_for_nodes(subnet)
        _way_out(call, profile, subnet)
        _ranges(call, profile, subnet)
        _room(profile, subnet, everywhere)


def _one_network(pool: InSubnet, everywhere: Sequence[InSubnet]) -> None:
    """Microsoft, "Create node pools with unique subnets": limitations."""
    own = _network(pool.subnet)
    for other in everywhere:
        if _network(other.subnet) != own:
            raise Refused(
                error(
                    "InvalidParameter",
                    f"All subnets of a cluster must be in the same virtual network, and those of agent pools "
                    f"'{other.name}' and '{pool.name}' are not.",
                )
            )


def _network(subnet: str) -> str:
    return subnet.lower().rpartition("/subnets/")[0]


def _free_for_nodes(subnet: Row) -> None:
    """Microsoft, "AKS networking concepts": a delegated subnet belongs to another service."""
    if names.texts(subnet.inputs, "delegations"):
        raise Refused(error("SubnetIsDelegated", f"Subnet {subnet.id} is delegated and cannot be used by agent pools."))


def _way_out(call: Call, profile: Mapping[str, Any], subnet: Row) -> None:
    """Microsoft, "Create a managed or user-assigned NAT gateway for your AKS cluster"."""
    if str(profile.get("outboundType", "")).lower() != "userassignednatgateway":
        return
    gateway = names.part(subnet.inputs, "natGateway").get("id")
    if gateway is None:
        raise Refused(
            error(
                "SubnetNotAssociatedWithNATGateway",
                f"Subnet '{subnet.id}' must have a NAT gateway associated for outbound connection",
            )
        )
    row = names.needed(call, names.GATEWAY, gateway)
    if not names.texts(row.inputs, "publicIpAddresses") and not names.texts(row.inputs, "publicIpPrefixes"):
        raise Refused(
            error(
                "NATGatewayNotAssociatedWithPublicIPOrIPPrefix",
                f"NAT gateway '{row.id}' must have at least one public IP or IP prefix associated for outbound "
                "connection.",
            )
        )


def _ranges(call: Call, profile: Mapping[str, Any], subnet: Row) -> None:
    """Services and pods have ranges of their own (Microsoft, "Azure CNI Overlay": IP address planning)."""
    for key, kind, code in (
        ("serviceCidr", "service", "ServiceCidrOverlapExistingSubnetsCidr"),
        ("podCidr", "pod", "PodCidrOverlapExistingSubnetsCidr"),
    ):
        if not profile.get(key):
            continue
        own = ipaddress.IPv4Network(str(profile[key]))
        for other in subnets_of(call, subnet.id.rpartition("/subnets/")[0]):
            for each in ranges_of(other):
                if own.overlaps(each):
                    raise Refused(
                        error(
                            code, f"The specified {kind} CIDR {own} is conflicted with an existing subnet CIDR {each}"
                        )
                    )


def _room(profile: Mapping[str, Any], subnet: Row, everywhere: Sequence[InSubnet]) -> None:
    """An address for each node that there may be. Only the overlay's pods take none of the subnet."""
    if str(profile.get("networkPluginMode", "")).lower() != "overlay":
        return
    ranges = ranges_of(subnet)
    free = sum(each.num_addresses - _KEPT for each in ranges)
    wanted = sum(pool.most for pool in everywhere if pool.subnet.lower() == subnet.id.lower())
    if wanted > free:
        raise Refused(
            error(
                "InsufficientSubnetSize",
                f"Pre-allocated IPs {wanted} exceeds IPs available {free} in Subnet Cidr {ranges[0]}, Subnet "
                f"Name {subnet.outputs.get('name')}.",
            )
        )
