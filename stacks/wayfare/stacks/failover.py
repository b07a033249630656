"""Failover: from one placement to the next until the cluster stands, or nothing is left to try.

    choose ─▶ up ─▶ stands ─▶ wait for the clean-ups ─▶ prove absence ─▶ done
      ▲        │
      │        ├─ capacity or quota: note the shortage; clean up beside the next attempt, unless it is in the
      └────────┤  same stack, which keeps its network and control plane
               ├─ transient: the same placement again, a bounded number of times
               └─ anything else: stop with the cloud's words

Pure but for the `Ground` that it is given: what brings a stack up, cleans one up and looks at the inventory.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from wayfare.components.contract import Item, Placement
from wayfare.components.failures import FailureKind, Meaning, Scope
from wayfare.stacks.placement import Candidate

#: How often a placement is tried again after a transient failure.
RETRIES = 2


@dataclass(frozen=True)
class Failure:
    """Why an attempt failed."""

    message: str
    """The cloud's own words, of the error that decides."""
    meaning: Meaning
    urn: str | None = None
    """The resource that failed."""


@dataclass(frozen=True)
class Shortage:
    """What a failure says about placements that were not tried."""

    placement: Placement
    family: str
    meaning: Meaning
    until: datetime

    def covers(self, candidate: Candidate, now: datetime) -> bool:
        """Whether a candidate would meet the same shortage."""
        here, there = self.placement, candidate.placement
        if now >= self.until or here.cloud != there.cloud:
            return False
        same_machine = here.machine_type == there.machine_type and here.purchase == there.purchase
        match self.meaning.scope:
            case Scope.CLOUD:
                return here.purchase == there.purchase
            case Scope.FAMILY:
                family = candidate.machine.family if candidate.machine else ""
                return here.region == there.region and self.family == family and here.purchase == there.purchase
            case Scope.REGION:
                return here.region == there.region and same_machine
            case Scope.ZONE:
                return here.region == there.region and here.zone == there.zone and same_machine


@dataclass(frozen=True)
class Attempt:
    """One attempt, as the timeline shows it."""

    candidate: Candidate
    started: datetime
    ended: datetime
    failure: Failure | None
    skipped: tuple[tuple[Candidate, Shortage], ...] = ()
    """Candidates passed over before this one, each with the shortage that covers it."""
    kept_control_plane: bool = False
    """Whether it went on in the stack of the attempt before."""


class End(StrEnum):
    """How a failover ended."""

    STANDS = "stands"
    NO_CAPACITY = "no-capacity"
    STOPPED = "stopped"


@dataclass(frozen=True)
class Remains:
    """What a clean-up left, by the cloud's inventory."""

    items: tuple[Item, ...] = ()
    problem: str | None = None
    """Why it failed or why absence could not be proven, in the cloud's words; None when all went well."""

    @property
    def retained(self) -> tuple[Item, ...]:
        """What was kept on purpose."""
        return tuple(item for item in self.items if item.retained)

    @property
    def left(self) -> tuple[Item, ...]:
        """What should not be there any more."""
        return tuple(item for item in self.items if not item.retained)

    @property
    def proven(self) -> bool:
        """Whether absence is proven, but for what is kept on purpose."""
        return self.problem is None and not self.left


@dataclass(frozen=True)
class Result:
    """What a failover did."""

    end: End
    attempts: tuple[Attempt, ...]
    passed_over: tuple[tuple[Candidate, Shortage], ...] = ()
    """Candidates that were left when the last one had been tried."""
    remains: Mapping[str, Remains] = field(default_factory=dict[str, Remains])
    """What is left of each stack that was cleaned up."""

    @property
    def proven(self) -> bool:
        """Whether everything that was cleaned up is proven absent."""
        return all(remains.proven for remains in self.remains.values())

    @property
    def standing(self) -> Candidate | None:
        """The placement that the cluster has now."""
        return self.attempts[-1].candidate if self.end is End.STANDS else None


