"""From what is wanted to capacity, accelerators and their storage on Azure: pure, like `planning`."""

from collections.abc import Mapping
from datetime import UTC
from urllib.parse import urlencode

from wayfare.blueprints import Purchase
from wayfare.components.azure.account_compute import ABSENT_FEATURE, FEATURE, RESERVED_MACHINES
from wayfare.components.azure.bootstrap_plan import INFINIBAND
from wayfare.components.azure.plan_compute import AcceleratorPoolPlan, CapacityPlan, HoldPlan
from wayfare.components.azure.planning_storage import local_disks
from wayfare.components.azure.software import objects, software
from wayfare.components.catalog import Fabric
from wayfare.components.contract import ACCELERATOR_POOL, POOL_LABEL, Holding, Need, NotFeasible, Request
from wayfare.components.pods import PodNeeds, Toleration

#: AKS puts this label and taint on every spot pool by itself; named here, they read as no change.
SPOT = ("kubernetes.azure.com/scalesetpriority", "spot")

#: `Ubuntu` is Ubuntu 24.04 from this version of Kubernetes on ("Upgrade OS version in AKS"). An NVL72 domain's machines
#: run on no older one; the name `Ubuntu2404` is newer than the version of AKS's API that the provider speaks.
_UBUNTU_24_SINCE = (1, 35)

#: Machines of four accelerators in an NVL72 domain.
MAX_NVL72_NODES = 18

#: InfiniBand reaches no further than one placement group (Compute: singlePlacementGroup, "of max size 100").
MAX_INFINIBAND_NODES = 100


def capacity(request: Request, tags: Mapping[str, str]) -> CapacityPlan:
    """What is held for the pool, or which reservation it takes."""
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
        existing=_reservation(request),
    )


def pool(request: Request, tags: Mapping[str, str]) -> AcceleratorPoolPlan:
    """The accelerators' agent pool.

    AKS drains a spot node when its eviction is announced, 30 seconds before ("AKS node auto-drain": Preempt), and Azure
    deletes it. What brings it back is the autoscaler alone ("Add an Azure Spot node pool to an AKS cluster"), so that a
    spot pool has one whose bounds are the number of nodes.
    """
    spot, reservation = request.placement.purchase is Purchase.SPOT, _reservation(request)
    return AcceleratorPoolPlan(
        name="gpu",
        zone=request.placement.zone,
        machine_type=request.machine.name,
        nodes=request.nodes,
        spot=spot,
        node_labels={POOL_LABEL: ACCELERATOR_POOL, **({SPOT[0]: SPOT[1]} if spot else {})},
        node_taints=tuple(f"{key}={value}:NoSchedule" for key, value in _taints(request)),
        tags=tags,
        driver=software(request).driver,
        healed=request.nodes if spot else None,
        borrows_from=None if reservation is None else reservation.partition("/providers/")[0],
        borrower=request.resource_name,
    )


def pods(request: Request) -> PodNeeds:
    """What a pod asks of the node, and what the node must have for it (`software`)."""
    wanted, storage = software(request), request.blueprint.spec.storage
    tolerations = tuple(Toleration(key, value) for key, value in _taints(request))
    return PodNeeds(
        accelerators={wanted.resource: request.machine.accelerators},
        fabric={"rdma/ib": request.machine.fabric_interfaces} if wanted.infiniband else {},
        tolerations=tolerations,
        labels={"azure.workload.identity/use": "true"},
        account_annotated=True,
        device_plugins=(
            *wanted.plugins,
            *(() if storage.shared is None else ("azure-lustre",)),
            *(() if storage.scratch is None else ("local-disks",)),
        ),
        scratch=None if storage.scratch is None else local_disks(request, storage.scratch.per_node),
        # One pod has nobody to share memory with.
        compute_domain=wanted.domain and request.accelerator.nodes > 1,
        objects=objects(wanted, tolerations),
        # Without it a pod may pin 64 KiB, and RDMA nothing (Azure/aks-rdma-infiniband).
        capabilities=("IPC_LOCK",) if wanted.infiniband else (),
    )


