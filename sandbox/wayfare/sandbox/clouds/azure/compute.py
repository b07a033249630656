"""Capacity reservations as Compute makes them."""

from wayfare.sandbox.behaviour import Call, Made, Nodes, Properties, Refused
from wayfare.sandbox.clouds.azure import names
from wayfare.sandbox.clouds.azure.names import error, group_id, guid, located, made, stamp

_KIND = "Microsoft.Compute/capacityReservationGroups"
_VERSION = "2024-11-01"


def _group_id(call: Call) -> str:
    name = call.inputs["capacityReservationGroupName"]
    return f"{group_id(call.inputs['resourceGroupName'])}/providers/{_KIND}/{name}"


def group(call: Call) -> Made:
    """A group for reservations in given zones; it reserves nothing."""
    outputs: Properties = {
        **located(call),
        "capacityReservations": [],
        "virtualMachinesAssociated": [],
        "instanceView": {"capacityReservations": [], "sharedSubscriptionIds": []},
        "systemData": stamp(call),
    }
    return made(call, _KIND, _group_id(call), outputs, _VERSION)


def change_group(call: Call) -> Properties:
    """Tags alone."""
    if names.changed(call, ("zones",)):
        raise Refused(error("PropertyChangeNotAllowed", "Changing property 'zones' is not allowed."))
    return names.updated(call)


def delete_group(call: Call) -> None:
    """Not with reservations in it, and not while machines are associated."""
    id = str(call.id).lower()
    if any(row.id.lower().startswith(f"{id}/") for row in call.store.rows(names.RESERVATION)):
        raise Refused(
            error(
                "OperationNotAllowed",
                f"Capacity Reservation Group {call.id} cannot be deleted since it has member capacity reservations. "
                "Delete all capacity reservations of the group first.",
            )
        )
    _refuse_associated(call, id)


def reservation(call: Call) -> Made:
    """Machines held; all of them or none."""
    parent, kind = _group_id(call), "capacityReservationGroups/capacityReservations"
    holder = names.parent(call, names.RESERVATION_GROUP, parent, kind)
    zones, allowed = names.texts(call.inputs, "zones"), names.texts(holder.inputs, "zones")
    if not set(zones) <= set(allowed) or bool(zones) != bool(allowed):
        raise Refused(
            error("InvalidParameter", f"The zones {list(zones)} are not among those of the group: {list(allowed)}.")
        )
    size, place = str(names.part(call.inputs, "sku").get("name")), names.location(call)
    if not call.store.offered(place, str(zones[0]) if zones else "", size):
        raise Refused(sku_not_available(size, place, str(zones[0]) if zones else ""))
    now = call.store.now().isoformat()
    outputs: Properties = {
        **located(call),
        "instanceView": {"utilizationInfo": {"currentCapacity": names.part(call.inputs, "sku").get("capacity", 0)}},
        "platformFaultDomainCount": 1,
        "provisioningState": "Succeeded",
        "provisioningTime": now,
        "reservationId": guid(call),
        "systemData": stamp(call),
        "timeCreated": now,
        "virtualMachinesAssociated": [],
    }
    id = f"{parent}/capacityReservations/{call.inputs['capacityReservationName']}"
    return made(call, f"{_KIND}/capacityReservations", id, outputs, _VERSION)


def change_reservation(call: Call) -> Properties:
    """The quantity and tags: "Other changes to capacity reservation, such as VM size or location, aren't permitted"."""
    before = names.part(call.outputs, "sku").get("name")
    if names.changed(call, ("zones",)) or names.part(call.inputs, "sku").get("name") != before:
        raise Refused(error("PropertyChangeNotAllowed", "Changing property 'sku.name' or 'zones' is not allowed."))
    outputs = names.updated(call)
    capacity = names.part(call.inputs, "sku").get("capacity", 0)
    return {**outputs, "instanceView": {"utilizationInfo": {"currentCapacity": capacity}}}


def reserved(call: Call) -> Nodes:
    """The machines that a reservation holds."""
    sku, zones = names.part(call.inputs, "sku"), names.texts(call.inputs, "zones")
    zone = str(zones[0]) if zones else ""
    return Nodes(zone, str(sku.get("name")), "on-demand", int(sku.get("capacity") or 0), reserves=True)


def delete_reservation(call: Call) -> None:
    """Not while machines are associated, whatever its quantity."""
    _refuse_associated(call, str(call.id).lower().partition("/capacityreservations/")[0])


def _refuse_associated(call: Call, group: str) -> None:
    for row in call.store.rows(names.POOL):
        if str(row.inputs.get("capacityReservationGroupID", "")).lower() == group:
            raise Refused(
                error(
                    "OperationNotAllowed",
                    f"{call.id} cannot be deleted since it has associated virtual machines, those of {row.id}. "
                    "Disassociate all virtual machines first.",
                )
            )


def sku_not_available(size: str, place: str, zone: str) -> str:
    """A size that the subscription does not get here."""
    zones = f" zones '{zone}'" if zone else ""
    return error(
        "SkuNotAvailable",
        f"The requested size for resource '{size}' is currently not available in location '{place}'{zones} for "
        f"subscription '{names.SUBSCRIPTION}'. Please try another size or deploy to a different location or zones. See "
        "https://aka.ms/azureskunotavailable for details.",
    )
