"""What each cloud gives for each wish of a blueprint, side by side: derived from the plans, and from nothing else.

Pure: no account is asked, so that zones are made up. What is compared is the best placement of each cloud.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields

from wayfare.blueprints import CloudName, Loaded
from wayfare.components.catalog import Catalog
from wayfare.components.clouds import cloud
from wayfare.components.gives import Gives
from wayfare.stacks.placement import Candidate
from wayfare.stacks.presumed import presumed

#: Fields of `Gives` that are told otherwise than as a phrase of their own.
_TOLD_APART = ("shared", "addresses")


@dataclass(frozen=True)
class Cell:
    """What one cloud gives for one wish."""

    text: str
    amount: float | None = None
    """What is compared; None where there is nothing to count."""
    verdict: str = ""
    """`more` or `less` than the least or most of the others, `cannot`; empty where all give the same."""


@dataclass(frozen=True)
class Row:
    """One wish, and what becomes of it on each cloud."""

    wish: str
    cells: Mapping[CloudName, Cell]


@dataclass(frozen=True)
class Parity:
    """A blueprint on all clouds."""

    blueprint: str
    rows: tuple[Row, ...]
    cannot: Mapping[CloudName, tuple[str, ...]]
    """Of clouds that have no placement at all: the reasons, each once, those of the most candidates first."""


@dataclass(frozen=True)
class Planned:
    """The best placement of a cloud, and what its plan gives."""

    candidate: Candidate
    gives: Gives


def parity(loaded: Loaded, catalog: Catalog) -> Parity:
    """Compare the clouds for a blueprint."""
    found, plans = presumed(loaded, catalog)
    planned: dict[CloudName, Planned] = {}
    cannot: dict[CloudName, tuple[str, ...]] = {}
    for name in CloudName:
        own = [candidate for candidate in found if candidate.cloud is name]
        best = next((candidate for candidate in own if candidate.rejected is None), None)
        if best is None:
            reasons = [candidate.rejected for candidate in own if candidate.rejected is not None]
            cannot[name] = tuple(sorted(set(reasons), key=lambda reason: (-reasons.count(reason), reason)))
        else:
            planned[name] = Planned(best, cloud(name).gives(plans.of(best)))
    rows = [_row(wish, read, planned) for wish, read in _WISHES.items()]
    return Parity(loaded.blueprint.metadata.name, tuple(row for row in rows if row is not None), cannot)


def differences(here: Planned, there: Planned) -> tuple[tuple[str, str, str], ...]:
    """What two placements give otherwise, as (wish, here, there)."""
    told = ((wish, _text(read(here)), _text(read(there))) for wish, read in _WISHES.items())
    return tuple(row for row in told if row[1] != row[2])


def _text(answer: tuple[str, float | None] | None) -> str:
    return "unknown" if answer is None else answer[0]


Read = Callable[[Planned], tuple[str, float | None] | None]


def _row(wish: str, read: Read, planned: Mapping[CloudName, Planned]) -> Row | None:
    """None where no cloud has anything to tell."""
    told = {name: read(one) for name, one in planned.items()}
    amounts = [answer[1] for answer in told.values() if answer is not None and answer[1] is not None]
    cells: dict[CloudName, Cell] = {}
    for name in CloudName:
        if name not in told:
            cells[name] = Cell("cannot", verdict="cannot")
        elif (answer := told[name]) is None:
            cells[name] = Cell("unknown")
        else:
            text, amount = answer
            cells[name] = Cell(text, amount, _verdict(amount, amounts))
    return Row(wish, cells) if any(told.values()) else None


def _verdict(amount: float | None, amounts: Sequence[float]) -> str:
    """Against the least and the most that the clouds give; what all give alike is neither."""
    if amount is None or not amounts or min(amounts) == max(amounts):
        return ""
    if amount == max(amounts):
        return "more"
    return "less" if amount == min(amounts) else ""


def _machine(read: Callable[[Candidate], float | None], unit: str) -> Read:
    def told(one: Planned) -> tuple[str, float | None] | None:
        amount = read(one.candidate)
        return None if amount is None else (f"{amount:,g} {unit}".strip(), amount)

    return told


def _phrase(name: str) -> Read:
    return lambda one: (str(getattr(one.gives, name)), None)


def _of(candidate: Candidate, name: str, times: float = 1) -> float | None:
    amount = getattr(candidate.machine, name)
    return None if amount is None else amount * times


def _model(one: Planned) -> tuple[str, float | None] | None:
    fit = one.candidate.fit
    return None if fit is None else (str(fit), fit.batch)


def _shared(one: Planned) -> tuple[str, float | None] | None:
    store = one.gives.shared
    if store is None:
        return None
    price = "price unknown" if store.usd_per_hour is None else f"{store.usd_per_hour:,.2f} USD/h"
    text = f"{store.kind}: {store.capacity_gib / 1024:,g} TiB, {store.throughput:,g} GB/s, {price}"
    return text, store.throughput


_WISHES: Mapping[str, Read] = {
    "placement": lambda one: (f"{one.candidate.region} {one.candidate.purchase}", None),
    "machine type": lambda one: (one.candidate.machine.name if one.candidate.machine else "", None),
    "accelerators": lambda one: (
        f"{one.candidate.accelerator.nodes} x {one.candidate.accelerator.per_node} {one.candidate.accelerator.name}",
        None,
    ),
    "memory of an accelerator": _machine(lambda c: _of(c, "memory_gib"), "GiB"),
    "bandwidth between nodes": _machine(lambda c: _of(c, "interconnect_gbps") or None, "Gbit/s"),
    "fabric": lambda one: (one.candidate.machine.fabric.value if one.candidate.machine else "", None),
    "vCPUs of a node": _machine(lambda c: _of(c, "vcpus"), ""),
    "RAM of a node": _machine(lambda c: _of(c, "ram_gib"), "GiB"),
    "local disks of a node": _machine(lambda c: _of(c, "local_ssd_gb"), "GB"),
    "price of an hour, at most": _machine(lambda c: c.ceiling_per_hour, "USD"),
    **{field.name.replace("_", " "): _phrase(field.name) for field in fields(Gives) if field.name not in _TOLD_APART},
    "addresses": lambda one: (", ".join(one.gives.addresses) or "those of the existing network", None),
    "shared store": _shared,
    "model": _model,
}
"""From a wish to what a cloud's plan says of it, and the amount that is compared."""
