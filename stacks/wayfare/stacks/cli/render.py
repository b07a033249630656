"""How results look: tables and timelines for people, plain data for programs."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from rich.markup import escape
from rich.table import Column, Table

from wayfare.blueprints import Blueprint, Purchase, TrainingWorkload
from wayfare.components.failures import FailureKind
from wayfare.components.fitting import Fit
from wayfare.components.kubernetes.probing import threshold
from wayfare.components.notice import caution
from wayfare.components.serving import note
from wayfare.stacks.cli.exits import Exit
from wayfare.stacks.failover import Attempt, End, Failure, Remains, Result
from wayfare.stacks.placement import Candidate
from wayfare.stacks.project import StackName, StackSettings


def money(value: float | None, sign: str = "") -> str:
    """USD for an hour, or `?` where it is unknown."""
    return "?" if value is None else f"{value:{sign},.2f}"


def shown_price(candidate: Candidate) -> str:
    """USD for an hour of all nodes: `<=` before the ceiling of spot, `~` before another region's price."""
    if candidate.ceiling_per_hour is None:
        return money(None)
    most = "<=" if candidate.price_per_hour is None else ""
    return f"{most}{'' if candidate.priced_here else '~'}{money(candidate.ceiling_per_hour)}"


def candidate_table(candidates: Sequence[Candidate], chosen: Candidate | None) -> Table:
    """All candidates in order. Zones of a region share a line, and so do those that are out for the same reason."""
    table = Table("", "accelerator", "cloud", "region", "zone", "machine type", "nodes", "purchase", "USD/h", "why not")
    for group in _alike(candidates):
        candidate = group[0]
        regions = list(dict.fromkeys(member.region or "-" for member in group))
        zones = list(dict.fromkeys(member.zone or "?" for member in group))
        table.add_row(
            "->" if any(member is chosen for member in group) else "",
            candidate.accelerator.name,
            candidate.cloud,
            regions[0] if len(regions) == 1 else f"{len(regions)} regions",
            ", ".join(zones),
            candidate.machine.name if candidate.machine else "-",
            str(candidate.accelerator.nodes),
            candidate.purchase,
            shown_price(candidate),
            candidate.rejected or "",
            style="dim" if candidate.rejected else None,
        )
    return table


def _alike(candidates: Sequence[Candidate]) -> list[list[Candidate]]:
    """Candidates in order, with those in one group that make one line."""
    groups: dict[object, list[Candidate]] = {}
    for candidate in candidates:
        machine = candidate.machine.name if candidate.machine else None
        region = None if candidate.rejected else candidate.region
        groups.setdefault((candidate.wish, candidate.cloud, machine, candidate.rejected, region), []).append(candidate)
    return list(groups.values())


def hold_note(candidate: Candidate) -> str:
    """What holding the capacity costs while the control plane is built, or why it cannot be held."""
    if candidate.machine is None:
        return ""
    if not candidate.machine.holds(candidate.purchase):
        return f"{candidate.purchase} capacity of {candidate.machine.name} cannot be held before the pool is made"
    price = candidate.ceiling_per_hour
    cost = (
        "at a price that is not published" if price is None else f"about {price / 4:,.2f} USD for a quarter of an hour"
    )
    return f"the capacity is held while the control plane is built ({cost}), and given back when the pool runs"


def model_lines(blueprint: Blueprint, candidates: Sequence[Candidate]) -> Iterable[str]:
    """How the model is laid out: the sizes on each machine type that is open, and the arithmetic of the first."""
    sizes: dict[str, Fit] = {}
    for candidate in candidates:
        machine, fit = candidate.machine, candidate.fit
        if candidate.rejected is not None or machine is None or fit is None or machine.name in sizes:
            continue
        if not sizes:
            yield f"{fit.model} on {machine.name}, the first:"
            yield from (f"  {line}" for line in (*fit.arithmetic, note(blueprint, machine, fit)))
        sizes[machine.name] = fit
    yield from (f"{name}: {fit}" for name, fit in sizes.items())


