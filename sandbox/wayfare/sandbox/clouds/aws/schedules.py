"""EC2 Auto Scaling: scheduled actions, which change a node group's size by themselves."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from wayfare.sandbox.behaviour import Call, Deed, Made, Refused, ResourceRules, Row, StoreView
from wayfare.sandbox.clouds.aws.common import Violation, api_error, arn, known, made, mappings, matches, region_of

SCHEDULE = "aws:autoscaling/schedule:Schedule"
_NODE_GROUP = "aws:eks/nodeGroup:NodeGroup"

_SIZES = {"desiredCapacity": "desiredSize", "minSize": "minSize", "maxSize": "maxSize"}


def _check(call: Call) -> Iterator[Violation]:
    """Auto Scaling API reference, PutScheduledUpdateGroupAction. The provider takes -1 for a size that stays."""
    for name in ("startTime", "endTime"):
        yield from matches(call.inputs, name, r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "a time such as 2026-12-01T11:30:00Z")
    if all(call.inputs.get(name) in (None, -1) for name in _SIZES):
        yield "desiredCapacity", "at least one of minSize, maxSize and desiredCapacity must be given"
    if call.inputs.get("recurrence") is None and call.inputs.get("startTime") is None:
        yield "startTime", "an action that does not recur needs a start time"


def _create(call: Call) -> Made:
    inputs, group = call.inputs, str(call.inputs["autoscalingGroupName"])
    name = str(inputs["scheduledActionName"])
    doing, operation = f"creating Auto Scaling Scheduled Action ({name})", "Auto Scaling: PutScheduledUpdateGroupAction"
    if _pool(call.store.rows(_NODE_GROUP), group) is None:
        text = f"AutoScalingGroup name not found - AutoScalingGroup {group} not found"
        raise Refused(api_error(doing, operation, "ValidationError", text))
    if known(inputs.get("startTime")) and _moment(inputs["startTime"]) <= call.store.now():
        raise Refused(api_error(doing, operation, "ValidationError", "Given start time is in the past"))
    rest = f"scheduledUpdateGroupAction:{call.store.new_id(8)}:autoScalingGroupName/{group}:scheduledActionName/{name}"
    return made(call, name, {"arn": arn("autoscaling", region_of(call), rest)}, tagged=False)


def _pool(rows: Sequence[Row], group: str) -> Row | None:
    """The node group that an Auto Scaling group is of."""
    return next((row for row in rows if group in _groups(row)), None)


def _groups(pool: Row) -> list[str]:
    resources = mappings(pool.outputs.get("resources"))
    return [str(group["name"]) for each in resources for group in mappings(each.get("autoscalingGroups"))]


def _moment(text: Any) -> datetime:
    return datetime.strptime(str(text), "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


def _deeds(row: Row, store: StoreView, after: datetime, until: datetime) -> Sequence[Deed]:
    """A single action runs once, at its start (Auto Scaling User Guide, "Scheduled scaling")."""
    start, pool = row.inputs.get("startTime"), _pool(store.rows(_NODE_GROUP), str(row.inputs["autoscalingGroupName"]))
    if start is None or pool is None or not after < (at := _moment(start)) <= until:
        return ()
    sizes = {theirs: row.inputs[ours] for ours, theirs in _SIZES.items() if row.inputs.get(ours) not in (None, -1)}
    return (Deed(at, _NODE_GROUP, pool.id, {"scalingConfig": sizes}),)


RULES: dict[str, ResourceRules] = {
    SCHEDULE: ResourceRules(
        seconds=1,
        delete_seconds=1,
        # PutScheduledUpdateGroupAction changes the rest.
        replace_on=frozenset({"autoscalingGroupName", "scheduledActionName"}),
        check=lambda call: list(_check(call)),
        create=_create,
        tags=None,
        deeds=_deeds,
    ),
}
