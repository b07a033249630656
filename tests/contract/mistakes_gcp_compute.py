"""Mistakes in how accelerators are bought and placed, and in stores, that Google Cloud would notice.

They are planted into clusters that no library blueprint asks for, so that each names its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from wayfare.blueprints import Purchase


@dataclass(frozen=True)
class Planted:
    """One mistake in one resource of a cluster."""

    title: str
    machine_type: str
    type: str
    """How the resource type ends."""
    edits: Mapping[str, Any]
    path: str
    """The path that is refused; empty where the cloud refuses the whole."""
    said: str
    purchase: Purchase = Purchase.ON_DEMAND
    kind: str = "TrainingCluster"
    storage: Mapping[str, Any] = field(default_factory=dict[str, Any])
    nodes: int = 2


_SHARED = {"shared": {"capacity": "9TiB"}}
_FLEX = Purchase.FLEX

MISTAKES: tuple[Planted, ...] = (
    Planted(
        "flex-start with a fixed number of nodes",
        "a3-highgpu-8g",
        "NodePool",
        {"nodeCount": 2, "autoscaling": ...},
        "nodeCount",
        "flex_start does not work with a static node count",
        purchase=_FLEX,
        kind="InferenceCluster",
    ),
    Planted(
        "flex-start that consumes reservations",
        "a3-highgpu-8g",
        "NodePool",
        {"nodeConfig.reservationAffinity.consumeReservationType": "ANY_RESERVATION"},
        "nodeConfig.reservationAffinity.consumeReservationType",
        "flex_start only works with NO_RESERVATION",
        purchase=_FLEX,
        kind="InferenceCluster",
    ),
    Planted(
        "queued capacity that is to be compact",
        "a3-highgpu-8g",
        "NodePool",
        {"placementPolicy": {"type": "COMPACT"}},
        "placementPolicy.type",
        "cannot be COMPACT when queued_provisioning is enabled",
        purchase=_FLEX,
    ),
    Planted(
        "a GPU on a TPU's machine",
        "ct6e-standard-4t",
        "NodePool",
        {"nodeConfig.guestAccelerators": [{"type": "nvidia-l4", "count": 1}]},
        "nodeConfig.guestAccelerators[0].type",
        "features are not compatible for creating instance",
    ),
    Planted(
        "a slice that its nodes do not fill",
        "ct5p-hightpu-4t",
        "NodePool",
        {"placementPolicy.tpuTopology": "2x2x4"},
        "placementPolicy.tpuTopology",
        "2x2x4 is 4 nodes of ct5p-hightpu-4t",
    ),
    Planted(
        "a Persistent Disk on a TPU that takes Hyperdisk",
        "ct6e-standard-4t",
        "NodePool",
        {"nodeConfig.diskType": "pd-balanced"},
        "nodeConfig.diskType",
        "pd-balanced disk type cannot be used by ct6e-standard-4t machine type",
    ),
    Planted(
        "a slice of TPU7x without its workload policy",
        "tpu7x-standard-4t",
        "NodePool",
        {"placementPolicy.policyName": ...},
        "placementPolicy.policyName",
        "several nodes of tpu7x-standard-4t need a workload policy",
    ),
    Planted(
        "a policy that is not there",
        "tpu7x-standard-4t",
        "NodePool",
        {"placementPolicy.policyName": "elsewhere"},
        "",
        "/resourcePolicies/elsewhere' was not found",
    ),
    Planted(
        "a topology for a policy of availability",
        "tpu7x-standard-4t",
        "ResourcePolicy",
        {"workloadPolicy.type": "HIGH_AVAILABILITY"},
        "workloadPolicy.acceleratorTopology",
        "can be set only when the workload policy type is HIGH_THROUGHPUT",
    ),
    Planted(
        "a store between two increments",
        "g2-standard-96",
        "Instance",
        {"capacityGib": "20000"},
        "capacityGib",
        "in increments of",
        storage=_SHARED,
    ),
    Planted(
        "a file system's name of more than eight characters",
        "g2-standard-96",
        "Instance",
        {"filesystem": "sharedstore"},
        "filesystem",
        "doesn't match regexp",
        storage=_SHARED,
    ),
    Planted(
        "a store in a region and not in a zone",
        "g2-standard-96",
        "Instance",
        {"location": "us-central1"},
        "location",
        "us-central1 is not a zone",
        storage=_SHARED,
    ),
    Planted(
        "a range for peering that is public",
        "g2-standard-96",
        "GlobalAddress",
        {"addressType": "EXTERNAL"},
        "addressType",
        "must be INTERNAL with purpose = VPC_PEERING",
        storage=_SHARED,
    ),
    Planted(
        "a connection over a range that is not there",
        "g2-standard-96",
        "Connection",
        {"reservedPeeringRanges": ["elsewhere"]},
        "",
        "Allocated IP range 'elsewhere' not found in network.",
        storage=_SHARED,
    ),
    Planted(
        "a firewall rule that lets nobody in",
        "g2-standard-96",
        "Firewall",
        {"sourceRanges": ...},
        "sourceRanges",
        "one of source_tags, source_ranges, or source_service_accounts must be defined",
        storage=_SHARED,
    ),
)
