"""What Compute Engine, IAM and their provider refuse although schema and limits allow it; the forms of such rules."""

import ipaddress
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from wayfare.sandbox.behaviour import UNKNOWN, Call
from wayfare.sandbox.clouds.gcp import machines
from wayfare.sandbox.clouds.gcp.names import last, part, parts

Violations = list[tuple[str, str]]
Network = ipaddress.IPv4Network

_RFC1035 = re.compile(r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?")
_ACCOUNT_ID = re.compile(r"[a-z][-a-z0-9]{4,28}[a-z0-9]")
_LABEL_KEY = re.compile(r"[a-z][-_a-z0-9]{0,62}")
_LABEL_VALUE = re.compile(r"[-_a-z0-9]{0,63}")
_LONGEST_HOLD = 315_576_000_000
"""Seconds: the most of a Duration (compute.v1)."""


def one_of(path: str, value: Any, allowed: Iterable[str]) -> Violations:
    """A list of values as the provider words it."""
    if value is None or value == UNKNOWN or value in allowed:
        return []
    return [(path, f"expected {path} to be one of {sorted(allowed)}, got {value}")]


def matching(inputs: Mapping[str, Any], pattern: re.Pattern[str], key: str = "name") -> Violations:
    """A name as the provider checks it."""
    value = inputs.get(key)
    if value is None or value == UNKNOWN or pattern.fullmatch(str(value)):
        return []
    return [(key, f'"{key}" ("{value}") doesn\'t match regexp "^{pattern.pattern}$"')]


def labelled(inputs: Mapping[str, Any], key: str, path: str) -> Violations:
    """Labels ("Requirements for labels": 64 of them, of at most 63 characters)."""
    labels: Mapping[str, Any] = inputs.get(key) or {}
    found = [
        (path, f"Invalid label {name}={value}: keys and values are lower-case letters, digits, - and _, at most 63")
        for name, value in labels.items()
        if not _LABEL_KEY.fullmatch(name) or (value != UNKNOWN and not _LABEL_VALUE.fullmatch(str(value)))
    ]
    return [*found, *([(path, "at most 64 labels")] if len(labels) > 64 else [])]


def block(text: Any) -> Network | None:
    """A range of addresses; None for what is none, or not known yet."""
    try:
        return ipaddress.IPv4Network(str(text))
    except ValueError:
        return None


def cidr(path: str, text: Any) -> Violations:
    """A range of addresses, as the provider checks it."""
    if text is None or text == UNKNOWN or block(text) is not None:
        return []
    return [(path, f'"{text}" is not a valid CIDR block: it must be the first address of its range')]


def named(call: Call) -> Violations:
    """Compute Engine's rule for names, for a resource without other rules."""
    return matching(call.inputs, _RFC1035)


def subnetwork(call: Call) -> Violations:
    """Ranges: within a network none overlaps another (compute.v1), and /29 is the smallest ("Subnets")."""
    inputs, found = call.inputs, named(call)
    ranges = parts(inputs, "secondaryIpRanges")
    given = [("ipCidrRange", inputs.get("ipCidrRange"))]
    given += [(f"secondaryIpRanges[{index}].ipCidrRange", each.get("ipCidrRange")) for index, each in enumerate(ranges)]
    for path, text in given:
        found += cidr(path, text)
    known = [(path, parsed) for path, text in given if (parsed := block(text)) is not None]
    for path, parsed in known:
        if parsed.prefixlen > 29:
            found.append((path, f"Invalid IPCidrRange: {parsed} is smaller than /29"))
        if any(parsed.overlaps(other) for before, other in known[: known.index((path, parsed))] if before != path):
            found.append((path, f"Invalid IPCidrRange: {parsed} overlaps with another range of the subnetwork"))
    names = [str(each.get("rangeName", "")) for each in ranges]
    for index, name in enumerate(names):
        path = f"secondaryIpRanges[{index}].rangeName"
        if name != UNKNOWN and not _RFC1035.fullmatch(name):
            found.append((path, f'"{name}" doesn\'t match regexp "^{_RFC1035.pattern}$"'))
        elif name in names[:index]:
            found.append((path, f"{name} is not unique within the subnetwork"))
    return found


def router_nat(call: Call) -> Violations:
    """A list of subnetworks where it is asked for, and only there; addresses and ports as compute.v1 says."""
    inputs, found = call.inputs, named(call)
    listed = inputs.get("sourceSubnetworkIpRangesToNat") == "LIST_OF_SUBNETWORKS"
    if listed != bool(inputs.get("subnetworks")):
        found.append(("subnetworks", "goes with sourceSubnetworkIpRangesToNat = LIST_OF_SUBNETWORKS, and only with it"))
    if inputs.get("natIpAllocateOption") == "AUTO_ONLY" and inputs.get("natIps"):
        found.append(("natIps", "must be empty with natIpAllocateOption = AUTO_ONLY"))
    if inputs.get("natIpAllocateOption") == "MANUAL_ONLY" and not (inputs.get("natIps") or inputs.get("initialNatIps")):
        found.append(("natIps", "must not be empty with natIpAllocateOption = MANUAL_ONLY"))
    if inputs.get("enableDynamicPortAllocation") and inputs.get("enableEndpointIndependentMapping"):
        path = "enableEndpointIndependentMapping"
        found.append((path, "is mutually exclusive with enableDynamicPortAllocation"))
    if inputs.get("maxPortsPerVm") is not None and not inputs.get("enableDynamicPortAllocation"):
        found.append(("maxPortsPerVm", "can only be set when enableDynamicPortAllocation is enabled"))
    return found


def reservation(call: Call) -> Violations:
    """One end, at least one machine, and a template or properties that a machine of the type has."""
    inputs, found = call.inputs, named(call)
    found += _end(call)
    specific = part(inputs, "specificReservation")
    if bool(specific.get("instanceProperties")) == bool(specific.get("sourceInstanceTemplate")):
        found.append(("specificReservation", "exactly one of instance_properties, source_instance_template"))
    if (count := specific.get("count")) is not None and count != UNKNOWN and count < 1:
        found.append(("specificReservation.count", f"expected count to be at least (1), got {count}"))
    properties, path = part(specific, "instanceProperties"), "specificReservation.instanceProperties"
    machine = last(properties.get("machineType", ""))
    if not machines.reserved_on_demand(machine):
        found.append((f"{path}.machineType", f"{machine} cannot be reserved at once, only by a future reservation"))
    found += attached(
        machine,
        parts(properties, "guestAccelerators"),
        f"{path}.guestAccelerators",
        "acceleratorType",
        "acceleratorCount",
    )
    disks = parts(properties, "localSsds")
    found += ssds(machine, len(disks), f"{path}.localSsds")
    for index, disk in enumerate(disks):
        if disk.get("diskSizeGb") not in (None, UNKNOWN, 375):
            found.append((f"{path}.localSsds[{index}].diskSizeGb", "a local SSD has 375 GB"))
        if disk.get("interface") == "SCSI" and machines.only_gvnic(machine):
            found.append(
                (f"{path}.localSsds[{index}].interface", f"{machine} has local SSDs with NVME interfaces only")
            )
    return found


def _end(call: Call) -> Violations:
    """When a reservation ends: once, and in the future (compute.v1 Reservation, Duration)."""
    inputs = call.inputs
    if inputs.get("deleteAfterDuration") and inputs.get("deleteAtTime"):
        return [("deleteAtTime", '"delete_at_time": conflicts with delete_after_duration.0.seconds')]
    seconds = part(inputs, "deleteAfterDuration").get("seconds")
    if str(seconds).isdecimal() and not 0 < int(str(seconds)) <= _LONGEST_HOLD:
        return [("deleteAfterDuration.seconds", f"Must be from 1 to {_LONGEST_HOLD}, got {seconds}")]
    ends = inputs.get("deleteAtTime")
    if ends in (None, UNKNOWN):
        return []
    try:
        past = datetime.fromisoformat(str(ends)) <= call.store.now()
    except (TypeError, ValueError):
        return [("deleteAtTime", f"{ends} is no time in RFC 3339 format")]
    return [("deleteAtTime", f"{ends} is not in the future")] if past else []


def attached(machine: str, given: Sequence[Mapping[str, Any]], path: str, kind: str, count: str) -> Violations:
    """Accelerators that a machine type can have, under the names of their properties ("GPU machine types")."""
    found: Violations = []
    for index, each in enumerate(given):
        if machine and machine != UNKNOWN and not machines.takes_accelerators(machine):
            reason = f"[{machine}, {last(each.get(kind))}] features are not compatible for creating instance"
            found.append((f"{path}[{index}].{kind}", reason))
            continue
        own, number = machines.accelerator(machine), machines.accelerators(machine)
        if own is not None and each.get(kind) not in (None, UNKNOWN) and last(each[kind]) != own:
            reason = f"[{machine}, {last(each[kind])}] features are not compatible for creating instance; it has {own}"
            found.append((f"{path}[{index}].{kind}", reason))
        if number is not None and each.get(count) not in (None, UNKNOWN, number):
            reason = f"the number of accelerators of {machine} is {number}, got {each[count]}"
            found.append((f"{path}[{index}].{count}", reason))
    return found


def ssds(machine: str, count: Any, path: str) -> Violations:
    """A number of local SSDs that the machine type can have ("About Local SSD disks")."""
    allowed = machines.local_ssds(machine)
    if allowed is None or count in (None, UNKNOWN, 0) or count in allowed:
        return []
    numbers = " or ".join(str(number) for number in allowed)
    return [(path, f"the number of local SSDs of {machine} is {numbers}, got {count}")]


def resource_policy(call: Call) -> Violations:
    """One kind of policy; a topology goes with high throughput, and without a distance (compute.v1 WorkloadPolicy)."""
    inputs, found = call.inputs, named(call)
    kinds = [key for key in inputs if key.endswith("Policy")]
    found += [(key, f"only one of {', '.join(kinds)} can be specified") for key in kinds[1:]]
    workload, path = part(inputs, "workloadPolicy"), "workloadPolicy.acceleratorTopology"
    if workload.get("acceleratorTopology") and workload.get("type") not in ("HIGH_THROUGHPUT", UNKNOWN):
        found.append((path, "can be set only when the workload policy type is HIGH_THROUGHPUT"))
    if workload.get("acceleratorTopology") and workload.get("maxTopologyDistance"):
        found.append((path, "cannot be set if max topology distance is set"))
    return found


def account(call: Call) -> Violations:
    """6 to 30 characters (iam.v1 CreateServiceAccountRequest.accountId)."""
    return matching(call.inputs, _ACCOUNT_ID, "accountId")
