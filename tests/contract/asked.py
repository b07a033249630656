"""Requests for any cloud, made of the catalog's rows."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from wayfare.blueprints import Blueprint, CloudName, InferenceCluster, Purchase, TrainingCluster
from wayfare.blueprints.topology import hosts
from wayfare.components.catalog import MachineType, shipped_rows
from wayfare.components.contract import Holding, Placement, Request
from wayfare.sandbox.packages import PACKAGE_OF, PACKAGES

#: The zones of a region as each cloud names them, with `{}` for the region.
ZONES: Mapping[CloudName, tuple[str, ...]] = {cloud: PACKAGES[package].zones for cloud, package in PACKAGE_OF.items()}

KINDS = ("TrainingCluster", "InferenceCluster")

#: The longest name that a blueprint takes.
LONGEST = "a-name-of-24-characters-"[:23] + "z"

#: Rows that a cloud cannot plan, by what their refusal must name.
REFUSED = {"GB300": "Kubernetes 1.35"}
REFUSED_ON = {(CloudName.AZURE, "GB200"): "Kubernetes 1.35"}

#: The most nodes of a machine type whose pool cannot be larger: an NVLink domain of A4X.
MOST_NODES = {"a4x-highgpu-4g": 18}

#: Slices of TPUs that there are, by machine type, in the order of their size (GKE: "Plan TPUs in GKE").
_FLAT = ("2x2", "2x4", "4x4", "4x8", "8x8", "8x16", "16x16")
_CUBIC = ("2x2x1", "2x2x2", "2x2x4", "2x4x4", "4x4x4", "4x4x8", "4x8x8", "8x8x8", "8x8x16", "8x12x20")
SLICES: Mapping[str, tuple[str, ...]] = {
    "ct5lp-hightpu-1t": ("1x1",),
    "ct5lp-hightpu-4t": _FLAT,
    "ct5lp-hightpu-8t": ("2x4",),
    "ct5p-hightpu-4t": _CUBIC,
    "ct6e-standard-1t": ("1x1",),
    "ct6e-standard-4t": _FLAT,
    "ct6e-standard-8t": ("2x4",),
    "tpu7x-standard-4t": _CUBIC,
}


#: A reservation of each cloud, by the purchase that it serves.
RESERVATIONS: Mapping[CloudName, Mapping[Purchase, str]] = {
    CloudName.AWS: {Purchase.RESERVED: "cr-0123456789abcdef0", Purchase.BLOCK: "cr-0123456789abcdef1"},
    CloudName.AZURE: {
        Purchase.RESERVED: "/subscriptions/00000000-0000-0000-0000-0000000000a1/resourceGroups/bought/providers/"
        "Microsoft.Compute/capacityReservationGroups/accelerators"
    },
    CloudName.GCP: {Purchase.RESERVED: "accelerators", Purchase.BLOCK: "accelerators-in-march"},
}

DATES = {"start": datetime(2026, 3, 1, tzinfo=UTC), "end": datetime(2026, 3, 15, tzinfo=UTC)}


def rows(cloud: CloudName) -> tuple[MachineType, ...]:
    return shipped_rows(cloud).machine_types


def cloud_of(machine: MachineType) -> CloudName:
    return next(name for name in CloudName if machine in rows(name))


def why_not(machine: MachineType) -> str | None:
    """What a refusal of this machine type speaks of; None where it must be planned."""
    chip = machine.accelerator.value
    return REFUSED.get(chip) or REFUSED_ON.get((cloud_of(machine), chip))


def purchases(machine: MachineType) -> list[Purchase]:
    """Those of a blueprint's purchases that the machine type is sold by."""
    return [each for each in Purchase if machine.sells(each)]


