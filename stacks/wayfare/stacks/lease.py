"""One at a time on one cluster: whoever changes a cluster holds a lease on it; others are told who and since when.

A cluster is more than one stack while it fails over, so the engine's locks on stacks do not do. The lease is a lock on
a file, which ends with its process, however that ends: beside the state where that is in files, so that all who share
the state share the lease; else in the user's own directory, so that it holds on this machine alone.
"""

import getpass
import json
import os
import socket
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import platformdirs
from filelock import FileLock, Timeout

from wayfare.stacks.engine.owner import directory_of


@dataclass(frozen=True)
class Holder:
    """Who works on a cluster."""

    user: str
    host: str
    process: int
    since: str
    """RFC 3339, UTC."""
    doing: str
    """`up` or `destroy`."""

    def __str__(self) -> str:
        return f"{self.user}@{self.host} (process {self.process}), which runs `wayfare {self.doing}` since {self.since}"


class ClusterBusy(RuntimeError):
    """Somebody else works on the cluster. The message says who and since when."""


@contextmanager
def lease(cluster: str, backend: str, doing: str) -> Generator[None]:
    """Be the only one who works on a cluster in a state backend. Raises ClusterBusy."""
    file = _directory(backend) / f"{cluster}.lock"
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    note = file.with_suffix(".json")
    lock = FileLock(file, timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise ClusterBusy(f"{cluster} is being worked on by {_holder(note)}; wait until that has ended") from None
    try:
        me = Holder(getpass.getuser(), socket.gethostname(), os.getpid(), f"{datetime.now(UTC):%FT%TZ}", doing)
        new = note.with_suffix(".new")
        new.write_text(json.dumps(asdict(me)), encoding="utf-8")
        new.replace(note)
        yield
    finally:
        note.unlink(missing_ok=True)
        lock.release()


def _directory(backend: str) -> Path:
    if (state := directory_of(backend)) is not None:
        return state / ".wayfare" / "leases"
    return platformdirs.user_state_path("wayfare") / "leases" / sha256(backend.encode()).hexdigest()[:16]


def _holder(note: Path) -> str:
    try:
        return str(Holder(**json.loads(note.read_text(encoding="utf-8"))))
    except (OSError, ValueError, TypeError):
        # It begins or ends just now.
        return "another process"
