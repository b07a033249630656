"""What a resource refers to must be there, and what others refer to stays.

Compute Engine answers 404 for what it does not find and 400 `resourceInUseByAnotherResource` for what is in use; the
words are those of public issues of the provider.
"""

from collections.abc import Mapping
from typing import Any

from wayfare.sandbox.behaviour import Call, Refused, Row
from wayfare.sandbox.clouds.gcp.leftovers import FIREWALL
from wayfare.sandbox.clouds.gcp.names import (
    ACCOUNT,
    ADDRESS,
    CLUSTER,
    CONNECTION,
    FORWARDING_RULE,
    NETWORK,
    NODE_POOL,
    RESERVATION,
    ROUTER,
    ROUTER_NAT,
    SUBNETWORK,
    last,
    part,
    parts,
    project,
    region,
)

_COLLECTIONS = {NETWORK: "global/networks", SUBNETWORK: "regions/{}/subnetworks", ROUTER: "regions/{}/routers"}


def path_of(call: Call, token: str, value: object) -> str:
    """The path of what a name, a path or a self link refers to."""
    text = str(value)
    if "projects/" in text:
        return text[text.index("projects/") :]
    return f"projects/{project(call)}/{_COLLECTIONS[token].format(region(call))}/{last(text)}"


def require(call: Call, token: str, value: object, prefix: str = "") -> Row | None:
    """What a value refers to. Raises `Refused` where it is not there.

    The network `default` comes with a project ("VPC networks"), and is None here.
    """
    path = path_of(call, token, value)
    row = call.store.row(token, path)
    if row is None and not (token == NETWORK and last(path) == "default"):
        raise Refused(f"{prefix}googleapi: Error 404: The resource '{path}' was not found, notFound")
    return row


def require_account(call: Call, config: Mapping[str, Any], prefix: str = "") -> None:
    """The account that nodes run as. What another project or Google itself owns is not known here."""
    email = str(config.get("serviceAccount") or "default")
    path = f"projects/{project(call)}/serviceAccounts/{email}"
    if email.endswith(f"@{project(call)}.iam.gserviceaccount.com") and call.store.row(ACCOUNT, path) is None:
        raise Refused(
            f'{prefix}googleapi: Error 400: The user does not have access to service account "{email}". Ask a project '
            "owner to grant you the iam.serviceAccountUser role on the service account., badRequest"
        )


def require_zone(call: Call, zone: str, prefix: str) -> None:
    """A zone that its region has."""
    if zone not in call.store.zones(zone.rpartition("-")[0]):
        raise Refused(f"{prefix}googleapi: Error 400: Invalid value for field 'zone': '{zone}'. Unknown zone., invalid")


def require_reservation(call: Call, config: Mapping[str, Any], zones: list[str], prefix: str) -> None:
    """A reservation that is targeted by name: in one of the pool's zones, and only to be had by its name."""
    affinity = part(config, "reservationAffinity")
    if affinity.get("consumeReservationType") != "SPECIFIC_RESERVATION":
        return
    for value in affinity.get("values", []):
        name = reservation_name(value)
        paths = [f"projects/{project(call)}/zones/{zone}/reservations/{name}" for zone in zones]
        found = [row for path in paths if (row := call.store.row(RESERVATION, path)) is not None]
        if not found:
            missing = paths[0] if paths else name
            raise Refused(f"{prefix}googleapi: Error 404: The resource '{missing}' was not found, notFound")
        if not found[0].inputs.get("specificReservationRequired"):
            raise Refused(
                f"{prefix}googleapi: Error 400: Reservation {name} cannot be targeted by name: it is not a "
                "specifically targeted reservation., badRequest"
            )
        _require_room(call, found[0], name, prefix)


def _require_room(call: Call, reservation: Row, name: str, prefix: str) -> None:
    """As many machines as the pool is to have are reserved and in no other pool (the words are of a public issue)."""
    there = int(part(reservation.inputs, "specificReservation").get("count", 0))
    for pool in call.store.rows(NODE_POOL):
        affinity = part(part(pool.inputs, "nodeConfig"), "reservationAffinity")
        if any(reservation_name(each) == name for each in affinity.get("values") or ()):
            there -= int(pool.inputs.get("nodeCount") or 0)
    wanted = int(call.inputs.get("nodeCount") or 0)
    if wanted > there:
        raise Refused(
            f"{prefix}googleapi: Error 429: Reservation does not have enough resources for the request: specific "
            f'reservation "{name}" is insufficient for node pool "{call.inputs.get("name")}" at zone '
            f'"{reservation.outputs.get("zone")}": required {wanted} and short of {wanted - max(there, 0)} VM'
        )


def reservation_name(value: object) -> str:
    """`projects/p/reservations/r/reservationBlocks/b` → `r` (GKE: "Consume reserved zonal resources")."""
    text = str(value)
    return text.partition("reservations/")[2].partition("/")[0] or text.partition("/")[0]


def _refuse(call: Call, kind: str, user: str) -> None:
    raise Refused(
        f"Error when reading or editing {kind}: googleapi: Error 400: The {kind.lower()} resource '{call.id}' is "
        f"already being used by '{user}', resourceInUseByAnotherResource"
    )


def delete_network(call: Call) -> None:
    """A network goes after all that is in it."""
    for token in (SUBNETWORK, ROUTER, CLUSTER, FIREWALL, ADDRESS, CONNECTION, FORWARDING_RULE):
        for row in call.store.rows(token):
            if path_of(call, NETWORK, row.outputs.get("network")) == call.id:
                _refuse(call, "Network", row.id)


def delete_subnetwork(call: Call) -> None:
    """A subnetwork goes after the clusters in it, and after the router whose NAT lists it."""
    for row in call.store.rows(CLUSTER):
        if path_of(call, SUBNETWORK, row.outputs.get("subnetwork")) == call.id:
            _refuse(call, "Subnetwork", row.id)
    for row in call.store.rows(ROUTER_NAT):
        router = f"{str(call.id).rpartition('/subnetworks/')[0]}/routers/{last(row.outputs.get('router'))}"
        listed = [path_of(call, SUBNETWORK, each.get("name")) for each in parts(row.outputs, "subnetworks")]
        if call.id in listed and call.store.row(ROUTER, router) is not None:
            _refuse(call, "Subnetwork", router)
