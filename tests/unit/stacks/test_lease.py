"""One at a time on one cluster, whichever way the other one ends."""

import getpass
import os
import subprocess
import sys
from pathlib import Path

import pytest

from wayfare.stacks.lease import ClusterBusy, lease

HOLDER = """
import sys
from wayfare.stacks.lease import lease
with lease("llm", sys.argv[1], "destroy"):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_one_is_told_who_and_since_when(tmp_path: Path) -> None:
    backend = f"file://{tmp_path}"
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, backend], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(ClusterBusy) as busy, lease("llm", backend, "up"):
            pass
        said = str(busy.value)
        assert said.startswith(f"llm is being worked on by {getpass.getuser()}@")
        assert f"(process {other.pid}), which runs `wayfare destroy` since 20" in said
        # Another cluster in the same state, or the same name in another state, is another matter.
        with lease("other", backend, "up"), lease("llm", f"file://{tmp_path}/elsewhere", "up"):
            pass
        other.kill()
        other.wait()
        with lease("llm", backend, "up"):
            pass


def test_a_state_without_files_of_its_own_is_leased_in_the_users_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    with lease("llm", "s3://state", "up"):
        with pytest.raises(ClusterBusy, match=f"process {os.getpid()}"), lease("llm", "s3://state", "up"):
            pass
        with lease("llm", "s3://other", "up"):
            pass
