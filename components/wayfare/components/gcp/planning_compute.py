"""What follows from machine type, purchase and placement: capacity, the accelerator pool, and what its pods say."""

from collections.abc import Mapping
from datetime import timedelta

from wayfare.blueprints import Purchase
from wayfare.components.catalog import Fabric
from wayfare.components.contract import ACCELERATOR_POOL, POOL_LABEL, Holding, Need, NotFeasible, Request
from wayfare.components.gcp import needs, planning_storage, tpu
from wayfare.components.gcp.plan_compute import (
    GPU_TAINT,
    TPU_TAINT,
    AcceleratorPoolPlan,
    CapacityPlan,
    GpuPlan,
    PlacementPlan,
    WorkloadPolicyPlan,
)
from wayfare.components.pods import PodNeeds, Toleration

#: Compute Engine deletes the reservation after this time, consumed or not. A duration and not a date: a date would be
#: another one at every run, and cannot be changed without a new reservation.
HOLD_FOR = timedelta(hours=2)

#: A GKE-managed network driver offers the fabric's interfaces through Kubernetes' dynamic resource allocation: RDMA
#: cards in one device class, TCP cards in another (GKE: "Allocate network resources by using GKE managed DRANET").
_DEVICE_CLASS = {
    Fabric.ROCE: "mrdma.google.com",
    Fabric.NVL72: "mrdma.google.com",
    Fabric.TCPX: "netdev.google.com",
    Fabric.TCPXO: "netdev.google.com",
}
_DRANET_LABEL = "cloud.google.com/gke-networking-dra-driver"

#: Series that take no Persistent Disk (Compute Engine: "Accelerator-optimized machine family", disk types; "TPU
#: machines").
_HYPERDISK_ONLY = ("a3-ultragpu-", "a4-", "a4x-", "ct6e-", "g4-", "tpu7x-")
#: Series whose chips need a newer driver than the default branch of older GKE versions.
_LATEST_DRIVER = ("a3-ultragpu-", "a4-", "a4x-", "g4-")
#: Series with Arm processors. GKE taints their nodes (GKE: "Prepare an Arm workload for deployment").
_ARM = ("a4x-",)

#: Has GKE put the process that mounts buckets beside the container (GKE: "Mount Cloud Storage buckets as persistent
#: volumes").
_FUSE = {"gke-gcsfuse/volumes": "true"}

#: Without limits: each file that is being written takes memory of its own, and a container that is killed for it takes
#: the checkpoint along (GKE, "Configure the Cloud Storage FUSE CSI driver sidecar container": 0 unsets a limit on
#: Standard clusters).
_FUSE_THAT_WRITES = {f"gke-gcsfuse/{what}-limit": "0" for what in ("cpu", "memory", "ephemeral-storage")}

#: A pool with the topology 1x72 is one block of 18 machines, and cannot be larger (AI Hypercomputer: "Create a custom
#: AI-optimized GKE cluster which uses A4X").
_NVL72 = "1x72"
_NVL72_NODES = 18

#: Purchases that take a reservation by its name.
_BY_NAME = (Purchase.RESERVED, Purchase.BLOCK)

#: The class that has all nodes of a queue made at once (GKE: "Run a large-scale workload with flex-start with queued
#: provisioning").
_QUEUE = "queued-provisioning.gke.io"
#: Where a node is, from the widest to the nearest.
_TOPOLOGY = tuple(f"cloud.google.com/gce-topology-{part}" for part in ("block", "subblock", "host"))
_TOLD = ("a3-ultragpu-", "a4-", "a4x-")
_QUEUED_TAINT = ("cloud.google.com/gke-queued", "true")


