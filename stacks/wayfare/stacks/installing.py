"""Putting what was fetched or built into the user's cache: one installation at a time, whole or not at all.

What is new is made in a folder beside its place and renamed when it has been seen to run, so that a broken
installation never takes the place.
"""

import shutil
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from filelock import AcquireReturnProxy, FileLock, Timeout

from wayfare.stacks.golang import Report

_PREFIX = ".new-"


def alone(root: Path, report: Report) -> AcquireReturnProxy[FileLock]:
    """The lock on a cache, taken, to be released by `with`: one installation at a time."""
    root.mkdir(parents=True, exist_ok=True)
    lock = FileLock(root / "install.lock")
    try:
        return lock.acquire(timeout=0)
    except Timeout:
        report("another installation is under way; waiting for it")
        return lock.acquire()


def remove_leftovers(root: Path) -> None:
    """Delete what installations left that were killed. Only for whoever is alone."""
    for leftover in root.glob(f"{_PREFIX}*"):
        shutil.rmtree(leftover, ignore_errors=True)


@contextmanager
def beside(root: Path) -> Generator[Path]:
    """A folder in which to make something; whatever is still in it afterwards goes away."""
    with tempfile.TemporaryDirectory(prefix=_PREFIX, dir=root) as temporary:
        yield Path(temporary)


def put(made: Path, place: Path) -> None:
    """Give what was made in a folder from `beside` its place; what was there goes away with that folder."""
    if place.exists():
        place.rename(made.parent / "old")
    made.rename(place)
