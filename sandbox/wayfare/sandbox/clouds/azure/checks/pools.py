"""AKS's rules for agent pools, whether they are resources or stand in their cluster's definition.

What AKS says about a parameter comes as `The value of parameter agentPoolProfile.… is invalid. Error details: …`.
"""

import re
from collections.abc import Mapping
from typing import Any

from wayfare.sandbox.behaviour import UNKNOWN, Call
from wayfare.sandbox.clouds.azure.checks.forms import Violations, known, matches, same, tagged
from wayfare.sandbox.clouds.azure.names import part, texts

_POOL = re.compile(r"[a-z][a-z0-9]{0,11}")
_WINDOWS_POOL = re.compile(r"[a-z][a-z0-9]{0,5}")
_TAINT = re.compile(r"[-./\w]+(=[-.\w]*)?:(NoSchedule|PreferNoSchedule|NoExecute)")
_SHARE = re.compile(r"(\d+)%?")
#: The N series, the only one with accelerators (Microsoft, "Sizes for virtual machines": GPU accelerated).
_GPU = re.compile(r"Standard_N[A-Z]", re.IGNORECASE)
_AMD = re.compile(r"Standard_\w*(MI300X|V710)|Standard_NV\d+ads_V710|Standard_NV\d+as_v4", re.IGNORECASE)
_NVL72 = re.compile(r"Standard_\w*GB[23]00", re.IGNORECASE)
_UBUNTU_24 = ("ubuntu", "ubuntu2404")
_BURSTABLE = re.compile(r"Standard_B\d", re.IGNORECASE)


def pool(call: Call) -> Violations:
    """An agent pool as a resource."""
    pattern = _WINDOWS_POOL if same(call.inputs.get("osType"), "Windows") else _POOL
    return [*matches(call.inputs, "agentPoolName", pattern), *tagged(call), *profile(call.inputs)]


def profile(inputs: Mapping[str, Any]) -> Violations:
    """What holds for a pool in either place; paths are relative to it."""
    return [
        *_counts(inputs),
        *_spot(inputs),
        *_reservation(inputs),
        *_accelerators(inputs),
        *_system(inputs),
        *_upgrade(inputs),
        *_image(inputs),
        *_taints(inputs),
    ]


def _invalid(path: str, details: str) -> tuple[str, str]:
    return path, f"The value of parameter agentPoolProfile.{path} is invalid. Error details: {details}."


def _counts(inputs: Mapping[str, Any]) -> Violations:
    """The autoscaler's bounds belong to the autoscaler (Microsoft, "Use the cluster autoscaler in AKS")."""
    least, most, count = (inputs.get(key) for key in ("minCount", "maxCount", "count"))
    if inputs.get("enableAutoScaling") == UNKNOWN:
        return []
    if not inputs.get("enableAutoScaling"):
        return [
            _invalid(key, f"{key} can be set only if enableAutoScaling is true")
            for key in ("minCount", "maxCount")
            if inputs.get(key) is not None
        ]
    found = [
        _invalid(key, f"{key} is required if enableAutoScaling is true")
        for key in ("minCount", "maxCount")
        if inputs.get(key) is None
    ]
    if isinstance(least, int) and isinstance(most, int) and least > most:
        found.append(_invalid("minCount", f"minCount {least} is more than maxCount {most}"))
    elif isinstance(count, int) and (
        (isinstance(least, int) and count < least) or (isinstance(most, int) and count > most)
    ):
        found.append(_invalid("count", f"count {count} is outside of minCount {least} to maxCount {most}"))
    return found


def _spot(inputs: Mapping[str, Any]) -> Violations:
    """Microsoft, "Add an Azure Spot node pool to an AKS cluster": limitations and the price.

    That a spot pool takes no maxSurge is AKS's own answer ("Spot pools can't set max surge").
    """
    if inputs.get("scaleSetPriority") == UNKNOWN:
        return []
    if not same(inputs.get("scaleSetPriority"), "Spot"):
        return [
            _invalid(key, "it can be set only if scaleSetPriority is Spot")
            for key in ("scaleSetEvictionPolicy", "spotMaxPrice")
            if inputs.get(key) is not None
        ]
    found: Violations = []
    if same(inputs.get("mode"), "System"):
        found.append(_invalid("scaleSetPriority", "a system pool cannot be a spot pool"))
    if same(inputs.get("type"), "AvailabilitySet"):
        found.append(_invalid("scaleSetPriority", "spot pools need the type VirtualMachineScaleSets"))
    if inputs.get("capacityReservationGroupID"):
        found.append(_invalid("capacityReservationGroupID", "spot machines cannot use a capacity reservation group"))
    if part(inputs, "upgradeSettings").get("maxSurge") is not None:
        found.append(_invalid("upgradeSettings.maxSurge", "Spot pools can't set max surge"))
    price = inputs.get("spotMaxPrice")
    if isinstance(price, int | float) and price != -1 and (price <= 0 or round(price, 5) != price):
        found.append(_invalid("spotMaxPrice", "-1, or more than 0 with at most five decimals"))
    return found


