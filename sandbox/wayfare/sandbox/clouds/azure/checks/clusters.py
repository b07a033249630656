"""AKS's rules for clusters. Codes and words are those of its API; sources stand with each rule."""

import ipaddress
import re
from collections.abc import Mapping
from typing import Any

from wayfare.sandbox.behaviour import UNKNOWN, Call
from wayfare.sandbox.clouds.azure.checks import pools
from wayfare.sandbox.clouds.azure.checks.forms import Violations, cidr, known, matches, range_of, same, tagged
from wayfare.sandbox.clouds.azure.names import part, parts, texts

_CLUSTER = re.compile(r"[A-Za-z0-9]([-_A-Za-z0-9]{0,61}[A-Za-z0-9])?")
_DNS_PREFIX = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9]{0,52}[A-Za-z0-9])?")
_POOL = re.compile(r"[a-z][a-z0-9]{0,11}")
#: Microsoft, "AKS networking concepts": ranges that services, pods and the network may not use.
_RESERVED = [
    ipaddress.IPv4Network(each) for each in ("169.254.0.0/16", "172.30.0.0/16", "172.31.0.0/16", "192.0.2.0/24")
]
_OWN_NETWORK = ("userDefinedRouting", "userAssignedNATGateway")


def cluster(call: Call) -> Violations:
    """All that the inputs tell."""
    inputs = call.inputs
    return [
        *matches(inputs, "resourceName", _CLUSTER),
        *matches(inputs, "dnsPrefix", _DNS_PREFIX),
        *tagged(call),
        *_names(inputs),
        *_pools(inputs),
        *_access(inputs),
        *_api(inputs),
        *_upgrades(inputs),
        *_secrets(inputs),
        *_network(inputs),
        *_outbound(inputs),
    ]


def _names(inputs: Mapping[str, Any]) -> Violations:
    """Microsoft, "FAQ about AKS": the node resource group; AKS REST API: dnsPrefix, fqdnSubdomain."""
    found: Violations = []
    nodes = inputs.get("nodeResourceGroup")
    if known(nodes) and len(str(nodes)) > 80:
        found.append(("nodeResourceGroup", "at most 80 characters"))
    if known(nodes) and same(nodes, str(inputs.get("resourceGroupName"))):
        found.append(("nodeResourceGroup", "must be another one than the cluster's resource group"))
    if inputs.get("dnsPrefix") and inputs.get("fqdnSubdomain"):
        found.append(("fqdnSubdomain", "dnsPrefix and fqdnSubdomain exclude each other"))
    if not inputs.get("dnsPrefix") and not inputs.get("fqdnSubdomain"):
        found.append(("dnsPrefix", "one of dnsPrefix and fqdnSubdomain is required"))
    return found


def _pools(inputs: Mapping[str, Any]) -> Violations:
    profiles = parts(inputs, "agentPoolProfiles")
    found: Violations = []
    if not any(same(each.get("mode"), "System") for each in profiles):
        found.append(("agentPoolProfiles", "Must define at least one system pool."))
    for index, each in enumerate(profiles):
        own = [*matches(each, "name", _POOL), *pools.profile(each)]
        found += [(f"agentPoolProfiles[{index}].{path}", why) for path, why in own]
    return found


