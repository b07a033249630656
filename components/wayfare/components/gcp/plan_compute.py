"""The parts of Google Cloud's plan that machines and stores are made by: what one component each transcribes."""

from collections.abc import Mapping
from dataclasses import dataclass

from wayfare.components.along import Brought

#: GKE puts these taints on accelerator nodes beside others; naming one too makes it the pool's own.
GPU_TAINT = ("nvidia.com/gpu", "present", "NO_SCHEDULE")
TPU_TAINT = ("google.com/tpu", "present", "NO_SCHEDULE")


@dataclass(frozen=True)
class CapacityPlan:
    """A reservation that matching machines consume by themselves, or nothing."""

    held: bool
    name: str
    zone: str
    machine_type: str
    count: int
    """Machines."""
    accelerator_type: str
    accelerators: int
    """Accelerators in each machine: Compute Engine fills them in, and unnamed they would read as a change."""
    local_ssds: int
    """Local SSDs of 375 GiB with an NVMe interface that each machine has."""
    delete_after_seconds: int


@dataclass(frozen=True)
class WorkloadPolicyPlan:
    """A resource policy that has the pool's machines made as one domain: an NVLink domain, or a slice of TPUs."""

    name: str
    region: str
    topology: str
    """The domain's shape: `1x72` for 72 GPUs in one NVLink domain, or a slice's own, such as `4x4x8`."""
    type: str = "HIGH_THROUGHPUT"


@dataclass(frozen=True)
class PlacementPlan:
    """How the pool's machines are placed next to each other."""

    policy: WorkloadPolicyPlan | None = None
    """None where GKE makes a policy of its own for compact placement."""
    tpu_topology: str | None = None


@dataclass(frozen=True)
class GpuPlan:
    """The GPUs of each node."""

    type: str
    count: int
    driver: str
    """The branch of NVIDIA's driver that GKE installs."""


@dataclass(frozen=True)
class AcceleratorPoolPlan:
    """The accelerators: one zone, and either a fixed number of nodes or as many as pods ask for."""

    name: str
    region: str
    zone: str
    machine_type: str
    nodes: int
    """Nodes that the pool is to have now; none before a dated reservation begins."""
    most: int
    """Nodes that it has once all are there."""
    follows_pods: bool
    """Whether GKE's autoscaler makes the nodes, from none to `most`, when pods ask for them."""
    gpus: GpuPlan | None
    """None for TPUs, which the machine type says by itself."""
    spot: bool
    flex: bool
    """Whether flex-start brings the nodes: each for 7 days at most."""
    queued: bool
    """Whether the nodes come all at once, by a ProvisioningRequest."""
    reservations: str
    """Which reservations the nodes may consume."""
    reservation: str | None
    """The one that they consume, where they consume one by its name."""
    placement: PlacementPlan | None
    """None where nothing is asked for: the machines are placed by their reservation, or anywhere in the zone."""
    network_profile: str | None
    """`auto` has GKE make the networks of the fabric."""
    local_ssds: int
    """Disks that carry the node's ephemeral storage; 0 leaves their number to GKE."""
    disk_type: str
    labels: Mapping[str, str]
    node_labels: Mapping[str, str]
    taint: tuple[str, str, str]
    disk_gb: int = 200


@dataclass(frozen=True)
class StoreSize:
    """A file system after rounding to Google's increments."""

    capacity_gib: int
    per_tib: int
    """Throughput that each TiB brings, MB/s: the performance tier."""

    @property
    def throughput(self) -> float:
        """GB/s (10^9 bytes a second), of the whole."""
        return self.capacity_gib / 1024 * self.per_tib / 1000


@dataclass(frozen=True)
class SharedStorePlan:
    """A Managed Lustre instance in the accelerators' zone, and the way to it."""

    name: str
    """Of the instance, and of its range of addresses and its firewall rule."""
    zone: str
    size: StoreSize
    range: str
    """CIDR that Google's own network takes its addresses from: the instance's servers are in it."""
    protected: bool
    """Whether the provider refuses to delete it until it is told otherwise."""
    labels: Mapping[str, str]
    filesystem: str = "shared"
    """At most 8 characters."""
    port: int = 988


@dataclass(frozen=True)
class DataMountPlan:
    """A bucket that exists, or what of it has a prefix, mounted to be read."""

    name: str
    bucket: str
    prefix: str
    mount: str


@dataclass(frozen=True)
class DataPlan:
    """What the workload mounts from buckets: data that it reads, with the grants that let it, and its checkpoints."""

    mounts: tuple[DataMountPlan, ...]
    brought: tuple[Brought, ...]
    """Data sets in the cluster's own bucket."""
    checkpoints: str | None
    """Where the cluster's own bucket is mounted, to be written; None where it is not."""
    role: str = "roles/storage.objectViewer"
