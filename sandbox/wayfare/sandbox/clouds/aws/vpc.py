"""EC2's network: VPC, subnets, routes, gateways and security groups."""

import zlib
from collections.abc import Iterator
from typing import Any

from wayfare.sandbox.behaviour import Call, Made, Refused, ResourceRules
from wayfare.sandbox.clouds.aws.common import (
    ACCOUNT,
    Violation,
    api_error,
    arn,
    ec2_id,
    made,
    mapping,
    mappings,
    matches,
    region_of,
    strings,
)
from wayfare.sandbox.clouds.aws.ec2 import SUBNET, templates_in_use

_VPC = "aws:ec2/vpc:Vpc"
_SECURITY_GROUP = "aws:ec2/securityGroup:SecurityGroup"
_NODE_GROUP = "aws:eks/nodeGroup:NodeGroup"
_CLUSTER = "aws:eks/cluster:Cluster"
_NAT = "aws:ec2/natGateway:NatGateway"


def _vpc(call: Call) -> Made:
    id, region = ec2_id(call, "vpc"), region_of(call)
    return made(
        call,
        id,
        {
            "arn": arn("ec2", region, f"vpc/{id}"),
            "ownerId": ACCOUNT,
            "instanceTenancy": "default",
            "enableDnsSupport": call.inputs.get("enableDnsSupport", True),
            "enableDnsHostnames": call.inputs.get("enableDnsHostnames", False),
            "defaultNetworkAclId": ec2_id(call, "acl"),
            "defaultRouteTableId": ec2_id(call, "rtb"),
            "mainRouteTableId": ec2_id(call, "rtb"),
            "defaultSecurityGroupId": ec2_id(call, "sg"),
            "dhcpOptionsId": ec2_id(call, "dopt"),
        },
    )


def _subnet(call: Call) -> Made:
    inputs, region = call.inputs, region_of(call)
    doing, operation = "creating EC2 Subnet", "EC2: CreateSubnet"
    zone = inputs.get("availabilityZone") or next(iter(call.store.zones(region)), "")
    if zone not in call.store.zones(region):
        text = (
            f"Value ({zone}) for parameter availabilityZone is invalid. Subnets can currently only be created in the "
        )
        text += f"following availability zones: {', '.join(call.store.zones(region))}."
        raise Refused(api_error(doing, operation, "InvalidParameterValue", text))
    _needs(call, _VPC, inputs["vpcId"], doing, operation, "InvalidVpcID.NotFound", "vpc ID")
    for row in call.store.rows(SUBNET):
        if row.outputs["vpcId"] == inputs["vpcId"] and row.outputs["cidrBlock"] == inputs["cidrBlock"]:
            text = f"The CIDR '{inputs['cidrBlock']}' conflicts with another subnet"
            raise Refused(api_error(doing, operation, "InvalidSubnet.Conflict", text))
    id = ec2_id(call, "subnet")
    return made(
        call,
        id,
        {
            "arn": arn("ec2", region, f"subnet/{id}"),
            "ownerId": ACCOUNT,
            "availabilityZone": zone,
            "mapPublicIpOnLaunch": inputs.get("mapPublicIpOnLaunch", False),
            "privateDnsHostnameTypeOnLaunch": "ip-name",
        },
    )


def _needs(call: Call, token: str, id: str, doing: str, operation: str, code: str, what: str) -> None:
    if call.store.row(token, id) is None:
        raise Refused(api_error(doing, operation, code, f"The {what} '{id}' does not exist"))


def _subnet_free(call: Call) -> None:
    users = [
        *(row for row in call.store.rows(_NODE_GROUP) if call.id in strings(row.outputs.get("subnetIds"))),
        *(row for row in call.store.rows(_NAT) if row.outputs.get("subnetId") == call.id),
        *(
            row
            for row in call.store.rows(_CLUSTER)
            if call.id in strings(mapping(row.outputs.get("vpcConfig")).get("subnetIds"))
        ),
    ]
    if users:
        text = f"The subnet '{call.id}' has dependencies and cannot be deleted."
        raise Refused(api_error(f"deleting EC2 Subnet ({call.id})", "EC2: DeleteSubnet", "DependencyViolation", text))


