"""EC2's security groups and their rules, and what of them carries EFA's traffic."""

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
    known,
    made,
    mapping,
    mappings,
    matches,
    region_of,
    strings,
)
from wayfare.sandbox.clouds.aws.launch_templates import templates_in_use

GROUP = "aws:ec2/securityGroup:SecurityGroup"
ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
_VPC = "aws:ec2/vpc:Vpc"
_LUSTRE = "aws:fsx/lustreFileSystem:LustreFileSystem"
_CLUSTER = "aws:eks/cluster:Cluster"
_INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
_EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"

_PEERS = ("cidrIpv4", "cidrIpv6", "prefixListId", "referencedSecurityGroupId")
_DESCRIPTION = r"[a-zA-Z0-9 ._\-:/()#,@\[\]+=&;{}!$*]{0,255}"


def network_of_group(call: Call, group: str) -> str | None:
    """The VPC of a security group: one that was declared, that of an EKS cluster, or a VPC's own; None for no group."""
    if (row := here(call, GROUP, group)) is not None:
        return str(row.outputs.get("vpcId"))
    if (cluster := _cluster_of(call, group)) is not None:
        return str(mapping(cluster.outputs["vpcConfig"])["vpcId"])
    return next((row.id for row in call.store.rows(_VPC) if row.outputs["defaultSecurityGroupId"] == group), None)


def open_to_itself(call: Call, group: str) -> bool:
    """Whether a group lets all traffic in from itself and out to itself.

    EKS makes both rules for its cluster's group and restores them with each update (EKS User Guide, "Security group
    requirements"). A VPC's default group lets out to addresses only, which is not enough: the fabric has none (EC2 User
    Guide, "Get started with EFA", step 1).
    """
    if _cluster_of(call, group) is not None:
        return True
    row = here(call, GROUP, group)
    if row is None:
        return False
    return all(
        _inline(row, side) or any(_all_within(rule, group) for rule in call.store.rows(token))
        for side, token in (("ingress", _INGRESS), ("egress", _EGRESS))
    )


def _cluster_of(call: Call, group: str) -> Row | None:
    clusters = call.store.rows(_CLUSTER)
    return next((row for row in clusters if mapping(row.outputs["vpcConfig"])["clusterSecurityGroupId"] == group), None)


def _all_within(rule: Row, group: str) -> bool:
    mine = (rule.outputs.get("securityGroupId"), rule.outputs.get("referencedSecurityGroupId"))
    return mine == (group, group) and rule.outputs.get("ipProtocol") == "-1"


def _inline(row: Row, side: str) -> bool:
    return any(rule.get("self") and rule.get("protocol") == "-1" for rule in mappings(row.inputs.get(side)))


def _group_check(call: Call) -> Iterator[Violation]:
    """The EC2 API reference, CreateSecurityGroup: at most 255 characters out of a list."""
    yield from matches(call.inputs, "vpcId", r"vpc-[0-9a-f]+", "a VPC's id")
    yield from matches(call.inputs, "description", _DESCRIPTION, "a security group's description")
    if str(call.inputs.get("name", "")).startswith("sg-"):
        yield "name", "invalid value for name (cannot begin with sg-)"


def _group(call: Call) -> Made:
    id, region, name = ec2_id(call, "sg"), region_of(call), str(call.inputs["name"])
    doing, operation = f"creating Security Group ({name})", "EC2: CreateSecurityGroup"
    vpc = call.inputs.get("vpcId")
    if vpc is not None and here(call, _VPC, vpc) is None:
        raise Refused(api_error(doing, operation, "InvalidVpcID.NotFound", f"The vpc ID '{vpc}' does not exist"))
    if any(row.outputs.get("vpcId") == vpc and row.outputs["name"] == name for row in call.store.rows(GROUP)):
        text = f"The security group '{name}' already exists for VPC '{vpc}'"
        raise Refused(api_error(doing, operation, "InvalidGroup.Duplicate", text))
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
    """A group stays while an interface is in it or a rule of another group names it (EC2, DeleteSecurityGroup)."""
    rules = [row for token in (_INGRESS, _EGRESS) for row in call.store.rows(token)]
    named = any(
        row.outputs.get("referencedSecurityGroupId") == call.id and row.outputs.get("securityGroupId") != call.id
        for row in rules
    )
    controls = any(
        call.id in strings(mapping(row.outputs.get("vpcConfig")).get("securityGroupIds"))
        for row in call.store.rows(_CLUSTER)
    )
    stores = any(call.id in strings(row.outputs.get("securityGroupIds")) for row in call.store.rows(_LUSTRE))
    called = any(call.id in strings(row.outputs.get("securityGroupIds")) for row in call.store.rows(ENDPOINT))
    if (
        named
        or controls
        or called
        or stores
        or any(call.id in _groups(template) for template in templates_in_use(call))
    ):
        text, doing = f"resource {call.id} has a dependent object", f"deleting Security Group ({call.id})"
        raise Refused(api_error(doing, "EC2: DeleteSecurityGroup", "DependencyViolation", text))


