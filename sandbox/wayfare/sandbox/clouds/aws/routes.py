"""EC2's routing: route tables, routes, associations, addresses and NAT gateways."""

import zlib
from collections.abc import Iterator

from wayfare.sandbox.behaviour import Call, Made, Refused, ResourceRules, Row
from wayfare.sandbox.clouds.aws.common import (
    ACCOUNT,
    Violation,
    api_error,
    arn,
    ec2_id,
    exactly_one,
    here,
    is_range,
    made,
    matches,
    named,
    region_of,
)

VPC = "aws:ec2/vpc:Vpc"
SUBNET = "aws:ec2/subnet:Subnet"
GATEWAY = "aws:ec2/internetGateway:InternetGateway"
TABLE = "aws:ec2/routeTable:RouteTable"
NAT = "aws:ec2/natGateway:NatGateway"
_ROUTE = "aws:ec2/route:Route"
_ASSOCIATION = "aws:ec2/routeTableAssociation:RouteTableAssociation"
_ADDRESS = "aws:ec2/eip:Eip"

_DESTINATIONS = ("destinationCidrBlock", "destinationIpv6CidrBlock", "destinationPrefixListId")
_TARGETS = (
    *("carrierGatewayId", "coreNetworkArn", "egressOnlyGatewayId", "gatewayId", "localGatewayId", "natGatewayId"),
    *("networkInterfaceId", "transitGatewayId", "vpcEndpointId", "vpcPeeringConnectionId"),
)


def existing(call: Call, token: str, id: object, doing: str, operation: str, code: str, what: str) -> Row:
    """A resource that a call names, in its region. Raises `Refused`."""
    row = here(call, token, id)
    if row is None:
        raise Refused(api_error(doing, operation, code, f"The {what} '{id}' does not exist"))
    return row


def _table(call: Call) -> Made:
    doing, operation = "creating EC2 Route Table", "EC2: CreateRouteTable"
    existing(call, VPC, call.inputs["vpcId"], doing, operation, "InvalidVpcID.NotFound", "vpc ID")
    id = ec2_id(call, "rtb")
    return made(call, id, {"arn": arn("ec2", region_of(call), f"route-table/{id}"), "ownerId": ACCOUNT})


def _table_free(call: Call) -> None:
    if named(call.store.rows(_ASSOCIATION), "routeTableId", call.id):
        text = f"The routeTable '{call.id}' has dependencies and cannot be deleted."
        doing = f"deleting EC2 Route Table ({call.id})"
        raise Refused(api_error(doing, "EC2: DeleteRouteTable", "DependencyViolation", text))


def _route_check(call: Call) -> Iterator[Violation]:
    """One destination and one target (provider's documentation of `aws_route`)."""
    yield from exactly_one(call.inputs, *_DESTINATIONS)
    yield from exactly_one(call.inputs, *_TARGETS)
    yield from is_range(call.inputs, "destinationCidrBlock")


def _route(call: Call) -> Made:
    inputs = call.inputs
    destination = next(str(inputs[name]) for name in _DESTINATIONS if inputs.get(name) is not None)
    doing = f"creating Route in Route Table ({inputs['routeTableId']}) with destination ({destination})"
    operation = "EC2: CreateRoute"
    id, code = inputs["routeTableId"], "InvalidRouteTableID.NotFound"
    table = existing(call, TABLE, id, doing, operation, code, "routeTable ID")
    gateway = inputs.get("gatewayId")
    if gateway is not None and gateway != "local":
        row = existing(call, GATEWAY, gateway, doing, operation, "InvalidGatewayID.NotFound", "gateway ID")
        if row.outputs.get("vpcId") != table.outputs["vpcId"]:
            text = f"route table {table.id} and network gateway {gateway} belong to different networks"
            raise Refused(api_error(doing, operation, "InvalidParameterValue", text))
    if (nat := inputs.get("natGatewayId")) is not None:
        existing(call, NAT, nat, doing, operation, "InvalidNatGatewayID.NotFound", "natGateway ID")
    for row in call.store.rows(_ROUTE):
        if row.outputs["routeTableId"] == table.id and destination in (row.outputs.get(each) for each in _DESTINATIONS):
            text = f"The route identified by {destination} already exists."
            raise Refused(api_error(doing, operation, "RouteAlreadyExists", text))
    # The provider's own id: the table's, and a checksum of where the route leads.
    id = f"r-{table.id}{zlib.crc32(destination.encode())}"
    return made(call, id, {"origin": "CreateRoute", "state": "active"}, tagged=False)


def _association(call: Call) -> Made:
    inputs, operation = call.inputs, "EC2: AssociateRouteTable"
    doing = f"creating Route Table ({inputs['routeTableId']}) Association"
    id, code = inputs["routeTableId"], "InvalidRouteTableID.NotFound"
    table = existing(call, TABLE, id, doing, operation, code, "routeTable ID")
    if (id := inputs.get("subnetId")) is not None:
        subnet = existing(call, SUBNET, id, doing, operation, "InvalidSubnetID.NotFound", "subnet ID")
        if subnet.outputs["vpcId"] != table.outputs["vpcId"]:
            text = f"Route table {table.id} and subnet {id} belong to different networks"
            raise Refused(api_error(doing, operation, "InvalidParameterValue", text))
        if named(call.store.rows(_ASSOCIATION), "subnetId", id):
            text = f"the specified association for route table {table.id} conflicts with an existing association"
            raise Refused(api_error(doing, operation, "Resource.AlreadyAssociated", text))
    return made(call, ec2_id(call, "rtbassoc"), {}, tagged=False)


