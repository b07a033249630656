"""Networks and reservations as Compute Engine makes them."""

from typing import Any

from wayfare.sandbox.behaviour import Call, Made, Nodes, Properties, Refused
from wayfare.sandbox.clouds.gcp.names import COMPUTE, last, part, project, region

NETWORK = "gcp:compute/network:Network"
SUBNETWORK = "gcp:compute/subnetwork:Subnetwork"
ROUTER = "gcp:compute/router:Router"
ROUTER_NAT = "gcp:compute/routerNat:RouterNat"
RESERVATION = "gcp:compute/reservation:Reservation"
CLUSTER = "gcp:container/cluster:Cluster"
NODE_POOL = "gcp:container/nodePool:NodePool"


def _made(call: Call, path: str, outputs: Properties) -> Made:
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
    return _made(
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
    first = str(call.inputs["ipCidrRange"]).partition("/")[0].rpartition(".")[0]
    return _made(
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


def router(call: Call) -> Made:
    """A Cloud Router."""
    return _made(
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
    parent = f"projects/{project(call)}/regions/{region(call)}/routers/{last(call.inputs['router'])}"
    if call.store.row(ROUTER, parent) is None:
        raise Refused(f"googleapi: Error 404: The resource '{parent}' was not found, notFound")
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


def reservation(call: Call) -> Made:
    """A zonal reservation of machines."""
    zone = last(call.inputs["zone"])
    specific = dict(call.inputs["specificReservation"])
    specific |= {"assuredCount": specific["count"], "inUseCount": 0}
    properties = dict(part(specific, "instanceProperties"))
    if properties:
        specific["instanceProperties"] = {"minCpuPlatform": "", "locationHint": "", **properties}
    ends = call.inputs.get("deleteAtTime")
    return _made(
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


def reserved(call: Call) -> Nodes | None:
    """The machines of a reservation. Only on-demand machines can be reserved so."""
    specific = call.inputs["specificReservation"]
    machine = last(part(specific, "instanceProperties").get("machineType", ""))
    if not machine:
        return None
    zone = last(call.inputs["zone"])
    return Nodes(zone, machine, "on-demand", int(specific["count"]), reserves=True)


def delete_reservation(call: Call) -> None:
    """What must be targeted by name cannot go while machines consume it."""
    if not call.inputs.get("specificReservationRequired"):
        return
    name = str(call.inputs["name"])
    for pool in call.store.rows(NODE_POOL):
        affinity = part(part(pool.inputs, "nodeConfig"), "reservationAffinity")
        if any(last(value) == name for value in affinity.get("values", [])):
            raise Refused(
                f"Error when reading or editing Reservation: googleapi: Error 400: The reservation resource "
                f"'{call.id}' is already being used by instances, resourceInUseByAnotherResource"
            )


def _refuse_in_use(call: Call, kind: str, users: tuple[str, ...], key: str) -> None:
    for token in users:
        for row in call.store.rows(token):
            if str(row.outputs.get(key, "")).endswith(str(call.id)):
                raise Refused(
                    f"Error waiting for Deleting {kind}: The {kind.lower()} resource '{call.id}' is already being used "
                    f"by '{row.id}'"
                )


def delete_network(call: Call) -> None:
    """A network goes after all that is in it."""
    _refuse_in_use(call, "Network", (SUBNETWORK, ROUTER, CLUSTER), "network")


def delete_subnetwork(call: Call) -> None:
    """A subnetwork goes after the clusters in it."""
    _refuse_in_use(call, "Subnetwork", (CLUSTER,), "subnetwork")