def _reservation(inputs: Mapping[str, Any]) -> Violations:
    """Microsoft, "On-demand capacity reservation": proximity placement groups and dedicated hosts are not supported."""
    if not inputs.get("capacityReservationGroupID"):
        return []
    return [
        _invalid(key, "it cannot be combined with capacityReservationGroupID")
        for key in ("proximityPlacementGroupID", "hostGroupID")
        if inputs.get(key)
    ]


def _accelerators(inputs: Mapping[str, Any]) -> Violations:
    """Microsoft, "Use GPUs for compute-intensive workloads on AKS", "Use AMD GPUs", "Create a multi-instance GPU pool".

    GB200 and GB300 run on Ubuntu 24.04. API version 2025-09-01 does not list `Ubuntu2404`, and `Ubuntu` is that from
    Kubernetes 1.35 on, which only the cluster tells (`agentpools`). Microsoft, "Upgrade OS version in AKS".
    """
    size = inputs.get("vmSize")
    if not known(size):
        return []
    found: Violations = []
    driver = part(inputs, "gpuProfile").get("driver")
    if not _GPU.match(str(size)):
        found += [
            _invalid(key, f"{size} has no GPU") for key in ("gpuProfile", "gpuInstanceProfile") if inputs.get(key)
        ]
    elif _AMD.match(str(size)) and not same(driver, "None") and driver != UNKNOWN:
        found.append(("gpuProfile.driver", "AKS does not install drivers on AMD GPU node pools: set None"))
    if _NVL72.match(str(size)) and known(inputs.get("osSKU")) and str(inputs["osSKU"]).lower() not in _UBUNTU_24:
        found.append(_invalid("osSKU", f"{size} needs Ubuntu 24.04"))
    return found


def _system(inputs: Mapping[str, Any]) -> Violations:
    """Microsoft, "Manage system node pools in AKS"."""
    if not same(inputs.get("mode"), "System"):
        return []
    found: Violations = []
    if inputs.get("count") == 0:
        found.append(_invalid("count", "a system pool has at least one node"))
    if same(inputs.get("osType"), "Windows"):
        found.append(_invalid("osType", "a system pool runs Linux"))
    if _BURSTABLE.match(str(inputs.get("vmSize", ""))):
        found.append(_invalid("vmSize", "B series VMs are not supported for system node pools"))
    if str(part(inputs, "upgradeSettings").get("maxUnavailable", "0")).rstrip("%") not in ("0", UNKNOWN):
        found.append(_invalid("upgradeSettings.maxUnavailable", "maxUnavailable is for user pools alone"))
    return found


def _upgrade(inputs: Mapping[str, Any]) -> Violations:
    """One of the two is 0 and one is not; AKS takes a surge of 10% where none is given ("Upgrade an AKS cluster")."""
    settings = part(inputs, "upgradeSettings")
    found: Violations = []
    numbers: dict[str, int] = {"maxSurge": 10, "maxUnavailable": 0}
    for key in numbers:
        value = settings.get(key)
        if value is None:
            continue
        share = _SHARE.fullmatch(str(value))
        if value == UNKNOWN:
            return []
        if share is None or (str(value).endswith("%") and not 0 <= int(share.group(1)) <= 100):
            found.append(_invalid(f"upgradeSettings.{key}", f"{value!r} is neither a number nor a percentage"))
        else:
            numbers[key] = int(share.group(1))
    if found or not settings or same(inputs.get("scaleSetPriority"), "Spot"):
        return found
    path = "upgradeSettings.maxUnavailable"
    if not any(numbers.values()):
        found.append(_invalid(path, "maxSurge and maxUnavailable cannot both be 0"))
    elif settings.get("maxSurge") is not None and all(numbers.values()):
        found.append(_invalid(path, "maxSurge and maxUnavailable cannot both bigger than 0"))
    return found


def _image(inputs: Mapping[str, Any]) -> Violations:
    """The image fits the system, and only scale sets have zones (AKS REST API: osSKU, availabilityZones)."""
    sku, windows = inputs.get("osSKU"), same(inputs.get("osType"), "Windows")
    found: Violations = []
    if known(sku) and inputs.get("osType") != UNKNOWN and str(sku).lower().startswith("windows") != windows:
        found.append(_invalid("osSKU", f"{sku} is not an image of {'Windows' if windows else 'Linux'}"))
    if texts(inputs, "availabilityZones") and same(inputs.get("type"), "AvailabilitySet"):
        found.append(_invalid("availabilityZones", "only pools of the type VirtualMachineScaleSets have zones"))
    return found


def _taints(inputs: Mapping[str, Any]) -> Violations:
    return [
        _invalid(f"nodeTaints[{index}]", f"{taint!r} is not key=value:effect")
        for index, taint in enumerate(texts(inputs, "nodeTaints"))
        if taint != UNKNOWN and not _TAINT.fullmatch(str(taint))
    ]
