"""Begins rclone so that it ends with whoever keeps it: `python -I -S child.py KEEPER PROGRAM ARGUMENTS…`.

KEEPER is the number of its process. On Linux the kernel ends rclone with the thread that started it, however that
ended. Elsewhere this process stays before it and ends it when its stdin is closed. On the standard library alone.
"""

import ctypes
import os
import signal
import subprocess
import sys
import threading

#: prctl(2): the signal that a process gets when its parent has died. It outlives execve(2).
_PR_SET_PDEATHSIG = 1


def main(keeper: int, command: list[str]) -> int:
    """Become the command, or wait for its end; its exit code."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != keeper:
            # It was gone before the kernel knew.
            return 1
        os.execv(command[0], command)  # noqa: S606 - rclone, found by the caller
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL)  # noqa: S603 - the same
    signal.signal(signal.SIGTERM, lambda _number, _frame: child.terminate())

    def kept() -> None:
        sys.stdin.buffer.read()
        child.kill()

    threading.Thread(target=kept, daemon=True).start()
    code = child.wait()
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), sys.argv[2:]))