class CleanUp(Protocol):
    """A clean-up that runs beside the next attempt."""

    def wait(self) -> Remains:
        """Wait until it is done, and give what remains. Does not raise: a failover has a result to give."""
        ...


class Ground(Protocol):
    """What a failover stands on."""

    def stack(self, candidate: Candidate) -> str:
        """The stack that a candidate belongs to: one for cluster, cloud and region."""
        ...

    def up(self, candidate: Candidate) -> Failure | None:
        """Bring the candidate up in its stack; None when it stands."""
        ...

    def clean_up(self, stack: str) -> CleanUp:
        """Remove everything that a stack made, beside the next attempt."""
        ...

    def now(self) -> datetime:
        """The time, UTC; virtual in the sandbox."""
        ...


Watcher = Callable[[Candidate, Sequence[tuple[Candidate, Shortage]]], None]
"""Told before each attempt: the candidate, and what was passed over."""


def fail_over(
    candidates: Sequence[Candidate],
    ground: Ground,
    *,
    starting: Watcher = lambda _candidate, _skipped: None,
    failed: Callable[[Attempt], None] = lambda _attempt: None,
    stale: Sequence[str] = (),
) -> Result:
    """Try candidates in order until one stands. `stale` names stacks of the cluster that an earlier run left."""
    attempts: list[Attempt] = []
    shortages: list[Shortage] = []
    cleaning: dict[str, CleanUp] = {}
    waiting = [candidate for candidate in candidates if candidate.rejected is None]
    previous: str | None = None
    end = End.NO_CAPACITY
    left_over = list(stale)
    while True:
        candidate, skipped, waiting = _choose(waiting, shortages, ground.now())
        stack = None if candidate is None else ground.stack(candidate)
        if previous is not None and previous != stack:
            cleaning[previous] = ground.clean_up(previous)
        if candidate is None or stack is None:
            break
        if stack in cleaning:
            cleaning.pop(stack).wait()
        if stack in left_over:
            left_over.remove(stack)
        starting(candidate, skipped)
        attempt = _attempt(candidate, ground, tuple(skipped), kept=previous == stack)
        attempts.append(attempt)
        if attempt.failure is None:
            end = End.STANDS
            break
        failed(attempt)
        meaning = attempt.failure.meaning
        if not meaning.kind.leads_on and meaning.kind is not FailureKind.TRANSIENT:
            end = End.STOPPED
            break
        previous = stack
        shortages.append(_shortage(candidate, meaning, attempt.ended))
    if end is not End.STOPPED:
        cleaning.update({stack: ground.clean_up(stack) for stack in left_over})
    remains = {stack: job.wait() for stack, job in cleaning.items()}
    return Result(end, tuple(attempts), tuple(skipped), remains)


def _choose(
    waiting: Sequence[Candidate], shortages: Sequence[Shortage], now: datetime
) -> tuple[Candidate | None, list[tuple[Candidate, Shortage]], list[Candidate]]:
    """The first candidate that no shortage covers; those passed over; and those still waiting."""
    skipped: list[tuple[Candidate, Shortage]] = []
    for index, candidate in enumerate(waiting):
        covering = next((shortage for shortage in shortages if shortage.covers(candidate, now)), None)
        if covering is None:
            return candidate, skipped, list(waiting[index + 1 :])
        skipped.append((candidate, covering))
    return None, skipped, []


def _attempt(
    candidate: Candidate, ground: Ground, skipped: tuple[tuple[Candidate, Shortage], ...], *, kept: bool
) -> Attempt:
    started = ground.now()
    failure = ground.up(candidate)
    for _ in range(RETRIES):
        if failure is None or failure.meaning.kind is not FailureKind.TRANSIENT:
            break
        failure = ground.up(candidate)
    return Attempt(candidate, started, ground.now(), failure, skipped, kept)


def _shortage(candidate: Candidate, meaning: Meaning, now: datetime) -> Shortage:
    family = candidate.machine.family if candidate.machine else ""
    return Shortage(candidate.placement, family, meaning, now + meaning.lasts)
