"""What an account lacks for capacity and accelerators, told from what Azure's management API answers."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast
from urllib.parse import parse_qsl

from wayfare.components.contract import Need

Json = dict[str, Any]
Read = Callable[[str], Json | None]
"""From a path to what is there, or None."""

#: Kinds of `Need`. The first one's id has the size, the zone and the number of machines as its query.
RESERVED_MACHINES = "capacity reservation"
FEATURE = "feature"
ABSENT_FEATURE = "feature that is off"
RESOURCE_PROVIDER = "resource provider"

_COMPUTE = "2024-11-01"
_FEATURES = "2021-07-01"
_PROVIDERS = "2021-04-01"


def _no_machines(need: Need, _subscription: str, read: Read) -> str | None:
    """Compute REST API, "Capacity Reservation Groups - Get" and "Capacity Reservations - Get" with instance view."""
    group, _, query = need.id.partition("?")
    found = read(f"{group}?api-version={_COMPUTE}")
    if found is None:
        return f"there is no capacity reservation group {group}"
    if not _same(found.get("location"), need.region):
        return f"{group} is in {found.get('location')}, not in {need.region}"
    ids = [str(each["id"]) for each in _rows(_part(found, "properties"), "capacityReservations")]
    members = [read(f"{id}?api-version={_COMPUTE}&$expand=instanceView") for id in ids]
    asked = dict(parse_qsl(query))
    free, wanted = _free(asked, [member for member in members if member is not None]), int(asked["machines"])
    if free >= wanted:
        return None
    return f"{group}: {free} machines of {asked['size']} are free in zone {asked['zone']}, and {wanted} are needed"


def _free(asked: Mapping[str, str], members: Sequence[Json]) -> int:
    """Machines of a size and a zone that are reserved and that nobody runs."""
    free = 0
    for member in members:
        sku: Json = member.get("sku") or {}
        if _same(sku.get("name"), asked["size"]) and asked["zone"] in (member.get("zones") or []):
            view = _part(_part(_part(member, "properties"), "instanceView"), "utilizationInfo")
            used = _rows(view, "virtualMachinesAllocated")
            free += int(sku.get("capacity") or 0) - len(used)
    return free


def _is_registered(need: Need, subscription: str, read: Read) -> bool:
    """Resource REST API, "Features - Get": `Namespace/name`."""
    namespace, _, name = need.id.partition("/")
    path = f"/subscriptions/{subscription}/providers/Microsoft.Features/providers/{namespace}/features/{name}"
    found = read(f"{path}?api-version={_FEATURES}") or {}
    return _same(_part(found, "properties").get("state"), "Registered")


def _not_registered(need: Need, subscription: str, read: Read) -> str | None:
    return None if _is_registered(need, subscription, read) else f"the feature {need.id} is not registered"


def _still_registered(need: Need, subscription: str, read: Read) -> str | None:
    return f"the feature {need.id} is registered" if _is_registered(need, subscription, read) else None


def _no_provider(need: Need, subscription: str, read: Read) -> str | None:
    """Resource REST API, "Providers - Get"."""
    found = read(f"/subscriptions/{subscription}/providers/{need.id}?api-version={_PROVIDERS}") or {}
    if _same(found.get("registrationState"), "Registered"):
        return None
    return f"the resource provider {need.id} is not registered"


#: By kind of need, who finds out why it is lacking: from the need, the subscription and how to read.
WHY_LACKING: Mapping[str, Callable[[Need, str, Read], str | None]] = {
    RESERVED_MACHINES: _no_machines,
    FEATURE: _not_registered,
    ABSENT_FEATURE: _still_registered,
    RESOURCE_PROVIDER: _no_provider,
}


def _part(answer: Mapping[str, Any], key: str) -> Json:
    return cast("Json", answer.get(key) or {})


def _rows(answer: Mapping[str, Any], key: str) -> list[Json]:
    return cast("list[Json]", answer.get(key) or [])


def _same(one: object, other: str) -> bool:
    return str(one).lower() == other.lower()