def _reservations() -> list[dict[str, Any]]:
    """One of each kind on each cloud. A plan is not told in which zone they are: the placement says it."""
    return [
        {
            "cloud": cloud,
            "id": id,
            "region": shipped_rows(cloud).regions[0].name,
            "zone": ZONES[cloud][0].format(shipped_rows(cloud).regions[0].name),
            **(DATES if purchase is Purchase.BLOCK else {}),
        }
        for cloud, ids in RESERVATIONS.items()
        for purchase, id in ids.items()
    ]


def much(machine: MachineType, nodes: int, kind: str) -> dict[str, Any]:
    """So many nodes, as a blueprint asks for them: of TPUs, the smallest slice that has no fewer, or the largest.

    A slice of several nodes computes as one, so that replicas are served by a slice of one node.
    """
    wanted = {"name": machine.accelerator, "perNode": machine.accelerators}
    if (slices := SLICES.get(machine.name)) is None:
        return {**wanted, "nodes": min(nodes, MOST_NODES.get(machine.name, nodes))}
    least = nodes if kind == "TrainingCluster" else 1
    fitting = (each for each in slices if hosts(each, machine.accelerators) >= least)
    return {**wanted, "topology": next(fitting, slices[-1])}


def blueprint(machines: tuple[MachineType, ...], *, nodes: int, kind: str, name: str = "llm-pretrain") -> Blueprint:
    data: dict[str, Any] = {
        "apiVersion": "wayfare.dev/v1",
        "kind": kind,
        "metadata": {"name": name, "labels": {"team": "research", "costCenter": "4711"}},
        "spec": {
            "accelerators": [much(machine, nodes, kind) for machine in machines],
            "purchase": list(Purchase),
            "reservations": _reservations(),
            "access": {"allow": ["203.0.113.0/24"]},
            "workload": {"image": "registry.example/train:1"},
        },
    }
    model = TrainingCluster if kind == "TrainingCluster" else InferenceCluster
    return model.model_validate(data, strict=False)


def request(
    cloud: CloudName,
    machine: MachineType,
    purchase: Purchase,
    *,
    nodes: int = 2,
    kind: str = "TrainingCluster",
    name: str = "llm-pretrain",
    region: str | None = None,
    zone: int = 0,
    holding: Holding | None = None,
    wanted: Blueprint | None = None,
) -> Request:
    """`wanted` is a blueprint of which the machine type fulfils an alternative; unset makes one."""
    place = region or machine.regions[0]
    asked = wanted or blueprint((machine,), nodes=nodes, kind=kind, name=name)
    (accelerator, *_) = (
        each
        for each in asked.spec.accelerators
        if (each.name, each.per_node) == (machine.accelerator, machine.accelerators)
    )
    can_hold = Holding.HELD if machine.holds(purchase) else Holding.NONE
    return Request(
        blueprint=asked,
        digest="0123456789abcdef" * 4,
        placement=Placement(
            cloud,
            place,
            ZONES[cloud][zone % len(ZONES[cloud])].format(place),
            machine.name,
            purchase,
            RESERVATIONS[cloud].get(purchase),
        ),
        machine=machine,
        accelerator=accelerator,
        holding=can_hold if holding is None or can_hold is Holding.NONE else holding,
        hold_until=datetime(2026, 11, 24, tzinfo=UTC),
    )


def sold(cloud: CloudName) -> list[tuple[MachineType, Purchase]]:
    """Every machine type that a cloud can plan, by every purchase that it is sold by."""
    return [(row, purchase) for row in rows(cloud) if why_not(row) is None for purchase in purchases(row)]


@st.composite
def requests(draw: st.DrawFn, cloud: CloudName) -> Request:
    """Any machine type, purchase, zone, kind and number of nodes that a cloud can plan."""
    machine, purchase = draw(st.sampled_from(sold(cloud)))
    return request(
        cloud,
        machine,
        purchase,
        nodes=draw(st.integers(1, 64)),
        kind=draw(st.sampled_from(KINDS)),
        region=draw(st.sampled_from(machine.regions)),
        zone=draw(st.integers(0, 2)),
        holding=draw(st.sampled_from((Holding.HELD, Holding.RELEASED))),
    )
