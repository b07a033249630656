"""From what is wanted to the machines that AWS gets: pure, and what follows from a machine type."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from functools import cache
from importlib.resources import files

from jinja2 import Environment, StrictUndefined

from wayfare.blueprints import Maker, Purchase
from wayfare.components.aws import planning_storage as storage
from wayfare.components.aws.plan_compute import (
    AcceleratorPoolPlan,
    BoughtPlan,
    CapacityPlan,
    InterfacePlan,
    ReservationPlan,
    StartPlan,
    Tags,
)
from wayfare.components.aws.planning_platform import existing_network, own_addresses
from wayfare.components.catalog import Fabric, MachineType
from wayfare.components.contract import ACCELERATOR_POOL, POOL_LABEL, Holding, NotFeasible, Request
from wayfare.components.pods import PodNeeds, Toleration

CAPACITY_TYPES = {
    Purchase.ON_DEMAND: "ON_DEMAND",
    Purchase.SPOT: "SPOT",
    Purchase.RESERVED: "ON_DEMAND",
    Purchase.BLOCK: "CAPACITY_BLOCK",
}

EFA_RESOURCE = "vpc.amazonaws.com/efa"

#: Of every node of a machine type with EFA that trains: EKS's controller writes them (EKS User Guide, "Place
#: distributed AI/ML workloads with network topology labels"; EC2 User Guide, "EC2 topology", supported types). A fourth
#: layer is there on some types only.
_TOPOLOGY = tuple(f"topology.k8s.aws/network-node-layer-{layer}" for layer in (1, 2, 3))
_TOLD = ("p3dn.", "p4d.", "p4de.", "p5.", "p5e.", "p5en.", "p6", "trn1.", "trn1n.", "trn2.")

#: The time zone is UTC.
_TIME = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True)
class _Vendor:
    """What a node needs for the chips of a vendor."""

    image: str
    """EKS's AMI type: it brings the driver, and no device plug-in (EKS User Guide, "EKS-optimized accelerated AMI")."""
    resource: str
    """What its device plug-in calls an accelerator; the pool's taint has the same key."""
    plugin: str


_NVIDIA = _Vendor("AL2023_x86_64_NVIDIA", "nvidia.com/gpu", "nvidia")
#: EKS User Guide, "Manage Neuron devices".
_NEURON = _Vendor("AL2023_x86_64_NEURON", "aws.amazon.com/neuron", "neuron")

_VENDORS: Mapping[Maker, _Vendor] = {Maker.NVIDIA: _NVIDIA, Maker.AWS: _NEURON}


def check(request: Request) -> None:
    """Raise `NotFeasible` for machines that AWS does not have, or does not sell in this way."""
    machine, accelerator, placement = request.machine, request.accelerator, request.placement
    if placement.purchase is Purchase.FLEX:
        raise NotFeasible("AWS has no flex-start: what it sells for later is a Capacity Block, purchase block")
    if not machine.sells(placement.purchase):
        raise NotFeasible(f"AWS does not sell {machine.name} as {placement.purchase}")
    if request.holding is not Holding.NONE and not machine.holds(placement.purchase):
        raise NotFeasible(f"AWS cannot hold {machine.name} beforehand when it is bought as {placement.purchase}")
    if (machine.accelerator, machine.accelerators) != (accelerator.name, accelerator.per_node):
        raise NotFeasible(
            f"{machine.name} has {machine.accelerators} {machine.accelerator}, not {accelerator.per_node}"
        )
    if not placement.zone.startswith(placement.region):
        raise NotFeasible(f"{placement.zone} is not a zone of {placement.region}")
    if placement.purchase in (Purchase.RESERVED, Purchase.BLOCK) and request.reservation is None:
        raise NotFeasible(f"the blueprint names no reservation {placement.reservation or ''!r} on AWS")


def pods(request: Request) -> PodNeeds:
    """What a pod has to say to get a whole node."""
    machine, vendor = request.machine, _vendor(request.machine)
    efa = machine.fabric is Fabric.EFA
    return PodNeeds(
        accelerators={vendor.resource: machine.accelerators},
        fabric={EFA_RESOURCE: machine.fabric_interfaces} if efa else {},
        tolerations=(Toleration(vendor.resource),),
        device_plugins=(vendor.plugin, "efa") if efa else (vendor.plugin,),
        scratch=storage.scratch(request),
        topology=_TOPOLOGY if efa and request.training and machine.name.startswith(_TOLD) else (),
    )


