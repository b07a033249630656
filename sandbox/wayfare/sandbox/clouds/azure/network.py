"""Networks as Azure makes them, and what keeps them from being deleted."""

import ipaddress
from collections.abc import Iterator

from wayfare.sandbox.behaviour import Call, Made, Properties, Refused, Row
from wayfare.sandbox.clouds.azure import names
from wayfare.sandbox.clouds.azure.names import error, guid, located, made, parts, refers_to, within

_NETWORK = "Microsoft.Network"
#: As azure-native 3.29 speaks it.
_VERSION = "2024-05-01"


def _networking(call: Call) -> Properties:
    return {"etag": f'W/"{guid(call)}"', "provisioningState": "Succeeded", "resourceGuid": guid(call)}


def address(call: Call) -> Made:
    """A public address."""
    id = within(call, f"{_NETWORK}/publicIPAddresses/{call.inputs['publicIpAddressName']}")
    digits = call.store.new_id(6)
    first, second, third = (int(digits[at : at + 2], 16) for at in (0, 2, 4))
    outputs: Properties = {
        **located(call),
        **_networking(call),
        "ipAddress": f"20.{first}.{second}.{third}",
        "ipConfiguration": {},
        "idleTimeoutInMinutes": call.inputs.get("idleTimeoutInMinutes", 4),
        "sku": {"name": "Basic", "tier": "Regional", **names.part(call.inputs, "sku")},
    }
    return made(call, f"{_NETWORK}/publicIPAddresses", id, outputs, _VERSION)


def gateway(call: Call) -> Made:
    """A NAT gateway, with Standard addresses that exist and that no other gateway has.

    Microsoft, "Azure NAT Gateway FAQ": Basic addresses are not supported; a gateway in a zone takes addresses of that
    zone or of all.
    """
    id = within(call, f"{_NETWORK}/natGateways/{call.inputs['natGatewayName']}")
    names.in_group(call)
    place, zones = located(call), [str(zone) for zone in names.texts(call.inputs, "zones")]
    for each in parts(call.inputs, "publicIpAddresses"):
        wanted = _referred(call, id, names.ADDRESS, str(each.get("id")), place["location"])
        if str(names.part(wanted.outputs, "sku").get("name")).lower() != "standard":
            raise Refused(
                error(
                    "BadRequest",
                    f"NAT gateway {id} cannot use public IP address {wanted.id} of the Basic SKU: it must be Standard.",
                )
            )
        its = [str(zone) for zone in names.texts(wanted.inputs, "zones")]
        if zones and its and not set(zones) <= set(its):
            raise Refused(
                error(
                    "BadRequest",
                    f"NAT gateway {id} of zone {zones[0]} cannot use public IP address {wanted.id} of zone {its[0]}.",
                )
            )
        for other in _gateways_with(call, wanted.id):
            raise Refused(
                error(
                    "PublicIPAddressInUse",
                    f"Resource {id} is referencing public IP address {wanted.id} that is already allocated to resource "
                    f"{other.id}.",
                )
            )
    return made(call, f"{_NETWORK}/natGateways", id, {**place, **_networking(call), "subnets": []}, _VERSION)


def network(call: Call) -> Made:
    """A virtual network. Its subnets are resources of their own."""
    id = within(call, f"{_NETWORK}/virtualNetworks/{call.inputs['virtualNetworkName']}")
    outputs: Properties = {
        **located(call),
        **_networking(call),
        "flowLogs": [],
        "subnets": [],
        "virtualNetworkPeerings": [],
        "enableDdosProtection": False,
    }
    return made(call, f"{_NETWORK}/virtualNetworks", id, outputs, _VERSION)


def subnet(call: Call) -> Made:
    """A subnet inside its network's ranges, and over none of its other subnets."""
    above = within(call, f"{_NETWORK}/virtualNetworks/{call.inputs['virtualNetworkName']}")
    network = names.parent(call, names.NETWORK, above, "virtualNetworks/subnets")
    name = call.inputs.get("subnetName") or call.inputs.get("name")
    id = f"{above}/subnets/{name}"
    if part := names.part(call.inputs, "natGateway"):
        _referred(call, id, names.GATEWAY, str(part.get("id")), str(network.outputs.get("location")))
    space = [ipaddress.IPv4Network(str(each)) for each in _prefixes(network)]
    for own in map(ipaddress.IPv4Network, _own(call.inputs)):
        if not any(own.subnet_of(each) for each in space):
            raise Refused(
                error(
                    "NetcfgSubnetRangeOutsideVnet",
                    f"Subnet '{name}' is not valid because its IP address range is outside the IP address range of "
                    f"virtual network '{network.outputs['name']}'.",
                )
            )
        for other in subnets_of(call, above):
            if other.id.lower() != id.lower() and any(own.overlaps(each) for each in ranges_of(other)):
                raise Refused(
                    error(
                        "NetcfgSubnetRangesOverlap",
                        f"Subnet '{name}' is not valid because its IP address range overlaps with that of an existing "
                        f"subnet in virtual network '{network.outputs['name']}'.",
                    )
                )
    outputs: Properties = {
        "etag": f'W/"{guid(call)}"',
        "provisioningState": "Succeeded",
        "purpose": "",
        "ipConfigurationProfiles": [],
        "ipConfigurations": [],
        "privateEndpoints": [],
        "resourceNavigationLinks": [],
        "serviceAssociationLinks": [],
        "privateEndpointNetworkPolicies": call.inputs.get("privateEndpointNetworkPolicies", "Disabled"),
        "privateLinkServiceNetworkPolicies": call.inputs.get("privateLinkServiceNetworkPolicies", "Enabled"),
        "delegations": [],
    }
    return made(call, f"{_NETWORK}/virtualNetworks/subnets", id, outputs, _VERSION)


