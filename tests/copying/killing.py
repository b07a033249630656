"""Copies that are killed in their midst, and what is left of them.

`python -m tests.copying.killing SOURCE TARGET` copies one folder into another, slowly, and tells its progress.
"""

import subprocess
import sys
from pathlib import Path

import psutil

from wayfare.stacks.copying.buckets import Bucket, folder
from wayfare.stacks.copying.commands import Pace, copy
from wayfare.stacks.copying.events import Progress
from wayfare.stacks.copying.running import Rclone, installed

#: Slow enough that a copy of MEBIBYTES objects is in its midst for seconds.
SLOW = Pace(bandwidth=2 << 20, transfers=2, telling=0.05)
MEBIBYTES = 24


def rclones(of: psutil.Process) -> list[psutil.Process]:
    """The rclones below a process that serve nothing."""
    found = [each for each in of.children(recursive=True) if each.exe() == str(installed())]
    return [each for each in found if "serve" not in each.cmdline()]


def ended(process: psutil.Process) -> bool:
    """Whether a process has ended, soon at the latest. One whose parent was killed stays as a zombie for a while."""
    for _ in range(600):
        try:
            if process.status() == psutil.STATUS_ZOMBIE:
                return True
            process.wait(timeout=0.05)
        except psutil.TimeoutExpired:
            continue
        except psutil.NoSuchProcess:
            pass
        return True
    return False


class Midst:
    """A slow copy in its midst: so many objects have arrived, and not all of them."""

    def __init__(self, rclone: Rclone, source: Bucket, target: Bucket, objects: int = 1) -> None:
        self._said = rclone.run(copy(source, target, SLOW))
        for each in self._said:
            if isinstance(each, Progress) and each.objects >= objects:
                break

    def end(self) -> None:
        """Wait for its end, as whoever called it does."""
        for _ in self._said:
            pass


def tool(source: Path, target: Path) -> subprocess.Popen[str]:
    """A process of its own that copies, in its midst."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.copying.killing", str(source), str(target)],
        cwd=Path(__file__).parents[2],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    for line in process.stdout:
        if int(line):
            return process
    raise AssertionError("it copied nothing")


def _main(source: str, target: str) -> None:
    for each in Rclone().run(copy(folder(Path(source)), folder(Path(target)), SLOW)):
        if isinstance(each, Progress):
            print(each.objects, flush=True)  # noqa: T201


if __name__ == "__main__":
    _main(*sys.argv[1:])
