"""EC2: placement groups, capacity reservations and launch templates."""

from collections.abc import Iterator

from wayfare.sandbox.behaviour import Call, Made, Nodes, Properties, Refused, ResourceRules, Row
from wayfare.sandbox.clouds.aws.common import (
    ACCOUNT,
    Violation,
    api_error,
    arn,
    ec2_id,
    exclusive,
    known,
    made,
    mapping,
    mappings,
    matches,
    named,
    one_of,
    region_of,
)

_GROUP = "aws:ec2/placementGroup:PlacementGroup"
_RESERVATION = "aws:ec2/capacityReservation:CapacityReservation"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
SUBNET = "aws:ec2/subnet:Subnet"
_NODE_GROUP = "aws:eks/nodeGroup:NodeGroup"

_PLATFORMS = (
    *("Linux/UNIX", "Red Hat Enterprise Linux", "SUSE Linux", "Windows", "Windows with SQL Server"),
    *("Windows with SQL Server Enterprise", "Windows with SQL Server Standard", "Windows with SQL Server Web"),
)
_INTERFACES = ("branch", "efa", "efa-only", "interface", "trunk")


def _placement_group(call: Call) -> Made:
    name, region = call.inputs["name"], region_of(call)
    if named(call.store.rows(_GROUP), "name", name, region):
        text = f"The placement group '{name}' already exists."
        raise Refused(
            api_error(
                f"creating EC2 Placement Group ({name})",
                "EC2: CreatePlacementGroup",
                "InvalidPlacementGroup.Duplicate",
                text,
            )
        )
    cluster = {"partitionCount": 0, "spreadLevel": ""} if call.inputs["strategy"] == "cluster" else {}
    return made(
        call,
        name,
        {
            **cluster,
            "arn": arn("ec2", region, f"placement-group/{name}"),
            "placementGroupId": ec2_id(call, "pg"),
        },
    )


def _placement_group_free(call: Call) -> None:
    """A group with reservations or instances in it stays (EC2 User Guide, "Placement groups")."""
    name = call.outputs["name"]
    held = named(call.store.rows(_RESERVATION), "placementGroupArn", call.outputs["arn"])
    used = any(mapping(row.outputs.get("placement")).get("groupName") == name for row in templates_in_use(call))
    if held or used:
        text = f"The placement group '{name}' is in use and may not be deleted."
        raise Refused(
            api_error(
                f"deleting EC2 Placement Group ({name})",
                "EC2: DeletePlacementGroup",
                "InvalidPlacementGroup.InUse",
                text,
            )
        )


def templates_in_use(call: Call) -> Iterator[Row]:
    """Launch templates that a node group uses."""
    for pool in call.store.rows(_NODE_GROUP):
        template = call.store.row(TEMPLATE, str(mapping(pool.outputs.get("launchTemplate")).get("id")))
        if template is not None:
            yield template


