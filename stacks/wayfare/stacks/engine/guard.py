"""Runs one engine and outlives whoever started it: `python -I -S guard.py PIPE COMMAND…`, on the standard library.

The engine is in a session of its own, so that a terminal's Ctrl-C reaches it only through here:

- a byte on PIPE asks it to stop: it lets what is being made be finished, writes its state and frees its lock
- a second byte does not wait for that, and after some seconds ends it
- the end of PIPE means that the tool has died: the engine is asked to stop, once, and waited for

An engine that dies by a signal leaves its language host and program behind; those are ended here.
"""

import os
import select
import signal
import subprocess
import sys
from pathlib import Path

#: Seconds that an engine has to obey a second request.
_GRACE = 10.0


def main(pipe: int, command: list[str]) -> int:
    """Run the command to its end; its exit code, 128 and the signal's number where a signal ended it."""
    os.set_inheritable(pipe, False)
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake)
    # A handler, so that the end of the child wakes the wait below; a terminal's own signals are the tool's to pass on.
    for number in (signal.SIGCHLD, signal.SIGINT):
        signal.signal(number, _pass)
    engine = subprocess.Popen(command, stdin=subprocess.DEVNULL)  # noqa: S603 - the engine, found by the caller
    asked, watched, patience = 0, [pipe, woken], None
    while engine.poll() is None:
        ready, _, _ = select.select(watched, [], [], patience)
        if woken in ready:
            os.read(woken, 512)
        if pipe in ready:
            if not os.read(pipe, 1):
                watched.remove(pipe)
                if asked:
                    continue
            asked += 1
            engine.send_signal(signal.SIGINT)
            patience = _GRACE if asked > 1 else None
        elif not ready:
            engine.kill()
            patience = None
    if engine.returncode < 0:
        for orphan in _rest_of_session():
            os.kill(orphan, signal.SIGKILL)
        return 128 - engine.returncode
    return engine.returncode


def _pass(number: int, frame: object) -> None:
    """Take note of a signal by waking up, and no more."""


def _rest_of_session() -> list[int]:
    """The other processes of this session, by their number (proc_pid_stat(5), field 6); none where /proc is not."""
    own, found = os.getsid(0), list[int]()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            session = int(stat.read_text(encoding="utf-8").rpartition(")")[2].split()[3])
        except OSError:
            continue
        if session == own and int(stat.parent.name) != os.getpid():
            found.append(int(stat.parent.name))
    return found


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), sys.argv[2:]))