def capacity(request: Request) -> CapacityPlan:
    """The placement domain, and what is held until the pool runs."""
    placement = request.placement
    reservation = ReservationPlan(
        zone=placement.zone,
        machine_type=placement.machine_type,
        nodes=request.accelerator.nodes,
        end_date=f"{request.hold_until:{_TIME}}",
    )
    machine = placement.machine_type.replace(".", "-")
    # Only a job needs its nodes close, which makes capacity harder to find. A Capacity Block's are close by themselves
    # (EC2 User Guide, "Capacity Blocks for ML").
    grouped = request.training and placement.purchase is not Purchase.BLOCK
    return CapacityPlan(
        # A cluster placement group is bound to one zone while anything is in it: another zone needs another name.
        placement_group=f"{request.resource_name}-{placement.zone}-{machine}" if grouped else None,
        reservation=reservation if request.holding is Holding.HELD else None,
        tags=request.tags,
    )


def accelerator_pool(request: Request, instance_tags: Tags) -> AcceleratorPoolPlan:
    """The pool, in a subnet of its own zone."""
    machine, placement, nodes = request.machine, request.placement, request.accelerator.nodes
    local, bought = bool(machine.local_ssd_gb), _bought(request)
    block = placement.purchase is Purchase.BLOCK
    network = existing_network(request)
    # The upper half is the accelerator pool's: the VPC's network plug-in takes an address for each pod.
    _, upper = own_addresses(request).nodes.subnets()
    return AcceleratorPoolPlan(
        name=ACCELERATOR_POOL,
        # Nodes stay in the reservation that they were launched into, and a changed template would only follow slowly,
        # node by node: so another reservation is another template, and that another node group.
        template="-".join((request.resource_name, ACCELERATOR_POOL, *((bought.id,) if bought else ()))),
        zone=placement.zone,
        subnet=str(upper),
        existing_subnet=None if network is None else network.accelerator_subnets[placement.zone],
        machine_type=placement.machine_type,
        template_machine_type=placement.machine_type if block else None,
        group_machine_types=None if block else (placement.machine_type,),
        image=_vendor(machine).image,
        nodes=request.nodes,
        # EKS sets the size of a Capacity Block's pool to 0 before the end, which a least size would forbid.
        least=0 if block else nodes,
        most=nodes,
        capacity_type=CAPACITY_TYPES[placement.purchase],
        bought=bought,
        starts=_starts(request),
        interfaces=interfaces(machine),
        user_data=base64.b64encode(user_data().encode()).decode() if local else None,
        # Images and scratch space go to the local disks where there are any.
        disk_gib=100 if local else 300,
        labels={POOL_LABEL: ACCELERATOR_POOL},
        taint=_vendor(machine).resource,
        instance_tags=instance_tags,
        # A block's end is AWS's, and EKS goes by that; whoever looks at the pool finds it here.
        tags={**request.tags, **({"wayfare-until": _until(request)} if block else {})},
    )


def _vendor(machine: MachineType) -> _Vendor:
    return _VENDORS[machine.accelerator.maker]


def _bought(request: Request) -> BoughtPlan | None:
    if (reservation := request.reservation) is None:
        return None
    return BoughtPlan(reservation.id, "capacity-block" if reservation.purchase is Purchase.BLOCK else None)


def _starts(request: Request) -> StartPlan | None:
    """EKS User Guide, "Create node groups with Capacity Blocks for ML": no nodes before, and an action at the start."""
    reservation = request.reservation
    if not request.waiting or reservation is None or reservation.start is None:
        return None
    at = f"{reservation.start.astimezone(UTC):{_TIME}}"
    return StartPlan(f"{request.resource_name}-start", at, request.accelerator.nodes)


def _until(request: Request) -> str:
    end = None if request.reservation is None else request.reservation.end
    return "" if end is None else f"{end.astimezone(UTC):{_TIME}}"


def interfaces(machine: MachineType) -> tuple[InterfacePlan, ...]:
    """The network interfaces of a machine, after the EC2 User Guide ("efa-acc-inst-types").

    The primary one (card 0, device 0) carries IP. Every card that has the fabric gets one `efa-only` interface: device
    1 on card 0, device 0 on the others. Cards without the fabric come first (card 0 of p6-b300).
    """
    first = machine.network_cards - machine.fabric_interfaces
    fabric = range(first, machine.network_cards) if machine.fabric is Fabric.EFA else range(0)
    return (
        InterfacePlan(card=0, device=0, kind="interface"),
        *(InterfacePlan(card=card, device=1 if card == 0 else 0, kind="efa-only") for card in fabric),
    )


@cache
def user_data() -> str:
    """Node configuration that joins the local NVMe disks for images and pods (EKS nodeadm, `localStorage`)."""
    text = files("wayfare.components.aws").joinpath("user_data.jinja").read_text(encoding="utf-8")
    # Not HTML: the result is MIME and YAML.
    environment = Environment(undefined=StrictUndefined, autoescape=False, keep_trailing_newline=True)  # noqa: S701
    return environment.from_string(text).render(boundary="wayfare", strategy="RAID0")
