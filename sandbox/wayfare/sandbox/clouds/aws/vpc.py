"""EC2's network: VPCs, subnets, internet gateways and endpoints."""

from collections.abc import Iterator
from typing import Any

from wayfare.sandbox.behaviour import Call, Made, Refused, ResourceRules, Row
from wayfare.sandbox.clouds.aws.common import (
    ACCOUNT,
    Violation,
    api_error,
    arn,
    ec2_id,
    is_range,
    known,
    made,
    mapping,
    matches,
    named,
    network_of,
    region_of,
    strings,
)
from wayfare.sandbox.clouds.aws.leftovers import BALANCER
from wayfare.sandbox.clouds.aws.routes import GATEWAY, NAT, SUBNET, TABLE, VPC, existing
from wayfare.sandbox.clouds.aws.security_groups import ENDPOINT, GROUP, network_of_group

_LUSTRE = "aws:fsx/lustreFileSystem:LustreFileSystem"
_NODE_GROUP = "aws:eks/nodeGroup:NodeGroup"
_CLUSTER = "aws:eks/cluster:Cluster"
_SCRAPER = "aws:amp/scraper:Scraper"

#: A subnet and a VPC hold between 16 and 65,536 addresses (VPC User Guide, "VPC CIDR blocks").
_SMALLEST, _LARGEST = 28, 16

#: Services with gateway endpoints (AWS PrivateLink Guide, "Gateway endpoints").
_GATEWAY_SERVICES = ("s3", "dynamodb")


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


def _vpc_free(call: Call) -> None:
    inside = (SUBNET, GROUP, GATEWAY, TABLE, ENDPOINT)
    if any(row.outputs.get("vpcId") == call.id for token in inside for row in call.store.rows(token)):
        text = f"The vpc '{call.id}' has dependencies and cannot be deleted."
        raise Refused(api_error(f"deleting EC2 VPC ({call.id})", "EC2: DeleteVpc", "DependencyViolation", text))


def _subnet_check(call: Call) -> Iterator[Violation]:
    yield from matches(call.inputs, "vpcId", r"vpc-[0-9a-f]+", "a VPC's id")
    yield from is_range(call.inputs, "cidrBlock")


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
    vpc = existing(call, VPC, inputs["vpcId"], doing, operation, "InvalidVpcID.NotFound", "vpc ID")
    _has_room(call, vpc.outputs.get("cidrBlock"), doing, operation)
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


def _has_room(call: Call, around: object, doing: str, operation: str) -> None:
    """A subnet's range lies in its VPC's and overlaps no other (VPC User Guide, "Subnet CIDR blocks")."""
    mine, whole = network_of(call.inputs.get("cidrBlock")), network_of(around)
    if mine is None:
        return
    inside = whole is None or mine.subnet_of(whole)
    if not inside or not _LARGEST <= mine.prefixlen <= _SMALLEST:
        raise Refused(api_error(doing, operation, "InvalidSubnet.Range", f"The CIDR '{mine}' is invalid."))
    for row in call.store.rows(SUBNET):
        other = network_of(row.outputs.get("cidrBlock"))
        if row.outputs["vpcId"] == call.inputs["vpcId"] and other is not None and other.overlaps(mine):
            text = f"The CIDR '{mine}' conflicts with another subnet"
            raise Refused(api_error(doing, operation, "InvalidSubnet.Conflict", text))


def _scraped(row: Row) -> dict[str, Any]:
    return mapping(mapping(row.outputs.get("source")).get("eks"))


def _subnet_free(call: Call) -> None:
    users = [
        *(row for row in call.store.rows(_NODE_GROUP) if call.id in strings(row.outputs.get("subnetIds"))),
        *(row for row in call.store.rows(NAT) if row.outputs.get("subnetId") == call.id),
        *(row for row in call.store.rows(_LUSTRE) if row.outputs.get("subnetIds") == call.id),
        *(row for row in call.store.rows(ENDPOINT) if call.id in strings(row.outputs.get("subnetIds"))),
        # A collector of metrics has an interface in each of its subnets.
        *(row for row in call.store.rows(_SCRAPER) if call.id in strings(_scraped(row).get("subnetIds"))),
        *(row for row in call.store.rows(BALANCER) if call.id in strings(row.outputs.get("subnets"))),
        *(
            row
            for row in call.store.rows(_CLUSTER)
            if call.id in strings(mapping(row.outputs.get("vpcConfig")).get("subnetIds"))
        ),
    ]
    if users:
        text = f"The subnet '{call.id}' has dependencies and cannot be deleted."
        raise Refused(api_error(f"deleting EC2 Subnet ({call.id})", "EC2: DeleteSubnet", "DependencyViolation", text))


