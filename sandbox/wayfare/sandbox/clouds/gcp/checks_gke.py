"""What GKE refuses of a cluster although schema and limits allow it."""

import re
from collections.abc import Mapping
from typing import Any

from wayfare.sandbox.behaviour import UNKNOWN, Call
from wayfare.sandbox.clouds.gcp import keys
from wayfare.sandbox.clouds.gcp.checks import Violations, block, cidr, labelled, matching, one_of
from wayfare.sandbox.clouds.gcp.checks_pool import node_config
from wayfare.sandbox.clouds.gcp.names import part, parts, project

NAME = re.compile(r"[a-z]([-a-z0-9]{0,38}[a-z0-9])?")
_DATAPATHS = {"DATAPATH_PROVIDER_UNSPECIFIED", "LEGACY_DATAPATH", "ADVANCED_DATAPATH"}
_CHANNELS = {"UNSPECIFIED", "RAPID", "REGULAR", "STABLE", "EXTENDED"}

#: Arguments that the provider's schema lets conflict with `enable_autopilot` (resource_container_cluster.go).
_NOT_WITH_AUTOPILOT = {
    "defaultMaxPodsPerNode": "default_max_pods_per_node",
    "enableIntranodeVisibility": "enable_intranode_visibility",
    "enableShieldedNodes": "enable_shielded_nodes",
    "networkPolicy": "network_policy",
    "nodePools": "node_pool",
    "removeDefaultNodePool": "remove_default_node_pool",
}
#: Ranges that a private endpoint takes as authorized ("Subnets": valid IPv4 ranges that are private).
_PRIVATE = tuple(
    found
    for text in (
        *("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24"),
        *("198.51.100.0/24", "203.0.113.0/24", "192.88.99.0/24", "198.18.0.0/15", "240.0.0.0/4"),
    )
    if (found := block(text)) is not None
)


def cluster(call: Call) -> Violations:
    """Names, networks, identities and nodes of a cluster."""
    inputs = call.inputs
    found = [*matching(inputs, NAME), *labelled(inputs, "resourceLabels", "resourceLabels")]
    found += one_of("datapathProvider", inputs.get("datapathProvider"), _DATAPATHS)
    found += one_of("releaseChannel.channel", part(inputs, "releaseChannel").get("channel"), _CHANNELS)
    if inputs.get("removeDefaultNodePool") and not inputs.get("initialNodeCount"):
        found.append(("initialNodeCount", "must be at least 1 with remove_default_node_pool"))
    found += node_config(part(inputs, "nodeConfig"), "nodeConfig")
    return [*found, *_identity(call), *_network(inputs), *_endpoint(inputs), *_autopilot(inputs), *_encryption(inputs)]


def _encryption(inputs: Mapping[str, Any]) -> Violations:
    """Secrets at rest ("Encrypt secrets at the application layer": the key is in the cluster's location)."""
    given = part(inputs, "databaseEncryption")
    states = ("ENCRYPTED", "DECRYPTED", "ALL_OBJECTS_ENCRYPTION_ENABLED")
    found = one_of("databaseEncryption.state", given.get("state"), states)
    if given.get("state") == "ENCRYPTED" and not given.get("keyName"):
        found.append(("databaseEncryption.keyName", "must be set when state is ENCRYPTED"))
    return [*found, *keys.place("databaseEncryption.keyName", given.get("keyName"), inputs.get("location"))]


def _identity(call: Call) -> Violations:
    """A project has one workload identity pool (GKE: "Workload Identity Federation for GKE", limitations)."""
    pool, own = part(call.inputs, "workloadIdentityConfig").get("workloadPool"), project(call)
    if pool in (None, UNKNOWN) or own == UNKNOWN or pool == f"{own}.svc.id.goog":
        return []
    text = (
        f'Currently, the only supported identity namespace is the project\'s default, "{own}.svc.id.goog", got "{pool}"'
    )
    return [("workloadIdentityConfig.workloadPool", text)]


def _network(inputs: Mapping[str, Any]) -> Violations:
    """Dataplane V2 and what needs or excludes it; one way to give the ranges of pods and services."""
    found: Violations = []
    advanced = inputs.get("datapathProvider") == "ADVANCED_DATAPATH"
    if inputs.get("enableMultiNetworking") and not advanced:
        found.append(("enableMultiNetworking", "needs datapath_provider = ADVANCED_DATAPATH"))
    if advanced and part(inputs, "networkPolicy").get("enabled"):
        text = "Enabling NetworkPolicy for clusters with DatapathProvider=ADVANCED_DATAPATH is not allowed"
        found.append(("networkPolicy.enabled", text))
    policy = part(inputs, "ipAllocationPolicy")
    for kind in ("cluster", "services"):
        named, ranged = f"{kind}SecondaryRangeName", f"{kind}Ipv4CidrBlock"
        if policy.get(named) and policy.get(ranged):
            found.append((f"ipAllocationPolicy.{named}", f"conflicts with {ranged}"))
    if inputs.get("clusterIpv4Cidr") and policy:
        found.append(("clusterIpv4Cidr", '"cluster_ipv4_cidr": conflicts with ip_allocation_policy'))
    if inputs.get("networkingMode") == "ROUTES" and policy:
        found.append(("networkingMode", "ROUTES has no ip_allocation_policy: alias IPs are of VPC_NATIVE"))
    return found


def _endpoint(inputs: Mapping[str, Any]) -> Violations:
    """Who may reach the control plane: with a private endpoint only, nobody outside of private ranges."""
    private = part(inputs, "privateClusterConfig")
    blocks = parts(part(inputs, "masterAuthorizedNetworksConfig"), "cidrBlocks")
    found: Violations = []
    for index, each in enumerate(blocks):
        path, text = f"masterAuthorizedNetworksConfig.cidrBlocks[{index}].cidrBlock", each.get("cidrBlock")
        found += cidr(path, text)
        parsed = block(text)
        reserved = parsed is None or any(parsed.subnet_of(outer) for outer in _PRIVATE)
        if private.get("enablePrivateEndpoint") is True and not reserved:
            reason = f'network "{text}" is not a reserved network, which is required for private endpoints.'
            found.append((path, f"Invalid master authorized networks: {reason}"))
    master = private.get("masterIpv4CidrBlock")
    if master not in (None, UNKNOWN) and not str(master).endswith("/28"):
        found.append(("privateClusterConfig.masterIpv4CidrBlock", f"expected {master} to be a /28 subnet"))
    return found


def _autopilot(inputs: Mapping[str, Any]) -> Violations:
    """Autopilot brings its own nodes."""
    if inputs.get("enableAutopilot") is not True:
        return []
    return [
        (key, f'"{argument}": conflicts with enable_autopilot')
        for key, argument in _NOT_WITH_AUTOPILOT.items()
        if inputs.get(key) is not None
    ]
