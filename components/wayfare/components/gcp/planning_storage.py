"""From what is wanted to shared stores, data and local disks on Google Cloud: pure, like `planning`."""

from collections.abc import Mapping
from math import ceil

from wayfare.blueprints import CloudName
from wayfare.components.addresses import addresses
from wayfare.components.catalog import MachineType
from wayfare.components.contract import NotFeasible, Request
from wayfare.components.datasets import data_sets
from wayfare.components.gcp.plan_compute import DataMountPlan, DataPlan, SharedStorePlan, StoreSize
from wayfare.components.pods import Scratch

#: Throughput of a TiB in MB/s → least capacity, which is the increment too, and most, GiB (Managed Lustre, "Quotas and
#: limits" and "Create an instance", performance tiers).
TIERS: Mapping[int, tuple[int, int]] = {
    125: (72_000, 7_632_000),
    250: (36_000, 3_816_000),
    500: (18_000, 1_908_000),
    1000: (9_000, 954_000),
}
#: What a GiB costs in each tier, in proportion. Only the order of sums is taken from it: Google's price list could not
#: be read, and names no figure in the documentation.
_WEIGHTS: Mapping[int, int] = {125: 145, 250: 210, 500: 340, 1000: 600}

#: Prefix length of the addresses that Google's services take: room for an instance of any size (Managed Lustre,
#: "Configure a VPC network").
_RANGE_PREFIX = 20

#: Local SSDs that can be added to machine types that bring none, all of them ("About Local SSD disks").
_ADDED_SSDS: Mapping[str, int] = {"a2-highgpu-8g": 8, "g2-standard-4": 1, "g2-standard-96": 8, "g4-standard-48": 4}
_SSD_GIB = 375
#: What GKE keeps of the disks for itself, GiB, by their number; and the part at which it evicts pods (GKE: "Plan node
#: sizes", local ephemeral storage backed by local SSD).
_KEPT_GIB: Mapping[int, int] = {1: 50, 2: 75}
_KEPT_GIB_OF_MORE = 100
_EVICTION = 0.10


def lustre(capacity_gib: int, throughput: float | None) -> StoreSize:
    """The cheapest instance of at least that size and throughput (GB/s). Raises `NotFeasible`."""
    fitting: list[tuple[int, int, int]] = []
    for per_tib, (step, most) in TIERS.items():
        # 1 GB/s = 1,000 MB/s, of which each TiB brings `per_tib`.
        least = max(capacity_gib, 0 if throughput is None else throughput * 1000 / per_tib * 1024)
        if (size := ceil(round(least / step, 9)) * step) <= most:
            fitting.append((size * _WEIGHTS[per_tib], per_tib, size))
    if not fitting:
        fast = "" if throughput is None else f" and {throughput:g} GB/s"
        raise NotFeasible(
            f"Google Cloud Managed Lustre has no instance of {capacity_gib / 1024:g} TiB{fast}: "
            + ", ".join(f"{most:,} GiB at {per_tib} MB/s/TiB" for per_tib, (_, most) in TIERS.items())
        )
    _, per_tib, size = min(fitting)
    return StoreSize(size, per_tib)


def shared_store(request: Request, labels: Mapping[str, str]) -> SharedStorePlan | None:
    """The file system that a blueprint asks for, or None. Raises `NotFeasible`."""
    if (wanted := request.blueprint.spec.storage.shared) is None:
        return None
    if request.existing_network is not None:
        raise NotFeasible(
            "Managed Lustre is reached by private services access, of which a network has one for all that is in it, "
            "and Wayfare changes no network of yours; leave `network.existing` or `storage.shared` out"
        )
    if request.accelerator.name.is_tpu:
        raise NotFeasible(
            "Google's driver for Managed Lustre runs on nodes with secure boot only where they have GPUs, and "
            f"{request.machine.name} has none; read from buckets by `storage.data` instead"
        )
    space = addresses(request.blueprint.spec.network.space, CloudName.GCP).storage
    # The last one: endpoints are counted from the first.
    *_, range = space.subnets(new_prefix=_RANGE_PREFIX)
    return SharedStorePlan(
        name=f"{request.resource_name}-shared",
        zone=request.placement.zone,
        size=lustre(wanted.capacity, wanted.throughput),
        range=str(range),
        protected=request.protected and wanted.keep == "durable",
        labels={**labels, "wayfare-keep": wanted.keep},
    )


def data(request: Request) -> DataPlan:
    """What the workload mounts from buckets. Raises `NotFeasible` for data on another cloud."""
    (here, brought), checkpoint = data_sets(request), request.checkpoint
    mounts = tuple(DataMountPlan(name, each.bucket, each.prefix, each.mount) for name, each in here.items())
    return DataPlan(mounts, brought, None if checkpoint is None else checkpoint.path)


def local_ssds(request: Request) -> int:
    """Disks of 375 GiB on each node: those that the machine type brings, and those that scratch space adds."""
    machine = request.machine
    # Where none are named, GKE uses those that the machine brings, of which the number is not certain here
    # (container.v1 EphemeralStorageLocalSsdConfig.localSsdCount).
    if _is_uncertain(machine):
        return 0
    added = 0 if request.blueprint.spec.storage.scratch is None else _ADDED_SSDS.get(machine.name, 0)
    return machine.local_ssd_disks or added


def scratch(request: Request) -> Scratch | None:
    """The node's own ephemeral storage, which lies on those disks. Raises `NotFeasible` where it is too small."""
    if (wanted := request.blueprint.spec.storage.scratch) is None:
        return None
    if _is_uncertain(request.machine):
        raise NotFeasible(f"what GKE makes of the local disks of {request.machine.name} is not known for certain")
    there = _usable_gib(local_ssds(request))
    if there < wanted.per_node:
        raise NotFeasible(
            f"{request.machine.name} has {there:,} GiB of local disks for pods"
            f"{' (GKE keeps a part for itself)' if there else ''}, and storage.scratch asks for {wanted.per_node:,} GiB"
        )
    return Scratch(wanted.per_node)


def _is_uncertain(machine: MachineType) -> bool:
    """Whether the number of the disks that a machine type brings is not confirmed."""
    return "localSsdDisks" in machine.unsure


def _usable_gib(disks: int) -> int:
    """What pods can fill of a node's disks before they are evicted."""
    if not disks:
        return 0
    whole = disks * _SSD_GIB
    return int(whole - _KEPT_GIB.get(disks, _KEPT_GIB_OF_MORE) - whole * _EVICTION)
