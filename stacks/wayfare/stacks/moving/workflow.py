"""A move as a durable workflow: what was done is never done again, what was begun is looked at and ended.

The order of what the journal is asked to do follows from what it has recorded, and from nothing else: whoever reads the
same journal goes the same way again. Two things are this process's own, and are asked within a step alone, where
they are recorded: what the caller wants (to go on or to turn back), and whether a step has failed here already.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from pydantic import JsonValue

from wayfare.stacks.moving.journey import Journey, Stopped
from wayfare.stacks.moving.steps import CUT_OVER, STEPS, Evidence, Step


class Suspended(BaseException):
    """The process leaves the move where it is; the journal does not hear of it, and goes on from there later.

    Not an `Exception`: a journal would write that down as the move's end.
    """


class End(StrEnum):
    """How a move ended."""

    MOVED = "moved"
    ROLLED_BACK = "rolled-back"


class How(StrEnum):
    """How one attempt at a step ended."""

    DONE = "done"
    FAILED = "failed"
    TURNED_BACK = "turned-back"
    """It was not begun, because the caller wants to roll back."""


@dataclass(frozen=True)
class Attempt:
    """One attempt at a step, as the journal has it."""

    how: How
    evidence: Evidence = field(default_factory=dict[str, JsonValue])
    said: str = ""
    """Why it failed."""

    def as_data(self) -> dict[str, JsonValue]:
        """For the journal."""
        return {"how": self.how.value, "evidence": dict(self.evidence), "said": self.said}

    @classmethod
    def read(cls, data: Mapping[str, object]) -> "Attempt":
        """What `as_data` wrote."""
        evidence = data["evidence"]
        assert isinstance(evidence, Mapping)  # noqa: S101 - written by `as_data`
        return cls(How(str(data["how"])), evidence, str(data["said"]))  # pyright: ignore[reportUnknownArgumentType] - JSON


class Journal(Protocol):
    """Where attempts are written down before the next one begins."""

    def do(self, name: str, act: Callable[[], Attempt]) -> Attempt:
        """What an earlier process recorded at this place, or else what `act` gives now, recorded."""
        ...


@dataclass
class Intent:
    """What whoever runs this process wants, and whether there is a reason to leave."""

    roll_back: bool = False
    failed: bool = False
    """A step has failed in this process. It is not tried again before a person has looked."""


#: How the journal names what takes a step back.
BACK = "back:"


def move(journey: Journey, journal: Journal, intent: Intent) -> End:
    """Go through the steps. Raises Suspended where one has failed."""
    done: dict[str, Evidence] = {}
    begun: list[Step] = []
    for step in STEPS:
        begun.append(step)
        may_turn_back = CUT_OVER not in done
        does = _Act(step.name, step.says, step.forward)
        attempt = _until_done(does, journey, journal, intent, done, may_turn_back=may_turn_back)
        if attempt.how is How.TURNED_BACK:
            _take_back(begun, journey, journal, intent, done)
            return End.ROLLED_BACK
        done[step.name] = attempt.evidence
    return End.MOVED


def _take_back(
    begun: list[Step], journey: Journey, journal: Journal, intent: Intent, done: Mapping[str, Evidence]
) -> None:
    for step in reversed(begun):
        if step.back is not None:
            does = _Act(f"{BACK}{step.name}", f"take back: {step.says}", step.back)
            _until_done(does, journey, journal, intent, done, may_turn_back=False)


@dataclass(frozen=True)
class _Act:
    """What is done at one place in the journal."""

    name: str
    says: str
    do: Callable[[Journey, Mapping[str, Evidence]], Evidence]


def _until_done(
    act: _Act,
    journey: Journey,
    journal: Journal,
    intent: Intent,
    done: Mapping[str, Evidence],
    *,
    may_turn_back: bool,
) -> Attempt:
    def attempt() -> Attempt:
        if may_turn_back and intent.roll_back:
            return Attempt(How.TURNED_BACK)
        if intent.failed:
            raise Suspended
        try:
            journey.begins(act.name, act.says)
            journey.fence()
            return Attempt(How.DONE, act.do(journey, done))
        except Stopped as stopped:
            intent.failed = True
            return Attempt(How.FAILED, said=str(stopped))

    while True:
        recorded = journal.do(act.name, attempt)
        if recorded.how is not How.FAILED:
            return recorded