def _gateway(call: Call) -> Made:
    id, vpc = ec2_id(call, "igw"), call.inputs.get("vpcId")
    if vpc is not None:
        doing, operation = f"attaching EC2 Internet Gateway ({id}) to VPC ({vpc})", "EC2: AttachInternetGateway"
        existing(call, VPC, vpc, doing, operation, "InvalidVpcID.NotFound", "vpc ID")
        if named(call.store.rows(GATEWAY), "vpcId", vpc):
            text = f"Network {vpc} already has an internet gateway attached"
            raise Refused(api_error(doing, operation, "InvalidParameterValue", text))
    return made(call, id, {"arn": arn("ec2", region_of(call), f"internet-gateway/{id}"), "ownerId": ACCOUNT})


def _gateway_free(call: Call) -> None:
    """A gateway cannot be detached while public addresses are behind it (EC2, DetachInternetGateway)."""
    vpc = call.outputs.get("vpcId")
    for row in call.store.rows(NAT):
        subnet = call.store.row(SUBNET, str(row.outputs.get("subnetId")))
        if row.outputs.get("publicIp") and subnet is not None and subnet.outputs["vpcId"] == vpc:
            text = f"Network {vpc} has some mapped public address(es). Please unmap those public address(es) before "
            text += "detaching the gateway."
            doing = f"deleting EC2 Internet Gateway ({call.id}): detaching EC2 Internet Gateway ({call.id})"
            raise Refused(api_error(doing, "EC2: DetachInternetGateway", "DependencyViolation", text))


def _endpoint_check(call: Call) -> Iterator[Violation]:
    """Gateway endpoints have route tables, all others subnets and groups (EC2 API reference, CreateVpcEndpoint)."""
    kind = call.inputs.get("vpcEndpointType", "Gateway")
    others = ("subnetIds", "securityGroupIds", "privateDnsEnabled") if kind == "Gateway" else ("routeTableIds",)
    for name in others:
        if known(kind) and call.inputs.get(name):
            yield name, f"InvalidParameter: {name} is not supported for an endpoint of the type {kind}"


def _endpoint(call: Call) -> Made:
    inputs, id, region = call.inputs, ec2_id(call, "vpce"), region_of(call)
    service, doing = str(inputs.get("serviceName")), f"creating EC2 VPC Endpoint ({inputs.get('serviceName')})"
    operation, kind = "EC2: CreateVpcEndpoint", inputs.get("vpcEndpointType", "Gateway")
    vpc = existing(call, VPC, inputs["vpcId"], doing, operation, "InvalidVpcId.NotFound", "Vpc Id")
    # Names that AWS gives its own services hold the region; others are known to their owners only.
    own = service.startswith("com.amazonaws.") and not service.startswith("com.amazonaws.vpce.")
    elsewhere = known(inputs.get("serviceRegion")) and inputs["serviceRegion"] != region
    if own and not elsewhere and not service.startswith(f"com.amazonaws.{region}."):
        text = f"The Vpc Endpoint Service '{service}' does not exist"
        raise Refused(api_error(doing, operation, "InvalidServiceName", text))
    if kind == "Gateway" and own and service.rpartition(".")[2] not in _GATEWAY_SERVICES:
        text = "Endpoint type (Gateway) does not match available service types ([Interface])."
        raise Refused(api_error(doing, operation, "InvalidParameter", text))
    for table in strings(inputs.get("routeTableIds")):
        existing(call, TABLE, table, doing, operation, "InvalidRouteTableId.NotFound", "routeTable ID")
    _interface_placed(call, doing, operation)
    if inputs.get("privateDnsEnabled"):
        _has_private_dns(call, vpc, doing, operation)
    return made(
        call,
        id,
        {
            "arn": arn("ec2", region, f"vpc-endpoint/{id}"),
            "ownerId": ACCOUNT,
            "state": "available",
            "vpcEndpointType": kind,
            "prefixListId": "pl-63a5400a",
            "privateDnsEnabled": inputs.get("privateDnsEnabled", False),
            "requesterManaged": False,
        },
    )


