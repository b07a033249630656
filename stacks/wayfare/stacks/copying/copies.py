"""Copying a bucket's objects into another.

Killed anywhere and called again it goes on: what the target has already is compared by its hash and passed over.
Nothing is ever deleted, on neither side.
"""

import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from wayfare.stacks.copying import commands
from wayfare.stacks.copying.buckets import Bucket
from wayfare.stacks.copying.commands import Pace
from wayfare.stacks.copying.events import Progress, Report
from wayfare.stacks.copying.listing import nameable
from wayfare.stacks.copying.running import Rclone, version


@dataclass(frozen=True)
class Copied:
    """What one run has copied."""

    objects: int
    bytes: int
    compared: int
    """Objects that were there already and were compared."""
    seconds: float
    version: str
    """rclone's."""

    def as_data(self) -> dict[str, object]:
        """For a journal and for JSON."""
        return {
            "objects": self.objects,
            "bytes": self.bytes,
            "compared": self.compared,
            "seconds": round(self.seconds, 3),
            "rclone": self.version,
        }


def copy(
    rclone: Rclone,
    source: Bucket,
    target: Bucket,
    pace: Pace | None = None,
    report: Report | None = None,
    again: Iterable[str] | None = None,
) -> Copied:
    """Copy what the target does not have. Raises CopyFailed, RcloneMissing, or Interrupted when it was asked to stop.

    Where source and target have no hash in common rclone compares sizes alone: `verify` finds what that passes over,
    and those names are given here as `again`. They are copied whatever the target has, and nothing else is.
    """
    names = None if again is None else list(again)
    if names == []:
        return Copied(0, 0, 0, 0.0, version())
    last = Progress(0, 0, 0, 0, 0, 0.0, 0.0)
    with tempfile.TemporaryDirectory(prefix="wayfare-copy-") as scratch:
        chosen = commands.named(_file(names, scratch))
        command = commands.copy(source, target, pace or Pace(), chosen=chosen, anew=names is not None)
        for said in rclone.run(command):
            if isinstance(said, Progress):
                last = said
            if report is not None and not isinstance(said, str):
                report(said)
    return Copied(last.objects, last.bytes, last.compared, last.seconds, version())


def _file(names: list[str] | None, scratch: str) -> Path | None:
    """The names for rclone; None for all, also where it would not find one of them."""
    if names is None or not all(map(nameable, names)):
        return None
    file = Path(scratch, "names")
    file.write_text("".join(f"{name}\0" for name in names), encoding="utf-8", newline="")
    return file
