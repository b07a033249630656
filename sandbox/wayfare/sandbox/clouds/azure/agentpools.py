"""Agent pools as AKS makes and changes them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from wayfare.sandbox.behaviour import Call, Made, Properties, Refused, Row
from wayfare.sandbox.behaviour import Nodes as Machines
from wayfare.sandbox.clouds.azure import names, subnets
from wayfare.sandbox.clouds.azure.compute import sku_not_available
from wayfare.sandbox.clouds.azure.names import error, guid, made, within

_NVL72 = re.compile(r"Standard_\w*GB[23]00", re.IGNORECASE)
_KIND = "Microsoft.ContainerService/managedClusters"
VERSION = "2025-09-01"
KUBERNETES = "1.33.5"
_IMAGE = "AKSUbuntu-2204gen2containerd-202511.07.0"
#: What AKS refuses to change in a pool although the provider asks for it: what its API's description says
#: (`osDiskType`, `hostGroupID`), and Microsoft, "Limitations" of capacity reservation groups, spot pools, proximity
#: placement groups, pods per node and subnets of pools in AKS.
_FIXED = (
    "availabilityZones",
    "capacityReservationGroupID",
    "gpuProfile",
    "hostGroupID",
    "maxPods",
    "osDiskSizeGB",
    "osDiskType",
    "osType",
    "podSubnetID",
    "proximityPlacementGroupID",
    "scaleSetEvictionPolicy",
    "scaleSetPriority",
    "spotMaxPrice",
    "type",
    "vnetSubnetID",
)


@dataclass(frozen=True)
class Nodes:
    """The nodes of a pool, whether it is a resource or a part of its cluster."""

    name: str
    size: str
    """Empty where AKS is to choose."""
    zones: tuple[str, ...]
    most: int
    """How many there may be."""
    subnet: str
    reservations: str
    """Id of the capacity reservation group; empty for none."""

    @classmethod
    def of(cls, call: Call, profile: Mapping[str, Any]) -> "Nodes":
        """As a pool's inputs say."""
        count = profile.get("maxCount") or profile.get("count")
        return cls(
            name=str(profile.get("name") or call.inputs.get("agentPoolName")),
            size=str(profile.get("vmSize") or ""),
            zones=tuple(str(zone) for zone in names.texts(profile, "availabilityZones")),
            most=count if isinstance(count, int) else 1,
            subnet=str(profile.get("vnetSubnetID") or ""),
            reservations=str(profile.get("capacityReservationGroupID") or ""),
        )


def defaults(call: Call) -> Properties:
    """What AKS adds to a pool."""
    return {
        "currentOrchestratorVersion": KUBERNETES,
        "eTag": guid(call),
        "nodeImageVersion": _IMAGE,
        "kubeletDiskType": "OS",
        "maxPods": 250,
        "orchestratorVersion": "1.33",
        "osDiskType": "Managed",
        "scaleDownMode": "Delete",
    }


def pool(call: Call) -> Made:
    """A pool of a cluster that exists, in zones that have the size, in a subnet that has room."""
    inputs, above = call.inputs, within(call, f"{_KIND}/{call.inputs['resourceName']}")
    cluster = names.parent(call, names.CLUSTER, above, "managedClusters/agentPools")
    nodes = Nodes.of(call, inputs)
    _refuse_image(nodes, inputs, cluster)
    refuse_machines(call, nodes, cluster.region)
    subnets.refuse(call, names.part(cluster.inputs, "networkProfile"), [nodes], _beside(call, cluster))
    outputs: Properties = {**defaults(call), "provisioningState": "Succeeded", "powerState": {"code": "Running"}}
    given = {key: value for key, value in outputs.items() if key not in inputs}
    return made(call, f"{_KIND}/agentPools", f"{above}/agentPools/{inputs['agentPoolName']}", given, VERSION)


