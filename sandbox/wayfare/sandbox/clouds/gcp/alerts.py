"""Alert policies and who is told (monitoring.v3)."""

import re

from wayfare.sandbox.behaviour import UNKNOWN, Call, Made, Refused
from wayfare.sandbox.clouds.gcp.checks import Violations, labelled
from wayfare.sandbox.clouds.gcp.names import ALERT_POLICY, CHANNEL, part, parts, project

_SECONDS = re.compile(r"(\d+)s")
_MAIL = re.compile(r"[^@\s]+@[^@\s]+")


def policy(call: Call) -> Violations:
    """PromQL conditions stand alone, and are evaluated every 30 seconds or a multiple of it."""
    inputs, found = call.inputs, labelled(call.inputs, "userLabels", "userLabels")
    for index, each in enumerate(parts(inputs, "conditions")):
        asked, path = part(each, "conditionPrometheusQueryLanguage"), f"conditions[{index}]"
        if asked and not asked.get("query"):
            found.append((f"{path}.conditionPrometheusQueryLanguage.query", "must not be empty"))
        interval = _SECONDS.fullmatch(str(asked.get("evaluationInterval", "30s")))
        if interval is None or int(interval[1]) == 0 or int(interval[1]) % 30:
            where = f"{path}.conditionPrometheusQueryLanguage.evaluationInterval"
            found.append((where, "must be a positive multiple of 30 seconds"))
    return found


def channel(call: Call) -> Violations:
    """Mail goes to an address."""
    inputs, found = call.inputs, labelled(call.inputs, "userLabels", "userLabels")
    address = part(inputs, "labels").get("email_address")
    if inputs.get("type") == "email" and address != UNKNOWN and not _MAIL.fullmatch(str(address)):
        found.append(("labels.email_address", f"{address} is no mail address"))
    return found


def make_policy(call: Call) -> Made:
    """A policy that tells channels which are there."""
    channels: list[str] = call.inputs.get("notificationChannels") or []
    for each in channels:
        if call.store.row(CHANNEL, each) is None:
            raise Refused(f"Error creating AlertPolicy: googleapi: Error 404: Could not find the channel {each}.")
    path = f"projects/{project(call)}/alertPolicies/{int(call.store.new_id(15), 16)}"
    return Made(path, {"project": project(call), "name": path})


def make_channel(call: Call) -> Made:
    """A channel."""
    path = f"projects/{project(call)}/notificationChannels/{int(call.store.new_id(15), 16)}"
    return Made(path, {"project": project(call), "name": path, "verificationStatus": ""})


def delete_channel(call: Call) -> None:
    """A channel goes after the policies that tell it, unless it is forced to."""
    users = [row for row in call.store.rows(ALERT_POLICY) if call.id in (row.inputs.get("notificationChannels") or [])]
    if users and not call.inputs.get("forceDelete"):
        raise Refused(
            "Error when reading or editing NotificationChannel: googleapi: Error 400: Cannot delete channel "
            f"{call.id}: it is used by {users[0].id}., failedPrecondition"
        )