def _access(inputs: Mapping[str, Any]) -> Violations:
    """Microsoft, "Manage local accounts", "Use Azure RBAC for Kubernetes authorization", "Deploy workload identity"."""
    found: Violations = []
    directory = part(inputs, "aadProfile")
    local = inputs.get("disableLocalAccounts")
    if local is True and not directory.get("managed") and inputs.get("aadProfile") != UNKNOWN:
        found.append(("disableLocalAccounts", "needs a cluster with managed Entra integration: aadProfile.managed"))
    if directory.get("enableAzureRBAC") and not directory.get("managed"):
        found.append(("aadProfile.enableAzureRBAC", "needs aadProfile.managed"))
    if directory.get("enableAzureRBAC") and inputs.get("enableRBAC") is False:
        found.append(("aadProfile.enableAzureRBAC", "needs enableRBAC"))
    identity = part(inputs, "identity")
    if same(identity.get("type"), "UserAssigned") and len(texts(identity, "userAssignedIdentities")) != 1:
        found.append(("identity.userAssignedIdentities", "exactly one identity"))
    if same(identity.get("type"), "SystemAssigned") and texts(identity, "userAssignedIdentities"):
        found.append(("identity.userAssignedIdentities", "no identity with type 'SystemAssigned'"))
    workload = part(part(inputs, "securityProfile"), "workloadIdentity")
    issuer = inputs.get("oidcIssuerProfile")
    if workload.get("enabled") and issuer != UNKNOWN and not part(inputs, "oidcIssuerProfile").get("enabled"):
        found.append(("securityProfile.workloadIdentity", "needs oidcIssuerProfile.enabled"))
    # Microsoft, "Assign capacity reservation groups to AKS node pools": the cluster needs a user-assigned identity.
    if UNKNOWN in (inputs.get("identity"), identity.get("type")) or same(identity.get("type"), "UserAssigned"):
        return found
    for index, each in enumerate(parts(inputs, "agentPoolProfiles")):
        if each.get("capacityReservationGroupID"):
            path = f"agentPoolProfiles[{index}].capacityReservationGroupID"
            found.append((path, "needs a cluster with a user-assigned identity"))
    return found


def _api(inputs: Mapping[str, Any]) -> Violations:
    """Microsoft, "Use authorized IP address ranges for the API server", "Create a private AKS cluster"."""
    access = part(inputs, "apiServerAccessProfile")
    ranges, private = texts(access, "authorizedIPRanges"), access.get("enablePrivateCluster")
    path = "apiServerAccessProfile.authorizedIPRanges"
    found: Violations = []
    if ranges and private is True:
        found.append((path, "authorized IP ranges are not supported on private clusters"))
    if len(ranges) > 200:
        found.append((path, "at most 200"))
    if not private:
        found += [
            (f"apiServerAccessProfile.{key}", "needs enablePrivateCluster")
            for key in ("privateDNSZone", "enablePrivateClusterPublicFQDN")
            if access.get(key)
        ]
    for index, each in enumerate(ranges):
        found += cidr(f"{path}[{index}]", each)
    return found


def _secrets(inputs: Mapping[str, Any]) -> Violations:
    """Microsoft, "Add KMS etcd encryption to an AKS cluster": a version of a key, a user-assigned identity."""
    kms, path = part(part(inputs, "securityProfile"), "azureKeyVaultKms"), "securityProfile.azureKeyVaultKms"
    found: Violations = []
    if not kms.get("enabled"):
        return found
    key, identity = kms.get("keyId"), part(inputs, "identity").get("type")
    if known(key) and not re.fullmatch(r"https://[^/]+/keys/[^/]+/[0-9a-f]{32}", str(key)):
        found.append((f"{path}.keyId", f"{key!r} is not https://VAULT/keys/KEY/VERSION"))
    if known(identity) and not same(identity, "UserAssigned"):
        found.append((path, "needs a cluster with a user-assigned identity"))
    if same(kms.get("keyVaultNetworkAccess"), "Private") and not kms.get("keyVaultResourceId"):
        found.append((f"{path}.keyVaultResourceId", "required with keyVaultNetworkAccess 'Private'"))
    return found


def _upgrades(inputs: Mapping[str, Any]) -> Violations:
    """Microsoft, "Auto-upgrade node OS images" and "Long-term support for AKS"."""
    profile, found = part(inputs, "autoUpgradeProfile"), list[tuple[str, str]]()
    channel, nodes = profile.get("upgradeChannel"), profile.get("nodeOSUpgradeChannel")
    if same(channel, "node-image") and known(nodes) and not same(nodes, "NodeImage"):
        found.append(("autoUpgradeProfile.nodeOSUpgradeChannel", "must be NodeImage with upgradeChannel 'node-image'"))
    tier = part(inputs, "sku").get("tier")
    if same(inputs.get("supportPlan"), "AKSLongTermSupport") and known(tier) and not same(tier, "Premium"):
        found.append(("supportPlan", "AKSLongTermSupport needs the Premium tier"))
    return found