def refuse(request: Request) -> None:
    """Raise `NotFeasible` for machines that cannot be had as the request wants them."""
    placement, machine, accelerator = request.placement, request.machine, request.accelerator
    if not machine.sells(placement.purchase):
        ways = ", ".join(sale.value for sale in machine.sales)
        raise NotFeasible(f"Google Cloud does not sell {machine.name} {placement.purchase.value}, but {ways}")
    if placement.purchase in _BY_NAME and placement.reservation is None:
        raise NotFeasible(f"{placement.purchase.value} capacity comes from a reservation, and the placement names none")
    if request.holding is Holding.HELD and not machine.holds(placement.purchase):
        raise NotFeasible(f"{machine.name} bought {placement.purchase.value} cannot be held beforehand")
    if machine.accelerators < accelerator.per_node:
        raise NotFeasible(
            f"{machine.name} has {machine.accelerators} accelerators, and {accelerator.per_node} are asked for"
        )
    if not placement.zone.startswith(f"{placement.region}-"):
        raise NotFeasible(f"{placement.zone} is not a zone of {placement.region}")
    if not machine.cloud_name:
        raise NotFeasible(f"the catalog does not say what Google Cloud calls the accelerator of {machine.name}")
    if machine.fabric is Fabric.NVL72 and accelerator.nodes > _NVL72_NODES:
        raise NotFeasible(
            f"an NVLink domain of {machine.name} has {_NVL72_NODES} nodes, and {accelerator.nodes} are asked for; "
            "Wayfare makes one pool, and a pool is one domain"
        )
    if accelerator.name.is_tpu:
        tpu.refuse_topology(machine, accelerator)
        if not request.training and accelerator.nodes > 1:
            raise NotFeasible(
                f"a slice {accelerator.topology} of {machine.name} is {accelerator.nodes} nodes that compute as one, "
                "and an InferenceCluster runs a replica on each node; ask for a slice of one node"
            )


def what_is_needed(request: Request) -> tuple[Need, ...]:
    """The reservation, once it must be there: before its time a dated one need not be, and another project's is not
    this one's to look at."""
    placement = request.placement
    id = placement.reservation
    if placement.purchase not in _BY_NAME or id is None or request.waiting or id.startswith("projects/"):
        return ()
    return (needs.of_reservation(placement.region, placement.zone, id),)


def capacity(request: Request) -> CapacityPlan:
    """The reservation that holds the machines until the pool runs."""
    machine = request.machine
    return CapacityPlan(
        held=request.holding is Holding.HELD,
        name=f"{request.resource_name}-capacity",
        zone=request.placement.zone,
        machine_type=machine.name,
        count=request.accelerator.nodes,
        accelerator_type=machine.cloud_name or "",
        accelerators=machine.accelerators,
        local_ssds=planning_storage.local_ssds(request),
        delete_after_seconds=int(HOLD_FOR.total_seconds()),
    )


def accelerator_pool(request: Request, labels: Mapping[str, str]) -> AcceleratorPoolPlan:
    """The node pool, as it is bought."""
    placement, machine = request.placement, request.machine
    is_tpu, flex = request.accelerator.name.is_tpu, placement.purchase is Purchase.FLEX
    fabric = machine.fabric in _DEVICE_CLASS
    return AcceleratorPoolPlan(
        name=ACCELERATOR_POOL,
        region=placement.region,
        zone=placement.zone,
        machine_type=machine.name,
        nodes=request.nodes,
        most=request.accelerator.nodes,
        # Flex-start has no fixed number of nodes. A dated reservation begins at night as well as by day: its nodes come
        # when the waiting pods find it open, and not only when somebody runs `wayfare up` again.
        follows_pods=flex or request.waiting,
        gpus=None if is_tpu else _gpus(request),
        spot=placement.purchase is Purchase.SPOT,
        flex=flex,
        queued=_queued(request),
        reservations=_reservations(request),
        reservation=placement.reservation,
        placement=_placement(request),
        network_profile="auto" if fabric else None,
        local_ssds=planning_storage.local_ssds(request),
        disk_type="hyperdisk-balanced" if machine.name.startswith(_HYPERDISK_ONLY) else "pd-balanced",
        labels=labels,
        node_labels={POOL_LABEL: ACCELERATOR_POOL, **({_DRANET_LABEL: "true"} if fabric else {})},
        taint=TPU_TAINT if is_tpu else GPU_TAINT,
    )


