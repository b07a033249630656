"""What a plan gives for a blueprint's wishes, in the same terms on every cloud: what `wayfare parity` compares."""

from dataclasses import dataclass


@dataclass(frozen=True)
class StoreGives:
    """What a shared store is, after rounding to the cloud's increments."""

    kind: str
    """The cloud's own name of it, such as `FSx for Lustre PERSISTENT_2, 250 MB/s/TiB`."""
    capacity_gib: int
    throughput: float
    """GB/s (10^9 bytes a second), of the whole."""
    usd_per_hour: float | None
    """List price; None where none is published."""


@dataclass(frozen=True)
class Gives:
    """Derived from a plan alone, in short phrases for people. Numbers of the machine type are the catalog's."""

    placement_domain: str
    """What keeps the nodes close, such as `cluster placement group`."""
    hold: str
    """How capacity is held before the control plane is built, or why it is not."""
    encryption: str
    """With whose keys what is encrypted."""
    api: str
    """Who reaches the Kubernetes API."""
    network: str
    """The network and its way out."""
    addresses: tuple[str, ...]
    """CIDRs that the cluster uses, all that Wayfare chooses."""
    kubernetes: str
    """Version, or the channel that decides it."""
    checkpoints: str
    """Redundancy, versions and expiry of the bucket."""
    identity: str
    """What the workload acts as."""
    driver: str
    """Who installs the accelerators' driver and device plugin."""
    scratch: str
    """The local disks."""
    registry: str
    monitoring: str
    shared: StoreGives | None = None
    """None where the blueprint asks for none."""
