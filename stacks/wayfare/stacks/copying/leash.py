"""Runs one program and ends it with whoever started it: `python -I -S leash.py PIPE GRACE COMMAND…`.

A byte on PIPE, or its end, which means that the tool has died, ends the program: by SIGTERM, and by SIGKILL where that
has not helped after GRACE seconds. A copy that nobody waits for any more would else write over what came after it.
On the standard library alone.
"""

import os
import select
import signal
import subprocess
import sys


def main(pipe: int, grace: float, command: list[str]) -> int:
    """Run the command to its end; its exit code, 128 and the signal's number where a signal ended it."""
    os.set_inheritable(pipe, False)
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake)
    # A handler, so that the end of the child wakes the wait below; a terminal's own signals are the tool's to pass on.
    for number in (signal.SIGCHLD, signal.SIGINT):
        signal.signal(number, _pass)
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL)  # noqa: S603 - rclone, found by the caller
    watched, patience = [pipe, woken], None
    while child.poll() is None:
        ready, _, _ = select.select(watched, [], [], patience)
        if woken in ready:
            os.read(woken, 512)
        if pipe in ready:
            watched.remove(pipe)
            child.terminate()
            patience = grace
        elif not ready:
            child.kill()
            patience = None
    return child.returncode if child.returncode >= 0 else 128 - child.returncode


def _pass(number: int, frame: object) -> None:
    """Take note of a signal by waking up, and no more."""


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), float(sys.argv[2]), sys.argv[3:]))
