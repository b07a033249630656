"""What Google's APIs and its provider refuse although the schema allows it."""

import ipaddress
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from wayfare.sandbox.behaviour import UNKNOWN, Call
from wayfare.sandbox.clouds.gcp.names import last, part, parts, region_of_zone

Violations = list[tuple[str, str]]

_RFC1035 = re.compile(r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?")
_GKE_NAME = re.compile(r"[a-z]([-a-z0-9]{0,38}[a-z0-9])?")
_ACCOUNT_ID = re.compile(r"[a-z][-a-z0-9]{4,28}[a-z0-9]")
_BUCKET = re.compile(r"[a-z0-9][-_.a-z0-9]{1,61}[a-z0-9]")
_LABEL_KEY = re.compile(r"[a-z][-_a-z0-9]{0,62}")
_LABEL_VALUE = re.compile(r"[-_a-z0-9]{0,63}")
_DATAPATHS = {"DATAPATH_PROVIDER_UNSPECIFIED", "LEGACY_DATAPATH", "ADVANCED_DATAPATH"}
_CHANNELS = {"UNSPECIFIED", "RAPID", "REGULAR", "STABLE", "EXTENDED"}
_EFFECTS = {"NO_SCHEDULE", "PREFER_NO_SCHEDULE", "NO_EXECUTE"}
_DRIVERS = {"GPU_DRIVER_VERSION_UNSPECIFIED", "INSTALLATION_DISABLED", "DEFAULT", "LATEST"}
_AFFINITIES = {
    "UNSPECIFIED",
    "NO_RESERVATION",
    "ANY_RESERVATION",
    "SPECIFIC_RESERVATION",
    "ANY_RESERVATION_THEN_FAIL",
}
_METADATA = {"UNSPECIFIED", "GCE_METADATA", "GKE_METADATA", "MODE_UNSPECIFIED"}
#: Families whose boot disk is a Hyperdisk (Compute Engine: "Accelerator-optimized machine family").
_HYPERDISK_ONLY = ("a3-ultragpu-", "a4-", "a4x-", "g4-")
#: Local SSDs that a machine type brings along: another number is refused.
_LOCAL_SSDS = {"a2-ultragpu-8g": 8, "a3-highgpu-8g": 16, "a3-megagpu-8g": 16, "a3-ultragpu-8g": 32, "a4-highgpu-8g": 32}


def _one_of(path: str, value: Any, allowed: Iterable[str]) -> Violations:
    if value is None or value == UNKNOWN or value in allowed:
        return []
    return [(path, f"expected {path} to be one of {sorted(allowed)}, got {value}")]


def _named(inputs: Mapping[str, Any], pattern: re.Pattern[str], key: str = "name") -> Violations:
    value = inputs.get(key)
    if value is None or value == UNKNOWN or pattern.fullmatch(str(value)):
        return []
    return [(key, f'"{key}" ("{value}") doesn\'t match regexp "^{pattern.pattern}$"')]


def _labelled(inputs: Mapping[str, Any], key: str, path: str) -> Violations:
    labels: Mapping[str, Any] = inputs.get(key) or {}
    found = [
        (path, f"Invalid label {name}={value}: keys and values are lower-case letters, digits, - and _, at most 63")
        for name, value in labels.items()
        if not _LABEL_KEY.fullmatch(name) or (value != UNKNOWN and not _LABEL_VALUE.fullmatch(str(value)))
    ]
    return [*found, *([(path, "at most 64 labels")] if len(labels) > 64 else [])]


def _network(path: str, text: Any) -> Violations:
    if text is None or text == UNKNOWN:
        return []
    try:
        ipaddress.IPv4Network(str(text))
    except ValueError as error:
        return [(path, f'"{text}" is not a valid CIDR block: {error}')]
    return []


def named(call: Call) -> Violations:
    """Compute Engine's rule for names."""
    return _named(call.inputs, _RFC1035)


def subnetwork(call: Call) -> Violations:
    """Name and ranges."""
    ranges = parts(call.inputs, "secondaryIpRanges")
    return [
        *named(call),
        *_network("ipCidrRange", call.inputs.get("ipCidrRange")),
        *(
            violation
            for index, each in enumerate(ranges)
            for violation in _network(f"secondaryIpRanges[{index}].ipCidrRange", each.get("ipCidrRange"))
        ),
    ]


def router_nat(call: Call) -> Violations:
    """A list of subnetworks where it is asked for, and only there."""
    inputs, found = call.inputs, named(call)
    listed = inputs.get("sourceSubnetworkIpRangesToNat") == "LIST_OF_SUBNETWORKS"
    if listed != bool(inputs.get("subnetworks")):
        found.append(("subnetworks", "goes with sourceSubnetworkIpRangesToNat = LIST_OF_SUBNETWORKS, and only with it"))
    if inputs.get("natIpAllocateOption") == "AUTO_ONLY" and inputs.get("natIps"):
        found.append(("natIps", "must be empty with natIpAllocateOption = AUTO_ONLY"))
    return found


def reservation(call: Call) -> Violations:
    """One end, at least one machine, and a template or properties."""
    inputs, found = call.inputs, named(call)
    if inputs.get("deleteAfterDuration") and inputs.get("deleteAtTime"):
        found.append(("deleteAtTime", '"delete_at_time": conflicts with delete_after_duration.0.seconds'))
    specific = part(inputs, "specificReservation")
    if bool(specific.get("instanceProperties")) == bool(specific.get("sourceInstanceTemplate")):
        found.append(("specificReservation", "exactly one of instance_properties, source_instance_template"))
    if (count := specific.get("count")) is not None and count != UNKNOWN and count < 1:
        found.append(("specificReservation.count", f"expected count to be at least (1), got {count}"))
    disks = parts(part(specific, "instanceProperties"), "localSsds")
    for index, disk in enumerate(disks):
        found += _one_of(
            f"specificReservation.instanceProperties.localSsds[{index}].interface",
            disk.get("interface"),
            ("SCSI", "NVME"),
        )
    return found


def account(call: Call) -> Violations:
    """6 to 30 characters."""
    return _named(call.inputs, _ACCOUNT_ID, "accountId")


def bucket(call: Call) -> Violations:
    """Cloud Storage's rules for names, and its enumerations."""
    inputs = call.inputs
    name = str(inputs.get("name", ""))
    found = [*_named(inputs, _BUCKET), *_labelled(inputs, "labels", "labels")]
    if name != UNKNOWN and (name.startswith("goog") or "google" in name):
        found.append(("name", "bucket names cannot begin with 'goog' or contain 'google'"))
    found += _one_of("publicAccessPrevention", inputs.get("publicAccessPrevention"), ("inherited", "enforced"))
    seconds = part(inputs, "softDeletePolicy").get("retentionDurationSeconds")
    if isinstance(seconds, int | float) and seconds != 0 and not 604800 <= seconds <= 7776000:
        found.append(("softDeletePolicy.retentionDurationSeconds", "must be 0, or between 604800 and 7776000"))
    return found


def cluster(call: Call) -> Violations:
    """GKE's rules for clusters."""
    inputs = call.inputs
    found = [*_named(inputs, _GKE_NAME), *_labelled(inputs, "resourceLabels", "resourceLabels")]
    found += _one_of("datapathProvider", inputs.get("datapathProvider"), _DATAPATHS)
    found += _one_of("releaseChannel.channel", part(inputs, "releaseChannel").get("channel"), _CHANNELS)
    if inputs.get("removeDefaultNodePool") and not inputs.get("initialNodeCount"):
        found.append(("initialNodeCount", "must be at least 1 with remove_default_node_pool"))
    pool = part(inputs, "workloadIdentityConfig").get("workloadPool")
    if pool not in (None, UNKNOWN) and not str(pool).endswith(".svc.id.goog"):
        found.append(("workloadIdentityConfig.workloadPool", f"{pool} is not [project].svc.id.goog"))
    if inputs.get("enableMultiNetworking") and inputs.get("datapathProvider") != "ADVANCED_DATAPATH":
        found.append(("enableMultiNetworking", "needs datapath_provider = ADVANCED_DATAPATH"))
    blocks = parts(part(inputs, "masterAuthorizedNetworksConfig"), "cidrBlocks")
    for index, block in enumerate(blocks):
        found += _network(f"masterAuthorizedNetworksConfig.cidrBlocks[{index}].cidrBlock", block.get("cidrBlock"))
    master = part(inputs, "privateClusterConfig").get("masterIpv4CidrBlock")
    if master not in (None, UNKNOWN) and not str(master).endswith("/28"):
        found.append(("privateClusterConfig.masterIpv4CidrBlock", f"expected {master} to be a /28 subnet"))
    return found


def node_pool(call: Call) -> Violations:
    """GKE's rules for node pools."""
    inputs, found = call.inputs, _named(call.inputs, _GKE_NAME)
    config = part(inputs, "nodeConfig")
    zones: Sequence[Any] = inputs.get("nodeLocations") or []
    if inputs.get("autoscaling") and inputs.get("nodeCount") is not None:
        found.append(("nodeCount", "should not be used alongside autoscaling"))
    upgrade: Mapping[str, Any] = inputs.get("upgradeSettings") or {"maxSurge": 1}
    if not upgrade.get("blueGreenSettings") and not (upgrade.get("maxSurge") or upgrade.get("maxUnavailable")):
        found.append(("upgradeSettings", "at least one of max_surge and max_unavailable must be greater than 0"))
    if inputs.get("placementPolicy"):
        found += _one_of("placementPolicy.type", inputs["placementPolicy"].get("type"), ("COMPACT",))
        if len(zones) != 1:
            found.append(("nodeLocations", "compact placement needs exactly one zone"))
    place = str(inputs.get("location") or "")
    for index, zone in enumerate(zones):
        if UNKNOWN not in (zone, place) and place and region_of_zone(str(zone)) != region_of_zone(place):
            found.append((f"nodeLocations[{index}]", f"{zone} is not in the cluster's region {place}"))
    return [*found, *_node_config(config)]


def _node_config(config: Mapping[str, Any]) -> Violations:
    machine = str(config.get("machineType", ""))
    found = _labelled(config, "resourceLabels", "nodeConfig.resourceLabels")
    affinity = part(config, "reservationAffinity").get("consumeReservationType")
    found += _one_of("nodeConfig.reservationAffinity.consumeReservationType", affinity, _AFFINITIES)
    if config.get("spot") and config.get("preemptible"):
        found.append(("nodeConfig.spot", "is exclusive with preemptible"))
    found += _one_of(
        "nodeConfig.workloadMetadataConfig.mode", part(config, "workloadMetadataConfig").get("mode"), _METADATA
    )
    for index, taint in enumerate(parts(config, "taints")):
        found += _one_of(f"nodeConfig.taints[{index}].effect", taint.get("effect"), _EFFECTS)
    for index, each in enumerate(parts(config, "guestAccelerators")):
        version = part(each, "gpuDriverInstallationConfig").get("gpuDriverVersion")
        path = f"nodeConfig.guestAccelerators[{index}].gpuDriverInstallationConfig.gpuDriverVersion"
        found += _one_of(path, version, _DRIVERS)
    disk = config.get("diskType")
    if machine.startswith(_HYPERDISK_ONLY) and disk not in (None, UNKNOWN) and not str(disk).startswith("hyperdisk-"):
        found.append(("nodeConfig.diskType", f"{last(disk)} disk type cannot be used by {machine} machine type"))
    ssds = part(config, "ephemeralStorageLocalSsdConfig").get("localSsdCount")
    if machine in _LOCAL_SSDS and ssds not in (None, 0, UNKNOWN, _LOCAL_SSDS[machine]):
        found.append(
            ("nodeConfig.ephemeralStorageLocalSsdConfig.localSsdCount", f"{machine} has {_LOCAL_SSDS[machine]}")
        )
    return found
