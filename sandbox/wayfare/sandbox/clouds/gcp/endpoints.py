"""Private Service Connect for Google's APIs, and private DNS zones.

VPC, "Access Google APIs through endpoints": names, and the address outside of every subnetwork. Cloud DNS, "Manage
zones": a zone that has records stays.
"""

import re

from wayfare.sandbox.behaviour import UNKNOWN, Call, Made, Refused
from wayfare.sandbox.clouds.gcp.checks import Violations, block, labelled, matching, named, one_of
from wayfare.sandbox.clouds.gcp.names import (
    ADDRESS,
    COMPUTE,
    FORWARDING_RULE,
    NETWORK,
    RECORDS,
    SUBNETWORK,
    ZONE,
    last,
    part,
    parts,
    project,
)
from wayfare.sandbox.clouds.gcp.peering import peering_range
from wayfare.sandbox.clouds.gcp.references import path_of, require

_BUNDLES = ("all-apis", "vpc-sc")
_ENDPOINT = re.compile(r"[a-z][a-z0-9]{0,19}")
_ZONE_NAME = re.compile(r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?")


def address(call: Call) -> Violations:
    """What an internal address for an endpoint must say."""
    inputs, found = call.inputs, [*named(call), *labelled(call.inputs, "labels", "labels")]
    if inputs.get("purpose") == "VPC_PEERING":
        return [*found, *peering_range(inputs)]
    if inputs.get("purpose") != "PRIVATE_SERVICE_CONNECT":
        return found
    if inputs.get("addressType") != "INTERNAL":
        found.append(("addressType", "an address for PRIVATE_SERVICE_CONNECT is INTERNAL"))
    if not inputs.get("network"):
        found.append(("network", "an address for PRIVATE_SERVICE_CONNECT names its network"))
    return found


def rule(call: Call) -> Violations:
    """Names of endpoints for Google's APIs have letters and digits only, at most 20, and balance no load."""
    inputs = call.inputs
    if inputs.get("target") not in _BUNDLES:
        return named(call)
    found = matching(inputs, _ENDPOINT)
    if inputs.get("loadBalancingScheme", "EXTERNAL_MANAGED") not in ("", UNKNOWN):
        text = "an endpoint for Google's APIs has no load balancing scheme: set it to an empty text"
        found.append(("loadBalancingScheme", text))
    if not inputs.get("network"):
        found.append(("network", "an endpoint for Google's APIs names its network"))
    return found


def zone(call: Call) -> Violations:
    """A name, a domain with a dot at its end, and for a private zone the networks that see it."""
    inputs = call.inputs
    found = [*matching(inputs, _ZONE_NAME), *labelled(inputs, "labels", "labels")]
    found += one_of("visibility", inputs.get("visibility"), ("public", "private"))
    return [*found, *_dotted(inputs.get("dnsName"), "dnsName")]


def records(call: Call) -> Violations:
    """Names and what they lead to end with a dot."""
    inputs = call.inputs
    found = _dotted(inputs.get("name"), "name")
    if inputs.get("type") == "CNAME":
        for index, value in enumerate(inputs.get("rrdatas") or []):
            found += _dotted(value, f"rrdatas[{index}]")
    return found


def _dotted(value: object, path: str) -> Violations:
    if value in (None, UNKNOWN) or str(value).endswith("."):
        return []
    return [(path, f'"{value}" must end with a dot')]


def make_address(call: Call) -> Made:
    """A global address. One for an endpoint is in no subnetwork's range."""
    network = call.inputs.get("network")
    if network is not None:
        require(call, NETWORK, network, "Error creating GlobalAddress: ")
        _refuse_taken(call)
    path = f"projects/{project(call)}/global/addresses/{call.inputs['name']}"
    labels = {**part(call.inputs, "labels"), "goog-pulumi-provisioned": "true"}
    return Made(
        path,
        {
            "project": project(call),
            "selfLink": COMPUTE + path,
            "address": call.inputs.get("address", "192.0.2.10"),
            "creationTimestamp": call.store.now().isoformat(timespec="milliseconds"),
            "effectiveLabels": labels,
            "pulumiLabels": labels,
        },
    )


def _refuse_taken(call: Call) -> None:
    wanted, network = block(call.inputs.get("address")), path_of(call, NETWORK, call.inputs["network"])
    if wanted is None or call.inputs.get("purpose") != "PRIVATE_SERVICE_CONNECT":
        return
    for row in call.store.rows(SUBNETWORK):
        ranges = [
            row.inputs.get("ipCidrRange"),
            *(each.get("ipCidrRange") for each in parts(row.inputs, "secondaryIpRanges")),
        ]
        inside = any((found := block(text)) is not None and wanted.subnet_of(found) for text in ranges)
        if inside and path_of(call, NETWORK, row.outputs.get("network")) == network:
            raise Refused(
                "Error creating GlobalAddress: googleapi: Error 400: Invalid value for field 'resource.address': "
                f"'{wanted.network_address}'. IP address is in the range of subnetwork '{row.id}'., invalid"
            )


def make_rule(call: Call) -> Made:
    """An endpoint at an address that is there."""
    require(call, NETWORK, call.inputs["network"], "Error creating GlobalForwardingRule: ")
    at = str(call.inputs.get("ipAddress", ""))
    if at.startswith("projects/") and call.store.row(ADDRESS, at) is None:
        raise Refused(
            f"Error creating GlobalForwardingRule: googleapi: Error 404: The resource '{at}' was not found, notFound"
        )
    path = f"projects/{project(call)}/global/forwardingRules/{call.inputs['name']}"
    return Made(path, {"project": project(call), "selfLink": COMPUTE + path, "pscConnectionStatus": "ACCEPTED"})


def delete_address(call: Call) -> None:
    """An address goes after what answers at it."""
    for row in call.store.rows(FORWARDING_RULE):
        if row.inputs.get("ipAddress") == call.id:
            raise Refused(
                f"Error when reading or editing GlobalAddress: googleapi: Error 400: The address resource '{call.id}' "
                f"is already being used by '{row.id}', resourceInUseByAnotherResource"
            )


def make_zone(call: Call) -> Made:
    """A zone. A network sees a domain in one zone only ("Cloud DNS: overlapping zones")."""
    for each in parts(part(call.inputs, "privateVisibilityConfig"), "networks"):
        require(call, NETWORK, each.get("networkUrl"), "Error creating ManagedZone: ")
    for row in call.store.rows(ZONE):
        if row.inputs.get("dnsName") == call.inputs["dnsName"] and _seen(call, row.inputs) & _seen(call, call.inputs):
            raise Refused(
                f"Error creating ManagedZone: googleapi: Error 400: The network already has a zone for "
                f"'{call.inputs['dnsName']}', '{last(row.id)}'., conflict"
            )
    path = f"projects/{project(call)}/managedZones/{call.inputs['name']}"
    labels = {**part(call.inputs, "labels"), "goog-pulumi-provisioned": "true"}
    number = int(call.store.new_id(12), 16)
    return Made(
        path,
        {
            "project": project(call),
            "managedZoneId": number,
            "nameServers": [],
            "creationTime": call.store.now().isoformat(timespec="milliseconds"),
            "effectiveLabels": labels,
            "pulumiLabels": labels,
        },
    )


def _seen(call: Call, inputs: dict[str, object]) -> set[str]:
    networks = parts(part(inputs, "privateVisibilityConfig"), "networks")
    return {path_of(call, NETWORK, each.get("networkUrl")) for each in networks}


def delete_zone(call: Call) -> None:
    """A zone goes after its records."""
    if not call.inputs.get("forceDestroy") and any(
        row.inputs.get("managedZone") == call.inputs.get("name") for row in call.store.rows(RECORDS)
    ):
        raise Refused(
            f"Error when reading or editing ManagedZone: googleapi: Error 400: The resource named "
            f"'{call.inputs.get('name')}' cannot be deleted because it contains one or more 'resource records'., "
            "containerNotEmpty"
        )


def make_records(call: Call) -> Made:
    """Records of a zone that is there."""
    zone = f"projects/{project(call)}/managedZones/{call.inputs['managedZone']}"
    if call.store.row(ZONE, zone) is None:
        text = f"The 'parameters.managedZone' resource named '{call.inputs['managedZone']}' does not exist."
        raise Refused(f"Error creating DNS RecordSet: googleapi: Error 404: {text}, notFound")
    return Made(f"{zone}/rrsets/{call.inputs['name']}/{call.inputs['type']}", {"project": project(call)})
