"""What Azure gets for a request: every decision, name and number, and nothing that asks the cloud.

A plan is pure. Each part holds what one component transcribes. Zone, machine type, purchase and holding reach only
`CapacityPlan` and `AcceleratorPoolPlan`, so that a failover within a region keeps network, cluster and bucket. What an
Azure id needs besides, the subscription's id, is known only to the components; names that depend on it are made by
functions of this module.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, timedelta
from uuid import NAMESPACE_URL, uuid5

from wayfare.blueprints import AcceleratorName, CloudName, Purchase
from wayfare.components.catalog import Fabric
from wayfare.components.contract import (
    ACCELERATOR_POOL,
    NAMESPACE,
    POOL_LABEL,
    SERVICE_ACCOUNT,
    SYSTEM_POOL,
    Holding,
    NotFeasible,
    PodNeeds,
    Request,
    Toleration,
    short_digest,
)

#: Key and value of the taint that keeps other pods off the accelerators, always with effect NoSchedule.
TAINT = ("nvidia.com/gpu", "present")

#: AKS puts this label and taint on every spot pool by itself; named here, they read as no change.
SPOT = ("kubernetes.azure.com/scalesetpriority", "spot")

#: Azure: "A maximum of 15 tags can be provided" for a storage account; other resources take 50.
MAX_TAGS = 15

#: InfiniBand reaches no further than one placement group (Compute: singlePlacementGroup, "of max size 100").
MAX_INFINIBAND_NODES = 100


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
class HoldPlan:
    """A timer in Azure itself that gives the held machines back, whoever has died."""

    workflow: str
    location: str
    until: str
    """When it begins to: UTC, `2026-11-24T12:00:00Z`."""
    tags: Mapping[str, str]


@dataclass(frozen=True)
class CapacityPlan:
    """A reservation of machines in a group, which the pool names."""

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


@dataclass(frozen=True)
class NetworkPlan:
    """A network of the cluster's own, one subnet for the nodes of all zones, and a way out."""

    name: str
    location: str
    tags: Mapping[str, str]
    space: str = "10.0.0.0/16"
    nodes: str = "10.0.0.0/20"
    """4,091 nodes: in the overlay, pods take no addresses of it."""


@dataclass(frozen=True)
class ControlPlanePlan:
    """An AKS cluster, and the identity that it acts as."""

    name: str
    location: str
    group: str
    node_group: str
    dns_prefix: str
    allow: tuple[str, ...]
    """CIDRs that may reach the Kubernetes API, besides the cluster's own way out."""
    tags: Mapping[str, str]
    pods: str = "10.244.0.0/14"
    """1,024 nodes at the overlay's /24 for each."""
    services: str = "10.1.0.0/16"
    dns: str = "10.1.0.10"


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
    tags: Mapping[str, str]


@dataclass(frozen=True)
class IdentityPlan:
    """What the workload acts as, and for which service account."""

    name: str
    location: str
    tags: Mapping[str, str]
    subject: str = f"system:serviceaccount:{NAMESPACE}:{SERVICE_ACCOUNT}"


@dataclass(frozen=True)
class AzurePlan:
    """All that Azure gets."""

    request: Request
    pods: PodNeeds
    groups: Groups
    tags: Mapping[str, str]
    capacity: CapacityPlan
    network: NetworkPlan
    control_plane: ControlPlanePlan
    system_pool: SystemPoolPlan
    accelerator_pool: AcceleratorPoolPlan
    bucket: BucketPlan
    identity: IdentityPlan


def plan(request: Request) -> AzurePlan:
    """What Azure gets for a request. Raises `NotFeasible` for what it cannot do."""
    _refuse_what_cannot_be(request)
    name, location, tags = request.resource_name, request.placement.region, request.tags
    all_groups = groups(name)
    spot = request.placement.purchase is Purchase.SPOT
    return AzurePlan(
        request=request,
        pods=_pods(request, spot=spot),
        groups=all_groups,
        tags=tags,
        capacity=_capacity(request, tags),
        network=NetworkPlan(name=f"wf-{name}", location=location, tags=tags),
        control_plane=ControlPlanePlan(
            name=f"wf-{name}",
            location=location,
            group=all_groups.cluster,
            node_group=all_groups.nodes,
            dns_prefix=f"wf-{name}",
            allow=request.blueprint.spec.access.allow,
            tags=tags,
        ),
        system_pool=SystemPoolPlan(name=SYSTEM_POOL, node_labels={POOL_LABEL: SYSTEM_POOL}, tags=tags),
        accelerator_pool=AcceleratorPoolPlan(
            name="gpu",
            zone=request.placement.zone,
            machine_type=request.machine.name,
            nodes=request.accelerator.nodes,
            spot=spot,
            node_labels={POOL_LABEL: ACCELERATOR_POOL, **({SPOT[0]: SPOT[1]} if spot else {})},
            node_taints=tuple(f"{key}={value}:NoSchedule" for key, value in (TAINT, *((SPOT,) if spot else ()))),
            tags=tags,
        ),
        bucket=_bucket(request, tags, all_groups.data),
        identity=IdentityPlan(name=f"wf-{name}-workload", location=location, tags=tags),
    )


