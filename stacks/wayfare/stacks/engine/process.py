"""The engines that this process runs, and how they are asked to stop."""

import os
import subprocess
import sys
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from threading import Lock
from typing import IO

_GUARD = Path(__file__).with_name("guard.py")


class Interrupted(BaseException):
    """A person or a system asked this process to stop. Like KeyboardInterrupt no error, so that nothing handles it."""


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    stdout: str
    stderr: str


class Engines:
    """Runs engines, each under a guard that outlives this process (see `guard`). Safe to use from many threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._pipes: set[int] = set()
        self._others: list[Callable[[], bool]] = []
        self._stopping = False

    @contextmanager
    def beside(self, stop: Callable[[], bool]) -> Generator[None]:
        """While something else runs that a signal is for too: `stop` asks it to, and gives whether it runs."""
        with self._lock:
            self._others.append(stop)
        try:
            yield
        finally:
            with self._lock:
                self._others.remove(stop)

    def run(self, command: Sequence[str], cwd: str, environment: Mapping[str, str]) -> Ended:
        """Run a command to its end. Raises Interrupted when it was asked to stop, before or meanwhile."""
        reading, writing = os.pipe()
        try:
            # Files and no pipes: an engine whose reader has died would die of its next word, in the midst of its work.
            with TemporaryFile() as out, TemporaryFile() as err:
                guard = [sys.executable, "-I", "-S", str(_GUARD), str(reading), *command]
                with self._lock:
                    if self._stopping:
                        raise Interrupted
                    process = subprocess.Popen(  # noqa: S603 - the engine, found by the caller
                        guard,
                        stdin=subprocess.DEVNULL,
                        stdout=out,
                        stderr=err,
                        cwd=cwd,
                        env=dict(environment),
                        pass_fds=(reading,),
                        start_new_session=True,
                    )
                    self._pipes.add(writing)
                try:
                    code = process.wait()
                finally:
                    with self._lock:
                        self._pipes.discard(writing)
                if self._stopping:
                    raise Interrupted
                return Ended(code, _text(out), _text(err))
        finally:
            os.close(reading)
            os.close(writing)

    def stop(self) -> bool:
        """Ask all engines to stop, and start none any more; whether any runs. A second call is more urgent."""
        with self._lock:
            self._stopping = True
            for pipe in self._pipes:
                os.write(pipe, b".")
            others = [stop() for stop in self._others]
            return bool(self._pipes) or any(others)


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode(errors="replace")


ENGINES = Engines()
"""The engines of this process: a signal is told to a process, not to an object."""
