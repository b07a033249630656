"""From the stores that are wanted to those that AWS gets: the shared file system, data sets and local disks."""

from dataclasses import dataclass
from math import ceil

from wayfare.components.aws.plan import roles_path
from wayfare.components.aws.plan_compute import DataPlan, DataSourcePlan, SharedStorePlan
from wayfare.components.aws.planning_platform import existing_network, own_addresses
from wayfare.components.contract import NotFeasible, Request
from wayfare.components.datasets import data_sets
from wayfare.components.pods import Scratch

#: MB/s for each TiB of a PERSISTENT_2 file system on SSD → USD for a GiB in a month: us-east-1, 2026-07, after the
#: pricing page of FSx for Lustre. Only the first was confirmed by a second source; other regions differ.
TIERS = {125: 0.145, 250: 0.210, 500: 0.340, 1000: 0.600}

#: FSx API reference, CreateFileSystem.StorageCapacity: 1200, 2400, and multiples of 2400 GiB.
SMALLEST_GIB, INCREMENT_GIB = 1200, 2400

#: A month in AWS's prices.
_HOURS = 730

#: The kubelet evicts pods when less than a tenth of a node's disk is free (Kubernetes, "Node-pressure eviction").
_USABLE = 0.9

MOUNT = "/shared"


@dataclass(frozen=True)
class Size:
    """A size that FSx sells."""

    capacity_gib: int
    per_tib: int

    @property
    def throughput(self) -> float:
        """GB/s of the whole: of TiB as 1024 GiB, the more cautious of the two ways in which AWS counts."""
        return self.capacity_gib / 1024 * self.per_tib / 1000

    @property
    def usd_per_hour(self) -> float:
        """List price."""
        return self.capacity_gib * TIERS[self.per_tib] / _HOURS


def rounded_up(gib: float) -> int:
    """The least capacity that FSx sells and that is not below."""
    return SMALLEST_GIB if gib <= SMALLEST_GIB else ceil(gib / INCREMENT_GIB) * INCREMENT_GIB


def size(capacity_gib: int, throughput: float | None) -> Size:
    """The cheapest size with at least this capacity and this throughput (GB/s). Pure."""
    sizes = [
        Size(rounded_up(max(capacity_gib, (throughput or 0) * 1000 / per_tib * 1024)), per_tib) for per_tib in TIERS
    ]
    return min(sizes, key=lambda each: (each.usd_per_hour, each.per_tib))


def shared_store(request: Request) -> SharedStorePlan | None:
    """The file system that is asked for, in the zone of the accelerators."""
    if (wanted := request.blueprint.spec.storage.shared) is None:
        return None
    chosen, network = size(wanted.capacity, wanted.throughput), existing_network(request)
    # Of the VPC's lower half, the fourth part; the first three are the cluster's and the way out.
    *_, subnet = list(own_addresses(request).nodes.subnets(new_prefix=20))[:4]
    return SharedStorePlan(
        zone=request.placement.zone,
        subnet=str(subnet),
        existing_subnet=None if network is None else network.accelerator_subnets[request.placement.zone],
        # A scratch file system costs 3% less, and loses files with the first server that fails: for a job of days, no
        # saving (FSx for Lustre User Guide, "Deployment and storage class options").
        deployment="PERSISTENT_2",
        version="2.15",
        capacity_gib=chosen.capacity_gib,
        per_tib=chosen.per_tib,
        usd_per_hour=chosen.usd_per_hour,
        mount=MOUNT,
        tags={**request.tags, "wayfare-keep": wanted.keep},
    )


def data(request: Request) -> DataPlan | None:
    """Data sets and the cluster's own bucket. Raises `NotFeasible` for a data set that is on another cloud."""
    (here, brought), checkpoint = data_sets(request), request.checkpoint
    if not (here or brought) and checkpoint is None:
        return None
    return DataPlan(
        sources=tuple(DataSourcePlan(name, each.bucket, each.prefix, each.mount) for name, each in here.items()),
        brought=brought,
        checkpoints=None if checkpoint is None else checkpoint.path,
        region=request.placement.region,
        role=f"{request.resource_name}-data",
        roles_path=roles_path(request.name, request.placement.region),
        tags=request.tags,
    )


def scratch(request: Request) -> Scratch | None:
    """The local disks, on which a node's ephemeral storage lies. Raises `NotFeasible` where they are too small."""
    if (wanted := request.blueprint.spec.storage.scratch) is None:
        return None
    machine = request.machine
    if machine.local_ssd_gb is None:
        raise NotFeasible(f"AWS does not say how large the local disks of {machine.name} are")
    usable = int(machine.local_ssd_gb * 10**9 / 2**30 * _USABLE)
    if wanted.per_node > usable:
        said = f"{usable} GiB of local disks for scratch" if usable else "no local disks"
        raise NotFeasible(f"{machine.name} has {said}, not {wanted.per_node} GiB")
    return Scratch(per_node_gib=wanted.per_node)
