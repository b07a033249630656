"""The contract about a training's checkpoints, and which of those in a bucket are whole. Pure.

A training writes the files of a checkpoint, and last of all a marker. Whoever looks for something to begin from, the
training itself or a move to another cloud, takes what has a marker and nothing else:

names of objects ── `complete` ──▶ those that match the pattern, with the step that the expression finds in each

Names are relative to the mount path, which is the whole bucket, and so they are the objects' own.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Annotated

from pydantic import Field, field_validator, model_validator

from wayfare.blueprints import patterns
from wayfare.blueprints.base import Model
from wayfare.blueprints.problems import show
from wayfare.blueprints.quantities import Duration
from wayfare.blueprints.steps import MOST_DIGITS, Step
from wayfare.blueprints.storage import Mount, free

PATH = "/checkpoints"

#: Characters of an object's name: Amazon S3 and Cloud Storage allow 1,024 bytes, Azure 1,024 characters ("Creating
#: object key names"; "About Cloud Storage objects"; "Naming and referencing containers, blobs, and metadata").
LONGEST_NAME = 1024

#: GKE waits no longer for a pod on a node that it replaces ("About node upgrade strategies").
MOST_GRACE = timedelta(hours=1)

_DIGITS = frozenset("0123456789")


class Checkpoint(Model):
    """How a training writes its checkpoints, so that others know which are whole."""

    path: Mount = PATH
    """Where the cluster's bucket is mounted in the container, to be written."""
    complete: Annotated[
        str, Field(pattern=patterns.MARKER.regex, max_length=200, examples=["step-*/DONE", "step-*.done"])
    ]
    """The file that is written last and makes a checkpoint whole, as a path below `path`. `*` stands for any part of
    a name, and not for `/`."""
    step: Annotated[str, Field(pattern=patterns.STEP.regex, max_length=200, examples=[r"step-(\d+)"])]
    r"""Finds the step in that file's path: a regular expression with one group of digits, such as `step-(\d+)`."""
    grace: Duration = timedelta(seconds=30)
    """How long the training may go on after it was asked to end (SIGTERM), to write a last checkpoint; at most 1h."""

    portable: bool = False
    """Whether a training on another maker's chips can go on from them, as from an H100 on a TPU. A move between such
    chips is refused otherwise."""

    @field_validator("path")
    @classmethod
    def _is_free(cls, value: str) -> str:
        return free(value, "checkpoints", PATH)

    @field_validator("complete")
    @classmethod
    def _tells_checkpoints_apart(cls, value: str) -> str:
        if "**" in value:
            raise ValueError("`**` is not known; write a `*` for each directory whose name differs")
        if "*" not in value:
            raise ValueError(f"{show(value)} names one file for all checkpoints; put `*` where the step is")
        return value

    @field_validator("step")
    @classmethod
    def _is_plain(cls, value: str) -> str:
        Step.read(value)
        return value

    @field_validator("grace")
    @classmethod
    def _is_waited_for(cls, value: timedelta) -> timedelta:
        if value > MOST_GRACE:
            raise ValueError("must be at most 1h: clouds wait no longer for a pod that goes")
        return value

    @model_validator(mode="after")
    def _find_each_other(self) -> "Checkpoint":
        """The expression finds in the marker's path what `*` stands for there."""
        reader = _reader(self.complete, self.step)
        for length in range(1, MOST_DIGITS + 1):
            numbers = [digit * length for digit in "12"]
            found = [reader.read(self.complete.replace("*", number)) for number in numbers]
            if [each and each.step for each in found] == [int(number) for number in numbers]:
                return self
        path = self.complete.replace("*", "1200")
        raise ValueError(
            f"`step` does not find 1200 in {show(path)}, a path that `complete` asks for; write what stands around the "
            r"step there, such as step-(\d+)"
        )


@dataclass(frozen=True, order=True)
class Complete:
    """A checkpoint that is whole. Ordered by step, then by its marker's name."""

    step: int
    marker: str
    """Name of the object that marks it."""
    prefix: str
    """What the names of its objects begin with: the directory in whose name the step stands, with its slash; where
    the step stands in the marker's own name, that name as far as the step goes."""

    def holds(self, name: str) -> bool:
        """Whether an object belongs to it: `step-7` does not hold `step-70.pt`."""
        if not name.startswith(self.prefix):
            return False
        return self.prefix.endswith("/") or name[len(self.prefix) : len(self.prefix) + 1] not in _DIGITS


def complete(names: Iterable[str], contract: Checkpoint) -> list[Complete]:
    """The whole checkpoints among a bucket's objects, oldest first.

    What matches no marker, has no step that is found, or one of more than 18 digits, is passed over. Several markers
    in one checkpoint's directory are one checkpoint, of which the first by name is told; the same step in two
    directories is two checkpoints.
    """
    reader = _reader(contract.complete, contract.step)
    first: dict[str, Complete] = {}
    for name in names:
        if (found := reader.read(name)) is not None:
            there = first.setdefault(found.prefix, found)
            if found < there:
                first[found.prefix] = found
    return sorted(first.values())


def newest(names: Iterable[str], contract: Checkpoint) -> Complete | None:
    """The whole checkpoint with the highest step; of several with that step, the one whose marker is last by name."""
    return max(complete(names, contract), default=None)


@dataclass(frozen=True)
class _Reader:
    """A contract, prepared for many names."""

    parts: tuple[tuple[str, ...], ...]
    """Of the pattern, for each directory and the file the texts between its `*`."""
    step: Step

    def read(self, name: str) -> Complete | None:
        """The checkpoint that a name marks; None for all other names."""
        if len(name) > LONGEST_NAME:
            return None
        segments = name.split("/")
        if len(segments) != len(self.parts) or not all(map(_matches, segments, self.parts)):
            return None
        if (found := self.step.find(name)) is None:
            return None
        step, end = found
        slash = name.find("/", end)
        return Complete(step, name, name[: slash + 1] if slash >= 0 else name[:end])


@lru_cache(maxsize=64)
def _reader(pattern: str, step: str) -> _Reader:
    return _Reader(tuple(tuple(each.split("*")) for each in pattern.split("/")), Step.read(step))


def _matches(name: str, texts: tuple[str, ...]) -> bool:
    """Whether the texts stand in a name in this order, with anything between them.

    Each is taken where it comes first, which leaves the most room for the others: no text is looked for twice. As in a
    shell, `*` at the beginning does not stand for a dot there.
    """
    first, *rest = texts
    if not rest:
        return name == first
    *between, last = rest
    if not name.startswith(first) or (not first and name.startswith(".")):
        return False
    at, end = len(first), len(name) - len(last)
    if at > end or not name.endswith(last):
        return False
    for text in between:
        if (found := name.find(text, at, end)) < 0:
            return False
        at = found + len(text)
    return True
