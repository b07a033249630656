"""What Azure's APIs refuse although the schema allows it."""

import ipaddress
import re
from collections.abc import Iterable, Mapping
from typing import Any

from wayfare.sandbox.behaviour import UNKNOWN, Call
from wayfare.sandbox.clouds.azure.names import part, parts, texts

Violations = list[tuple[str, str]]

_GROUP = re.compile(r"[-\w._()]{0,89}[-\w_()]")
_POOL = re.compile(r"[a-z][a-z0-9]{0,11}")
_CLUSTER = re.compile(r"[A-Za-z0-9]([-_A-Za-z0-9]{0,61}[A-Za-z0-9])?")
_DNS_PREFIX = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9]{0,52}[A-Za-z0-9])?")
_ACCOUNT = re.compile(r"[a-z0-9]{3,24}")
_CONTAINER = re.compile(r"(?!.*--)[a-z0-9][-a-z0-9]{1,61}[a-z0-9]")
_NAME = re.compile(r"[A-Za-z0-9]([-_.A-Za-z0-9]{0,78}[A-Za-z0-9_])?")
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_TAINT = re.compile(r"[-./\w]+(=[-.\w]*)?:(NoSchedule|PreferNoSchedule|NoExecute)")
#: Microsoft, "On-demand capacity reservation": "Support for other VM series isn't currently available".
_NOT_RESERVABLE = re.compile(r"Standard_(ND|NC\d+ads_H100_v5)")
_OUTBOUND = {
    "loadBalancer",
    "userDefinedRouting",
    "managedNATGateway",
    "userAssignedNATGateway",
    "none",
    "block",
}


def _matches(inputs: Mapping[str, Any], key: str, pattern: re.Pattern[str]) -> Violations:
    value = inputs.get(key)
    if value is None or value == UNKNOWN or pattern.fullmatch(str(value)):
        return []
    return [(key, f"{value!r} does not match ^{pattern.pattern}$")]


def _one_of(path: str, value: Any, allowed: Iterable[str]) -> Violations:
    if value is None or value == UNKNOWN or value in allowed:
        return []
    return [(path, f"{value!r} is not one of {', '.join(sorted(allowed))}")]


def _tagged(call: Call, most: int = 50) -> Violations:
    tags = part(call.inputs, "tags")
    found = [("tags", f"at most {most} tags, and there are {len(tags)}")] if len(tags) > most else []
    reserved = ("microsoft", "azure", "windows")
    return found + [
        (f"tags.{key}", "tag names cannot begin with microsoft, azure or windows, nor hold <>%&\\?/")
        for key in tags
        if key.lower().startswith(reserved) or set(key) & set("<>%&\\?/") or len(key) > 512
    ]


def _network(path: str, value: Any) -> ipaddress.IPv4Network | None:
    del path
    if value in (None, UNKNOWN):
        return None
    return ipaddress.IPv4Network(str(value))


def _cidr(path: str, value: Any) -> Violations:
    try:
        _network(path, value)
    except ValueError as error:
        return [(path, f"{value!r} is not a network in CIDR form: {error}")]
    return []


def named(call: Call) -> Violations:
    """Tags, and the rule for most names: 1 to 80 characters."""
    keys = ("publicIpAddressName", "natGatewayName", "virtualNetworkName", "subnetName", "capacityReservationGroupName")
    return _tagged(call) + [violation for key in keys for violation in _matches(call.inputs, key, _NAME)]


def group(call: Call) -> Violations:
    """At most 90 characters."""
    return [*_matches(call.inputs, "resourceGroupName", _GROUP), *_tagged(call)]


def network(call: Call) -> Violations:
    """Address ranges."""
    space = texts(part(call.inputs, "addressSpace"), "addressPrefixes")
    ranges = [_cidr(f"addressSpace.addressPrefixes[{index}]", each) for index, each in enumerate(space)]
    return named(call) + [violation for found in ranges for violation in found]


def subnet(call: Call) -> Violations:
    """A range, given once."""
    found = [*named(call), *_cidr("addressPrefix", call.inputs.get("addressPrefix"))]
    if call.inputs.get("addressPrefix") and call.inputs.get("addressPrefixes"):
        found.append(("addressPrefixes", "goes with addressPrefix in no way: give one of them"))
    return found