def account_name(plan: BucketPlan, subscription: str) -> str:
    """The storage account's name: unique in the world by the subscription's id, and the same at every run.

    Azure allows 3 to 24 lower-case letters and digits.
    """
    return f"{plan.stem}{short_digest(subscription, plan.group, length=10)}"


def assignment_name(subscription: str, group: str, purpose: str) -> str:
    """A role assignment's name, a UUID: the same at every run."""
    return str(uuid5(NAMESPACE_URL, f"https://wayfare.dev/azure/{subscription}/{group}/{purpose}"))


def groups_of(cluster: str, region: str) -> Groups:
    """The resource groups of a cluster of which no more than name and region are known."""
    return groups(f"{cluster}-{short_digest(cluster, CloudName.AZURE, region, length=4)}")


def _pods(request: Request, *, spot: bool) -> PodNeeds:
    """AKS installs the driver; the device plugin is the cluster's own affair (AKS: "Use GPUs").

    InfiniBand has no extended resource here: that takes NVIDIA's Network Operator, which nothing installs yet.
    """
    return PodNeeds(
        accelerators={"nvidia.com/gpu": request.machine.accelerators},
        fabric={},
        tolerations=tuple(Toleration(key, value) for key, value in (TAINT, *((SPOT,) if spot else ()))),
        labels={"azure.workload.identity/use": "true"},
        device_plugins=("nvidia",),
    )


def _capacity(request: Request, tags: Mapping[str, str]) -> CapacityPlan:
    held = request.holding is Holding.HELD
    until = request.hold_until.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return CapacityPlan(
        reserved=request.holding is not Holding.NONE,
        quantity=request.accelerator.nodes if held else 0,
        group=f"wf-{request.resource_name}",
        reservation="accelerators",
        location=request.placement.region,
        zone=request.placement.zone,
        machine_type=request.machine.name,
        tags=tags,
        reservation_tags={**tags, **({"wayfare-hold-until": until} if held else {})},
        hold=HoldPlan("capacity-hold", request.placement.region, until, tags) if held else None,
    )


def _bucket(request: Request, tags: Mapping[str, str], group: str) -> BucketPlan:
    wanted = request.blueprint.spec.storage.checkpoints
    plain = request.name.replace("-", "")
    durable = wanted.keep == "durable"
    return BucketPlan(
        group=group,
        location=request.placement.region,
        stem=f"wf{plain}"[:14],
        container="checkpoints",
        # Durable data outlives the loss of a zone: three copies in three zones instead of one.
        sku="Standard_ZRS" if durable else "Standard_LRS",
        durable=durable,
        # Azure counts whole days; what is left of a day is kept.
        expire_after_days=None if wanted.expire_after is None else -(-wanted.expire_after // timedelta(days=1)),
        tags={**tags, "wayfare-keep": wanted.keep},
    )


def _refuse_what_cannot_be(request: Request) -> None:
    placement, machine = request.placement, request.machine
    if machine.fabric is Fabric.NVL72:
        raise NotFeasible(
            f"{machine.name} is part of an NVL72 domain, which needs NVIDIA's driver for dynamic resource allocation; "
            "Wayfare does not bring one yet"
        )
    if not machine.sells(placement.purchase):
        ways = ", ".join(sale.value for sale in machine.sales)
        raise NotFeasible(f"Azure does not sell {machine.name} {placement.purchase.value}, but {ways}")
    if request.holding is not Holding.NONE and not machine.holds(placement.purchase):
        raise NotFeasible(f"{machine.name} bought {placement.purchase.value} cannot be reserved beforehand on Azure")
    if machine.accelerators < request.accelerator.per_node:
        raise NotFeasible(
            f"{machine.name} has {machine.accelerators} accelerators, and {request.accelerator.per_node} are asked for"
        )
    if machine.accelerator is AcceleratorName.MI300X:
        raise NotFeasible("AKS installs no driver for AMD's accelerators, and Wayfare does not bring one yet")
    spans_nodes = request.training and request.accelerator.nodes > 1
    if spans_nodes and machine.fabric is Fabric.INFINIBAND and request.accelerator.nodes > MAX_INFINIBAND_NODES:
        raise NotFeasible(
            f"InfiniBand on Azure joins at most {MAX_INFINIBAND_NODES} machines, the size of one placement group, and "
            f"{request.accelerator.nodes} are asked for"
        )
    # The bucket's account and the reservation each carry one tag more.
    if len(request.tags) + 1 > MAX_TAGS:
        raise NotFeasible(
            f"Azure takes {MAX_TAGS} tags on a storage account, and the blueprint's labels lead to "
            f"{len(request.tags) + 1}"
        )
