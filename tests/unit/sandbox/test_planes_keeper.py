"""The programs of a control plane end with whoever started them, however that ends."""

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from wayfare.sandbox.planes import keeper

#: Seconds of real time after which an end does not come.
PATIENCE = 30.0


class Kept:
    """A keeper, and what it was told and says."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.process = subprocess.Popen(
            [sys.executable, "-I", "-S", keeper.__file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=directory,
            start_new_session=True,
        )

    def run(self, name: str, script: str) -> int:
        """Run a shell's script, which first says its process's number; a handle of that process."""
        pipe = self.directory / f"{name}.pipe"
        os.mkfifo(pipe)
        command = ["/bin/sh", "-c", f"echo $$ > {name}.pipe; {script}"]
        self.tell({"name": name, "command": command, "log": f"{name}.log", "environment": {"OWN": name}})
        return os.pidfd_open(int(pipe.read_text(encoding="utf-8")))

    def tell(self, asked: dict[str, Any]) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(asked).encode() + b"\n")
        self.process.stdin.flush()

    def said(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        return json.loads(self.process.stdout.readline())

    def close(self) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


@pytest.fixture
def kept(tmp_path: Path) -> Generator[Kept]:
    made = Kept(tmp_path)
    yield made
    made.close()


def ended(handle: int) -> bool:
    """Whether a process ends in time."""
    found, _, _ = select.select([handle], [], [], PATIENCE)
    os.close(handle)
    return bool(found)


def test_they_end_when_nobody_asks_any_more(kept: Kept) -> None:
    # The first one, which would keep the data, is asked to stop; the other takes no notice of that and is ended.
    first, other = kept.run("first", "exec sleep 600"), kept.run("other", "trap '' TERM; while :; do sleep 600; done")
    kept.close()
    assert ended(first)
    assert ended(other)


def test_they_end_when_their_keeper_is_killed(kept: Kept) -> None:
    one = kept.run("one", "exec sleep 600")
    kept.process.send_signal(signal.SIGKILL)
    assert ended(one)


def test_one_that_ends_is_told_with_its_code_and_its_log(kept: Kept) -> None:
    command = ["/bin/sh", "-c", 'echo "$OWN was here"; exit 3']
    kept.tell({"name": "brief", "command": command, "log": "brief.log", "environment": {"OWN": "brief"}})
    assert kept.said() == {"name": "brief", "code": 3}
    assert (kept.directory / "brief.log").read_text(encoding="utf-8") == "brief was here\n"


def test_one_can_be_ended_by_its_name(kept: Kept) -> None:
    one, other = kept.run("one", "exec sleep 600"), kept.run("other", "exec sleep 600")
    kept.tell({"name": "other", "command": None})
    assert kept.said() == {"name": "other", "code": -signal.SIGKILL}
    assert ended(other)
    assert select.select([one], [], [], 0)[0] == []
    os.close(one)


def test_a_signal_from_a_terminal_is_not_its_own(kept: Kept) -> None:
    one = kept.run("one", "exec sleep 600")
    kept.process.send_signal(signal.SIGINT)
    kept.tell({"name": "one", "command": None})
    assert kept.said() == {"name": "one", "code": -signal.SIGKILL}
    assert ended(one)
