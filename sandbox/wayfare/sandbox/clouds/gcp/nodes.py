"""The nodes of GKE's node pools, as they join their cluster."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from wayfare.blueprints import Maker
from wayfare.components.catalog import Fabric, MachineType
from wayfare.sandbox.behaviour import Node, Row, Rows
from wayfare.sandbox.clouds.gcp.names import last, part, parts, region_of_zone
from wayfare.sandbox.clouds.kubernetes_nodes import RESOURCES, accelerators, cataloged

_POOL = "gcp:container/nodePool:NodePool"

#: GKE's words for the effects of taints (container.v1 NodeTaint.effect).
_EFFECTS = {"NO_SCHEDULE": "NoSchedule", "NO_EXECUTE": "NoExecute", "PREFER_NO_SCHEDULE": "PreferNoSchedule"}

#: GKE's own driver runs on nodes with this label, and shows the fabric's devices where the pool has an accelerator
#: network profile: those with RDMA in one class, others in another ("Allocate network resources by using GKE managed
#: DRANET").
_DRIVER_LABEL = "cloud.google.com/gke-networking-dra-driver"
_WITH_RDMA = (Fabric.ROCE, Fabric.NVL72)
_RDMA, _NETWORK = "mrdma.google.com", "netdev.google.com"

#: Of machines out of a reservation that lies densely GKE tells where they are (AI Hypercomputer, "Schedule GKE
#: workloads with Topology Aware Scheduling"). In the sandbox every named reservation is one subblock.
_TOLD, _SPECIFIC = ("a3-ultragpu-", "a4-", "a4x-"), "SPECIFIC_RESERVATION"
_PLACE = "cloud.google.com/gce-topology-{}"


def nodes(cluster: Row, objects: Sequence[Row], rows: Rows) -> list[Node]:
    """Every node of a cluster."""
    pools = [row for row in rows(_POOL) if row.id.startswith(f"{cluster.id}/nodePools/") and not row.failed]
    return [node for pool in pools for node in _of_pool(pool, cluster, objects)]


def _of_pool(pool: Row, cluster: Row, objects: Sequence[Row]) -> Iterator[Node]:
    """GKE puts a taint on nodes with accelerators ("About GPUs in GKE", "Plan TPUs in GKE") and on Arm ones."""
    config, name = part(pool.outputs, "nodeConfig"), last(pool.id)
    machine_type = str(config.get("machineType"))
    zones = list(pool.outputs.get("nodeLocations") or cluster.outputs.get("nodeLocations") or [""])
    row = cataloged(machine_type)
    gpus = next(iter(parts(config, "guestAccelerators")), None)
    taints = {str(each["key"]): (str(each["value"]), _EFFECTS[str(each["effect"])]) for each in parts(config, "taints")}
    labels = {
        **{str(key): str(value) for key, value in part(config, "labels").items()},
        "cloud.google.com/gke-nodepool": name,
        "cloud.google.com/machine-family": machine_type.partition("-")[0],
    }
    if str(part(config, "reservationAffinity").get("consumeReservationType")) == _SPECIFIC and (
        machine_type.startswith(_TOLD)
    ):
        labels |= {_PLACE.format(level): f"{level}-{last(pool.id)}" for level in ("block", "subblock")}
    if config.get("spot"):
        labels["cloud.google.com/gke-spot"] = "true"
    if row is not None:
        labels |= _chips(pool, row.cloud_name, gpus, tpu=row.accelerator.maker is Maker.GOOGLE)
        taints.setdefault(RESOURCES[row.accelerator.maker], ("present", "NoSchedule"))
    resources = accelerators(row, objects, plugged=_plugged(gpus, row is not None and row.accelerator.is_tpu))
    profile = part(pool.outputs, "networkConfig").get("acceleratorNetworkProfile")
    devices = _devices(row if profile and labels.get(_DRIVER_LABEL) == "true" else None)
    each = int(pool.outputs.get("nodeCount") or pool.outputs.get("initialNodeCount") or 0)
    listed = tuple((key, value, effect) for key, (value, effect) in taints.items())
    for zone in zones:
        for index in range(each):
            host = f"gke-{last(cluster.id)[:20]}-{name}-{zone.rpartition('-')[2]}{index:04d}"
            region = region_of_zone(zone) or cluster.region
            place = {_PLACE.format("host"): host} if _PLACE.format("block") in labels else {}
            yield Node(host, machine_type, region, zone, {**labels, **place}, listed, resources, devices)


def _devices(row: MachineType | None) -> Mapping[str, int]:
    if row is None or not row.fabric_interfaces:
        return {}
    return {_RDMA if row.fabric in _WITH_RDMA else _NETWORK: row.fabric_interfaces}


def _plugged(gpus: Mapping[str, Any] | None, tpu: bool) -> bool:
    """GKE brings the device plugin, and NVIDIA's driver unless it is told not to (container.v1 GPUDriverVersion)."""
    if tpu:
        return True
    version = part(gpus or {}, "gpuDriverInstallationConfig").get("gpuDriverVersion")
    return gpus is not None and version != "INSTALLATION_DISABLED"


def _chips(pool: Row, name: str | None, gpus: Mapping[str, Any] | None, *, tpu: bool) -> Mapping[str, str]:
    """Labels by which pods find accelerators; the slice of a TPU pool is its placement policy's."""
    if not tpu:
        return {"cloud.google.com/gke-accelerator": str((gpus or {}).get("type") or name)}
    topology = part(pool.outputs, "placementPolicy").get("tpuTopology") or _ALONE.get(
        str(part(pool.outputs, "nodeConfig").get("machineType"))
    )
    return {
        "cloud.google.com/gke-tpu-accelerator": str(name),
        **({"cloud.google.com/gke-tpu-topology": str(topology)} if topology else {}),
    }


#: Slices of one machine ("Plan TPUs in GKE", topologies by machine type).
_ALONE: Mapping[str, str] = {
    **{f"{kind}-1t": "1x1" for kind in ("ct5lp-hightpu", "ct6e-standard")},
    **{f"{kind}-4t": "2x2" for kind in ("ct5lp-hightpu", "ct6e-standard")},
    **{f"{kind}-8t": "2x4" for kind in ("ct5lp-hightpu", "ct6e-standard")},
    **{f"{kind}-4t": "2x2x1" for kind in ("ct5p-hightpu", "tpu7x-standard")},
}
