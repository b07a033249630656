"""Rules for capacity reservations (Microsoft, "On-demand capacity reservation")."""

import re

from wayfare.sandbox.behaviour import Call
from wayfare.sandbox.clouds.azure.checks.forms import Violations, matches, tagged
from wayfare.sandbox.clouds.azure.names import part, texts

_NAME = re.compile(r"[A-Za-z0-9]([-_.A-Za-z0-9]{0,78}[A-Za-z0-9_])?")
#: "Support for other VM series isn't currently available".
_NOT_RESERVABLE = re.compile(r"Standard_(ND|NC\d+ads_H100_v5)", re.IGNORECASE)


def reservation_group(call: Call) -> Violations:
    """A name, and each zone once."""
    zones = texts(call.inputs, "zones")
    found = [*matches(call.inputs, "capacityReservationGroupName", _NAME), *tagged(call)]
    return found + ([("zones", "a zone is named twice")] if len(set(map(str, zones))) < len(zones) else [])


def reservation(call: Call) -> Violations:
    """A size that can be reserved, and a quantity of none or more."""
    sku = part(call.inputs, "sku")
    found = [*matches(call.inputs, "capacityReservationName", _NAME), *tagged(call)]
    if sku.get("name") is None or sku.get("capacity") is None:
        found.append(("sku", "name and capacity are required"))
    elif isinstance(sku["capacity"], int) and sku["capacity"] < 0:
        found.append(("sku.capacity", "must not be negative"))
    if _NOT_RESERVABLE.match(str(sku.get("name", ""))):
        found.append(("sku.name", f"capacity reservations do not support {sku['name']}"))
    if len(texts(call.inputs, "zones")) > 1:
        found.append(("zones", "a reservation is for one zone"))
    return found
