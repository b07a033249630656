"""What Google Cloud gets for a request: every decision, name and number, and nothing that asks the cloud.

A plan is pure. Each part holds what one component transcribes. Zone, machine type, purchase and holding reach only
`CapacityPlan` and `AcceleratorPoolPlan`, so that a failover within a region keeps network, cluster and bucket.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from wayfare.components.contract import Need, Request
from wayfare.components.gcp.plan_compute import AcceleratorPoolPlan, CapacityPlan, DataPlan, SharedStorePlan
from wayfare.components.gcp.plan_platform import (
    EndpointsPlan,
    ExistingNetworkPlan,
    KeyPlan,
    MonitoringPlan,
    NetworkPlan,
    RegistryPlan,
)
from wayfare.components.pods import PodNeeds


@dataclass(frozen=True)
class ControlPlanePlan:
    """A regional GKE cluster, and the account that its nodes run as."""

    name: str
    region: str
    allow: tuple[str, ...]
    """CIDRs that may reach the Kubernetes API."""
    private: bool
    """Whether its endpoint is in the network alone."""
    account_id: str
    admins: tuple[str, ...]
    """Google groups that administer this cluster, and no other."""
    version: str | None
    """Least minor version of Kubernetes, for pools too; None leaves it to the release channel."""
    protected: bool
    collects: tuple[str, ...]
    """What GKE measures by itself."""
    labels: Mapping[str, str]
    mounts_lustre: bool = False
    """Whether GKE's driver for Managed Lustre is there."""
    release_channel: str = "REGULAR"
    admin_role: str = "roles/container.admin"


@dataclass(frozen=True)
class SystemPoolPlan:
    """Nodes for what is not the workload, one in each of the region's default zones."""

    name: str
    region: str
    labels: Mapping[str, str]
    node_labels: Mapping[str, str]
    machine_type: str = "e2-standard-4"
    nodes_per_zone: int = 1
    disk_gb: int = 100


@dataclass(frozen=True)
class BucketPlan:
    """The bucket for checkpoints. `suffix` follows the project's id, which makes the name unique in the world."""

    suffix: str
    location: str
    force_destroy: bool
    expire_after_days: int | None
    soft_delete_seconds: int
    reached_from: tuple[str, ...] | None
    """CIDRs of the cluster's network that reach it, and nobody else does; None leaves that to rights alone."""
    protected: bool
    labels: Mapping[str, str]


@dataclass(frozen=True)
class IdentityPlan:
    """What the workload may do: read and write objects of its own bucket, and read the secrets that are named."""

    cluster: str
    region: str
    secrets: tuple[str, ...]
    """`projects/PROJECT/secrets/NAME`"""
    by_condition: bool
    """Whether its right to the bucket stands in the project's policy, with a condition, and not in the bucket's."""
    role: str = "roles/storage.objectUser"
    accessor_role: str = "roles/secretmanager.secretAccessor"


@dataclass(frozen=True)
class GcpPlan:
    """All that Google Cloud gets."""

    request: Request
    pods: PodNeeds
    needs: tuple[Need, ...]
    capacity: CapacityPlan
    network: NetworkPlan | ExistingNetworkPlan
    control_plane: ControlPlanePlan
    system_pool: SystemPoolPlan
    accelerator_pool: AcceleratorPoolPlan
    bucket: BucketPlan
    shared_store: SharedStorePlan | None
    """None where the blueprint asks for none."""
    data: DataPlan
    identity: IdentityPlan
    key: KeyPlan | None
    """The account's own key; None encrypts with Google's."""
    endpoints: EndpointsPlan | None
    registry: RegistryPlan | None
    monitoring: MonitoringPlan | None


def labels_of(tags: Mapping[str, str]) -> dict[str, str]:
    """Tags as Google takes them: lower-case keys and values."""
    return {key.lower(): value.lower() for key, value in sorted(tags.items())}
