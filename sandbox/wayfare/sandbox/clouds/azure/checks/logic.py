"""Rules for workflows of Logic Apps: what is in a definition, which the SDK takes as any JSON.

Microsoft, "Schema reference for the Workflow Definition Language" and "Schema reference guide for trigger and action
types".
"""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from wayfare.sandbox.behaviour import UNKNOWN, Call
from wayfare.sandbox.clouds.azure.checks.forms import Violations, known, matches, same, tagged
from wayfare.sandbox.clouds.azure.names import part

#: Microsoft, "Naming rules and restrictions for Azure resources": Microsoft.Logic.
_NAME = re.compile(r"[-_.()A-Za-z0-9]{1,80}")
_PARTS = ("$schema", "actions", "contentVersion", "description", "outputs", "parameters", "staticResults", "triggers")
_SCHEMA = re.compile(
    r"https?://schema\.management\.azure\.com/(providers/Microsoft\.Logic/)?schemas/[-0-9a-z]+/workflowdefinition\.json#?"
)
_MOST = {"triggers": 10, "actions": 500}
#: Most of each unit between two runs.
_INTERVALS = {"Second": 9_999_999, "Minute": 72_000, "Hour": 12_000, "Day": 500, "Week": 71, "Month": 16}
_START = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z?")
_FURTHEST = timedelta(days=49 * 365)
_METHODS = ("GET", "PUT", "POST", "PATCH", "DELETE", "HEAD", "OPTIONS")
#: Microsoft, "Secure access and data in workflows": authentication types for outbound calls.
_AUTHENTICATIONS = ("ActiveDirectoryOAuth", "Basic", "ClientCertificate", "ManagedServiceIdentity", "Raw")


def workflow(call: Call) -> Violations:
    """A name, a definition whose parts are known, triggers and actions that can be what they say."""
    inputs = call.inputs
    found = [*matches(inputs, "workflowName", _NAME), *tagged(call)]
    definition = part(inputs, "definition")
    path = "definition"
    found += [
        (f"{path}.{name}", f"InvalidRequestContent: Could not find member '{name}' on object of type 'FlowTemplate'.")
        for name in definition
        if name not in _PARTS
    ]
    schema = definition.get("$schema")
    if known(schema) and not _SCHEMA.fullmatch(str(schema)):
        found.append((f"{path}.$schema", f"{schema!r} is no schema of the Workflow Definition Language"))
    for name, most in _MOST.items():
        if len(part(definition, name)) > most:
            found.append((f"{path}.{name}", f"at most {most}"))
    for at, each in _each(definition, "triggers"):
        found += _typed(at, each)
        if same(each.get("type"), "Recurrence"):
            found += _recurrence(call, f"{at}.recurrence", part(each, "recurrence"))
    for at, each in _each(definition, "actions"):
        found += [*_typed(at, each), *_order(at, each, part(definition, "actions"))]
        if same(each.get("type"), "Http"):
            found += _http(call, f"{at}.inputs", part(each, "inputs"))
    return found


def _each(definition: Mapping[str, Any], kind: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name, each in part(definition, kind).items():
        if isinstance(each, dict):
            yield f"definition.{kind}.{name}", cast("Mapping[str, Any]", each)


def _typed(at: str, each: Mapping[str, Any]) -> Violations:
    return [] if each.get("type") else [(f"{at}.type", "InvalidTemplate: required property 'type' is missing")]


def _order(at: str, action: Mapping[str, Any], actions: Mapping[str, Any]) -> Violations:
    return [
        (f"{at}.runAfter.{name}", f"InvalidTemplate: the action {name!r} in 'runAfter' is not defined in the template")
        for name in part(action, "runAfter")
        if name not in actions
    ]


def _recurrence(call: Call, at: str, given: Mapping[str, Any]) -> Violations:
    """How often, and from when on: "Recurrence trigger", required and optional."""
    frequency, interval = given.get("frequency"), given.get("interval")
    found = [(f"{at}.{key}", "is required") for key in ("frequency", "interval") if given.get(key) is None]
    most = _INTERVALS.get(str(frequency))
    if known(frequency) and most is None:
        found.append((f"{at}.frequency", f"{frequency!r} is not one of {', '.join(_INTERVALS)}"))
    if known(interval) and not isinstance(interval, int):
        found.append((f"{at}.interval", f"{interval!r} is not a whole number"))
    elif most is not None and isinstance(interval, int) and not 1 <= interval <= most:
        found.append((f"{at}.interval", f"from 1 to {most} with frequency {frequency!r}"))
    if part(given, "schedule") and known(frequency) and frequency not in ("Day", "Week"):
        found.append((f"{at}.schedule", f"applies to frequency Day or Week, and this one is {frequency!r}"))
    return found + _start(call, f"{at}.startTime", given)


def _start(call: Call, at: str, given: Mapping[str, Any]) -> Violations:
    start = given.get("startTime")
    if not known(start):
        return []
    if not _START.fullmatch(str(start)):
        return [(at, f"{start!r} is not YYYY-MM-DDThh:mm:ss, which takes no UTC offset")]
    if given.get("timeZone") is None and not str(start).endswith("Z"):
        return [(at, "without a timeZone it must end with Z")]
    if given.get("timeZone") is not None and str(start).endswith("Z"):
        return [(at, "with a timeZone it must not end with Z")]
    try:
        moment = datetime.fromisoformat(str(start).removesuffix("Z")).replace(tzinfo=UTC)
    except ValueError as error:
        return [(at, f"{start!r} is no time: {error}")]
    return [(at, "at most 49 years in the future")] if moment - call.store.now() > _FURTHEST else []


def _http(call: Call, at: str, given: Mapping[str, Any]) -> Violations:
    """Where it calls, and as whom: a managed identity must be the workflow's own.

    Microsoft, "Authenticate access and connections to Azure resources with managed identities": enable it first.
    """
    found = [(f"{at}.{key}", "is required") for key in ("method", "uri") if given.get(key) is None]
    method = given.get("method")
    if known(method) and not any(same(method, each) for each in _METHODS) and not str(method).startswith("@"):
        found.append((f"{at}.method", f"{method!r} is not one of {', '.join(_METHODS)}"))
    kind, own = part(given, "authentication").get("type"), part(call.inputs, "identity").get("type")
    path = f"{at}.authentication.type"
    if known(kind) and not any(same(kind, each) for each in _AUTHENTICATIONS) and not str(kind).startswith("@"):
        return [*found, (path, f"{kind!r} is not one of {', '.join(_AUTHENTICATIONS)}")]
    if not same(kind, "ManagedServiceIdentity") or UNKNOWN in (call.inputs.get("identity"), own):
        return found
    named = part(given, "authentication").get("identity")
    wanted = "UserAssigned" if named is not None else "SystemAssigned"
    if not same(own, wanted):
        why = f"ManagedServiceIdentity needs the workflow's identity to be of type {wanted}, and it is {own or 'None'}"
        found.append((path, why))
    return found
