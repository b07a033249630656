"""Networks and reservations as Compute Engine makes them."""

from collections.abc import Mapping
from typing import Any

from wayfare.sandbox.behaviour import Call, Made, Nodes, Properties, Refused, Row
from wayfare.sandbox.clouds.gcp import machines
from wayfare.sandbox.clouds.gcp.checks import block
from wayfare.sandbox.clouds.gcp.names import (
    COMPUTE,
    NETWORK,
    NODE_POOL,
    ROUTER,
    SUBNETWORK,
    last,
    part,
    parts,
    project,
    region,
)
from wayfare.sandbox.clouds.gcp.references import path_of, require, require_zone, reservation_name


def made(call: Call, path: str, outputs: Properties) -> Made:
    """A resource under a path that is free."""
    if call.store.row(call.token, path) is not None:
        kind = call.token.rpartition(":")[2]
        text = f"The resource '{path}' already exists"
        raise Refused(f"Error creating {kind}: googleapi: Error 409: {text}, alreadyExists")
    return Made(path, {"project": project(call), "selfLink": COMPUTE + path, **outputs})


def _stamp(call: Call) -> str:
    return call.store.now().isoformat(timespec="milliseconds")


def _link(value: Any, call: Call, kind: str) -> str:
    """A reference as the API gives it back: the whole self link, whatever form it was given in."""
    text = str(value)
    if text.startswith("https://"):
        return text
    return COMPUTE + (text if text.startswith("projects/") else f"projects/{project(call)}/{kind}/{text}")


def network(call: Call) -> Made:
    """A global network; the quota of five networks of a new project is not modelled."""
    path = f"projects/{project(call)}/global/networks/{call.inputs['name']}"
    number = str(int(call.store.new_id(15), 16))
    return made(
        call,
        path,
        {
            "networkId": number,
            "numericId": number,
            "gatewayIpv4": "",
            "mtu": call.inputs.get("mtu", 1460),
            "routingMode": call.inputs.get("routingMode", "REGIONAL"),
            "networkFirewallPolicyEnforcementOrder": "AFTER_CLASSIC_FIREWALL",
            "deleteDefaultRoutesOnCreate": False,
            "internalIpv6Range": "",
            "bgpAlwaysCompareMed": False,
            "bgpBestPathSelectionMode": "LEGACY",
            "bgpInterRegionCost": "",
        },
    )


def subnetwork(call: Call) -> Made:
    """A regional subnetwork."""
    place = region(call)
    if not call.store.zones(place):
        raise Refused(f"Error creating Subnetwork: googleapi: Error 400: Unknown region '{place}'., invalid")
    require(call, NETWORK, call.inputs["network"], "Error creating Subnetwork: ")
    _refuse_overlap(call)
    first = str(call.inputs["ipCidrRange"]).partition("/")[0].rpartition(".")[0]
    return made(
        call,
        f"projects/{project(call)}/regions/{place}/subnetworks/{call.inputs['name']}",
        {
            "region": place,
            "network": _link(call.inputs["network"], call, "global/networks"),
            "gatewayAddress": f"{first}.1",
            "creationTimestamp": _stamp(call),
            "fingerprint": call.store.new_id(12),
            "subnetworkId": int(call.store.new_id(12), 16),
            "purpose": call.inputs.get("purpose", "PRIVATE"),
            "stackType": call.inputs.get("stackType", "IPV4_ONLY"),
            "privateIpv6GoogleAccess": "DISABLE_GOOGLE_ACCESS",
            "ipv6CidrRange": "",
            "externalIpv6Prefix": "",
            "internalIpv6Prefix": "",
            "ipv6GceEndpoint": "",
            "state": "READY",
        },
    )


def _refuse_overlap(call: Call) -> None:
    """Ranges are unique in a network, secondary ones too (compute.v1 SubnetworkSecondaryRange.ipCidrRange)."""
    network = path_of(call, NETWORK, call.inputs["network"])
    wanted = [found for text in _ranges(call.inputs) if (found := block(text)) is not None]
    for row in call.store.rows(SUBNETWORK):
        if path_of(call, NETWORK, row.outputs.get("network")) != network:
            continue
        taken = [found for text in _ranges(row.inputs) if (found := block(text)) is not None]
        for mine in wanted:
            if any(mine.overlaps(theirs) for theirs in taken):
                raise Refused(
                    f"Error creating Subnetwork: googleapi: Error 400: Invalid IPCidrRange: {mine} conflicts with "
                    f"existing subnetwork '{last(row.id)}' in region '{row.outputs.get('region')}'., invalid"
                )


def _ranges(inputs: Mapping[str, Any]) -> list[Any]:
    return [inputs.get("ipCidrRange"), *(each.get("ipCidrRange") for each in parts(inputs, "secondaryIpRanges"))]


