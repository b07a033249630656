"""Runs the programs of one control plane and ends them with whoever started it: `python -I -S keeper.py`.

On the standard library alone. Each line on stdin starts a program: JSON with `name`, `command`, `environment` and
`log`; one without a command ends the program of that name. Each program that ended is a line on stdout: JSON with
`name` and `code`. The end of stdin means that the sandbox is gone, however that came. Then the first program, which
keeps the data, is asked to stop, and the others are ended at once: nothing is theirs.
"""

import ctypes
import json
import os
import select
import signal
import subprocess
import sys
from typing import Any

#: Seconds that etcd has to stop; it takes a fraction of one.
_GRACE = 5.0

#: prctl(2): the signal that a process gets when its parent has died. Linux alone has it.
_PR_SET_PDEATHSIG = 1


def main() -> int:
    """Run what is asked for until nobody asks any more."""
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake)
    # A handler, so that the end of a program wakes the wait below; a terminal's signals are the sandbox's to pass on.
    for number in (signal.SIGCHLD, signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _pass)
    programs = dict[str, subprocess.Popen[bytes]]()
    pending = b""
    while True:
        ready, _, _ = select.select([0, woken], [], [])
        if woken in ready:
            os.read(woken, 512)
            _tell_ended(programs)
        if 0 in ready:
            given = os.read(0, 1 << 16)
            if not given:
                break
            *lines, pending = (pending + given).split(b"\n")
            for line in lines:
                asked = json.loads(line)
                name = asked["name"]
                if asked["command"] is not None:
                    programs[name] = _started(asked)
                elif name in programs:
                    programs[name].kill()
    _stop(list(programs.values()))
    return 0


def _started(asked: dict[str, Any]) -> subprocess.Popen[bytes]:
    with open(asked["log"], "ab") as log:  # noqa: PTH123 - quicker than pathlib's import
        return subprocess.Popen(  # noqa: S603 - the sandbox's own programs
            asked["command"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            preexec_fn=_die_with_parent,
            env={**os.environ, **asked["environment"]},
        )


def _die_with_parent() -> None:
    """For the case that this process is killed outright: then nobody reads stdin any more."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _tell_ended(programs: dict[str, subprocess.Popen[bytes]]) -> None:
    for name, program in list(programs.items()):
        if program.poll() is not None:
            del programs[name]
            try:
                sys.stdout.write(json.dumps({"name": name, "code": program.returncode}) + "\n")
                sys.stdout.flush()
            except OSError:
                return


def _stop(programs: list[subprocess.Popen[bytes]]) -> None:
    for program in programs[1:]:
        program.kill()
        program.wait()
    for program in programs[:1]:
        program.terminate()
        try:
            program.wait(_GRACE)
        except subprocess.TimeoutExpired:
            program.kill()
            program.wait()


def _pass(number: int, frame: object) -> None:
    """Take note of a signal by waking up, and no more."""


if __name__ == "__main__":
    sys.exit(main())
