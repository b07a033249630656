"""From a blueprint and a placement to the request that a cloud plans for. Pure."""

from dataclasses import replace
from datetime import datetime, timedelta

from wayfare.blueprints import Accelerator, Blueprint, Loaded, Purchase
from wayfare.components.along import Along
from wayfare.components.catalog import MachineType, shipped_rows
from wayfare.components.contract import Holding, Placement, Request

#: A held reservation ends by itself after this time, whatever dies: twice what the slowest control plane takes.
HOLD = timedelta(hours=2)


class Unplaced(ValueError):
    """A placement is none of the blueprint's. The message says why, in words that follow the blueprint's name."""


def requested(
    loaded: Loaded,
    placement: Placement,
    *,
    now: datetime,
    hold_until: datetime,
    alternative: int | None = None,
    capacity: Holding = Holding.HELD,
    complete: bool = False,
    held: bool = False,
    along: Along | None = None,
) -> Request:
    """What a cloud is asked for. Raises Unplaced.

    `alternative`: which of the blueprint's accelerators, from 0; None for the first that the machine type fulfils.
    `capacity`: whether it is held in advance, where the purchase can be.
    """
    try:
        machine = shipped_rows(placement.cloud).machine_type(placement.machine_type)
    except KeyError as error:
        raise Unplaced(str(error.args[0])) from None
    accelerator = fitting(loaded.blueprint, machine, alternative)
    if accelerator is None:
        wanted = ", ".join(f"{a.per_node} x {a.name}" for a in loaded.blueprint.spec.accelerators)
        raise Unplaced(
            f"{machine.name} ({machine.accelerators} x {machine.accelerator}) fulfils none of its alternatives: "
            f"{wanted}"
        )
    if not machine.sells(placement.purchase):
        raise Unplaced(f"{machine.name} is not sold {placement.purchase}")
    request = Request(
        blueprint=loaded.blueprint,
        digest=loaded.digest,
        placement=placement,
        machine=machine,
        accelerator=accelerator,
        holding=capacity if machine.holds(placement.purchase) else Holding.NONE,
        hold_until=hold_until,
        complete=complete,
        held=held,
        along=along or Along(),
    )
    if placement.purchase not in (Purchase.RESERVED, Purchase.BLOCK):
        return request
    if (reservation := request.reservation) is None:
        raise Unplaced(f"it names no reservation {placement.reservation or ''!r}")
    return replace(request, waiting=reservation.start is not None and now < reservation.start)


def fitting(blueprint: Blueprint, machine: MachineType, alternative: int | None = None) -> Accelerator | None:
    """The alternative that is asked for, where a machine type fulfils it; else the first that it fulfils, or None."""
    wanted = blueprint.spec.accelerators
    first = wanted[alternative : alternative + 1] if alternative is not None else ()
    for accelerator in (*first, *wanted):
        if accelerator.name == machine.accelerator and shortfall(accelerator, machine) is None:
            return accelerator
    return None


def shortfall(accelerator: Accelerator, machine: MachineType) -> str | None:
    """Where a machine type falls short of what an alternative needs, or None."""
    if machine.accelerators != accelerator.per_node:
        return f"{machine.accelerators} {machine.accelerator} in a node, {accelerator.per_node} wanted"
    if accelerator.memory_gib is not None and machine.memory_gib < accelerator.memory_gib:
        return f"{machine.memory_gib} GiB in an accelerator, at least {accelerator.memory_gib} GiB wanted"
    if accelerator.interconnect_gbps is not None and machine.interconnect_gbps < accelerator.interconnect_gbps:
        return f"{machine.interconnect_gbps} Gbps between nodes, at least {accelerator.interconnect_gbps} Gbps wanted"
    return None
