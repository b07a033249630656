"""What AWS will get for a request: every name, table and decision. Pure, so that it can be compared and tested.

Subnets: the control plane and the system pool live in two zones that are chosen once; the accelerator pool brings a
subnet of its own in the zone of its placement. So another zone changes the pool and nothing else.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from wayfare.components.aws.plan_compute import AcceleratorPoolPlan, CapacityPlan, DataPlan, SharedStorePlan, Tags
from wayfare.components.aws.plan_platform import (
    EndpointsPlan,
    ExistingNetworkPlan,
    FlowLogPlan,
    MonitoringPlan,
    RegistryPlan,
)
from wayfare.components.contract import Need, Request
from wayfare.components.pods import PodNeeds


@dataclass(frozen=True)
class NetworkPlan:
    """A private network with one way out."""

    region: str
    cidr: str
    public_subnet: str
    cluster_subnets: tuple[str, ...]
    zones_to_avoid: tuple[str, ...]
    """Zone ids that may not hold a subnet of the control plane."""
    tags: Tags
    balancer_tags: Tags = field(default_factory=dict[str, str])
    """What else the public subnet carries, so that a load balancer finds it; empty where none is asked for."""
    existing: ExistingNetworkPlan | None = None
    """A network that is there already: nothing of the above is made then."""


@dataclass(frozen=True)
class ControlPlanePlan:
    """An EKS cluster and who may use it."""

    name: str
    region: str
    version: str
    allow: tuple[str, ...]
    """Networks that the public endpoint answers to; none where there is no public endpoint."""
    allow_inside: tuple[str, ...]
    """Private networks that the cluster's security group lets in to the private endpoint."""
    admins: tuple[str, ...]
    """ARNs of roles and users that administer the cluster besides whoever creates it."""
    protected: bool
    """Whether EKS refuses to delete the cluster."""
    services: str
    log_group: str
    log_days: int
    roles_path: str
    role: str
    node_role: str
    interface_tags: Tags
    """Tags that the network plug-in puts on the interfaces that it makes."""
    tags: Tags


@dataclass(frozen=True)
class SystemPoolPlan:
    """Nodes for what the cluster itself runs."""

    name: str
    template: str
    machine_type: str
    nodes: int
    disk_gib: int
    labels: Mapping[str, str]
    instance_tags: Tags
    tags: Tags


@dataclass(frozen=True)
class BucketPlan:
    """The bucket for checkpoints. The account's id completes the name, which is unique in all of AWS."""

    prefix: str
    region: str
    force_destroy: bool
    versioned: bool
    expire_days: int | None
    noncurrent_days: int
    inside_only: bool
    """Whether it answers in the cluster's network alone: its policy is made with the endpoints then."""
    tags: Tags


@dataclass(frozen=True)
class IdentityPlan:
    """What the workload's service account acts as."""

    role: str
    roles_path: str
    namespace: str
    service_account: str
    region: str
    secrets: tuple[str, ...]
    """ARNs of the secrets that the workload may read."""
    tags: Tags


@dataclass(frozen=True)
class AwsPlan:
    """A cluster on AWS."""

    request: Request
    pods: PodNeeds
    needs: tuple[Need, ...]
    key: str | None
    """Alias of the account's own key; None encrypts with AWS's keys."""
    capacity: CapacityPlan
    network: NetworkPlan
    flow_log: FlowLogPlan | None
    """None where the network is somebody else's."""
    control_plane: ControlPlanePlan
    system_pool: SystemPoolPlan
    accelerator_pool: AcceleratorPoolPlan
    bucket: BucketPlan
    identity: IdentityPlan
    shared_store: SharedStorePlan | None
    data: DataPlan | None
    registry: RegistryPlan | None
    """None where the blueprint asks for none."""
    monitoring: MonitoringPlan | None
    """None where the blueprint asks for no metrics; the control plane's logs are kept in any case."""
    endpoints: EndpointsPlan | None
    """None where bucket and registry are reached from everywhere, by whoever has the rights."""


def trusts_path(cluster: str, region: str) -> str:
    """Where among those the roles of trusts are."""
    return f"{roles_path(cluster, region)}trust/"


def roles_path(cluster: str, region: str) -> str:
    """IAM path of a cluster's roles: IAM is global, and its roles are found by their path alone."""
    return f"/wayfare/{region}/{cluster}/"
