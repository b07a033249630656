"""What a plan for Azure says of capacity, accelerators and their storage; the other parts are in `plan`."""

from collections.abc import Mapping
from dataclasses import dataclass

from wayfare.components.along import Brought


@dataclass(frozen=True)
class HoldPlan:
    """A timer in Azure itself that gives the held machines back, whoever has died."""

    workflow: str
    location: str
    until: str
    """When it begins to: UTC, `2026-11-24T12:00:00Z`."""
    tags: Mapping[str, str]


@dataclass(frozen=True)
class CapacityPlan:
    """A reservation of machines in a group, which the pool names: the cluster's own, or one that exists."""

    reserved: bool
    """Whether this purchase can be reserved: group and reservation then stay as long as the pool that names them."""
    quantity: int
    """Machines held now; 0 after the pool has them."""
    group: str
    reservation: str
    location: str
    zone: str
    machine_type: str
    tags: Mapping[str, str]
    reservation_tags: Mapping[str, str]
    """With the time until which it is held, for people."""
    hold: HoldPlan | None
    """Set exactly while machines are held: Azure ends no reservation by itself."""
    existing: str | None = None
    """Resource id of a capacity reservation group that somebody bought; nothing is reserved beside it."""


@dataclass(frozen=True)
class AcceleratorPoolPlan:
    """The accelerators: one scale set in one zone, a fixed number of nodes."""

    name: str
    zone: str
    machine_type: str
    nodes: int
    spot: bool
    node_labels: Mapping[str, str]
    node_taints: tuple[str, ...]
    tags: Mapping[str, str]
    driver: str = "Install"
    disk_gb: int = 256
    """Images of accelerator workloads are large. AKS puts the disk on the machine itself where it fits."""
    healed: int | None = None
    """The number that AKS's autoscaler brings the pool back to when machines were taken away: on spot, where Azure
    deletes what it evicts. None without the autoscaler."""
    borrows_from: str | None = None
    """Resource group, by its id, of the reservation that exists: the cluster's identity needs rights on it."""
    borrower: str = ""
    """The cluster, unique in the account, for the name of those rights."""


@dataclass(frozen=True)
class StoreSize:
    """A parallel file system as Azure sells it."""

    sku: str
    """Its throughput for each TiB is part of the name: `AMLFS-Durable-Premium-250`."""
    tib: int
    megabytes_per_second: int
    """10^6 bytes a second, of the whole."""


@dataclass(frozen=True)
class SharedStorePlan:
    """A Managed Lustre file system, with a subnet of its own."""

    name: str
    location: str
    zone: str
    size: StoreSize
    durable: bool
    """Whether it is in the data's resource group, which stays when the cluster goes."""
    subnet: str | None
    """Resource id of a subnet that exists; None makes one."""
    addresses: str
    """CIDR of the subnet that is made."""
    tags: Mapping[str, str]
    maintenance_day: str = "Sunday"
    maintenance_time: str = "02:00"
    """UTC. Azure may update the file system in the half hour from then on; access pauses meanwhile."""


@dataclass(frozen=True)
class DataMountPlan:
    """A container that exists, mounted to be read."""

    name: str
    account: str
    container: str
    prefix: str
    """Empty for the whole container."""
    mount: str


@dataclass(frozen=True)
class DataPlan:
    """What the workload mounts from containers: data that it reads, and its own checkpoints."""

    mounts: tuple[DataMountPlan, ...]
    brought: tuple[Brought, ...]
    """Data sets in the cluster's own container."""
    checkpoints: str | None
    """Where the cluster's own container is mounted, to be written; None where it is not."""
    reader: str
    """The workload's identity, unique in the account, for the names of its rights."""