def _network(inputs: Mapping[str, Any]) -> Violations:
    """Microsoft, "Azure CNI Overlay", "Azure CNI powered by Cilium" and "AKS networking concepts"."""
    profile, path = part(inputs, "networkProfile"), "networkProfile"
    found: Violations = []
    plugin, mode, plane = (profile.get(key) for key in ("networkPlugin", "networkPluginMode", "networkDataplane"))
    rules, cilium = profile.get("networkPolicy"), same(plane, "cilium")
    if same(mode, "overlay") and known(plugin) and not same(plugin, "azure"):
        found.append((f"{path}.networkPluginMode", "overlay needs networkPlugin 'azure'"))
    if cilium and known(plugin) and not same(plugin, "azure"):
        found.append((f"{path}.networkDataplane", "cilium needs networkPlugin 'azure'"))
    if same(rules, "cilium") and not cilium:
        found.append((f"{path}.networkPolicy", "cilium needs networkDataplane 'cilium'"))
    if cilium and known(rules) and not same(rules, "cilium") and not same(rules, "none"):
        found.append((f"{path}.networkPolicy", f"networkDataplane 'cilium' does not support {rules!r}"))
    keys = ("podCidr", "serviceCidr")
    if bad := [violation for key in keys for violation in cidr(f"{path}.{key}", profile.get(key))]:
        return found + bad
    pods, services = (range_of(profile.get(key)) for key in keys)
    for key, own in (("podCidr", pods), ("serviceCidr", services)):
        found += [
            (f"{path}.{key}", f"{own} overlaps {it}, which AKS reserves")
            for it in _RESERVED
            if own and own.overlaps(it)
        ]
    if pods and services and pods.overlaps(services):
        found.append((f"{path}.podCidr", f"PodCidrOverlapServiceCidr: {pods} overlaps the service CIDR {services}"))
    return found + _services(profile, services)


def _services(profile: Mapping[str, Any], services: ipaddress.IPv4Network | None) -> Violations:
    """Microsoft, "Configure Azure CNI networking": smaller than /12; the DNS address within, and not the first one."""
    found: Violations = []
    path = "networkProfile.dnsServiceIP"
    if services and services.prefixlen < 12:
        found.append(("networkProfile.serviceCidr", f"{services} is larger than /12"))
    dns = profile.get("dnsServiceIP")
    if services is None or not known(dns):
        return found
    try:
        address = ipaddress.IPv4Address(str(dns))
    except ValueError:
        return [*found, (path, f"{dns!r} is not an IPv4 address")]
    if address not in services:
        found.append((path, f"{dns} is not in {services}"))
    elif address in (services[0], services[1]):
        found.append((path, f"{dns} is the first address of {services}, which is kubernetes.default's"))
    return found


def _outbound(inputs: Mapping[str, Any]) -> Violations:
    """Microsoft, "Customize cluster egress with outbound types in AKS", "Create a NAT gateway for your AKS cluster"."""
    profile, path = part(inputs, "networkProfile"), "networkProfile"
    outbound, found = profile.get("outboundType"), list[tuple[str, str]]()
    if not known(outbound):
        return found
    if not same(outbound, "loadBalancer") and profile.get("loadBalancerProfile"):
        found.append((f"{path}.loadBalancerProfile", f"not with outboundType {outbound!r}"))
    if not same(outbound, "managedNATGateway") and profile.get("natGatewayProfile"):
        found.append((f"{path}.natGatewayProfile", f"not with outboundType {outbound!r}"))
    if not same(outbound, "loadBalancer") and same(profile.get("loadBalancerSku"), "basic"):
        code = "UnexpectedLoadBalancerSkuForCurrentOutboundConfiguration"
        found.append((f"{path}.loadBalancerSku", f"{code}: outboundType {outbound!r} needs the standard SKU"))
    for index, each in enumerate(parts(inputs, "agentPoolProfiles")):
        at, name, own = f"agentPoolProfiles[{index}].vnetSubnetID", each.get("name"), each.get("vnetSubnetID")
        if not own and any(same(outbound, kind) for kind in _OWN_NETWORK):
            why = f"Outbound type is {outbound} but agent pool {name} is not using custom VNet, which is not allowed."
            found.append((at, why))
        if own and same(outbound, "managedNATGateway"):
            why = f"Outbound type is {outbound} but agent pool {name} is using custom VNet, which is not allowed."
            found.append((at, why))
    return found