def _address(call: Call) -> Made:
    id = ec2_id(call, "eipalloc")
    ip = "203.0.113." + str(int(call.store.new_id(2), 16))
    return made(
        call,
        id,
        {
            "arn": arn("ec2", region_of(call), f"elastic-ip/{id}"),
            "allocationId": id,
            "publicIp": ip,
            "publicDns": f"ec2-{ip.replace('.', '-')}.compute.amazonaws.com",
            "publicIpv4Pool": "amazon",
            "networkBorderGroup": region_of(call),
        },
    )


def _address_free(call: Call) -> None:
    """An address that is associated stays (EC2 API reference, ReleaseAddress)."""
    if named(call.store.rows(NAT), "allocationId", call.id):
        text = f"Address with allocation id [{call.id}] is in use"
        doing = f"deleting EC2 EIP ({call.id})"
        raise Refused(api_error(doing, "EC2: ReleaseAddress", "InvalidIPAddress.InUse", text))


def _nat_check(call: Call) -> Iterator[Violation]:
    """A public gateway needs an address, a private one has none (VPC User Guide, "NAT gateway basics")."""
    kind = call.inputs.get("connectivityType", "public")
    regional = call.inputs.get("availabilityMode") == "regional"
    if kind == "public" and not regional and call.inputs.get("allocationId") is None:
        yield "allocationId", "a public NAT gateway needs an elastic IP address"
    if kind == "private" and call.inputs.get("allocationId") is not None:
        yield "allocationId", "allocation_id is not supported with connectivity_type = private"
    yield from matches(call.inputs, "subnetId", r"subnet-[0-9a-f]+", "a subnet's id")
    yield from matches(call.inputs, "allocationId", r"eipalloc-[0-9a-f]+", "an address's allocation id")


def _nat(call: Call) -> Made:
    """EC2 finds some faults only after it has begun (VPC User Guide, "NAT gateway creation fails")."""
    inputs, doing, operation = call.inputs, "creating EC2 NAT Gateway", "EC2: CreateNatGateway"
    id = ec2_id(call, "nat")
    subnet = existing(call, SUBNET, inputs["subnetId"], doing, operation, "InvalidSubnetID.NotFound", "subnet ID")
    address = None
    if inputs.get("connectivityType", "public") == "public":
        held = inputs["allocationId"]
        address = existing(call, _ADDRESS, held, doing, operation, "InvalidAllocationID.NotFound", "allocation ID")
        failure, vpc = f"waiting for EC2 NAT Gateway ({id}) create: unexpected state 'failed'", subnet.outputs["vpcId"]
        failure += ", wanted target 'available'. last error: "
        if named(call.store.rows(NAT), "allocationId", held):
            text = f"Resource.AlreadyAssociated: Elastic IP address [{held}] is already associated"
            raise Refused(failure + text)
        if named(call.store.rows(GATEWAY), "vpcId", vpc) is None:
            raise Refused(f"{failure}Gateway.NotAttached: Network {vpc} has no Internet gateway attached")
    return made(
        call,
        id,
        {
            "associationId": ec2_id(call, "eipassoc"),
            "connectivityType": inputs.get("connectivityType", "public"),
            "networkInterfaceId": ec2_id(call, "eni"),
            "privateIp": "10.0.32.10",
            "publicIp": "" if address is None else address.outputs["publicIp"],
        },
    )


RULES: dict[str, ResourceRules] = {
    TABLE: ResourceRules(
        seconds=2,
        delete_seconds=1,
        # EC2 has no call that moves a table to another VPC.
        replace_on=frozenset({"vpcId"}),
        check=lambda call: list(matches(call.inputs, "vpcId", r"vpc-[0-9a-f]+", "a VPC's id")),
        create=_table,
        delete=_table_free,
    ),
    _ROUTE: ResourceRules(
        seconds=1,
        delete_seconds=1,
        # ReplaceRoute gives a route another target; table and destination are what it is known by.
        replace_on=frozenset({"routeTableId", *_DESTINATIONS}),
        check=lambda call: list(_route_check(call)),
        create=_route,
        tags=None,
    ),
    _ASSOCIATION: ResourceRules(
        seconds=1,
        delete_seconds=1,
        # ReplaceRouteTableAssociation gives it another table.
        replace_on=frozenset({"subnetId", "gatewayId"}),
        check=lambda call: list(exactly_one(call.inputs, "subnetId", "gatewayId")),
        create=_association,
        tags=None,
    ),
    _ADDRESS: ResourceRules(
        seconds=1,
        delete_seconds=1,
        replace_on=frozenset({"domain", "networkBorderGroup", "publicIpv4Pool", "customerOwnedIpv4Pool", "address"}),
        create=_address,
        delete=_address_free,
    ),
    NAT: ResourceRules(
        seconds=120,
        delete_seconds=60,
        # A zonal gateway's place and primary address are fixed (VPC User Guide, "NAT gateway basics").
        replace_on=frozenset(
            {"subnetId", "allocationId", "connectivityType", "privateIp", "availabilityMode"}
            | {"secondaryPrivateIpAddressCount"}
        ),
        check=lambda call: list(_nat_check(call)),
        create=_nat,
    ),
}