def _prefixes(network: Row) -> Iterator[str]:
    yield from (str(each) for each in names.texts(names.part(network.inputs, "addressSpace"), "addressPrefixes"))


def _own(inputs: Properties) -> list[str]:
    given = [inputs.get("addressPrefix"), *names.texts(inputs, "addressPrefixes")]
    return [str(each) for each in given if each]


def ranges_of(subnet: Row) -> list[ipaddress.IPv4Network]:
    """A subnet's own ranges."""
    return [ipaddress.IPv4Network(each) for each in _own(subnet.inputs)]


def subnets_of(call: Call, network: str) -> list[Row]:
    """The subnets of a network, by its id."""
    start = f"{network}/subnets/".lower()
    return [row for row in call.store.rows(names.SUBNET) if row.id.lower().startswith(start)]


def delete_subnet(call: Call) -> None:
    """Not while nodes or a file system are in it."""
    _refuse_in_use(call, str(call.id))


def delete_network(call: Call) -> None:
    """Not while one of its subnets is in use; else they go with it."""
    for each in subnets_of(call, str(call.id)):
        _refuse_in_use(call, each.id)


def _refuse_in_use(call: Call, subnet: str) -> None:
    for user in _users(call, subnet):
        raise Refused(
            error(
                "InUseSubnetCannotBeDeleted",
                f"Subnet {subnet.rpartition('/')[2]} is in use by {user} and cannot be deleted. In order to delete the "
                "subnet, delete all the resources within the subnet. See aka.ms/deletesubnet.",
            )
        )


def _users(call: Call, subnet: str) -> Iterator[str]:
    """Ids of the pools and file systems that are in a subnet."""
    for row in call.store.rows(names.LUSTRE):
        if refers_to(row.inputs.get("filesystemSubnet"), subnet):
            yield row.id
    for row in call.store.rows(names.POOL):
        if refers_to(row.inputs.get("vnetSubnetID"), subnet):
            yield row.id
    for row in call.store.rows(names.CLUSTER):
        for each in parts(row.inputs, "agentPoolProfiles"):
            if refers_to(each.get("vnetSubnetID"), subnet):
                yield f"{row.id}/agentPools/{each.get('name')}"


def delete_gateway(call: Call) -> None:
    """Not while a subnet goes out through it."""
    users = [
        row
        for row in call.store.rows(names.SUBNET)
        if refers_to(names.part(row.inputs, "natGateway").get("id"), call.id)
    ]
    if users:
        raise Refused(
            error(
                "CannotDeleteNatGatewayAssociatedToSubnet",
                f"NAT Gateway {call.id} is still configured on {len(users)} subnets. Remove NAT Gateway from all "
                "referenced subnets and then delete NAT Gateway.",
            )
        )


def delete_address(call: Call) -> None:
    """Not while a gateway has it."""
    for row in _gateways_with(call, str(call.id)):
        raise Refused(
            error(
                "PublicIPAddressCannotBeDeleted",
                f"Public IP address {call.id} can not be deleted since it is still allocated to resource {row.id}. In "
                "order to delete the public IP, disassociate/detach the Public IP address from the resource.",
            )
        )


def _gateways_with(call: Call, address: str) -> Iterator[Row]:
    for row in call.store.rows(names.GATEWAY):
        if any(refers_to(each.get("id"), address) for each in parts(row.inputs, "publicIpAddresses")):
            yield row


def _referred(call: Call, by: str, token: str, id: str, place: str) -> Row:
    """What a network resource refers to: it exists, in the same region."""
    row = names.find(call, token, id)
    if row is None or str(row.outputs.get("location")) != place:
        raise Refused(
            error(
                "InvalidResourceReference",
                f"Resource {id} referenced by resource {by} was not found. Please make sure that the referenced "
                "resource exists, and that both resources are in the same region.",
            )
        )
    return row
