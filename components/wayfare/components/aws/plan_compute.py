"""The part of a plan that is machines: capacity held or bought beforehand, and the accelerator pool."""

from collections.abc import Mapping
from dataclasses import dataclass

from wayfare.components.along import Brought

Tags = Mapping[str, str]


@dataclass(frozen=True)
class ReservationPlan:
    """An open On-Demand Capacity Reservation that ends by itself."""

    zone: str
    machine_type: str
    nodes: int
    end_date: str
    """RFC 3339, UTC. EC2 ends a reservation within an hour of it."""


@dataclass(frozen=True)
class CapacityPlan:
    """The placement domain, and the machines held in it."""

    placement_group: str | None
    """Name; None where nodes need not be close to each other."""
    reservation: ReservationPlan | None
    tags: Tags


@dataclass(frozen=True)
class InterfacePlan:
    """One network interface of an accelerator node."""

    card: int
    device: int
    kind: str
    """`interface` carries IP; `efa-only` carries the fabric and takes no address."""


@dataclass(frozen=True)
class BoughtPlan:
    """A reservation that the account has already, and that nodes are launched into and nowhere else."""

    id: str
    market: str | None
    """`capacity-block` for a Capacity Block, None for an On-Demand Capacity Reservation."""


@dataclass(frozen=True)
class StartPlan:
    """The pool grows by itself when its Capacity Block begins. EKS empties it by itself 40 minutes before the end."""

    action: str
    """Name of the scheduled action."""
    at: str
    """RFC 3339, UTC."""
    nodes: int


@dataclass(frozen=True)
class AcceleratorPoolPlan:
    """The accelerator nodes and the subnet that they are in."""

    name: str
    template: str
    """Name of the launch template. Another name makes another node group: it holds what no node outlives."""
    zone: str
    subnet: str
    existing_subnet: str | None
    """Id of a subnet that is there already, in place of one with the range `subnet`."""
    machine_type: str
    template_machine_type: str | None
    """The machine type where the launch template names it; EKS wants that of a Capacity Block, and else refuses it."""
    group_machine_types: tuple[str, ...] | None
    """The machine type where the node group names it."""
    image: str
    """EKS's AMI type."""
    nodes: int
    """How many there are now."""
    least: int
    most: int
    capacity_type: str
    bought: BoughtPlan | None
    starts: StartPlan | None
    """None where all nodes are wanted now."""
    interfaces: tuple[InterfacePlan, ...]
    user_data: str | None
    """Base64."""
    disk_gib: int
    labels: Mapping[str, str]
    taint: str
    instance_tags: Tags
    tags: Tags


@dataclass(frozen=True)
class SharedStorePlan:
    """An FSx for Lustre file system in the accelerators' zone."""

    zone: str
    subnet: str
    existing_subnet: str | None
    """Id of a subnet that is there already, in place of one with the range `subnet`."""
    deployment: str
    version: str
    """Of Lustre."""
    capacity_gib: int
    per_tib: int
    """MB/s for each TiB."""
    usd_per_hour: float
    mount: str
    tags: Tags


@dataclass(frozen=True)
class DataSourcePlan:
    """A bucket, or what is under a prefix of it, that the workload reads."""

    name: str
    bucket: str
    prefix: str
    """Without slashes at either end; empty for the whole bucket."""
    mount: str


@dataclass(frozen=True)
class DataPlan:
    """What is mounted from buckets, and what the driver acts as that mounts it."""

    sources: tuple[DataSourcePlan, ...]
    brought: tuple[Brought, ...]
    """Data sets in the cluster's own bucket."""
    checkpoints: str | None
    """Where the cluster's own bucket is mounted, to be written; None where it is not."""
    region: str
    role: str
    roles_path: str
    tags: Tags