def address(call: Call) -> Violations:
    """A Standard address is static."""
    found = named(call)
    if part(call.inputs, "sku").get("name") == "Standard" and call.inputs.get("publicIPAllocationMethod") != "Static":
        found.append(("publicIPAllocationMethod", "Standard sku publicIp must have AllocationMethod set to Static"))
    return found


def reservation(call: Call) -> Violations:
    """A size that can be reserved, and a quantity of none or more."""
    sku, found = part(call.inputs, "sku"), named(call)
    if sku.get("name") is None or sku.get("capacity") is None:
        found.append(("sku", "name and capacity are required"))
    elif isinstance(sku["capacity"], int) and sku["capacity"] < 0:
        found.append(("sku.capacity", "must not be negative"))
    if _NOT_RESERVABLE.match(str(sku.get("name", ""))):
        found.append(("sku.name", f"capacity reservations do not support {sku['name']}"))
    if len(texts(call.inputs, "zones")) > 1:
        found.append(("zones", "a reservation is for one zone"))
    return found


def account(call: Call) -> Violations:
    """3 to 24 lower-case letters and digits, and fewer tags than elsewhere."""
    return [*_matches(call.inputs, "accountName", _ACCOUNT), *_tagged(call, 15)]


def container(call: Call) -> Violations:
    """3 to 63 lower-case letters, digits and single hyphens."""
    return _matches(call.inputs, "containerName", _CONTAINER)


def assignment(call: Call) -> Violations:
    """A name that is a UUID."""
    return _matches(call.inputs, "roleAssignmentName", _GUID)


def federation(call: Call) -> Violations:
    """Exactly one audience, an issuer over HTTPS."""
    audiences, issuer = texts(call.inputs, "audiences"), call.inputs.get("issuer")
    found: Violations = [] if len(audiences) == 1 else [("audiences", "exactly one audience is allowed")]
    if isinstance(issuer, str) and issuer != UNKNOWN and not issuer.startswith("https://"):
        found.append(("issuer", "must be an https address"))
    return found


def _upgrade(settings: Mapping[str, Any]) -> Violations:
    if settings.get("maxSurge") == "0" and settings.get("maxUnavailable") in (None, "0"):
        return [("upgradeSettings", "MaxSurge and MaxUnavailable cannot both be 0")]
    return []


def pool(call: Call) -> Violations:
    """AKS's rules for agent pools."""
    inputs = call.inputs
    found = [*_matches(inputs, "agentPoolName", _POOL), *_tagged(call), *_upgrade(part(inputs, "upgradeSettings"))]
    spot = inputs.get("scaleSetPriority") == "Spot"
    found += _one_of("mode", inputs.get("mode"), ("System", "User", "Gateway"))
    found += _one_of("scaleSetPriority", inputs.get("scaleSetPriority"), ("Regular", "Spot"))
    found += _one_of("osDiskType", inputs.get("osDiskType"), ("Managed", "Ephemeral"))
    driver = part(inputs, "gpuProfile").get("driver")
    found += _one_of("gpuProfile.driver", driver, ("Install", "None"))
    if "MI300X" in str(inputs.get("vmSize")) and driver != "None":
        found.append(("gpuProfile.driver", "AKS does not install drivers on AMD GPU node pools: set None"))
    if not spot:
        found += [
            (key, "can only be set when scaleSetPriority is 'Spot'")
            for key in ("scaleSetEvictionPolicy", "spotMaxPrice")
            if inputs.get(key) is not None
        ]
    if spot and inputs.get("mode") == "System":
        found.append(("scaleSetPriority", "a system pool cannot be a spot pool"))
    if spot and inputs.get("capacityReservationGroupID"):
        found.append(("capacityReservationGroupID", "a spot pool cannot use a capacity reservation group"))
    size = inputs.get("osDiskSizeGB")
    if isinstance(size, int) and size > 2048:
        found.append(("osDiskSizeGB", "at most 2048"))
    count = inputs.get("count")
    least = 1 if inputs.get("mode") == "System" else 0
    if isinstance(count, int) and not least <= count <= 1000:
        found.append(("count", f"between {least} and 1000"))
    return found + [
        (f"nodeTaints[{index}]", f"{taint!r} is not key=value:effect")
        for index, taint in enumerate(texts(inputs, "nodeTaints"))
        if taint != UNKNOWN and not _TAINT.fullmatch(str(taint))
    ]


