"""What Azure's management API says of one thing in a form of its own: reservations, and what is switched on."""

from wayfare.sandbox.behaviour import Properties, Row, StoreView
from wayfare.sandbox.clouds.azure import names

_PROVIDERS = f"subscriptions/{names.SUBSCRIPTION}/providers/"
_FEATURES = f"{_PROVIDERS}Microsoft.Features/providers/"

#: Preview features that the sandbox's subscription has, in lower case. That of InfiniBand excludes NVL72 here as it
#: does in a real one.
_REGISTERED = ("microsoft.containerservice/features/aksinfinibandsupport",)


def read(path: str, store: StoreView) -> Properties | None:
    """A reservation, its group, a feature, or a resource provider; None for what has the usual form."""
    place = path.lower()
    if place.startswith(_FEATURES.lower()):
        feature = place.removeprefix(_FEATURES.lower())
        return {"name": feature, "properties": {"state": _state(feature, store)}}
    if place.startswith(_PROVIDERS.lower()) and place.count("/") == _PROVIDERS.count("/"):
        return {"namespace": path.rpartition("/")[2], "registrationState": "Registered"}
    for token, told in ((names.RESERVATION_GROUP, _group), (names.RESERVATION, _reservation)):
        for row in store.rows(token):
            if row.id.lower() == f"/{place}":
                return told(row, store)
    return None


def _state(feature: str, store: StoreView) -> str:
    """What was last asked for, by whoever administers the subscription; else what it comes with."""
    for row in store.rows(names.FEATURE):
        namespace, name = str(row.inputs["providerNamespace"]), str(row.inputs["featureName"])
        if f"{namespace}/features/{name}".lower() == feature:
            return str(names.part(row.inputs, "properties").get("state") or "Registered")
    return "Registered" if feature in _REGISTERED else "NotRegistered"


def _group(row: Row, store: StoreView) -> Properties:
    members = [each for each in store.rows(names.RESERVATION) if each.id.lower().startswith(f"{row.id}/".lower())]
    return {
        "id": row.id,
        "location": row.region,
        "zones": list(names.texts(row.inputs, "zones")),
        "properties": {"capacityReservations": [{"id": each.id} for each in members]},
    }


def _reservation(row: Row, store: StoreView) -> Properties:
    """With its instance view, where machines of pools that name the group take up reserved ones."""
    sku, group = names.part(row.inputs, "sku"), row.id.lower().partition("/capacityreservations/")[0]
    pools = [
        each
        for each in store.rows(names.POOL)
        if str(each.inputs.get("capacityReservationGroupID", "")).lower() == group
        and str(each.inputs.get("vmSize", "")).lower() == str(sku.get("name")).lower()
        and names.texts(each.inputs, "availabilityZones") == names.texts(row.inputs, "zones")
    ]
    counts = [(each.id, int(each.inputs.get("count") or 0)) for each in pools]
    allocated = [{"id": f"{id}/virtualMachines/{number}"} for id, count in counts for number in range(count)]
    return {
        "id": row.id,
        "location": row.region,
        "zones": list(names.texts(row.inputs, "zones")),
        "sku": dict(sku),
        "properties": {"instanceView": {"utilizationInfo": {"virtualMachinesAllocated": allocated}}},
    }