def _vpc_free(call: Call) -> None:
    inside = (SUBNET, _SECURITY_GROUP, "aws:ec2/internetGateway:InternetGateway")
    if any(row.outputs.get("vpcId") == call.id for token in inside for row in call.store.rows(token)):
        text = f"The vpc '{call.id}' has dependencies and cannot be deleted."
        raise Refused(api_error(f"deleting EC2 VPC ({call.id})", "EC2: DeleteVpc", "DependencyViolation", text))


def _security_group(call: Call) -> Made:
    id, region, name = ec2_id(call, "sg"), region_of(call), str(call.inputs["name"])
    if name.startswith("sg-"):
        raise Refused("invalid value for name (cannot begin with sg-)")
    return made(
        call,
        id,
        {
            "arn": arn("ec2", region, f"security-group/{id}"),
            "ownerId": ACCOUNT,
            "description": call.inputs.get("description", "Managed by Pulumi"),
            "egress": [],
            "ingress": [],
            "namePrefix": "",
        },
    )


def _group_free(call: Call) -> None:
    for template in templates_in_use(call):
        groups = [strings(each.get("securityGroups")) for each in mappings(template.outputs.get("networkInterfaces"))]
        if any(call.id in each for each in groups):
            text = f"resource {call.id} has a dependent object"
            raise Refused(
                api_error(
                    f"deleting Security Group ({call.id})", "EC2: DeleteSecurityGroup", "DependencyViolation", text
                )
            )


def _group_rule_check(call: Call) -> Iterator[Violation]:
    peers = [
        name
        for name in ("cidrIpv4", "cidrIpv6", "prefixListId", "referencedSecurityGroupId")
        if call.inputs.get(name) is not None
    ]
    if len(peers) != 1:
        yield "cidrIpv4", "exactly one of cidrIpv4, cidrIpv6, prefixListId, referencedSecurityGroupId is needed"
    if call.inputs.get("ipProtocol") == "-1":
        for name in ("fromPort", "toPort"):
            if call.inputs.get(name) is not None:
                yield name, "ports cannot be given for all protocols (-1)"


def _group_rule(call: Call) -> Made:
    id = ec2_id(call, "sgr")
    outputs = {"arn": arn("ec2", region_of(call), f"security-group-rule/{id}"), "securityGroupRuleId": id}
    return made(call, id, outputs)


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


def _nat(call: Call) -> Made:
    address = call.store.row("aws:ec2/eip:Eip", str(call.inputs.get("allocationId")))
    return made(
        call,
        ec2_id(call, "nat"),
        {
            "associationId": ec2_id(call, "eipassoc"),
            "connectivityType": call.inputs.get("connectivityType", "public"),
            "networkInterfaceId": ec2_id(call, "eni"),
            "privateIp": "10.0.32.10",
            "publicIp": "" if address is None else address.outputs["publicIp"],
        },
    )


def _nat_check(call: Call) -> Iterator[Violation]:
    if call.inputs.get("connectivityType", "public") == "public" and call.inputs.get("allocationId") is None:
        yield "allocationId", "a public NAT gateway needs an elastic IP address"


def _endpoint(call: Call) -> Made:
    id, region = ec2_id(call, "vpce"), region_of(call)
    return made(
        call,
        id,
        {
            "arn": arn("ec2", region, f"vpc-endpoint/{id}"),
            "ownerId": ACCOUNT,
            "state": "available",
            "vpcEndpointType": call.inputs.get("vpcEndpointType", "Gateway"),
            "prefixListId": "pl-63a5400a",
            "privateDnsEnabled": False,
            "requesterManaged": False,
        },
    )