def _groups(template: Row) -> set[str]:
    """The groups of the instances that a launch template makes."""
    interfaces = mappings(template.outputs.get("networkInterfaces"))
    return {
        *strings(template.outputs.get("vpcSecurityGroupIds")),
        *(group for each in interfaces for group in strings(each.get("securityGroups"))),
    }


def _rule_check(call: Call) -> Iterator[Violation]:
    """One peer; ports for TCP and UDP, none for all protocols (provider's documentation, `ip_protocol`)."""
    inputs = call.inputs
    yield from exactly_one(inputs, *_PEERS)
    yield from is_range(inputs, "cidrIpv4")
    yield from matches(inputs, "securityGroupId", r"sg-[0-9a-f]+", "a security group's id")
    yield from matches(inputs, "referencedSecurityGroupId", r"(\d{12}/)?sg-[0-9a-f]+", "a security group's id")
    protocol = inputs.get("ipProtocol")
    for name in ("fromPort", "toPort"):
        if protocol == "-1" and inputs.get(name) is not None:
            yield name, "ports cannot be given for all protocols (-1)"
        if protocol in ("tcp", "udp") and inputs.get(name) is None:
            yield name, f"must be given when ipProtocol is {protocol}"
    low, high = inputs.get("fromPort"), inputs.get("toPort")
    if protocol in ("tcp", "udp") and isinstance(low, int) and isinstance(high, int) and low > high:
        yield "toPort", f"Invalid TCP/UDP port range ({low}:{high})"


def _rule(call: Call) -> Made:
    group, peer = str(call.inputs["securityGroupId"]), call.inputs.get("referencedSecurityGroupId")
    side = "Ingress" if call.token == _INGRESS else "Egress"
    doing, operation = f"creating VPC Security Group {side} Rule", f"EC2: AuthorizeSecurityGroup{side}"
    code, own = "InvalidGroup.NotFound", network_of_group(call, group)
    if own is None:
        raise Refused(api_error(doing, operation, code, f"The security group '{group}' does not exist"))
    if known(peer) and "/" not in str(peer) and network_of_group(call, str(peer)) != own:
        text = "You have specified two resources that belong to different networks."
        raise Refused(api_error(doing, operation, code, text))
    parts = ("securityGroupId", "ipProtocol", "fromPort", "toPort", *_PEERS)
    if any(all(row.inputs.get(part) == call.inputs.get(part) for part in parts) for row in call.store.rows(call.token)):
        source = next(str(call.inputs[name]) for name in _PEERS if call.inputs.get(name) is not None)
        text = f'the specified rule "peer: {source}, ALLOW" already exists'
        raise Refused(api_error(doing, operation, "InvalidPermission.Duplicate", text))
    id = ec2_id(call, "sgr")
    outputs = {"arn": arn("ec2", region_of(call), f"security-group-rule/{id}"), "securityGroupRuleId": id}
    return made(call, id, outputs)


_RULE = ResourceRules(
    seconds=1,
    delete_seconds=1,
    # ModifySecurityGroupRules changes all of a rule but its group.
    replace_on=frozenset({"securityGroupId"}),
    check=lambda call: list(_rule_check(call)),
    create=_rule,
)

RULES: dict[str, ResourceRules] = {
    GROUP: ResourceRules(
        seconds=2,
        delete_seconds=2,
        # EC2 has no call that changes a group's name, description or VPC.
        replace_on=frozenset({"vpcId", "name", "namePrefix", "description"}),
        check=lambda call: list(_group_check(call)),
        create=_group,
        delete=_group_free,
    ),
    _INGRESS: _RULE,
    _EGRESS: _RULE,
}
