"""EC2's capacity: placement groups and reservations."""

from collections.abc import Iterator

from wayfare.sandbox.behaviour import Call, Made, Nodes, Refused, ResourceRules
from wayfare.sandbox.clouds.aws.common import (
    ACCOUNT,
    Violation,
    api_error,
    arn,
    ec2_id,
    known,
    made,
    matches,
    named,
    region_of,
)
from wayfare.sandbox.clouds.aws.launches import PLACEMENT_GROUP, RESERVATION, zones_of

_MOST_PARTITIONS = 7


def _placement_group_check(call: Call) -> Iterator[Violation]:
    """What belongs to one strategy alone (EC2 API reference, CreatePlacementGroup)."""
    strategy, count = call.inputs.get("strategy"), call.inputs.get("partitionCount")
    if count is not None and known(strategy) and strategy != "partition":
        yield "partitionCount", f"not with the strategy {strategy}"
    if isinstance(count, int) and not 0 <= count <= _MOST_PARTITIONS:
        yield "partitionCount", f"expected partition_count to be in the range (0 - {_MOST_PARTITIONS}), got {count}"
    if call.inputs.get("spreadLevel") is not None and known(strategy) and strategy != "spread":
        yield "spreadLevel", f"not with the strategy {strategy}"


def _placement_group(call: Call) -> Made:
    name, region = call.inputs["name"], region_of(call)
    if named(call.store.rows(PLACEMENT_GROUP), "name", name, region):
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
    name, row = call.outputs["name"], named(call.store.rows(PLACEMENT_GROUP), "arn", call.outputs["arn"])
    if row is not None and zones_of(call, row):
        text, doing = f"The placement group '{name}' is in use and may not be deleted.", "deleting EC2 Placement Group"
        code = "InvalidPlacementGroup.InUse"
        raise Refused(api_error(f"{doing} ({name})", "EC2: DeletePlacementGroup", code, text))


def _reservation_check(call: Call) -> list[Violation]:
    """EC2 API reference, CreateCapacityReservation: an end date is for the type `limited`, which needs one."""
    inputs = call.inputs
    violations = [
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
    row = named(call.store.rows(PLACEMENT_GROUP), "arn", group)
    if row is None:
        text = f"The placement group '{group.rpartition('/')[2]}' does not exist."
        code = "InvalidPlacementGroup.Unknown"
    elif row.outputs["strategy"] != "cluster":
        text, code = "Capacity Reservations can be created in cluster placement groups only.", "InvalidParameterValue"
    elif zones_of(call, row) <= {zone}:
        return
    else:
        text, code = "A cluster placement group can't span multiple Availability Zones.", "InvalidParameterValue"
    raise Refused(api_error("creating EC2 Capacity Reservation", "EC2: CreateCapacityReservation", code, text))


def _reserved(call: Call) -> Nodes:
    inputs = call.inputs
    return Nodes(inputs["availabilityZone"], inputs["instanceType"], "on-demand", int(inputs["instanceCount"]), True)


RULES: dict[str, ResourceRules] = {
    PLACEMENT_GROUP: ResourceRules(
        seconds=2,
        delete_seconds=2,
        # EC2 has no call that changes a placement group.
        replace_on=frozenset({"name", "strategy", "partitionCount", "spreadLevel"}),
        check=lambda call: list(_placement_group_check(call)),
        create=_placement_group,
        delete=_placement_group_free,
    ),
    RESERVATION: ResourceRules(
        seconds=5,
        delete_seconds=2,
        # ModifyCapacityReservation changes the count and the end. For another placement group or outpost the provider
        # does not replace a reservation either: it does nothing.
        replace_on=frozenset(
            {"availabilityZone", "ebsOptimized", "ephemeralStorage", "instanceMatchCriteria", "instancePlatform"}
            | {"instanceType", "tenancy"}
        ),
        check=_reservation_check,
        create=_reservation,
        nodes=_reserved,
    ),
}