def _route(call: Call) -> Made:
    targets = ("gatewayId", "natGatewayId", "transitGatewayId", "vpcEndpointId", "networkInterfaceId")
    if not any(call.inputs.get(target) for target in targets):
        raise Refused("one of " + ", ".join(targets) + " must be specified")
    # The provider's own id: the table's, and a checksum of where the route leads.
    id = f"r-{call.inputs['routeTableId']}{zlib.crc32(str(call.inputs.get('destinationCidrBlock')).encode())}"
    return made(call, id, {"origin": "CreateRoute", "state": "active"}, tagged=False)


def _plain(prefix: str, kind: str) -> Any:
    """A resource that has an id, an ARN and an owner, and nothing more to it."""

    def make(call: Call) -> Made:
        id = ec2_id(call, prefix)
        return made(call, id, {"arn": arn("ec2", region_of(call), f"{kind}/{id}"), "ownerId": ACCOUNT})

    return make


def _association(call: Call) -> Made:
    return made(call, ec2_id(call, "rtbassoc"), {}, tagged=False)


_RULE_REPLACES = frozenset({"securityGroupId"})

RULES: dict[str, ResourceRules] = {
    _VPC: ResourceRules(
        seconds=3, delete_seconds=2, replace_on=frozenset({"cidrBlock"}), create=_vpc, delete=_vpc_free
    ),
    "aws:ec2/internetGateway:InternetGateway": ResourceRules(
        seconds=2, delete_seconds=5, create=_plain("igw", "internet-gateway")
    ),
    SUBNET: ResourceRules(
        seconds=2,
        delete_seconds=2,
        replace_on=frozenset({"vpcId", "cidrBlock", "availabilityZone"}),
        check=lambda call: list(matches(call.inputs, "vpcId", r"vpc-[0-9a-f]+", "a VPC's id")),
        create=_subnet,
        delete=_subnet_free,
    ),
    "aws:ec2/routeTable:RouteTable": ResourceRules(
        seconds=2, delete_seconds=1, replace_on=frozenset({"vpcId"}), create=_plain("rtb", "route-table")
    ),
    "aws:ec2/route:Route": ResourceRules(
        seconds=1,
        delete_seconds=1,
        replace_on=frozenset({"routeTableId", "destinationCidrBlock"}),
        create=_route,
        tags=None,
    ),
    "aws:ec2/routeTableAssociation:RouteTableAssociation": ResourceRules(
        seconds=1, delete_seconds=1, replace_on=frozenset({"subnetId"}), create=_association, tags=None
    ),
    "aws:ec2/eip:Eip": ResourceRules(seconds=1, delete_seconds=1, replace_on=frozenset({"domain"}), create=_address),
    _NAT: ResourceRules(
        seconds=120,
        delete_seconds=60,
        replace_on=frozenset({"subnetId", "allocationId", "connectivityType"}),
        check=lambda call: list(_nat_check(call)),
        create=_nat,
    ),
    "aws:ec2/vpcEndpoint:VpcEndpoint": ResourceRules(
        seconds=5,
        delete_seconds=5,
        replace_on=frozenset({"vpcId", "serviceName", "vpcEndpointType"}),
        create=_endpoint,
    ),
    _SECURITY_GROUP: ResourceRules(
        seconds=2,
        delete_seconds=2,
        replace_on=frozenset({"vpcId", "name", "description"}),
        create=_security_group,
        delete=_group_free,
    ),
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": ResourceRules(
        seconds=1,
        delete_seconds=1,
        replace_on=_RULE_REPLACES,
        check=lambda call: list(_group_rule_check(call)),
        create=_group_rule,
    ),
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": ResourceRules(
        seconds=1,
        delete_seconds=1,
        replace_on=_RULE_REPLACES,
        check=lambda call: list(_group_rule_check(call)),
        create=_group_rule,
    ),
}
