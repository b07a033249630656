"""From what is wanted to what Azure gets: the pure function, and what follows from a machine type."""

from collections.abc import Mapping
from datetime import UTC, timedelta

from wayfare.blueprints import AcceleratorName, Purchase
from wayfare.components import wishes
from wayfare.components.azure import planning_platform
from wayfare.components.azure.plan import (
    AcceleratorPoolPlan,
    AzurePlan,
    BucketPlan,
    CapacityPlan,
    HoldPlan,
    SystemPoolPlan,
    groups,
)
from wayfare.components.catalog import Fabric
from wayfare.components.contract import ACCELERATOR_POOL, POOL_LABEL, SYSTEM_POOL, Holding, NotFeasible, Request
from wayfare.components.pods import PodNeeds, Toleration

#: Key and value of the taint that keeps other pods off the accelerators, always with effect NoSchedule.
TAINT = ("nvidia.com/gpu", "present")

#: AKS puts this label and taint on every spot pool by itself; named here, they read as no change.
SPOT = ("kubernetes.azure.com/scalesetpriority", "spot")

#: Azure: "A maximum of 15 tags can be provided" for a storage account; other resources take 50.
MAX_TAGS = 15

#: InfiniBand reaches no further than one placement group (Compute: singlePlacementGroup, "of max size 100").
MAX_INFINIBAND_NODES = 100


#: Wishes that this package does not fulfil yet.
NOT_YET = wishes.EVERY_WISH - {
    "a chosen Kubernetes version",
    "a private API",
    "administrators",
    "an existing network",
    "another address space",
    "secrets",
}


def plan(request: Request) -> AzurePlan:
    """What Azure gets for a request. Raises `NotFeasible` for what it cannot do."""
    wishes.refuse(request, NOT_YET)
    _refuse_what_cannot_be(request)
    tags, all_groups = request.tags, groups(request.resource_name)
    spot = request.placement.purchase is Purchase.SPOT
    return AzurePlan(
        request=request,
        needs=planning_platform.needs(request),
        pods=_pods(request, spot=spot),
        groups=all_groups,
        tags=tags,
        capacity=_capacity(request, tags),
        network=planning_platform.network(request),
        control_plane=planning_platform.control_plane(request, all_groups.cluster, all_groups.nodes),
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
        identity=planning_platform.identity(request),
    )


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
