"""What rclone tells while it works: a line of JSON on stderr each (rclone.org, `--use-json-log`)."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from wayfare.stacks.redaction import redacted


@dataclass(frozen=True)
class Progress:
    """How far a copy is. What is to be done grows while the source is still being listed."""

    objects: int
    """Copied so far, without those that were there already."""
    objects_to_copy: int
    bytes: int
    bytes_to_copy: int
    compared: int
    """Objects that the target had already and that were compared."""
    bytes_per_second: float
    seconds: float
    """Since rclone's start."""


@dataclass(frozen=True)
class Trouble:
    """Something failed; rclone may still come to it again."""

    name: str
    """The object; empty where it is not about one."""
    said: str
    """rclone's and the cloud's words, without credentials."""


Event = Progress | Trouble
Report = Callable[[Event], None]
"""Takes what happens during a copy."""


def parsed(line: str) -> Event | None:
    """The event that a line of rclone's log is; None for what tells nothing. What is no JSON is trouble."""
    if not line.strip():
        return None
    try:
        said = json.loads(line)
    except ValueError:
        return Trouble("", redacted(line.strip()))
    if not isinstance(said, dict):
        return Trouble("", redacted(line.strip()))
    told = cast("dict[str, Any]", said)
    if isinstance(told.get("stats"), dict):
        return _progress(told["stats"])
    # What it says at its end has the level of a notice.
    if told.get("level") in {"error", "critical", "fatal"} or str(told.get("msg", "")).startswith("Failed to "):
        return Trouble(str(told.get("object", "")), redacted(_short(str(told.get("msg", "")))))
    return None


def _progress(stats: dict[str, Any]) -> Progress:
    return Progress(
        objects=int(stats.get("transfers", 0)),
        objects_to_copy=int(stats.get("totalTransfers", 0)),
        bytes=int(stats.get("bytes", 0)),
        bytes_to_copy=int(stats.get("totalBytes", 0)),
        compared=int(stats.get("checks", 0)),
        bytes_per_second=float(stats.get("speed", 0)),
        seconds=float(stats.get("elapsedTime", 0)),
    )


def _short(text: str) -> str:
    """Azure's SDK draws lines and repeats the answer's XML; its status and code come first."""
    return " ".join(line for line in text.split("<?xml")[0].splitlines() if line.strip("- "))
