"""What Azure's management API answers to a GET of one thing: what exists, and what a subscription has switched on."""

from wayfare.sandbox.behaviour import NotThere, Properties, Row, StoreView
from wayfare.sandbox.clouds.azure import names
from wayfare.sandbox.clouds.azure.names import error

_FEATURES = f"subscriptions/{names.SUBSCRIPTION}/providers/microsoft.features/providers/"

#: Preview features that the sandbox's subscription has, in lower case. Those of InfiniBand and of NVL72 exclude each
#: other in a real one too.
_REGISTERED = ("microsoft.containerservice/features/aksinfinibandsupport",)


def read(path: str, store: StoreView) -> Properties:
    """A reservation, its group, or a feature. Raises `NotThere`."""
    if path.lower().startswith(_FEATURES.lower()):
        feature = path.lower().removeprefix(_FEATURES.lower())
        state = "Registered" if feature in _REGISTERED else "NotRegistered"
        return {"name": feature.replace("/features/", "/"), "properties": {"state": state}}
    id = f"/{path}".lower()
    for row in store.rows(names.RESERVATION_GROUP):
        if row.id.lower() == id:
            return _group(row, store)
    for row in store.rows(names.RESERVATION):
        if row.id.lower() == id:
            return _reservation(row, store)
    raise NotThere(error("ResourceNotFound", f"The Resource '{path}' was not found."))


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
    allocated = [
        {"id": f"{each.id}/virtualMachines/{number}"}
        for each in pools
        for number in range(each.inputs.get("count") or 0)
    ]
    return {
        "id": row.id,
        "location": row.region,
        "zones": list(names.texts(row.inputs, "zones")),
        "sku": dict(sku),
        "properties": {"instanceView": {"utilizationInfo": {"virtualMachinesAllocated": allocated}}},
    }