def _reservation_check(call: Call) -> list[Violation]:
    inputs = call.inputs
    violations = [
        *one_of(inputs.get("instancePlatform"), "instancePlatform", _PLATFORMS),
        *one_of(inputs.get("instanceMatchCriteria"), "instanceMatchCriteria", ("open", "targeted")),
        *one_of(inputs.get("endDateType"), "endDateType", ("limited", "unlimited")),
        *one_of(inputs.get("tenancy"), "tenancy", ("default", "dedicated")),
        *matches(inputs, "endDate", r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", "an RFC 3339 time"),
        *matches(
            inputs, "placementGroupArn", r"arn:aws:ec2:[^:]+:\d{12}:placement-group/.+", "a placement group's ARN"
        ),
    ]
    if (inputs.get("endDate") is not None) != (inputs.get("endDateType") == "limited"):
        violations.append(("endDate", "an end date and the end date type `limited` need each other"))
    if known(count := inputs.get("instanceCount")) and not 1 <= int(str(count)) <= 1000:
        violations.append(("instanceCount", "must be between 1 and 1000"))
    return violations


def _reservation(call: Call) -> Made:
    inputs, region = call.inputs, region_of(call)
    doing, operation = "creating EC2 Capacity Reservation", "EC2: CreateCapacityReservation"
    zone, machine = inputs["availabilityZone"], inputs["instanceType"]
    if zone not in call.store.zones(region):
        raise Refused(api_error(doing, operation, "InvalidParameterValue", f"Invalid availability zone: [{zone}]"))
    if not call.store.offered(region, zone, machine):
        text = (
            f"Your requested instance type ({machine}) is not supported in your requested Availability Zone ({zone})."
        )
        raise Refused(api_error(doing, operation, "Unsupported", text))
    group = inputs.get("placementGroupArn")
    if group is not None:
        _one_zone(call, group, zone)
    id = ec2_id(call, "cr")
    return made(
        call,
        id,
        {
            "arn": arn("ec2", region, f"capacity-reservation/{id}"),
            "ownerId": ACCOUNT,
            "ebsOptimized": inputs.get("ebsOptimized", False),
            "ephemeralStorage": inputs.get("ephemeralStorage", False),
            "endDateType": inputs.get("endDateType", "unlimited"),
            "instanceMatchCriteria": inputs.get("instanceMatchCriteria", "open"),
            "tenancy": inputs.get("tenancy", "default"),
        },
    )


def _one_zone(call: Call, group: str, zone: str) -> None:
    """A cluster placement group does not span zones."""
    row = named(call.store.rows(_GROUP), "arn", group)
    if row is None:
        text = f"The placement group '{group.rpartition('/')[2]}' does not exist."
        code = "InvalidPlacementGroup.Unknown"
    else:
        others = [each for each in call.store.rows(_RESERVATION) if each.outputs.get("placementGroupArn") == group]
        if all(each.outputs["availabilityZone"] == zone for each in others):
            return
        text, code = "A cluster placement group can't span multiple Availability Zones.", "InvalidParameterValue"
    raise Refused(api_error("creating EC2 Capacity Reservation", "EC2: CreateCapacityReservation", code, text))


def _reserved(call: Call) -> Nodes:
    inputs = call.inputs
    return Nodes(inputs["availabilityZone"], inputs["instanceType"], "on-demand", int(inputs["instanceCount"]), True)


def _template_check(call: Call) -> Iterator[Violation]:
    inputs = call.inputs
    yield from exclusive(inputs, "name", "namePrefix")
    yield from matches(inputs, "name", r"[A-Za-z0-9().\-/_]{3,128}", "a launch template's name (3 to 128 characters)")
    interfaces = mappings(inputs.get("networkInterfaces"))
    if interfaces and inputs.get("vpcSecurityGroupIds"):
        yield "vpcSecurityGroupIds", "security groups belong to the network interfaces where there are any"
    slots: set[tuple[int, int]] = set()
    for index, interface in enumerate(interfaces):
        path = f"networkInterfaces[{index}]"
        yield from one_of(interface.get("interfaceType"), f"{path}.interfaceType", _INTERFACES)
        slot = (interface.get("networkCardIndex", 0), interface.get("deviceIndex", 0))
        if slot in slots:
            yield f"{path}.deviceIndex", f"device {slot[1]} of network card {slot[0]} is given twice"
        if slot == (0, 0) and interface.get("interfaceType") == "efa-only":
            yield f"{path}.interfaceType", "the primary network interface cannot be EFA-only"
        slots.add(slot)
    options = mapping(inputs.get("metadataOptions"))
    yield from one_of(options.get("httpTokens"), "metadataOptions.httpTokens", ("optional", "required"))
    market = mapping(inputs.get("instanceMarketOptions")).get("marketType")
    yield from one_of(market, "instanceMarketOptions.marketType", ("capacity-block", "spot"))


def _template(call: Call) -> Made:
    name, region = call.inputs["name"], region_of(call)
    if named(call.store.rows(TEMPLATE), "name", name, region):
        text = "Launch template name already in use."
        code = "InvalidLaunchTemplateName.AlreadyExistsException"
        raise Refused(api_error("creating EC2 Launch Template", "EC2: CreateLaunchTemplate", code, text))
    id = ec2_id(call, "lt")
    return made(
        call,
        id,
        {"arn": arn("ec2", region, f"launch-template/{id}"), "defaultVersion": 1, "latestVersion": 1, "namePrefix": ""},
    )


#: Outputs of a launch template that are not inputs.
_TEMPLATE_OUTPUTS = frozenset({"arn", "defaultVersion", "latestVersion", "namePrefix", "region", "tagsAll"})


def _template_version(call: Call) -> Properties:
    """Every change but one of the template's own tags makes a version."""
    kept = {key: value for key, value in call.outputs.items() if key in _TEMPLATE_OUTPUTS}
    inputs = {key: value for key, value in call.inputs.items() if not key.startswith("__")}
    before = {key: value for key, value in call.outputs.items() if key not in _TEMPLATE_OUTPUTS | {"tags"}}
    changed = before != {key: value for key, value in inputs.items() if key not in _TEMPLATE_OUTPUTS | {"tags"}}
    version = int(call.outputs["latestVersion"]) + (1 if changed else 0)
    return {**kept, **inputs, "latestVersion": version}


RULES: dict[str, ResourceRules] = {
    _GROUP: ResourceRules(
        seconds=2,
        delete_seconds=2,
        replace_on=frozenset({"name", "strategy", "partitionCount", "spreadLevel"}),
        create=_placement_group,
        delete=_placement_group_free,
    ),
    _RESERVATION: ResourceRules(
        seconds=5,
        delete_seconds=2,
        replace_on=frozenset(
            {"availabilityZone", "ebsOptimized", "ephemeralStorage", "instanceMatchCriteria", "instancePlatform"}
            | {"instanceType", "tenancy"}
        ),
        check=_reservation_check,
        create=_reservation,
        nodes=_reserved,
    ),
    TEMPLATE: ResourceRules(
        seconds=2,
        delete_seconds=1,
        replace_on=frozenset({"name", "namePrefix"}),
        check=lambda call: list(_template_check(call)),
        create=_template,
        update=_template_version,
    ),
}
