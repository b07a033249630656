"""What a move stands on: two places, and what is copied between them.

Every operation looks before it acts: called again after it was interrupted anywhere, it ends as if it had been called
once. Each may raise `Stopped` in words that a person can act on.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    # The command line takes its choices from here, and must start without Pydantic.
    from pydantic import JsonValue


class Through(StrEnum):
    """What copies: whatever bytes there are go through it."""

    HERE = "here"
    """The machine that runs the move, with the rights that it has on both sides."""
    CLUSTER = "cluster"
    """Pods of the target, which may read the source's bucket for as long as that takes."""


class Stopped(RuntimeError):
    """A step could not be done. The message says what is wrong, where, and what to try; the move can be resumed."""


@dataclass(frozen=True)
class Whole:
    """A checkpoint whose marker is there."""

    step: int
    """The training's own count, read by the blueprint's contract."""
    marker: str
    """Name of the object that says so, relative to the checkpoint's path."""


@dataclass(frozen=True)
class Copied:
    """What a copy has carried over."""

    objects: int
    size: int
    """Bytes."""


@dataclass(frozen=True)
class Proof:
    """That every object of the source is on the target, by content."""

    objects: int
    size: int
    """Bytes."""
    digest: str
    """Of the manifest: every object's name, size and content hash."""
    foreign: Sequence[str] = ()
    """Objects of the target that the source has not."""


class Site(Protocol):
    """One of the two places of a cluster."""

    @property
    def name(self) -> str:
        """Its stack, such as `llm-pretrain.aws-us-east-1`."""
        ...

    def stands(self) -> bool:
        """Whether the cluster stands here."""
        ...

    def hold(self) -> None:
        """Close the queue: nothing is admitted any more, and what runs is asked to end, within its grace period."""
        ...

    def release(self) -> None:
        """Open the queue again."""
        ...

    def running(self) -> int:
        """How many pods of the workload there are, those that are ending included."""
        ...

    def newest(self) -> Whole | None:
        """The newest whole checkpoint in its bucket, or None."""
        ...

    def remove(self) -> None:
        """Destroy the cluster here, data included."""
        ...

    def left(self) -> Sequence[str]:
        """What the cloud's inventory has of it, whatever the state says."""
        ...


class Journey(Protocol):
    """Both places, and the way between them."""

    @property
    def source(self) -> Site:
        """Where the workload is."""
        ...

    @property
    def target(self) -> Site:
        """Where it goes."""
        ...

    def bring_up(self) -> None:
        """Bring the cluster up on the target, capacity first, its queue closed."""
        ...

    def closed(self) -> str | None:
        """Why the target's pods could not read the source's bucket whatever they are allowed; None where they could."""
        ...

    def trust(self) -> str | None:
        """Let the target's pods read the source's bucket. Gives the stack that does; None where nobody needs it."""
        ...

    def distrust(self) -> None:
        """Take that back and prove that nothing is left of it. Nothing where it is not there."""
        ...

    def bring_along(self) -> "Mapping[str, JsonValue]":
        """Bring along what is not in the checkpoint bucket, and prove it. Gives the evidence."""
        ...

    def copy(self) -> Copied:
        """Copy what the target has not, or has otherwise. Deletes nothing anywhere."""
        ...

    def prove(self) -> Proof:
        """Compare every object by content. Raises Stopped where one is missing or differs."""
        ...

    def late(self, digest: str) -> Sequence[str]:
        """Objects that were written to the source since the manifest of that digest was made."""
        ...

    def bring(self, names: Sequence[str]) -> str:
        """Copy those objects too and prove them. Gives the digest of the source's manifest with them.

        Raises Stopped where the target has another object of such a name: which of the two counts is not ours to say.
        """
        ...

    def looks(self, within: timedelta) -> Iterator[None]:
        """One look after another, until the time is over."""
        ...

    def begins(self, step: str, what: str) -> None:
        """Tell whoever watches that a step begins."""
        ...

    def fence(self) -> None:
        """Raise Stopped where somebody else has taken the cluster's lease meanwhile."""
        ...
