"""Copies in the sandbox's own process: always kept, gone on with after a restart, and never outliving the sandbox."""

import os
import signal
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from tests.unit.sandbox.test_copies_runs import OBJECTS, Driven
from tests.unit.sandbox.trained import ended, watched
from wayfare.sandbox import process
from wayfare.sandbox.client import Sandbox
from wayfare.sandbox.copies.jobs import JOB

pytestmark = pytest.mark.enable_socket


class Home:
    """A sandbox that does not run yet, with a copy that takes as long as anybody waits."""

    def __init__(self, directory: Path) -> None:
        driven = Driven(directory)
        self.source, self.target = driven.source, driven.target
        with (self.source / "large").open("wb") as file:
            file.truncate(100_000_000)
        self.name = driven.order(("",), bandwidth=1024)
        driven.store.close()
        self.sandbox = Sandbox(directory)

    def began(self) -> dict[str, Any]:
        """The copy, once its process runs."""
        since = 0
        while not (row := self.copy())["pids"]:
            since += len(self.sandbox.await_events(since, since + 1))
        return row

    def copy(self) -> dict[str, Any]:
        (row,) = self.sandbox.copies()
        return row


@pytest.fixture
def home(tmp_path: Path) -> Generator[Home]:
    made = Home(tmp_path / "home")
    yield made
    made.sandbox.stop()


def test_it_begins_with_the_sandbox_ends_with_it_and_goes_on_with_the_next(home: Home) -> None:
    home.sandbox.start()
    handle = watched(home.began()["pids"][0])
    assert home.sandbox.status()["copies"][0]["stack"] == "llm.aws-us-east-1"
    home.sandbox.stop()
    assert ended(handle)
    (home.source / "large").unlink()
    before = len(OBJECTS)
    home.sandbox.start()
    events = home.sandbox.events()
    while [event["kind"] for event in events if event["token"] == JOB][-1:] != ["ended"]:
        events += home.sandbox.await_events(events[-1]["number"], 1)
    assert home.copy()["job"]["status"]["conditions"][0]["type"] == "Complete"
    assert sum(path.is_file() for path in home.target.rglob("*")) >= before


def test_a_sandbox_that_is_killed_leaves_no_copy_behind(home: Home) -> None:
    home.sandbox.start()
    handle, own = watched(home.began()["pids"][0]), process.own_process(home.sandbox.directory)
    assert own is not None
    os.kill(own, signal.SIGKILL)
    assert ended(handle)


def test_a_job_that_is_gone_takes_its_processes_along_and_a_reset_all(home: Home) -> None:
    home.sandbox.start()
    handle = watched(home.began()["pids"][0])
    home.sandbox.remove_behind("kubernetes", JOB, f"workload/{home.name}")
    assert ended(handle)
    assert home.sandbox.copies() == []
    home.sandbox.reset()
    assert not (home.sandbox.directory / "copies").exists()