def _refuse_image(nodes: Nodes, inputs: Mapping[str, Any], cluster: Row) -> None:
    """GB200 and GB300 are on Ubuntu 24.04, which `Ubuntu` is from Kubernetes 1.35 on ("Upgrade OS version in AKS")."""
    if not _NVL72.match(nodes.size) or str(inputs.get("osSKU", "Ubuntu")).lower() != "ubuntu":
        return
    version = str(cluster.inputs.get("kubernetesVersion") or KUBERNETES)
    if tuple(int(part) for part in version.split(".")[:2]) < (1, 35):
        raise Refused(
            error(
                "InvalidParameter",
                f"VM size {nodes.size} needs Ubuntu 24.04, and OSSKU Ubuntu is Ubuntu 22.04 with Kubernetes {version}.",
            )
        )


def _beside(call: Call, cluster: Row) -> list[Nodes]:
    """The cluster's other pools."""
    own = [Nodes.of(call, each) for each in names.parts(cluster.inputs, "agentPoolProfiles")]
    start = f"{cluster.id}/agentpools/".lower()
    rows = [row for row in call.store.rows(names.POOL) if row.id.lower().startswith(start)]
    return own + [Nodes.of(call, {"name": row.outputs.get("name"), **row.inputs}) for row in rows]


def refuse_machines(call: Call, nodes: Nodes, place: str) -> None:
    """Zones that the region has, with the size in each; reservations that fit. Raises `Refused`."""
    known = call.store.zones(place)
    if unknown := [zone for zone in nodes.zones if zone not in known]:
        raise Refused(
            error(
                "AvailabilityZoneNotSupported",
                f"The zone(s) '{','.join(unknown)}' for resource 'agentPoolProfiles.{nodes.name}' is not supported. "
                f"The supported zones for location '{place}' are '{','.join(known)}'",
            )
        )
    for zone in nodes.zones or ("",):
        if nodes.size and not call.store.offered(place, zone, nodes.size):
            raise Refused(sku_not_available(nodes.size, place, zone))
    if nodes.reservations:
        _refuse_reservations(call, nodes)


def _refuse_reservations(call: Call, nodes: Nodes) -> None:
    """A reservation of the pool's size in each of its zones, or in none where it has none.

    Microsoft, "Assign capacity reservation groups to AKS node pools" and "Associate a virtual machine scale set to a
    capacity reservation group": size, region and zones match.
    """
    group = names.needed(call, names.RESERVATION_GROUP, nodes.reservations)
    start = f"{group.id}/".lower()
    members = [row for row in call.store.rows(names.RESERVATION) if row.id.lower().startswith(start)]
    held = {
        str(zone)
        for row in members
        if str(names.part(row.inputs, "sku").get("name")).lower() == nodes.size.lower()
        for zone in (names.texts(row.inputs, "zones") or ("",))
    }
    if missing := [zone for zone in nodes.zones or ("",) if zone not in held]:
        where = f" in zone(s) {','.join(missing)}" if missing != [""] else ""
        raise Refused(
            error(
                "BadRequest",
                f"Agent pool '{nodes.name}' of size {nodes.size} cannot be associated with capacity reservation group "
                f"{group.id}: the group has no capacity reservation of that size{where}.",
            )
        )


def change_pool(call: Call) -> Properties:
    """AKS changes count, labels, taints, tags and upgrade settings of a pool, and little else."""
    changes = names.changed(call, _FIXED)
    if changes:
        raise Refused(error("PropertyChangeNotAllowed", f"Changing property 'properties.{changes[0]}' is not allowed."))
    return names.updated(call)


def running(call: Call) -> Machines | None:
    """The machines that a pool runs. What the catalog does not know is not accounted for."""
    inputs, zones = call.inputs, names.texts(call.inputs, "availabilityZones")
    count = inputs.get("count")
    return Machines(
        str(zones[0]) if zones else "",
        str(inputs.get("vmSize")),
        "spot" if str(inputs.get("scaleSetPriority")).lower() == "spot" else "on-demand",
        count if isinstance(count, int) else 1,
        reserves=False,
    )