def needs(request: Request) -> tuple[Need, ...]:
    """What the account must have for capacity, and for what joins the machines."""
    found: list[Need] = []
    if (group := _reservation(request)) is not None:
        asked = {
            "size": request.machine.name,
            "zone": request.placement.zone,
            "machines": str(request.accelerator.nodes),
        }
        found.append(
            Need(
                RESERVED_MACHINES,
                request.placement.region,
                f"{group}?{urlencode(asked)}",
                "reserve them, or choose another purchase: AKS makes a pool without them, and says so in a warning",
            )
        )
    feature, region = "/".join(INFINIBAND), request.placement.region
    if request.machine.fabric is Fabric.NVL72:
        remedy = (
            f"run `az feature unregister --namespace {INFINIBAND[0]} --name {INFINIBAND[1]}`, or use a subscription of "
            "its own: the feature holds for a whole subscription, and clusters with InfiniBand need it"
        )
        found.append(Need(ABSENT_FEATURE, region, feature, remedy))
    elif software(request).infiniband:
        found.append(Need(FEATURE, region, feature, f"run `wayfare bootstrap azure --region {region}`"))
    return tuple(found)


def refuse(request: Request) -> None:
    """Raise `NotFeasible` for what Azure cannot do with this machine type and purchase."""
    placement, machine = request.placement, request.machine
    _refuse_purchase(request)
    if request.holding is not Holding.NONE and not machine.holds(placement.purchase):
        raise NotFeasible(f"{machine.name} bought {placement.purchase.value} cannot be reserved beforehand on Azure")
    if machine.accelerators < request.accelerator.per_node:
        raise NotFeasible(
            f"{machine.name} has {machine.accelerators} accelerators, and {request.accelerator.per_node} are asked for"
        )
    if machine.fabric is Fabric.NVL72:
        _refuse_nvl72(request)
    spans_nodes = request.training and request.accelerator.nodes > 1
    if spans_nodes and machine.fabric is Fabric.INFINIBAND and request.accelerator.nodes > MAX_INFINIBAND_NODES:
        raise NotFeasible(
            f"InfiniBand on Azure joins at most {MAX_INFINIBAND_NODES} machines, the size of one placement group, and "
            f"{request.accelerator.nodes} are asked for"
        )


def _refuse_nvl72(request: Request) -> None:
    name, version = request.machine.name, request.blueprint.spec.kubernetes.version
    if version is None or tuple(map(int, version.split("."))) < _UBUNTU_24_SINCE:
        raise NotFeasible(
            f"{name} needs Ubuntu 24.04, which AKS gives to Kubernetes 1.35 and later; set `kubernetes.version`"
        )
    if request.training and request.accelerator.nodes > MAX_NVL72_NODES:
        raise NotFeasible(
            f"an NVL72 domain has {MAX_NVL72_NODES} of {name}, and {request.accelerator.nodes} are asked for; what "
            "brings InfiniBand between domains into pods on AKS is not brought along"
        )


def _refuse_purchase(request: Request) -> None:
    placement, machine = request.placement, request.machine
    if placement.purchase is Purchase.BLOCK:
        raise NotFeasible(
            "AKS takes capacity reservation groups, which have no dates; Azure's block reservations are in a newer "
            "version of its API than the provider speaks"
        )
    if placement.purchase is Purchase.FLEX:
        raise NotFeasible(
            "Azure has nothing like flex-start, where machines are waited for and given back after a time"
        )
    if not machine.sells(placement.purchase):
        ways = ", ".join(sale.value for sale in machine.sales)
        raise NotFeasible(f"Azure does not sell {machine.name} {placement.purchase.value}, but {ways}")
    if placement.purchase is Purchase.RESERVED and placement.reservation is None:
        raise NotFeasible(
            "the purchase reserved takes a capacity reservation group, and `reservations` names none here"
        )


def _reservation(request: Request) -> str | None:
    """Resource id of the capacity reservation group that exists, if the placement uses one."""
    return request.placement.reservation if request.placement.purchase is Purchase.RESERVED else None


def _taints(request: Request) -> tuple[tuple[str, str], ...]:
    """What keeps other pods off the accelerators, named as their resource is, and off spot nodes."""
    spot = request.placement.purchase is Purchase.SPOT
    return ((software(request).resource, "present"), *((SPOT,) if spot else ()))