def _interface_placed(call: Call, doing: str, operation: str) -> None:
    """One subnet of the VPC in a zone (AWS PrivateLink Guide, "Access an AWS service using an interface endpoint")."""
    zones: set[object] = set()
    for id in strings(call.inputs.get("subnetIds")):
        subnet = existing(call, SUBNET, id, doing, operation, "InvalidSubnetId.NotFound", "subnet ID")
        if subnet.outputs["vpcId"] != call.inputs["vpcId"]:
            text = f"The subnet ID '{id}' is not in the VPC {call.inputs['vpcId']}"
            raise Refused(api_error(doing, operation, "InvalidParameter", text))
        if subnet.outputs["availabilityZone"] in zones:
            text = f"Found another VPC endpoint subnet in the availability zone of {id}"
            raise Refused(api_error(doing, operation, "DuplicateSubnetsInSameZone", text))
        zones.add(subnet.outputs["availabilityZone"])
    for group in strings(call.inputs.get("securityGroupIds")):
        if network_of_group(call, group) != call.inputs["vpcId"]:
            text = f"The security group '{group}' does not exist in VPC '{call.inputs['vpcId']}'"
            raise Refused(api_error(doing, operation, "InvalidSecurityGroupId.NotFound", text))


def _has_private_dns(call: Call, vpc: Row, doing: str, operation: str) -> None:
    """Private names need DNS in the VPC, and are one endpoint's (AWS PrivateLink Guide, "Private DNS")."""
    if not (vpc.outputs.get("enableDnsSupport") and vpc.outputs.get("enableDnsHostnames")):
        text = "Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set to true "
        raise Refused(api_error(doing, operation, "InvalidParameter", f"{text}for {vpc.id}"))
    for row in call.store.rows(ENDPOINT):
        same = all(row.outputs.get(name) == call.inputs[name] for name in ("vpcId", "serviceName"))
        if same and row.outputs.get("privateDnsEnabled"):
            text = "private-dns-enabled cannot be set because there is already a conflicting DNS domain for "
            text += f"{call.inputs['serviceName']} in the VPC {vpc.id}"
            raise Refused(api_error(doing, operation, "InvalidParameter", text))


RULES: dict[str, ResourceRules] = {
    VPC: ResourceRules(
        seconds=3,
        delete_seconds=2,
        # A VPC's first range stays (VPC User Guide, "VPC CIDR blocks"); another tenancy than `default` replaces it.
        replace_on=frozenset({"cidrBlock", "ipv4IpamPoolId", "ipv4NetmaskLength"}),
        check=lambda call: list(is_range(call.inputs, "cidrBlock", _LARGEST, _SMALLEST)),
        create=_vpc,
        delete=_vpc_free,
    ),
    GATEWAY: ResourceRules(seconds=2, delete_seconds=5, create=_gateway, delete=_gateway_free),
    SUBNET: ResourceRules(
        seconds=2,
        delete_seconds=2,
        # ModifySubnetAttribute changes neither place nor range.
        replace_on=frozenset({"vpcId", "cidrBlock", "availabilityZone", "availabilityZoneId", "ipv6Native"}),
        check=lambda call: list(_subnet_check(call)),
        create=_subnet,
        delete=_subnet_free,
    ),
    ENDPOINT: ResourceRules(
        seconds=5,
        delete_seconds=5,
        # ModifyVpcEndpoint changes what is behind an endpoint, not what it leads to.
        replace_on=frozenset(
            {"vpcId", "serviceName", "serviceRegion", "vpcEndpointType", "resourceConfigurationArn"}
            | {"serviceNetworkArn"}
        ),
        check=lambda call: list(_endpoint_check(call)),
        create=_endpoint,
    ),
}
