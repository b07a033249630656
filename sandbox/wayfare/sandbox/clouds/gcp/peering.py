"""The way to services in Google's own networks: a range of addresses, a connection, and what the firewall lets in.

Service Networking, "Configure private services access"; the words are those of the provider and of its public issues.
"""

from collections.abc import Mapping

from wayfare.sandbox.behaviour import UNKNOWN, Call, Made, Properties, Refused, ResourceRules
from wayfare.sandbox.clouds.gcp.checks import Violations, block, cidr, named
from wayfare.sandbox.clouds.gcp.compute import made
from wayfare.sandbox.clouds.gcp.leftovers import FIREWALL
from wayfare.sandbox.clouds.gcp.names import ADDRESS, CONNECTION, LUSTRE, NETWORK, parts, project
from wayfare.sandbox.clouds.gcp.references import path_of, require

_SERVICES = "servicenetworking.googleapis.com"


def peering_range(inputs: Properties) -> Violations:
    """A range for peering is internal, in a network, and says how long it is ("Allocate IP address ranges")."""
    found: Violations = []
    if inputs.get("addressType") != "INTERNAL":
        found.append(("addressType", "must be INTERNAL with purpose = VPC_PEERING"))
    if inputs.get("network") is None:
        found.append(("network", "is required with purpose = VPC_PEERING"))
    length = inputs.get("prefixLength")
    if length is None:
        found.append(("prefixLength", "is required with purpose = VPC_PEERING"))
    elif isinstance(length, int) and not 8 <= length <= 29:
        found.append(("prefixLength", f"must be between 8 and 29, got {length}"))
    elif inputs.get("address") not in (None, UNKNOWN) and block(f"{inputs['address']}/{length}") is None:
        found.append(("address", f"{inputs['address']} is not the first address of a range of /{length}"))
    return found


def connection(call: Call) -> Violations:
    """One service, and at least one range."""
    found: Violations = []
    if call.inputs.get("service") not in (UNKNOWN, _SERVICES):
        found.append(("service", f"must be {_SERVICES}, got {call.inputs.get('service')}"))
    if not call.inputs.get("reservedPeeringRanges"):
        found.append(("reservedPeeringRanges", "needs the name of at least one range"))
    return found


def create_connection(call: Call) -> Made:
    """A network has one connection to a service, over ranges that are allocated in it."""
    network = require(call, NETWORK, call.inputs["network"], "Error creating Connection: ")
    path = path_of(call, NETWORK, call.inputs["network"])
    there = {row.inputs.get("name") for row in call.store.rows(ADDRESS) if _network(call, row.inputs) == path}
    for name in call.inputs["reservedPeeringRanges"]:
        if name not in there:
            raise Refused(
                "Error waiting for Create Service Networking Connection: Error code 3, message: Allocated IP range "
                f"'{name}' not found in network."
            )
    if any(_network(call, row.outputs) == path for row in call.store.rows(CONNECTION)):
        raise Refused(
            "Error waiting for Create Service Networking Connection: Error code 9, message: Cannot modify allocated "
            "ranges in CreateConnection. Please use UpdateConnection."
        )
    given = call.inputs["network"] if network is None else network.id
    return Made(f"{path}:{call.inputs['service']}", {"network": given, "peering": "servicenetworking-googleapis-com"})


def delete_connection(call: Call) -> None:
    """What a service left in its network holds the connection, unless the peering alone is to go."""
    if call.inputs.get("deletionPolicy") == "REMOVE_PEERING":
        return
    path = path_of(call, NETWORK, call.inputs.get("network"))
    if any(_network(call, row.inputs) == path for row in call.store.rows(LUSTRE)):
        raise Refused(
            "Error waiting for Delete Service Networking Connection: Error code 9, message: Failed to delete "
            "connection; Producer services (e.g. Managed Lustre) are still using this connection."
        )


def firewall(call: Call) -> Violations:
    """Either what is allowed or what is denied; where from, for what comes in (compute.v1 Firewall)."""
    inputs, found = call.inputs, named(call)
    if bool(inputs.get("allows")) == bool(inputs.get("denies")):
        found.append(("allows", "exactly one of allow, deny must be specified"))
    sources = ("sourceRanges", "sourceTags", "sourceServiceAccounts")
    if inputs.get("direction", "INGRESS") == "INGRESS" and not any(inputs.get(each) for each in sources):
        found.append(("sourceRanges", "one of source_tags, source_ranges, or source_service_accounts must be defined"))
    for index, text in enumerate(inputs.get("sourceRanges") or ()):
        found += cidr(f"sourceRanges[{index}]", text)
    for index, each in enumerate(parts(inputs, "allows")):
        if each.get("ports") and each.get("protocol") in ("all", "icmp"):
            found.append((f"allows[{index}].ports", f"{each['protocol']} has no ports"))
    return found


def create_firewall(call: Call) -> Made:
    """A rule of a network."""
    require(call, NETWORK, call.inputs["network"], "Error creating Firewall: ")
    path = f"projects/{project(call)}/global/firewalls/{call.inputs['name']}"
    return made(call, path, {"creationTimestamp": "", "priority": call.inputs.get("priority", 1000)})


def connected(call: Call, network: object) -> bool:
    """Whether a network has a connection to Google's services."""
    path = path_of(call, NETWORK, network)
    return any(_network(call, row.outputs) == path for row in call.store.rows(CONNECTION))


def _network(call: Call, values: Properties) -> str:
    return path_of(call, NETWORK, values.get("network"))


RULES: Mapping[str, ResourceRules] = {
    CONNECTION: ResourceRules(
        seconds=60,
        delete_seconds=60,
        replace_on=frozenset({"network", "service"}),
        check=connection,
        create=create_connection,
        delete=delete_connection,
        tags=None,
    ),
    FIREWALL: ResourceRules(
        seconds=10,
        delete_seconds=10,
        replace_on=frozenset({"name", "network", "direction"}),
        check=firewall,
        create=create_firewall,
        tags=None,
    ),
}
