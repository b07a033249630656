"""What GKE refuses of a node pool although schema and limits allow it."""

import re
from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

from wayfare.sandbox.behaviour import UNKNOWN, Call
from wayfare.sandbox.clouds.gcp import keys, machines
from wayfare.sandbox.clouds.gcp.checks import Violations, attached, labelled, matching, ssds
from wayfare.sandbox.clouds.gcp.names import last, part, parts, region_of_zone

_NAME = re.compile(r"[a-z]([-a-z0-9]{0,38}[a-z0-9])?")
_RESERVATION_KEY = "compute.googleapis.com/reservation-name"
#: Kubernetes: "Labels and selectors", syntax and character set.
_LABEL_NAME = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?")
_PREFIX = re.compile(r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?")
#: Counts that the provider's schema wants to be at least 0.
_COUNTS = ("nodeCount", "initialNodeCount")


def node_pool(call: Call) -> Violations:
    """Size, place, upgrades, and the nodes."""
    inputs, found = call.inputs, matching(call.inputs, _NAME)
    found += [*_size(inputs), *_place(inputs), *_upgrades(inputs), *_fabric(inputs), *_queued(inputs), *_domain(inputs)]
    key, place = part(inputs, "nodeConfig").get("bootDiskKmsKey"), str(inputs.get("location", UNKNOWN))
    found += keys.place("nodeConfig.bootDiskKmsKey", key, region_of_zone(place))
    return [*found, *node_config(part(inputs, "nodeConfig"), "nodeConfig")]


def _machine(inputs: Mapping[str, Any]) -> str:
    """A pool's machine type; e2-medium where nothing is said (container.v1), nothing where that is not known yet."""
    if inputs.get("nodeConfig") == UNKNOWN:
        return ""
    return last(part(inputs, "nodeConfig").get("machineType") or "e2-medium")


def _size(inputs: Mapping[str, Any]) -> Violations:
    """Counts, and one way to give them."""
    found: Violations = [
        (key, f"expected {key} to be at least (0), got {inputs[key]}")
        for key in _COUNTS
        if isinstance(inputs.get(key), int) and inputs[key] < 0
    ]
    scaling = part(inputs, "autoscaling")
    if scaling and inputs.get("nodeCount") is not None:
        found.append(("nodeCount", "should not be used alongside autoscaling"))
    for least, most in (("minNodeCount", "maxNodeCount"), ("totalMinNodeCount", "totalMaxNodeCount")):
        low, high = scaling.get(least), scaling.get(most)
        if isinstance(low, int) and isinstance(high, int) and low > high:
            found.append((f"autoscaling.{least}", f"must be less than or equal to {most} ({high}), got {low}"))
    if scaling.keys() & {"minNodeCount", "maxNodeCount"} and scaling.keys() & {
        "totalMinNodeCount",
        "totalMaxNodeCount",
    }:
        found.append(("autoscaling", "limits per zone cannot be used with total limits"))
    pods = inputs.get("maxPodsPerNode")
    # GKE: "Configure maximum Pods per node".
    if isinstance(pods, int) and not 8 <= pods <= 256:
        found.append(("maxPodsPerNode", f"must be between 8 and 256, got {pods}"))
    return found


def _place(inputs: Mapping[str, Any]) -> Violations:
    """Zones of the cluster's region; compact placement in one of them (GKE: "Define compact placement")."""
    found: Violations = []
    zones: Sequence[Any] = inputs.get("nodeLocations") or []
    place = str(inputs.get("location") or "")
    for index, zone in enumerate(zones):
        if UNKNOWN not in (zone, place) and place and region_of_zone(str(zone)) != region_of_zone(place):
            found.append((f"nodeLocations[{index}]", f"{zone} is not in the cluster's region {place}"))
    if part(inputs, "placementPolicy").get("type") != "COMPACT":
        return found
    machine = _machine(inputs)
    zonal = not zones and place != UNKNOWN and region_of_zone(place) != place
    if len(zones) != 1 and not zonal:
        text = "Compact placement is only available for node pools operating in a single zone"
        found.append(("nodeLocations", text))
    if not machines.compact(machine):
        found.append(("placementPolicy.type", f"Compact placement is not supported for machine type {machine}"))
    if part(inputs, "upgradeSettings").get("strategy") == "BLUE_GREEN":
        found.append(("placementPolicy.type", "Compact placement is not supported with blue-green upgrades"))
    return found


def _upgrades(inputs: Mapping[str, Any]) -> Violations:
    """At least one node that can go or come (GKE: "Surge upgrades")."""
    upgrade: Mapping[str, Any] = inputs.get("upgradeSettings") or {"maxSurge": 1}
    found: Violations = []
    if not upgrade.get("blueGreenSettings") and not (upgrade.get("maxSurge") or upgrade.get("maxUnavailable")):
        found.append(("upgradeSettings", "at least one of max_surge and max_unavailable must be greater than 0"))
    surge, gone = upgrade.get("maxSurge") or 0, upgrade.get("maxUnavailable") or 0
    if isinstance(surge, int) and isinstance(gone, int) and surge + gone > 20:
        found.append(("upgradeSettings", "The maximum number of nodes upgraded simultaneously is limited to 20"))
    if upgrade.get("blueGreenSettings") and upgrade.get("strategy") != "BLUE_GREEN":
        found.append(("upgradeSettings.blueGreenSettings", "needs strategy = BLUE_GREEN"))
    return found


def _fabric(inputs: Mapping[str, Any]) -> Violations:
    """Networks of the fabric that GKE makes itself (container.v1: the only valid value is "auto")."""
    network, machine = part(inputs, "networkConfig"), _machine(inputs)
    profile, path = network.get("acceleratorNetworkProfile"), "networkConfig.acceleratorNetworkProfile"
    if profile in (None, "", UNKNOWN):
        return []
    if profile != "auto":
        return [(path, f'the only valid value is "auto", got "{profile}"')]
    found: Violations = []
    if machine not in ("", UNKNOWN) and not machines.has_fabric_profile(machine):
        found.append((path, f"is not supported for machine type {machine}"))
    if network.get("additionalNodeNetworkConfigs"):
        path = "networkConfig.additionalNodeNetworkConfigs"
        found.append((path, "is managed by the accelerator network profile"))
    return found


def _queued(inputs: Mapping[str, Any]) -> Violations:
    """Nodes that come when there is capacity.

    GKE: "About GPU and TPU provisioning with flex-start", "Run a large-scale workload with flex-start with queued
    provisioning"; the same conditions stand in Google's Cluster Toolkit (modules/compute/gke-node-pool).
    """
    config, management = part(inputs, "nodeConfig"), part(inputs, "management")
    affinity = part(config, "reservationAffinity").get("consumeReservationType")
    free = affinity in (None, UNKNOWN, "NO_RESERVATION")
    found: Violations = []
    if config.get("flexStart") is True:
        # Automatic repair is what the provider sets where nothing is said.
        if management.get("autoRepair", True) is True:
            found.append(("management.autoRepair", "flex_start needs node auto_repair set to false"))
        if inputs.get("nodeCount"):
            found.append(("nodeCount", "flex_start does not work with a static node count"))
        if not free:
            path = "nodeConfig.reservationAffinity.consumeReservationType"
            found.append((path, "flex_start only works with NO_RESERVATION"))
        if config.get("spot") or config.get("preemptible"):
            found.append(("nodeConfig.flexStart", "flex_start and spot cannot be set at the same time"))
    if part(inputs, "queuedProvisioning").get("enabled") is True:
        if management.get("autoUpgrade", True) is True:
            found.append(("management.autoUpgrade", "queued_provisioning needs node auto_upgrade set to false"))
        # A slice of TPUs is placed as one by itself.
        placement = part(inputs, "placementPolicy")
        if placement.get("type") == "COMPACT" and not placement.get("tpuTopology"):
            found.append(("placementPolicy.type", "cannot be COMPACT when queued_provisioning is enabled"))
        if not free:
            path = "nodeConfig.reservationAffinity.consumeReservationType"
            found.append((path, "should be NO_RESERVATION when queued_provisioning is enabled"))
        scaling = part(inputs, "autoscaling")
        if scaling.get("minNodeCount") or scaling.get("totalMinNodeCount"):
            found.append(("autoscaling", "the least number of nodes should be 0 when queued_provisioning is enabled"))
    return found


def _domain(inputs: Mapping[str, Any]) -> Violations:
    """Machines that compute as one: slices of TPUs, and NVLink domains.

    GKE: "Plan TPUs in GKE" and "Deploy TPU workloads in GKE Standard"; AI Hypercomputer: "Create a custom AI-optimized
    GKE cluster which uses A4X", where a pool has at most 18 nodes.
    """
    placement, machine, found = part(inputs, "placementPolicy"), _machine(inputs), list[tuple[str, str]]()
    topology, chips, count = placement.get("tpuTopology"), machines.chips(machine), _most(inputs)
    if topology not in (None, UNKNOWN):
        path = "placementPolicy.tpuTopology"
        sides = str(topology).split("x")
        if chips is None:
            found.append((path, f"is of TPUs, and {machine} has none"))
        elif not all(side.isdecimal() for side in sides):
            found.append((path, f"{topology} is no topology such as 4x4 or 2x2x4"))
        elif count is not None and count * chips != prod(int(side) for side in sides):
            found.append((path, f"{topology} is {prod(int(side) for side in sides) // chips} nodes of {machine}"))
    several = count is not None and count > 1
    if machines.needs_workload_policy(machine) and several and not placement.get("policyName"):
        found.append(("placementPolicy.policyName", f"several nodes of {machine} need a workload policy"))
    if machine.startswith("a4x-") and count is not None and count > 18:
        found.append(("nodeCount", f"a pool of {machine} has at most 18 nodes, got {count}"))
    return found


def _most(inputs: Mapping[str, Any]) -> int | None:
    """The nodes that a pool has, or may come to have; None where that is not known."""
    count = inputs.get("nodeCount") or part(inputs, "autoscaling").get("totalMaxNodeCount")
    return count if isinstance(count, int) else None


def node_config(config: Mapping[str, Any], path: str) -> Violations:
    """Nodes that can be made: what the machine type has, how it is bought, and what Kubernetes is told of it."""
    machine = last(config.get("machineType") or "e2-medium")
    found = labelled(config, "resourceLabels", f"{path}.resourceLabels")
    found += attached(machine, parts(config, "guestAccelerators"), f"{path}.guestAccelerators", "type", "count")
    found += [*_disks(config, machine, path), *_bought(config, path), *_marked(config, path)]
    if part(config, "gvnic").get("enabled") is False and machines.only_gvnic(machine):
        found.append((f"{path}.gvnic.enabled", f"{machine} supports no other network interface than gVNIC"))
    return found


def _disks(config: Mapping[str, Any], machine: str, path: str) -> Violations:
    found: Violations = []
    disk, taken = config.get("diskType"), machines.boot_disks(machine)
    if taken is not None and disk not in (None, UNKNOWN) and last(disk) not in taken:
        found.append((f"{path}.diskType", f"{last(disk)} disk type cannot be used by {machine} machine type"))
    ways = {
        f"{path}.ephemeralStorageLocalSsdConfig.localSsdCount": part(config, "ephemeralStorageLocalSsdConfig"),
        f"{path}.localNvmeSsdBlockConfig.localSsdCount": part(config, "localNvmeSsdBlockConfig"),
        f"{path}.localSsdCount": config,
    }
    for where, holder in ways.items():
        found += ssds(machine, holder.get("localSsdCount"), where)
    used = [where for where, holder in ways.items() if holder.get("localSsdCount") not in (None, 0, UNKNOWN)]
    found += [(where, "only one way to use local SSDs can be set") for where in used[1:]]
    return found


def _bought(config: Mapping[str, Any], path: str) -> Violations:
    """Spot machines consume no reservation (GKE: "Spot VMs"); a reservation is named wholly (container.v1)."""
    found: Violations = []
    spot = bool(config.get("spot") or config.get("preemptible"))
    if config.get("spot") and config.get("preemptible"):
        found.append((f"{path}.spot", "is exclusive with preemptible"))
    affinity, where = part(config, "reservationAffinity"), f"{path}.reservationAffinity"
    kind = affinity.get("consumeReservationType")
    if spot and kind not in (None, UNKNOWN, "NO_RESERVATION"):
        found.append((f"{where}.consumeReservationType", f"Spot VMs cannot consume reservations, got {kind}"))
    if kind == "SPECIFIC_RESERVATION":
        if affinity.get("key") not in (UNKNOWN, _RESERVATION_KEY):
            found.append((f"{where}.key", f'SPECIFIC_RESERVATION needs the key "{_RESERVATION_KEY}"'))
        if not affinity.get("values"):
            found.append((f"{where}.values", "SPECIFIC_RESERVATION needs the name of a reservation"))
    elif kind not in (None, UNKNOWN) and (affinity.get("key") or affinity.get("values")):
        found.append((f"{where}.values", f"a reservation cannot be named with {kind}"))
    return found


def _marked(config: Mapping[str, Any], path: str) -> Violations:
    """Labels and taints of a node, in Kubernetes' syntax; a taint is unique by key and effect."""
    found: Violations = []
    for key, value in part(config, "labels").items():
        if not _is_key(key) or not _is_value(value):
            found.append((f"{path}.labels", f"{key}={value} is no label in Kubernetes' syntax"))
    seen: set[tuple[Any, Any]] = set()
    for index, taint in enumerate(parts(config, "taints")):
        key, effect = taint.get("key"), taint.get("effect")
        if key != UNKNOWN and not _is_key(str(key)):
            found.append((f"{path}.taints[{index}].key", f"{key} is no key in Kubernetes' syntax"))
        if not _is_value(taint.get("value")):
            found.append((f"{path}.taints[{index}].value", f"{taint['value']} is no value in Kubernetes' syntax"))
        if (key, effect) in seen:
            found.append((f"{path}.taints[{index}]", f"duplicate taint {key} with effect {effect}"))
        seen.add((key, effect))
    return found


def _is_key(key: str) -> bool:
    prefix, slash, name = key.rpartition("/")
    return bool(_LABEL_NAME.fullmatch(name)) and (not slash or bool(_PREFIX.fullmatch(prefix)))


def _is_value(value: Any) -> bool:
    return value in (None, "", UNKNOWN) or bool(_LABEL_NAME.fullmatch(str(value)))
