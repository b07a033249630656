"""After a shortage: which place is next. Pure.

what `up -o json` said ── `shorts` ──▶ shortages, with those of the placement file ── `proposal` ──▶ the next file
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from wayfare.components.catalog import Catalog
from wayfare.components.failures import FailureKind, Scope
from wayfare.stacks.gitops.wanted import Place, PlacementInvalid, Short, Wanted
from wayfare.stacks.placement import Candidate


@dataclass(frozen=True)
class Proposal:
    """Another place."""

    wanted: Wanted
    """The file that says so."""
    candidate: Candidate
    before: Place
    shortages: tuple[Short, ...]
    """The new ones."""


def shorts(result: Mapping[str, Any], catalog: Catalog) -> Iterator[Short]:
    """The shortages that an `up` met. Raises PlacementInvalid for what is no result of one."""
    try:
        for attempt in result["attempts"]:
            failure = attempt["failure"]
            if failure is None or not FailureKind(failure["taken_for"]).leads_on:
                continue
            place = Place(
                cloud=attempt["cloud"],
                region=attempt["region"],
                zone=attempt["zone"],
                machine_type=attempt["machine_type"],
                purchase=attempt["purchase"],
                reservation=attempt["reservation"],
            )
            yield Short(
                place=place,
                family=catalog[place.cloud].machine_type(place.machine_type).family,
                kind=FailureKind(failure["taken_for"]),
                scope=Scope(failure["scope"]),
                until=datetime.fromisoformat(attempt["ended"]) + timedelta(seconds=failure["lasts_seconds"]),
            )
    except (KeyError, TypeError, ValueError) as error:
        raise PlacementInvalid(f"is not what `wayfare up -o json` writes: {error}") from None


def proposal(wanted: Wanted, candidates: Sequence[Candidate], found: Sequence[Short], now: datetime) -> Proposal | None:
    """The best placement that no shortage covers and that is not the one that is wanted; None where none is left.

    The one that is wanted is short by itself: without what an `up` said, the caller knows that its capacity is gone.
    """
    known = tuple(each for each in (*wanted.short, *found) if each.until > now)
    covering = [each.shortage() for each in known]
    following = (
        candidate
        for candidate in candidates
        if candidate.rejected is None
        and candidate.machine is not None
        and wanted.placement.against(candidate) is not None
        and not any(shortage.covers(candidate, now) for shortage in covering)
    )
    chosen = next(following, None)
    if chosen is None:
        return None
    # Another zone of a region where one was short has to be named; in another region any will do.
    same = any((each.place.cloud, each.place.region) == (chosen.cloud, chosen.region) for each in known)
    place = Place.of(chosen, zone=same or wanted.placement.region == chosen.region)
    told = wanted.model_copy(update={"placement": place, "short": known})
    return Proposal(told, chosen, wanted.placement, tuple(found))


def lines(proposed: Proposal, before: Candidate | None) -> Iterator[str]:
    """What a person who is to agree must know."""
    for short in proposed.shortages:
        yield f"Short until {short.until:%F %H:%M} UTC: {short.place}, taken for {short.kind} in {short.scope} scope."
    yield f"Wanted so far: {proposed.before}{_price(before)}."
    yield f"Proposed: {proposed.wanted.placement}{_price(proposed.candidate)}."
    one = None if before is None else before.ceiling_per_hour
    other = proposed.candidate.ceiling_per_hour
    if one is not None and other is not None:
        yield f"An hour of all nodes would cost {other - one:+,.2f} USD."


def _price(candidate: Candidate | None) -> str:
    if candidate is None or candidate.ceiling_per_hour is None:
        return ""
    most = "at most " if candidate.price_per_hour is None else ""
    return f", {most}{candidate.ceiling_per_hour:,.2f} USD/h"