def router(call: Call) -> Made:
    """A Cloud Router."""
    require(call, NETWORK, call.inputs["network"], "Error creating Router: ")
    return made(
        call,
        f"projects/{project(call)}/regions/{region(call)}/routers/{call.inputs['name']}",
        {
            "region": region(call),
            "network": _link(call.inputs["network"], call, "global/networks"),
            "creationTimestamp": _stamp(call),
        },
    )


def router_nat(call: Call) -> Made:
    """A NAT of a router. Its id is no resource path."""
    parent = require(call, ROUTER, call.inputs["router"], "Error creating RouterNat: ")
    for each in parts(call.inputs, "subnetworks"):
        row = require(call, SUBNETWORK, each.get("name"), "Error creating RouterNat: ")
        if parent is not None and row is not None and _network_of(call, row) != _network_of(call, parent):
            raise Refused(
                "Error creating RouterNat: googleapi: Error 400: Invalid value for field "
                f"'resource.nats[0].subnetworks': '{row.id}'. Subnetwork is not in the network of the router., invalid"
            )
    made = f"{project(call)}/{region(call)}/{last(call.inputs['router'])}/{call.inputs['name']}"
    subnetworks = [
        {**each, "name": _link(each.get("name"), call, f"regions/{region(call)}/subnetworks")}
        for each in call.inputs.get("subnetworks", [])
    ]
    return Made(
        made,
        {
            "project": project(call),
            "region": region(call),
            "subnetworks": subnetworks,
            "type": call.inputs.get("type", "PUBLIC"),
            "endpointTypes": ["ENDPOINT_TYPE_VM"],
            "autoNetworkTier": "PREMIUM",
            "enableDynamicPortAllocation": False,
            "enableEndpointIndependentMapping": False,
            "minPortsPerVm": 64,
            "icmpIdleTimeoutSec": 30,
            "tcpEstablishedIdleTimeoutSec": 1200,
            "tcpTimeWaitTimeoutSec": 120,
            "tcpTransitoryIdleTimeoutSec": 30,
            "udpIdleTimeoutSec": 30,
        },
    )


def _network_of(call: Call, row: Row) -> str:
    return path_of(call, NETWORK, row.outputs.get("network"))


def reservation(call: Call) -> Made:
    """A zonal reservation of machines."""
    zone = last(call.inputs["zone"])
    require_zone(call, zone, "Error creating Reservation: ")
    specific = dict(call.inputs["specificReservation"])
    specific |= {"assuredCount": specific["count"], "inUseCount": 0}
    properties = dict(part(specific, "instanceProperties"))
    if properties:
        specific["instanceProperties"] = {"minCpuPlatform": "", "locationHint": "", **properties}
    ends = call.inputs.get("deleteAtTime")
    return made(
        call,
        f"projects/{project(call)}/zones/{zone}/reservations/{call.inputs['name']}",
        {
            "zone": zone,
            "status": "READY",
            "kind": "compute#reservation",
            "commitment": "",
            "creationTimestamp": _stamp(call),
            "deleteAtTime": ends or "",
            "blockNames": [],
            "linkedCommitments": [],
            "satisfiesPzs": False,
            "resourceStatuses": [],
            "shareSettings": {"shareType": "LOCAL"},
            "reservationSharingPolicy": {"serviceShareType": "DISALLOW_ALL"},
            "specificReservation": specific,
            "specificReservationRequired": bool(call.inputs.get("specificReservationRequired")),
        },
    )


def resource_policy(call: Call) -> Made:
    """A policy of a region, such as how machines are placed."""
    return made(
        call,
        f"projects/{project(call)}/regions/{region(call)}/resourcePolicies/{call.inputs['name']}",
        {"region": region(call), "description": call.inputs.get("description", "")},
    )


def delete_resource_policy(call: Call) -> None:
    """A policy stays while machines are placed by it."""
    for pool in call.store.rows(NODE_POOL):
        if part(pool.inputs, "placementPolicy").get("policyName") == last(call.id) and pool.region == call.region:
            raise Refused(
                "Error when reading or editing ResourcePolicy: googleapi: Error 400: The resource_policy resource "
                f"'{call.id}' is already being used by '{pool.id}', resourceInUseByAnotherResource"
            )


def reserved(call: Call) -> Nodes | None:
    """The machines of a reservation."""
    specific = call.inputs["specificReservation"]
    machine = last(part(specific, "instanceProperties").get("machineType", ""))
    if not machine:
        return None
    zone = last(call.inputs["zone"])
    return Nodes(zone, machine, machines.reserved_as(machine), int(specific["count"]), reserves=True)


def delete_reservation(call: Call) -> None:
    """What must be targeted by name cannot go while machines consume it."""
    if not call.inputs.get("specificReservationRequired"):
        return
    for pool in call.store.rows(NODE_POOL):
        affinity = part(part(pool.inputs, "nodeConfig"), "reservationAffinity")
        if any(reservation_name(value) == call.inputs["name"] for value in affinity.get("values", [])):
            raise Refused(
                f"Error when reading or editing Reservation: googleapi: Error 400: The reservation resource "
                f"'{call.id}' is already being used by instances, resourceInUseByAnotherResource"
            )
