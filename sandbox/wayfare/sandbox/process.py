"""The sandbox's process from outside: whether it runs, starting it once, ending it and nobody else.

A running sandbox holds a lock on `alive` for as long as it lives. `process.json` tells its process id together with the
time at which that process began, so that a stale file never leads to ending a process that got the same number later.
"""

import fcntl
import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

_START_SECONDS = 60.0
"""Real time in which a sandbox must take calls; usually it takes two seconds, and four for each real control plane."""
_STOP_SECONDS = 10.0


class SandboxFailed(RuntimeError):
    """The sandbox cannot be started, stopped or asked. The message says why and where to look."""


def secret_file(file: Path, text: str) -> str:
    """A file's text, which is `text` when there is no such file yet. Only its owner can read it."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return file.read_text(encoding="utf-8")
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        stream.write(text)
    return text


@contextmanager
def alive(directory: Path) -> Generator[None]:
    """Be the one sandbox of a directory. Raises `SandboxFailed` where there is one already."""
    with (directory / "alive").open("w", encoding="utf-8") as file:
        # Whoever looks whether a sandbox runs holds the lock for a moment.
        deadline = time.monotonic() + 1.0
        while not (locked := _try_lock(file)) and time.monotonic() < deadline:
            time.sleep(0.02)
        if not locked:
            raise SandboxFailed(f"another sandbox runs in {directory}")
        yield


def is_alive(directory: Path) -> bool:
    """Whether a sandbox runs in a directory."""
    try:
        with (directory / "alive").open("r", encoding="utf-8") as file:
            return not _try_lock(file)
    except FileNotFoundError:
        return False


@contextmanager
def one_at_a_time(directory: Path) -> Generator[None]:
    """Wait until nobody else starts or stops the sandbox of a directory."""
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (directory / "lock").open("w", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _try_lock(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def start(directory: Path, kubernetes: Path | None = None) -> None:
    """Start a sandbox in a session of its own and wait until it takes calls. Raises `SandboxFailed`.

    `kubernetes`: the programs of a real Kubernetes, where it is to put one behind each cluster.
    """
    log = directory / "sandbox.log"
    reading, writing = os.pipe()
    try:
        with log.open("a", encoding="utf-8") as stream:
            subprocess.run(  # noqa: S603 - our own module
                [
                    sys.executable,
                    "-m",
                    "wayfare.sandbox.process",
                    str(directory),
                    str(writing),
                    *([str(kubernetes)] if kubernetes else []),
                ],
                check=True,
                cwd=directory,
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=stream,
                pass_fds=(writing,),
                start_new_session=True,
                env={key: value for key, value in os.environ.items() if key != "PULUMI_DEBUG_PROVIDERS"},
            )
    finally:
        os.close(writing)
    with os.fdopen(reading, "r", encoding="utf-8") as pipe:
        readable, _, _ = select.select([pipe], [], [], _START_SECONDS * (10 if kubernetes else 1))
        if not readable or not pipe.read():
            raise SandboxFailed(f"the sandbox did not start; its log is {log}:\n{_last_lines(log)}")


def end(directory: Path) -> None:
    """Wait until a sandbox that was told to stop has ended; end its process if it does not."""
    for number in (None, signal.SIGTERM, signal.SIGKILL):
        if number is not None and (process_id := own_process(directory)) is not None:
            os.kill(process_id, number)
        deadline = time.monotonic() + _STOP_SECONDS
        while time.monotonic() < deadline:
            if not is_alive(directory):
                remove_record(directory)
                return
            time.sleep(0.02)
    raise SandboxFailed(f"the sandbox in {directory} does not end")


def _last_lines(file: Path) -> str:
    return "\n".join(file.read_text(encoding="utf-8", errors="replace").splitlines()[-15:])


def began(process_id: int) -> str | None:
    """When a process began, in whatever form the system tells it; None when there is no such process."""
    try:
        # Field 22 of proc_pid_stat(5); the name in field 2 may hold spaces and brackets.
        return Path(f"/proc/{process_id}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[19]
    except OSError:
        if Path("/proc/self/stat").exists():
            return None
    command = ["/bin/ps", "-o", "lstart=", "-p", str(process_id)]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip() or None  # noqa: S603


def write_record(directory: Path, ports: Mapping[str, int], project: str) -> None:
    """Tell others about this process: its ports, and the project of the sandbox's Google account."""
    record = {"pid": os.getpid(), "began": began(os.getpid()), "ports": dict(ports), "project": project}
    temporary = directory / "process.json.new"
    temporary.write_text(json.dumps(record), encoding="utf-8")
    temporary.replace(directory / "process.json")
    (directory / "ports.json").write_text(json.dumps(dict(ports)), encoding="utf-8")


def remove_record(directory: Path) -> None:
    """Forget the process; its ports are remembered for the next one."""
    (directory / "process.json").unlink(missing_ok=True)


def last_ports(directory: Path) -> dict[str, int]:
    """The ports of the sandbox that ran last; none where that is not known."""
    return {name: int(port) for name, port in _read(directory / "ports.json").items()}


def record(directory: Path) -> dict[str, Any]:
    """What the running sandbox told about itself. Raises `SandboxFailed` when none runs."""
    found = _read(directory / "process.json")
    if not found or not is_alive(directory):
        raise SandboxFailed("the sandbox does not run; start it with: wayfare sandbox start")
    return found


def ports(directory: Path) -> dict[str, int]:
    """The ports of the running sandbox. Raises `SandboxFailed` when none runs."""
    return {name: int(port) for name, port in record(directory)["ports"].items()}


def own_process(directory: Path) -> int | None:
    """The process id of the running sandbox, if the process of that number is still the same one."""
    found = _read(directory / "process.json")
    return found["pid"] if found and found["began"] and began(found["pid"]) == found["began"] else None


def _read(file: Path) -> dict[str, Any]:
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


if __name__ == "__main__":
    # The one who started us waits for the first process; the second is nobody's child and so never a zombie.
    if os.fork():
        os._exit(0)
    from wayfare.sandbox.server import main

    main(Path(sys.argv[1]), int(sys.argv[2]), *map(Path, sys.argv[3:]))