def pods(request: Request) -> PodNeeds:
    """GKE brings driver and device plugin for the accelerators, and a driver for the fabric's interfaces."""
    machine, is_tpu = request.machine, request.accelerator.name.is_tpu
    taint = TPU_TAINT if is_tpu else GPU_TAINT
    tolerations = [Toleration(taint[0], taint[1])]
    if machine.name.startswith(_ARM):
        tolerations.append(Toleration("kubernetes.io/arch", "arm64"))
    if _queued(request):
        tolerations.append(Toleration(*_QUEUED_TAINT))
    device_class = _DEVICE_CLASS.get(machine.fabric) if _spans_nodes(request) else None
    domain = machine.fabric is Fabric.NVL72 and _spans_nodes(request)
    return PodNeeds(
        accelerators={taint[0]: machine.accelerators},
        fabric={},
        tolerations=tuple(tolerations),
        annotations=_fuse(request),
        scratch=planning_storage.scratch(request),
        device_plugins=("nvidia-dra",) if domain else (),
        device_classes=() if device_class is None else (device_class,),
        node_selector=tpu.node_selector(machine, request.accelerator) if is_tpu else {},
        compute_domain=domain,
        topology=_TOPOLOGY if _is_dense(request) else (),
        provisioning_class=_QUEUE if _queued(request) else None,
    )


def _fuse(request: Request) -> Mapping[str, str]:
    """What has the Cloud Storage FUSE driver's container put beside the pod's own."""
    if request.checkpoint is not None:
        return {**_FUSE, **_FUSE_THAT_WRITES}
    return _FUSE if request.blueprint.spec.storage.data else {}


def _is_dense(request: Request) -> bool:
    """Whether GKE tells where a node is: for these machine types out of a reservation, which lies densely (AI
    Hypercomputer, "Schedule GKE workloads with Topology Aware Scheduling"). Others may have no such label, and Kueue
    would then find no room for a job at all."""
    reserved = request.placement.purchase is Purchase.RESERVED
    return reserved and _spans_nodes(request) and request.machine.name.startswith(_TOLD)


def _gpus(request: Request) -> GpuPlan:
    machine = request.machine
    driver = "LATEST" if machine.name.startswith(_LATEST_DRIVER) else "DEFAULT"
    return GpuPlan(machine.cloud_name or "", machine.accelerators, driver)


def _spans_nodes(request: Request) -> bool:
    """Whether one job runs over several nodes, so that their distance and the fabric matter."""
    return request.training and request.accelerator.nodes > 1


def _queued(request: Request) -> bool:
    """Whether the nodes are queued for together. A slice of TPUs comes as a whole by itself."""
    flex = request.placement.purchase is Purchase.FLEX
    return flex and _spans_nodes(request) and not request.accelerator.name.is_tpu


def _reservations(request: Request) -> str:
    purchase = request.placement.purchase
    if purchase in _BY_NAME:
        return "SPECIFIC_RESERVATION"
    # ANY_RESERVATION takes a matching reservation and falls back to on-demand without one: right while the reservation
    # is held and after it is gone. Spot machines and flex-start cannot consume any.
    return "ANY_RESERVATION" if request.machine.holds(purchase) else "NO_RESERVATION"


def _placement(request: Request) -> PlacementPlan | None:
    """What keeps the pool's machines next to each other, beside the zone that they share."""
    machine, purchase, nodes = request.machine, request.placement.purchase, request.accelerator.nodes
    topology = request.accelerator.topology
    if topology is not None:
        if nodes == 1:
            return None
        policy = _workload_policy(request, topology) if tpu.by_workload_policy(machine) else None
        return PlacementPlan(policy, topology)
    if machine.fabric is Fabric.NVL72:
        return PlacementPlan(_workload_policy(request, _NVL72))
    # A reservation that machines consume by themselves cannot carry a placement policy, and machines with a policy
    # consume only a reservation with the same one, which must then be targeted by name and cannot be deleted while it
    # is consumed. So what can be held is placed without one, and what is reserved is placed as its reservation is.
    # Queued capacity excludes a policy.
    compact = _spans_nodes(request) and purchase is Purchase.SPOT
    return PlacementPlan() if compact else None


def _workload_policy(request: Request, topology: str) -> WorkloadPolicyPlan:
    # Another topology is another policy, which comes before the one that a pool still has goes.
    return WorkloadPolicyPlan(f"{request.resource_name}-{topology}", request.placement.region, topology)
