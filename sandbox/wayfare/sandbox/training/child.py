"""One process that stands for a training's pods, from outside."""

import logging
import os
import select
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import IO

from wayfare.sandbox.training.jobs import Job
from wayfare.sandbox.training.trainer import PROGRESS

_LOG = logging.getLogger(__name__)
_PACE, _WAYFARE = "WAYFARE_TRAINING_", "WAYFARE_"

#: Real seconds that a process has to hear what it is asked for; it looks after every step, and takes a moment to begin.
_ANSWER_SECONDS = 10.0


class Child:
    """A process and the job that it is for. It ends at once with the thread and the process that made it."""

    def __init__(self, job: Job, aside: Path) -> None:
        """`aside`: a directory of the cluster's own for its log and for what is no object yet."""
        self.job = job
        self.told: float | None = None
        """When its grace ends, once it was told to end."""
        self.killed = False
        self.ended = threading.Event()
        aside.mkdir(parents=True, exist_ok=True, mode=0o700)
        bucket = job.bucket or aside
        if not bucket.is_dir():
            # Azure's containers are directories from their first blob on.
            bucket.mkdir()
        with (aside / "log").open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own module
                [sys.executable, "-I", "-m", "wayfare.sandbox.training.trainer", str(bucket), str(aside)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                cwd=aside,
                env=_environment(job),
            )
        os.set_blocking(self.pipe.fileno(), False)

    @property
    def pid(self) -> int:
        """The process's number."""
        return self._process.pid

    @property
    def pipe(self) -> IO[bytes]:
        """What can be read from when it has done something, or has ended."""
        assert self._process.stdout is not None  # noqa: S101 - asked for when it was started
        return self._process.stdout

    def code(self) -> int | None:
        """The code with which it ended; None while it runs."""
        while self.pipe.read():
            pass
        return self._process.poll()

    def ask(self, request: str, answer: bytes = b"") -> None:
        """Tell it a line, and wait for its answer where there is one. One that has ended does not hear it."""
        assert self._process.stdin is not None  # noqa: S101 - asked for when it was started
        try:
            self._process.stdin.write(f"{request}\n".encode())
            self._process.stdin.flush()
        except BrokenPipeError:
            _LOG.info("the training of %s has ended before it heard of %s", self.job.stack, request)
        heard, deadline = b"", time.monotonic() + _ANSWER_SECONDS
        while answer not in heard and (left := deadline - time.monotonic()) > 0:
            select.select([self.pipe], [], [], left)
            if (given := self.pipe.read()) == b"":
                return
            heard += given or b""

    def end(self, until: float) -> None:
        """Ask it to end until a moment."""
        self._process.terminate()
        self.told = until

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()
        self.killed = True

    def close(self) -> None:
        """Wait for its end, and let whoever waits for it know."""
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        self.ended.set()


def last_step(aside: Path) -> int | None:
    """The last step that was counted; None before the first process."""
    try:
        return int((aside / PROGRESS).read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None


def last_words(aside: Path) -> str:
    """What the last process said that had something to complain of."""
    try:
        return next(iter((aside / "log").read_text(encoding="utf-8", errors="replace").splitlines()[-1:]), "")
    except OSError:
        return ""


def _environment(job: Job) -> Mapping[str, str]:
    """What the process sees: of the container's variables Wayfare's own, since others are for its libraries; and the
    training's pace, which the container or the sandbox's own environment sets.
    """
    pace = {name: value for name, value in os.environ.items() if name.startswith(_PACE)}
    return {**pace, **{name: value for name, value in job.environment.items() if name.startswith(_WAYFARE)}}
