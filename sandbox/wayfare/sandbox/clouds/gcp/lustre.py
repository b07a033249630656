"""Managed Lustre: what an instance can be, and the instance.

Sources: the provider's documentation of the arguments; Managed Lustre, "Quotas and limits" and "Create an instance",
performance tiers. A tier's smallest capacity is also its increment.
"""

import re
from collections.abc import Mapping

from wayfare.sandbox.behaviour import UNKNOWN, Call, Made, Refused, ResourceRules
from wayfare.sandbox.clouds.gcp import keys, peering, services
from wayfare.sandbox.clouds.gcp.checks import Violations, labelled, matching
from wayfare.sandbox.clouds.gcp.names import LUSTRE, NETWORK, part, project, region_of_zone
from wayfare.sandbox.clouds.gcp.references import require

_NAME = re.compile(r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?")
_FILESYSTEM = re.compile(r"[A-Za-z0-9]{1,8}")
_ZONE = re.compile(r"[a-z]+-[a-z]+[0-9]+-[a-z]")
#: MBps per TiB → (smallest capacity and increment, greatest capacity), GiB.
_TIERS = {
    "125": (72_000, 7_632_000),
    "250": (36_000, 3_816_000),
    "500": (18_000, 1_908_000),
    "1000": (9_000, 954_000),
}


def instance(call: Call) -> Violations:
    """Names, the tier, and a capacity that the tier has."""
    inputs = call.inputs
    found = [*matching(inputs, _NAME, "instanceId"), *labelled(inputs, "labels", "labels")]
    found += matching(inputs, _FILESYSTEM, "filesystem")
    place = str(inputs.get("location", ""))
    found += keys.place("kmsKey", inputs.get("kmsKey"), region_of_zone(place) if place != UNKNOWN else UNKNOWN)
    if place != UNKNOWN and not _ZONE.fullmatch(place):
        found.append(("location", f"{place} is not a zone"))
    if part(inputs, "dynamicTierOptions"):
        return found
    tier, capacity = str(inputs.get("perUnitStorageThroughput", UNKNOWN)), str(inputs.get("capacityGib", UNKNOWN))
    if tier == UNKNOWN:
        return found
    if tier not in _TIERS:
        text = f"per_unit_storage_throughput must be one of {', '.join(_TIERS)} MBps per TiB, got {tier}"
        return [*found, ("perUnitStorageThroughput", text)]
    step, most = _TIERS[tier]
    if capacity != UNKNOWN and not (
        capacity.isdecimal() and step <= int(capacity) <= most and int(capacity) % step == 0
    ):
        text = f"at {tier} MBps per TiB the capacity is {step} to {most} GiB in increments of {step}, got {capacity}"
        found.append(("capacityGib", text))
    return found


def create(call: Call) -> Made:
    """A file system in one zone, in a network that exists."""
    inputs = call.inputs
    require(call, NETWORK, inputs["network"], "Error creating Instance: ")
    if not peering.connected(call, inputs["network"]):
        raise Refused(
            "Error creating Instance: googleapi: Error 400: Private services access is not configured for network "
            f"'{inputs['network']}'., failedPrecondition"
        )
    keys.require(call, inputs.get("kmsKey"), keys.LUSTRE, "Error creating Instance: ")
    path = f"projects/{project(call)}/locations/{inputs['location']}/instances/{inputs['instanceId']}"
    now = call.store.now().isoformat(timespec="seconds")
    labels = {**part(inputs, "labels"), "goog-pulumi-provisioned": "true"}
    return Made(
        path,
        {
            "name": path,
            "project": project(call),
            "mountPoint": f"10.0.0.3@tcp:/{inputs['filesystem']}",
            "state": "ACTIVE",
            "stateReason": "",
            "createTime": now,
            "updateTime": now,
            "effectiveLabels": labels,
            "pulumiLabels": labels,
        },
    )


RULES: Mapping[str, ResourceRules] = {
    LUSTRE: ResourceRules(
        seconds=600,
        delete_seconds=300,
        # All but capacity (upwards), description and labels (Managed Lustre: "Update an instance").
        replace_on=frozenset(
            {
                "instanceId",
                "filesystem",
                "network",
                "perUnitStorageThroughput",
                "gkeSupportEnabled",
                "kmsKey",
                "placementPolicy",
                "dynamicTierOptions",
            }
        ),
        check=instance,
        create=create,
        delete=services.prevented,
        tags="labels",
    ),
}