def cluster(call: Call) -> Violations:
    """AKS's rules for clusters."""
    inputs = call.inputs
    found = [*_matches(inputs, "resourceName", _CLUSTER), *_matches(inputs, "dnsPrefix", _DNS_PREFIX), *_tagged(call)]
    if len(str(inputs.get("nodeResourceGroup", ""))) > 80:
        found.append(("nodeResourceGroup", "at most 80 characters"))
    pools = parts(inputs, "agentPoolProfiles")
    if not any(each.get("mode") == "System" for each in pools):
        found.append(("agentPoolProfiles", "Must define at least one system pool."))
    for index, each in enumerate(pools):
        path = f"agentPoolProfiles[{index}]"
        found += [(f"{path}.{key}", why) for key, why in _matches(each, "name", _POOL)]
        if re.match(r"Standard_B\d", str(each.get("vmSize", ""))) and each.get("mode") == "System":
            found.append((f"{path}.vmSize", "B series VMs are not supported for system node pools"))
    if inputs.get("disableLocalAccounts") and not part(inputs, "aadProfile").get("managed"):
        found.append(("disableLocalAccounts", "needs a cluster with managed Entra integration"))
    if part(inputs, "aadProfile").get("enableAzureRBAC") and inputs.get("enableRBAC") is False:
        found.append(("aadProfile.enableAzureRBAC", "needs enableRBAC"))
    identities = texts(part(inputs, "identity"), "userAssignedIdentities")
    if part(inputs, "identity").get("type") == "UserAssigned" and len(identities) != 1:
        found.append(("identity.userAssignedIdentities", "exactly one identity"))
    if part(part(inputs, "securityProfile"), "workloadIdentity").get("enabled") and not part(
        inputs, "oidcIssuerProfile"
    ).get("enabled"):
        found.append(("securityProfile.workloadIdentity", "needs oidcIssuerProfile.enabled"))
    return found + _api(inputs) + _cluster_network(part(inputs, "networkProfile"))


def _api(inputs: Mapping[str, Any]) -> Violations:
    access = part(inputs, "apiServerAccessProfile")
    ranges = texts(access, "authorizedIPRanges")
    found: Violations = []
    if ranges and access.get("enablePrivateCluster"):
        found.append(("apiServerAccessProfile.authorizedIPRanges", "are not supported on private clusters"))
    if len(ranges) > 200:
        found.append(("apiServerAccessProfile.authorizedIPRanges", "at most 200"))
    for index, each in enumerate(ranges):
        found += _cidr(f"apiServerAccessProfile.authorizedIPRanges[{index}]", each)
    return found


def _cluster_network(profile: Mapping[str, Any]) -> Violations:
    path = "networkProfile"
    found = _one_of(f"{path}.outboundType", profile.get("outboundType"), _OUTBOUND)
    if profile.get("networkPluginMode") == "overlay" and profile.get("networkPlugin") != "azure":
        found.append((f"{path}.networkPluginMode", "overlay needs networkPlugin 'azure'"))
    if profile.get("networkPolicy") == "cilium" and profile.get("networkDataplane") != "cilium":
        found.append((f"{path}.networkPolicy", "cilium needs networkDataplane 'cilium'"))
    keys = ("podCidr", "serviceCidr")
    bad = [violation for key in keys for violation in _cidr(f"{path}.{key}", profile.get(key))]
    if bad:
        return found + bad
    pods, services = (_network(key, profile.get(key)) for key in keys)
    if pods and services and pods.overlaps(services):
        found.append((f"{path}.podCidr", f"{pods} overlaps the service range {services}"))
    dns = profile.get("dnsServiceIP")
    if services and dns not in (None, UNKNOWN) and ipaddress.IPv4Address(str(dns)) not in services:
        found.append((f"{path}.dnsServiceIP", f"{dns} is not in {services}"))
    return found
