"""Whose lock it is, and when it may be broken: only when its process has certainly ended."""

import os
import socket
import subprocess
import sys
from dataclasses import replace

import pytest

from wayfare.stacks.engine.owner import Owner, is_shared

WORDS = (
    "error: the stack is currently locked by 1 lock(s). Either wait for the other process(es) to end or delete the "
    "lock file with `pulumi cancel`.\n  file:///state/.pulumi/locks/organization/wayfare/llm/8f2.json: created by "
    "ada@build-7 (pid 4711) at 2026-11-25T02:07:00Z"
)
NOW = "2100-01-01T00:00:00Z"


def ended() -> int:
    """The number of a process that has just ended."""
    process = subprocess.Popen([sys.executable, "-S", "-c", ""])
    process.wait()
    return process.pid


def test_the_engine_tells_whose_lock_it_is() -> None:
    owner = Owner.parse(WORDS)
    assert owner == Owner("ada", "build-7", 4711, "2026-11-25T02:07:00Z")
    assert str(owner) == "ada@build-7 (process 4711) since 2026-11-25T02:07:00Z"
    assert Owner.parse("[409] Conflict: Another update is currently in progress.") is None


def test_a_process_that_has_ended_on_this_machine_is_dead() -> None:
    assert Owner("ada", socket.gethostname(), ended(), NOW).is_dead(shared=False)


def test_a_number_that_another_process_has_by_now_is_dead() -> None:
    assert Owner("ada", socket.gethostname(), os.getpid(), "2001-01-01T00:00:00Z").is_dead(shared=False)


def test_nobody_is_dead_who_may_live() -> None:
    living = Owner("ada", socket.gethostname(), os.getpid(), NOW)
    assert not living.is_dead(shared=False)
    gone = replace(living, pid=ended())
    assert not gone.is_dead(shared=True)
    assert not replace(gone, host="elsewhere").is_dead(shared=False)


@pytest.mark.parametrize(
    ("backend", "shared"), [("file:///state", False), ("s3://state?region=eu-west-1", True), ("https://api", True)]
)
def test_a_backend_of_files_is_this_machines(backend: str, shared: bool) -> None:
    assert is_shared(backend) is shared
