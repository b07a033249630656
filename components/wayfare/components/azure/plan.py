"""What Azure gets for a request: every decision, name and number, and nothing that asks the cloud.

A plan is pure. Each part holds what one component transcribes. Zone, machine type, purchase and holding reach only
`CapacityPlan` and `AcceleratorPoolPlan`, so that a failover within a region keeps network, cluster and bucket. What an
Azure id needs besides, the subscription's id, is known only to the components; names that depend on it are made by
functions of this module.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from wayfare.blueprints import CloudName
from wayfare.components.azure.plan_compute import AcceleratorPoolPlan, CapacityPlan, DataPlan, SharedStorePlan
from wayfare.components.azure.plan_platform import (
    ControlPlanePlan,
    EndpointsPlan,
    IdentityPlan,
    MonitoringPlan,
    NetworkPlan,
    RegistryPlan,
    world_name,
)
from wayfare.components.contract import Need, Request, resource_name
from wayfare.components.pods import PodNeeds


@dataclass(frozen=True)
class Groups:
    """A cluster's resource groups. The data's is apart, so that it can stay when all else is proven absent."""

    cluster: str
    data: str
    nodes: str
    """Made by AKS for what it runs: scale sets, load balancers, disks."""

    @property
    def names(self) -> tuple[str, str, str]:
        """All three."""
        return self.cluster, self.data, self.nodes


def groups(resource_name: str) -> Groups:
    """The resource groups of a cluster; Azure allows 90 characters, and AKS 80 for that of its nodes."""
    return Groups(f"wf-{resource_name}", f"wf-{resource_name}-data", f"wf-{resource_name}-nodes")


@dataclass(frozen=True)
class SystemPoolPlan:
    """Nodes for what is not the workload. AKS asks for two or more, of 4 vCPUs or more, and none of the B series."""

    name: str
    node_labels: Mapping[str, str]
    tags: Mapping[str, str]
    machine_type: str = "Standard_D4s_v5"
    nodes: int = 2
    disk_gb: int = 128


@dataclass(frozen=True)
class BucketPlan:
    """A storage account with one container, in a resource group of its own."""

    group: str
    location: str
    stem: str
    """What the account's name begins with."""
    container: str
    sku: str
    durable: bool
    expire_after_days: int | None
    recover_days: int | None
    """For so long what was overwritten or deleted can be had back; None where it cannot."""
    private: bool
    """Whether it answers in the cluster's network alone."""
    locked: bool
    """Whether Azure refuses to delete it."""
    tags: Mapping[str, str]


@dataclass(frozen=True)
class AzurePlan:
    """All that Azure gets."""

    request: Request
    pods: PodNeeds
    needs: tuple[Need, ...]
    groups: Groups
    tags: Mapping[str, str]
    capacity: CapacityPlan
    network: NetworkPlan
    control_plane: ControlPlanePlan
    system_pool: SystemPoolPlan
    accelerator_pool: AcceleratorPoolPlan
    bucket: BucketPlan
    identity: IdentityPlan
    registry: RegistryPlan | None
    endpoints: EndpointsPlan
    monitoring: MonitoringPlan
    own_key: bool
    """Whether everything at rest is encrypted with the account's own key of the region."""
    shared_store: SharedStorePlan | None
    data: DataPlan


def account_name(plan: BucketPlan, subscription: str) -> str:
    """The storage account's name: unique in the world by the subscription's id, and the same at every run.

    Azure allows 3 to 24 lower-case letters and digits.
    """
    return world_name(plan.stem, subscription, plan.group)


def groups_of(cluster: str, region: str) -> Groups:
    """The resource groups of a cluster of which no more than name and region are known."""
    return groups(resource_name(cluster, CloudName.AZURE, region))
