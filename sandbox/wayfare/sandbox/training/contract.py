"""The contract about a training's checkpoints, as the process in place of its pods reads it from its variables.

On the standard library alone, so that the process begins at once. Names are those of the bucket's objects.
"""

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

#: The container's variables, as a training has them on every cloud.
COMPLETE, STEP = "WAYFARE_CHECKPOINT_COMPLETE", "WAYFARE_CHECKPOINT_STEP"

_STATE, _WEIGHTS, _EMPTY = "state.json", "weights.bin", "log"

#: A step of so many digits fits into 64 bits everywhere.
_MOST_DIGITS = 18


class Broken(Exception):
    """It cannot train: what it was told makes no sense, or a checkpoint is not what its step asks for."""


@dataclass(frozen=True, order=True)
class Whole:
    """A whole checkpoint among a bucket's objects."""

    step: int
    marker: str
    prefix: str
    """What the names of its objects begin with; ends with a slash where the step stands in a directory's name."""


@dataclass(frozen=True)
class Contract:
    """How checkpoints are named: a pattern for the marker's path, an expression that finds the step there."""

    complete: str
    step: str

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> "Contract | None":
        """What a container's variables say; None where they say nothing."""
        if COMPLETE not in environment or STEP not in environment:
            return None
        return cls(environment[COMPLETE], environment[STEP])

    @cached_property
    def _marker(self) -> re.Pattern[str]:
        segments = self.complete.split("/")
        if not all(segments) or {".", ".."} & set(segments):
            raise Broken(f"{self.complete!r} is no path below the bucket")
        return re.compile("/".join(map(_segment, segments)))

    @cached_property
    def _step(self) -> re.Pattern[str]:
        try:
            return re.compile(self.step, re.ASCII)
        except re.error as error:
            raise Broken(f"{self.step!r} is no regular expression: {error}") from error

    def read(self, name: str) -> Whole | None:
        """The checkpoint that an object marks; None for all others."""
        found = self._step.search(name) if self._marker.fullmatch(name) else None
        if found is None or not found[1].isascii() or len(found[1].lstrip("0")) > _MOST_DIGITS:
            return None
        slash = name.find("/", found.end(1))
        return Whole(int(found[1]), name, name[: slash + 1] if slash >= 0 else name[: found.end(1)])

    def newest(self, names: Iterable[str]) -> Whole | None:
        """The whole checkpoint of the highest step."""
        return max(filter(None, map(self.read, names)), default=None)

    def at(self, step: int) -> Whole:
        """How the checkpoint of a step is named. Raises `Broken` where the expression does not find the step again."""
        for width in range(1, _MOST_DIGITS + 1):
            found = self.read(self.complete.replace("*", f"{step:0{width}d}"))
            if found is not None and found.step == step:
                return found
        raise Broken(f"{self.step!r} does not find step {step} in a path of {self.complete!r}")

    def objects(self, whole: Whole) -> tuple[str, str, str]:
        """Names for the state, the weights and an empty object of a checkpoint, none of which marks one itself."""
        folder = whole.prefix if whole.prefix.endswith("/") else f"{whole.prefix}.parts/"
        for deeper in ("", "parts/", "parts/parts/"):
            state, weights, empty = (f"{folder}{deeper}{name}" for name in (_STATE, _WEIGHTS, _EMPTY))
            if not any(map(self.read, (state, weights, empty))):
                return state, weights, empty
        raise Broken(f"{self.complete!r} leaves no name for anything but a marker")


def _segment(text: str) -> str:
    """As in a shell, `*` at the beginning does not stand for a dot there."""
    return ("(?![.])" if text.startswith("*") else "") + "[^/]*".join(map(re.escape, text.split("*")))


def objects_in(bucket: Path) -> Iterator[str]:
    """Names of a bucket's objects."""
    for folder, _, files in os.walk(bucket):
        yield from ((Path(folder) / file).relative_to(bucket).as_posix() for file in files)
