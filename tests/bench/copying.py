"""What a copy and its proof take, beside rclone called by hand between the same two servers."""

import os
import random
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.bench.figures import Figure
from tests.copying.servers import Made, s3_server
from wayfare.stacks.copying.commands import Pace
from wayfare.stacks.copying.copies import copy
from wayfare.stacks.copying.listing import taken
from wayfare.stacks.copying.running import Rclone, installed
from wayfare.stacks.copying.verifying import verify

OBJECTS, SIZE = 10_000, 100_000
"""A gigabyte in objects of so many bytes."""

#: At least 0.95 times rclone's own rate.
_GOAL = 1 / 0.95


def a_copy() -> list[Figure]:
    """A gigabyte in 10,000 objects from one S3 server to another, copied and proven; rclone called by hand."""
    spent = dict.fromkeys(("copy", "proof", "rclone copy", "rclone check"), 0.0)
    with tempfile.TemporaryDirectory(prefix="wayfare-bench-") as made:
        root = Path(made)
        with s3_server(root / "here") as here, s3_server(root / "there") as there:
            source = here.make("source")
            _fill(root / "here" / "source")
            # The server computes hashes when it is asked for the first time: that belongs to neither.
            taken(Rclone(), source.bucket, root / "manifest")

            def ours(number: int) -> None:
                target = there.make(f"ours-{number}")
                spent["copy"] += _seconds(lambda: copy(Rclone(), source.bucket, target.bucket))
                spent["proof"] += _seconds(lambda: _proven(source, target, root / f"proof-{number}"))

            def by_hand(number: int) -> None:
                target = there.make(f"by-hand-{number}")
                spent["rclone copy"] += _seconds(lambda: _rclone("copy", source, target))
                spent["rclone check"] += _seconds(lambda: _rclone("check", source, target))

            # Each is first once, since a machine is not as quick at one time as at another.
            for number, call in enumerate((ours, by_hand, by_hand, ours)):
                call(number)
    whole = (spent["copy"] + spent["proof"]) / (spent["rclone copy"] + spent["rclone check"])
    return [
        Figure(f"a copy of {OBJECTS} objects / rclone copy", spent["copy"] / spent["rclone copy"], "x", _GOAL),
        Figure("copy and proof / rclone copy and check", whole, "x", _GOAL, {f"2 x {k}": s for k, s in spent.items()}),
    ]


def _fill(folder: Path) -> None:
    bytes_of = random.Random(7)  # noqa: S311 - no secret, and the same in every run
    for number in range(OBJECTS):
        place = folder / f"step-{number // 100:03}" / f"part-{number:05}"
        place.parent.mkdir(exist_ok=True)
        place.write_bytes(bytes_of.randbytes(SIZE))


def _rclone(command: str, source: Made, target: Made) -> None:
    """As a person calls it, with as many objects at once as Wayfare."""
    environment = {**os.environ, **source.bucket.environment("source"), **target.bucket.environment("target")}
    places = [f"source:{source.bucket.path}", f"target:{target.bucket.path}"]
    flags = ["--config=", *Pace().flags]
    subprocess.run([installed(), command, *places, *flags], env=environment, check=True, capture_output=True)


def _proven(source: Made, target: Made, folder: Path) -> None:
    evidence = verify(Rclone(), source.bucket, target.bucket, folder)
    assert evidence.complete, evidence.lines()


def _seconds(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started