def cautions(blueprint: Blueprint, candidates: Sequence[Candidate]) -> list[str]:
    """What to know about placements that are open, once for each cloud: how short the notice of its spot nodes is."""
    workload = blueprint.spec.workload
    contract = workload.checkpoint if isinstance(workload, TrainingWorkload) else None
    if contract is None:
        return []
    spot = (each.cloud for each in candidates if each.rejected is None and each.purchase is Purchase.SPOT)
    return [said for cloud in dict.fromkeys(spot) if (said := caution(cloud, contract)) is not None]


def probe_lines(blueprint: Blueprint, candidates: Sequence[Candidate]) -> Iterable[str]:
    """What the fabric of each machine type that is open must be measured to give before a training starts."""
    workload = blueprint.spec.workload
    open = [each for each in candidates if each.rejected is None]
    wanted = {each.machine.name: threshold(workload, each.machine, each.accelerator) for each in open if each.machine}
    for name, least in wanted.items():
        if least is not None:
            yield f"fabric probe on {name}: {least}"


def one_line(message: str) -> str:
    """A cloud's message without its line breaks."""
    return " ".join(message.split())


def said_lines(failure: Failure, lead: str) -> Iterable[str]:
    """Why an attempt failed: a cloud's words on one line, those of controls a line each."""
    if failure.meaning.kind is not FailureKind.CONTROL:
        yield lead + one_line(failure.message)
        return
    first, *rest = failure.message.splitlines()
    yield lead + first
    yield from (" " * len(lead) + line for line in rest)


def clock(length: timedelta) -> str:
    """`h:mm:ss`"""
    seconds = round(length.total_seconds())
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def timeline(result: Result) -> Iterable[str]:
    """What a failover did, attempt by attempt: the cloud's words, what they were taken for, and what came next."""
    attempts = result.attempts
    for number, attempt in enumerate(attempts, 1):
        since = attempts[0].started
        kept = ", keeping what stands in that region" if attempt.kept_control_plane else ""
        yield f"{clock(attempt.started - since):>8}  {number}. {attempt.candidate}{kept}"
        took, ended = clock(attempt.ended - attempt.started), clock(attempt.ended - since)
        if attempt.failure is None:
            yield f"{ended:>8}     stands, after {took}"
            continue
        meaning = attempt.failure.meaning
        yield f"{ended:>8}     failed, {took} wasted"
        controls = meaning.kind is FailureKind.CONTROL
        yield from said_lines(attempt.failure, f"             {'refused:   ' if controls else 'cloud said:'} ")
        if not controls:
            yield f"             taken for:  {meaning.kind}, {meaning.scope} scope"
        then = attempts[number] if number < len(attempts) else None
        skipped = then.skipped if then else result.passed_over
        yield from (f"             passed over {other}: {short.meaning.kind}" for other, short in skipped)
        if then is not None:
            change = price_change(attempt.candidate, then.candidate)
            yield f"             next:       {then.candidate}, {money(change, '+')} USD/h"
        elif result.end is End.NO_CAPACITY:
            yield "             next:       none is left"
    yield f"          wasted in all: {clock(wasted(result))}"


def price_change(before: Candidate, after: Candidate) -> float | None:
    """How much more an hour costs, USD; None where a price is not known."""
    one, other = before.ceiling_per_hour, after.ceiling_per_hour
    return None if one is None or other is None else round(other - one, 2)


def remains_lines(stack: str, remains: Remains) -> Iterable[str]:
    """What is left of a stack, a line each; one line says so when nothing is."""
    if remains.problem is not None:
        yield f"UNPROVEN: {stack}: {remains.problem}"
    yield from (f"LEFT BEHIND by {stack}: {item.kind} {item.id}" for item in remains.left)
    yield from (f"kept on purpose by {stack}: {item.kind} {item.id}" for item in remains.retained)
    if remains.proven:
        yield f"{stack}: the inventory shows nothing {'else' if remains.retained else 'of it'}"


def wasted(result: Result) -> timedelta:
    """Time spent on attempts that failed."""
    return sum((a.ended - a.started for a in result.attempts if a.failure is not None), timedelta())


