"""Workflows of Logic Apps as Azure makes them, and what their timers do to capacity reservations.

Of all that a workflow can do the sandbox does one thing: HTTP actions that set a reservation's quantity through Azure's
management API, run by a recurrence.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from wayfare.sandbox.behaviour import Call, Deed, Made, Properties, Row, StoreView
from wayfare.sandbox.clouds.azure import names
from wayfare.sandbox.clouds.azure.names import error, guid, located, made, part, within

_KIND = "Microsoft.Logic/workflows"
#: As azure-native 3.29 speaks it.
_VERSION = "2019-05-01"
_UNITS = {
    "Second": timedelta(seconds=1),
    "Minute": timedelta(minutes=1),
    "Hour": timedelta(hours=1),
    "Day": timedelta(days=1),
    "Week": timedelta(weeks=1),
    # Nearly: what it does to a reservation is the same a day later.
    "Month": timedelta(days=30),
}
_REQUEST = re.compile(r"https://management\.azure\.com(/subscriptions/[^?]+)\?api-version=[-\w]+", re.IGNORECASE)
_WRITE = "Microsoft.Compute/capacityReservationGroups/capacityReservations/write"
#: A loop's list, the tag whose time is past, and the reservation that the loop is at.
_BODY = re.compile(r"@body\('(\w+)'\)\?\['data'\]")
_PAST = re.compile(r"todatetime\(tags\['([^']+)'\]\) < now\(\)")
_EACH = re.compile(r"https://management\.azure\.com@\{item\(\)\['id'\]\}\?api-version=[-\w]+")
#: Built-in roles that may write a reservation: Owner and Contributor ("Azure built-in roles": privileged, compute).
_MAY_WRITE = ("8e3af657-a8ff-443c-a75c-2fe8c4bcb635", "b24988ac-6180-42a0-ab88-20f7382dd24c")


def workflow(call: Call) -> Made:
    """A workflow of the consumption plan, with an identity of its own where that is asked for."""
    id = within(call, f"{_KIND}/{call.inputs['workflowName']}")
    now, place = call.store.now().isoformat(), located(call)
    outputs: Properties = {
        **place,
        "accessEndpoint": f"https://prod-00.{place['location']}.logic.azure.com:443/workflows/{call.store.new_id(32)}",
        "changedTime": now,
        "createdTime": now,
        "provisioningState": "Succeeded",
        "sku": {"name": "Consumption"},
        "state": call.inputs.get("state", "Enabled"),
        "version": call.store.new_id(20),
    }
    own = part(call.inputs, "identity")
    if own.get("type") == "SystemAssigned":
        outputs["identity"] = {**own, "principalId": guid(call), "tenantId": names.TENANT}
    return made(call, _KIND, id, outputs, _VERSION)


def change_workflow(call: Call) -> Properties:
    """All of it in place; its identity stays who it is."""
    outputs = {**names.updated(call), "changedTime": call.store.now().isoformat(), "version": call.store.new_id(20)}
    own, before = part(call.inputs, "identity"), part(call.outputs, "identity")
    if own.get("type") != "SystemAssigned":
        return outputs
    who = before.get("principalId") or guid(call)
    return {**outputs, "identity": {**own, "principalId": who, "tenantId": names.TENANT}}


def deeds(row: Row, store: StoreView, after: datetime, until: datetime) -> Sequence[Deed]:
    """What an enabled workflow's recurrences do in a span of time, to what they may change.

    Within a span nobody else does anything, so that a first run stands for all that follow in it.
    """
    if row.outputs.get("state") != "Enabled":
        return ()
    definition = part(row.inputs, "definition")
    triggers = list(_values(definition, "triggers"))
    times = [at for each in triggers if (at := _run(each, row, after, until)) is not None]
    actions = part(definition, "actions")
    return [
        deed
        for action in _values(definition, "actions")
        for deed in (*_patch(action, row, store, times), *_patch_each(action, actions, row, store, (after, until)))
    ]


def _values(definition: Mapping[str, Any], kind: str) -> Iterator[Mapping[str, Any]]:
    for each in part(definition, kind).values():
        if isinstance(each, dict):
            yield cast("Mapping[str, Any]", each)


def _run(trigger: Mapping[str, Any], row: Row, after: datetime, until: datetime) -> datetime | None:
    """The first run of a trigger in a span. What was put there past every check, and cannot be read, never runs."""
    try:
        return _first(trigger, row, after, until)
    except (ValueError, TypeError, ArithmeticError):
        return None


def _first(trigger: Mapping[str, Any], row: Row, after: datetime, until: datetime) -> datetime | None:
    """The first run of a recurrence in a span: at its start time, and each interval later.

    Microsoft, "Schedules for recurring triggers in Azure Logic Apps workflows": runs that lie in the past are left out.
    """
    given = part(trigger, "recurrence")
    if trigger.get("type") != "Recurrence" or given.get("frequency") not in _UNITS:
        return None
    start = _moment(given.get("startTime") or row.outputs.get("createdTime"))
    every = _UNITS[given["frequency"]] * int(given.get("interval") or 1)
    at = start if start > after else start + every * ((after - start) // every + 1)
    return at if at <= until else None


def _moment(text: Any) -> datetime:
    moment = datetime.fromisoformat(str(text))
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _patch(action: Mapping[str, Any], row: Row, store: StoreView, times: Sequence[datetime]) -> Iterator[Deed]:
    inputs = part(action, "inputs")
    asked = _REQUEST.fullmatch(str(inputs.get("uri")))
    if str(inputs.get("method")).upper() != "PATCH" or asked is None:
        return
    id = asked[1]
    target = next((each for each in store.rows(names.RESERVATION) if each.id.lower() == id.lower()), None)
    # Without a reservation Azure answers that there is none: nothing is held, and nothing is to be done.
    if target is None:
        return
    refused = "" if _may_write(row, id, store) else _forbidden(row, id)
    for at in times:
        yield Deed(at, names.RESERVATION, target.id, dict(part(inputs, "body")), refused)


def _patch_each(
    action: Mapping[str, Any],
    actions: Mapping[str, Any],
    row: Row,
    store: StoreView,
    span: tuple[datetime, datetime],
) -> Iterator[Deed]:
    """What a loop over an answer of Azure Resource Graph does: to reservations held past the time in their tag.

    No other question than that one is understood. A first run after that time stands for all that follow.
    """
    source = _BODY.fullmatch(str(action.get("foreach")))
    if action.get("type") != "Foreach" or source is None:
        return
    query = str(part(part(part(actions, source[1]), "inputs"), "body").get("query"))
    tag = _PAST.search(query)
    if tag is None or "microsoft.compute/capacityreservationgroups/capacityreservations" not in query:
        return
    for inner in _values(action, "actions"):
        inputs = part(inner, "inputs")
        if str(inputs.get("method")).upper() != "PATCH" or _EACH.fullmatch(str(inputs.get("uri"))) is None:
            continue
        for target in store.rows(names.RESERVATION):
            if (until := target.tags.get(tag[1])) is None or not part(target.inputs, "sku").get("capacity"):
                continue
            triggers = _values(part(row.inputs, "definition"), "triggers")
            late = max(span[0], _moment(until))
            times = [at for each in triggers if (at := _run(each, row, late, span[1])) is not None]
            refused = "" if _may_write(row, target.id, store) else _forbidden(row, target.id)
            for at in times:
                yield Deed(at, names.RESERVATION, target.id, dict(part(inputs, "body")), refused)


def _may_write(row: Row, id: str, store: StoreView) -> bool:
    """Whether a role assignment lets a workflow's own identity write a reservation."""
    who = str(part(row.outputs, "identity").get("principalId", "")).lower()
    roles = (*_MAY_WRITE, *(each.id.lower() for each in store.rows(names.ROLE) if _lets_write(each)))
    return any(
        str(each.inputs.get("principalId")).lower() == who
        and str(each.inputs.get("roleDefinitionId")).lower().endswith(roles)
        and f"{id.lower()}/".startswith(f"{str(each.inputs.get('scope')).lower().rstrip('/')}/")
        for each in store.rows(names.ASSIGNMENT)
        if who
    )


def _lets_write(role: Row) -> bool:
    """Whether a role of the subscription's own names the operation."""
    given = [action for each in names.parts(role.inputs, "permissions") for action in names.texts(each, "actions")]
    return _WRITE.lower() in [str(action).lower() for action in given]


def _forbidden(row: Row, id: str) -> str:
    who = part(row.outputs, "identity").get("principalId", "")
    return error(
        "AuthorizationFailed",
        f"The client '{who}' with object id '{who}' does not have authorization to perform action '{_WRITE}' over "
        f"scope '{id}' or the scope is invalid. If access was recently granted, please refresh your credentials.",
    )
