"""From what is wanted to what Google Cloud gets: the pure function, and what follows from a machine type."""

from collections.abc import Mapping
from datetime import timedelta

from wayfare.blueprints import Purchase
from wayfare.components import wishes
from wayfare.components.catalog import Fabric
from wayfare.components.contract import ACCELERATOR_POOL, POOL_LABEL, SYSTEM_POOL, Holding, NotFeasible, Request
from wayfare.components.gcp import planning_platform
from wayfare.components.gcp.plan import (
    GPU_TAINT,
    AcceleratorPoolPlan,
    BucketPlan,
    CapacityPlan,
    ControlPlanePlan,
    GcpPlan,
    IdentityPlan,
    SystemPoolPlan,
    labels_of,
)
from wayfare.components.pods import PodNeeds, Toleration

#: Compute Engine deletes the reservation after this time, consumed or not. A duration and not a date: a date would be
#: another one at every run, and cannot be changed without a new reservation.
HOLD_FOR = timedelta(hours=2)

#: A GKE-managed network driver offers the fabric's interfaces through Kubernetes' dynamic resource allocation: RDMA
#: cards in one device class, TCP cards in another (GKE: "Allocate network resources by using GKE managed DRANET").
_DEVICE_CLASS = {
    Fabric.ROCE: "mrdma.google.com",
    Fabric.TCPX: "netdev.google.com",
    Fabric.TCPXO: "netdev.google.com",
}
_DRANET_LABEL = "cloud.google.com/gke-networking-dra-driver"

#: Families that take no Persistent Disk (Compute Engine: "Accelerator-optimized machine family", disk types).
_HYPERDISK_ONLY = ("a3-ultragpu-", "a4-", "g4-")
#: Families whose chips need a newer driver than the default branch of older GKE versions.
_LATEST_DRIVER = ("a3-ultragpu-", "a4-", "g4-")


#: Wishes that this package does not fulfil yet.
NOT_YET = wishes.EVERY_WISH - {
    "another address space",
    "an existing network",
    "a private API",
}


def plan(request: Request) -> GcpPlan:
    """What Google Cloud gets for a request. Raises `NotFeasible` for what it cannot do."""
    wishes.refuse(request, NOT_YET)
    _refuse_what_cannot_be(request)
    name, placement, machine = request.resource_name, request.placement, request.machine
    labels = labels_of(request.tags)
    return GcpPlan(
        request=request,
        needs=planning_platform.what_is_needed(request),
        pods=_pods(request),
        capacity=CapacityPlan(
            held=request.holding is Holding.HELD,
            name=f"{name}-capacity",
            zone=placement.zone,
            machine_type=machine.name,
            count=request.accelerator.nodes,
            accelerator_type=_accelerator_type(request),
            accelerators=machine.accelerators,
            local_ssds=machine.local_ssd_disks,
            delete_after_seconds=int(HOLD_FOR.total_seconds()),
        ),
        network=planning_platform.network(request),
        control_plane=ControlPlanePlan(
            name=name,
            region=placement.region,
            allow=request.blueprint.spec.access.allow,
            private=request.blueprint.spec.access.api == "private",
            account_id=name,
            labels=labels,
        ),
        system_pool=SystemPoolPlan(
            name=SYSTEM_POOL,
            region=placement.region,
            labels=labels,
            node_labels={POOL_LABEL: SYSTEM_POOL},
        ),
        accelerator_pool=_accelerator_pool(request, labels),
        bucket=_bucket(request, labels),
        identity=IdentityPlan(cluster=name, region=placement.region),
    )


def _accelerator_type(request: Request) -> str:
    return request.machine.cloud_name or ""


def _spans_nodes(request: Request) -> bool:
    """Whether one job runs over several nodes, so that their distance and the fabric matter."""
    return request.training and request.accelerator.nodes > 1


def _pods(request: Request) -> PodNeeds:
    """GKE brings driver and device plugin for the accelerators, and a driver for the fabric's interfaces."""
    device_class = _DEVICE_CLASS.get(request.machine.fabric) if _spans_nodes(request) else None
    return PodNeeds(
        accelerators={"nvidia.com/gpu": request.machine.accelerators},
        fabric={},
        tolerations=(Toleration(GPU_TAINT[0], GPU_TAINT[1]),),
        device_classes=() if device_class is None else (device_class,),
    )


def _accelerator_pool(request: Request, labels: Mapping[str, str]) -> AcceleratorPoolPlan:
    placement, machine = request.placement, request.machine
    spot = placement.purchase is Purchase.SPOT
    fabric = machine.fabric in _DEVICE_CLASS
    node_labels = {POOL_LABEL: ACCELERATOR_POOL}
    if fabric:
        node_labels[_DRANET_LABEL] = "true"
    return AcceleratorPoolPlan(
        name=ACCELERATOR_POOL,
        region=placement.region,
        zone=placement.zone,
        machine_type=machine.name,
        nodes=request.accelerator.nodes,
        accelerator_type=_accelerator_type(request),
        accelerators=machine.accelerators,
        driver="LATEST" if machine.name.startswith(_LATEST_DRIVER) else "DEFAULT",
        spot=spot,
        # ANY_RESERVATION takes a matching reservation and falls back to on-demand without one: right while the
        # reservation is held and after it is gone. Spot machines cannot consume any.
        reservations="NO_RESERVATION" if spot else "ANY_RESERVATION",
        # A reservation that machines consume by themselves cannot carry a placement policy, and machines with a policy
        # consume only a reservation with the same one, which must then be targeted by name and cannot be deleted while
        # it is consumed. So what can be held is placed without one.
        compact=_spans_nodes(request) and not machine.holds(placement.purchase),
        network_profile="auto" if fabric else None,
        local_ssds=machine.local_ssd_disks,
        disk_type="hyperdisk-balanced" if machine.name.startswith(_HYPERDISK_ONLY) else "pd-balanced",
        labels=labels,
        node_labels=node_labels,
    )


def _bucket(request: Request, labels: Mapping[str, str]) -> BucketPlan:
    wanted = request.blueprint.spec.storage.checkpoints
    scratch = wanted.keep == "scratch"
    return BucketPlan(
        suffix=request.resource_name,
        location=request.placement.region.upper(),
        force_destroy=scratch,
        # Google counts whole days; what is left of a day is kept.
        expire_after_days=None if wanted.expire_after is None else -(-wanted.expire_after // timedelta(days=1)),
        # Deleted objects can be restored, and are paid for, during this time: 0, or 7 to 90 days.
        soft_delete_seconds=0 if scratch else int(timedelta(days=7).total_seconds()),
        labels={**labels, "wayfare-keep": wanted.keep},
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
        raise NotFeasible(f"Google Cloud does not sell {machine.name} {placement.purchase.value}, but {ways}")
    if request.holding is Holding.HELD and not machine.holds(placement.purchase):
        raise NotFeasible(f"{machine.name} bought {placement.purchase.value} cannot be held beforehand")
    if machine.accelerators < request.accelerator.per_node:
        raise NotFeasible(
            f"{machine.name} has {machine.accelerators} accelerators, and {request.accelerator.per_node} are asked for"
        )
    if not placement.zone.startswith(f"{placement.region}-"):
        raise NotFeasible(f"{placement.zone} is not a zone of {placement.region}")
    if not machine.cloud_name:
        raise NotFeasible(f"the catalog does not say what Google Cloud calls the accelerator of {machine.name}")