def result_data(result: Result, prospect: Sequence[Candidate], outputs: Mapping[str, object]) -> dict[str, object]:
    """`wayfare up -o json`"""
    standing = result.standing
    changed = price_change(result.attempts[0].candidate, standing) if standing else None
    return {
        "end": result.end.value,
        "placement": standing.as_data(chosen=True) if standing else None,
        "candidates": [candidate.as_data(chosen=candidate is standing) for candidate in prospect],
        "attempts": [_attempt_data(attempt) for attempt in result.attempts],
        "price_difference_per_hour": changed,
        "wasted_seconds": round(wasted(result).total_seconds()),
        "cleaned_up": {
            stack: {
                "retained": [{"kind": item.kind, "id": item.id} for item in remains.retained],
                "left_behind": [{"kind": item.kind, "id": item.id} for item in remains.left],
                "problem": remains.problem,
            }
            for stack, remains in result.remains.items()
        },
        "outputs": dict(outputs) if result.end is End.STANDS else {},
    }


def _attempt_data(attempt: Attempt) -> dict[str, object]:
    failure = attempt.failure
    return {
        **attempt.candidate.as_data(chosen=failure is None),
        "started": attempt.started.isoformat(),
        "ended": attempt.ended.isoformat(),
        "kept_control_plane": attempt.kept_control_plane,
        "failure": None
        if failure is None
        else {
            "message": failure.message,
            "urn": failure.urn,
            "taken_for": failure.meaning.kind.value,
            "scope": failure.meaning.scope.value,
            "lasts_seconds": round(failure.meaning.lasts.total_seconds()),
        },
        "passed_over": [
            {**candidate.as_data(chosen=False), "because": shortage.meaning.kind.value}
            for candidate, shortage in attempt.skipped
        ],
    }


def outputs_table(outputs: Mapping[str, object]) -> Table:
    """What a cluster exports, a line each."""
    table = Table("output", Column("value", overflow="fold"))
    for key, value in outputs.items():
        table.add_row(key, escape(value if isinstance(value, str) else json.dumps(value)))
    return table


def no_capacity_table(result: Result, candidates: Sequence[Candidate]) -> Table:
    """Every candidate, with what became of it."""
    fate = {attempt.candidate: str(attempt.failure.meaning.kind) for attempt in result.attempts if attempt.failure}
    over = [pair for attempt in result.attempts for pair in attempt.skipped] + list(result.passed_over)
    fate |= {
        candidate: f"passed over: {shortage.meaning.kind} at {shortage.placement.region}"
        for candidate, shortage in over
    }
    return candidate_table([replace(c, rejected=c.rejected or fate.get(c)) for c in candidates], None)


def stack_row(stack: StackName, settings: StackSettings | None, state: str) -> dict[str, object]:
    """One stack of `wayfare get`."""
    return {
        "cluster": stack.cluster,
        "state": state,
        "cloud": stack.cloud.value,
        "region": stack.region,
        "zone": settings.zone if settings else None,
        "machine_type": settings.machine_type if settings else None,
        "purchase": settings.purchase.value if settings else None,
        "stack": str(stack),
    }


def stack_table(rows: Sequence[Mapping[str, object]]) -> Table:
    """`wayfare get` for people."""
    columns = ("cluster", "state", "cloud", "region", "zone", "machine_type", "purchase", "stack")
    table = Table(*(column.replace("_", " ") for column in columns))
    for row in rows:
        table.add_row(*(str(row[column] or "-") for column in columns))
    return table


def exit_of(result: Result) -> Exit:
    """The exit code that a failover ends with."""
    if not result.proven:
        return Exit.UNFINISHED
    match result.end:
        case End.STANDS:
            return Exit.DONE
        case End.NO_CAPACITY:
            return Exit.NO_CAPACITY
        case End.STOPPED:
            failure = result.attempts[-1].failure
            credentials = failure is not None and failure.meaning.kind is FailureKind.CREDENTIALS
            return Exit.CREDENTIALS if credentials else Exit.REFUSED
