"""Trainings in the sandbox's own process: they outlive a restart, and never the sandbox."""

import os
import signal
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from tests.unit.sandbox.trained import CLUSTER_QUEUE, ended, training, watched
from wayfare.sandbox import process
from wayfare.sandbox.client import Sandbox
from wayfare.sandbox.process import SandboxFailed
from wayfare.sandbox.scenario import BadScenario
from wayfare.sandbox.store import Store
from wayfare.sandbox.training.contract import objects_in
from wayfare.sandbox.training.jobs import JOB_SET

pytestmark = pytest.mark.enable_socket

QUICK = {"WAYFARE_TRAINING_PACE": "0.002", "WAYFARE_TRAINING_EVERY": "10", "WAYFARE_TRAINING_BYTES": "100"}


@pytest.fixture
def sandbox(tmp_path: Path) -> Generator[Sandbox]:
    """One that holds a training on EKS, and does not run yet."""
    store = Store(tmp_path / "home")
    # A grace that no test waits for.
    training(store, QUICK, grace=3000)
    store.close()
    made = Sandbox(tmp_path / "home")
    yield made
    made.stop()


def hold(sandbox: Sandbox, policy: str) -> None:
    sandbox.drift("kubernetes", CLUSTER_QUEUE, "accelerators", "spec", {"stopPolicy": policy})


def running(sandbox: Sandbox, beyond: int = 0) -> dict[str, Any]:
    """The training, once it has counted more steps than that."""
    found = sandbox.await_training("llm", ["running"], beyond)
    assert found is not None
    assert (found["state"], found["step"] > beyond) == ("running", True)
    return found


def test_it_is_kept_only_where_it_was_asked_for_and_then_stays_so(sandbox: Sandbox) -> None:
    sandbox.start()
    assert (sandbox.trainings(), sandbox.has_trainings) == ([], False)
    with pytest.raises(SandboxFailed, match="start the sandbox with --train"):
        sandbox.disturb("llm", "crash")
    sandbox.start(train=True)
    assert sandbox.has_trainings
    handle = watched(running(sandbox)["pid"])
    sandbox.start()
    first = running(sandbox, beyond=30)
    assert first["pods"] == 2
    sandbox.stop()
    assert ended(handle)
    sandbox.start()
    second = running(sandbox, beyond=first["step"])
    assert (second["pid"] == first["pid"], second["restarts"]) == (False, 0)
    assert [event["kind"] for event in sandbox.events() if event["token"] == JOB_SET] == ["began", "began"]
    handle = watched(second["pid"])
    sandbox.start(train=False)
    assert ended(handle)
    assert sandbox.trainings() == []


def test_a_sandbox_that_is_killed_leaves_no_training_behind(sandbox: Sandbox) -> None:
    sandbox.start(train=True)
    found = running(sandbox)
    # One that takes no notice of anything, at that.
    sandbox.disturb("llm", "hang")
    handle, own = watched(found["pid"]), process.own_process(sandbox.directory)
    assert own is not None
    os.kill(own, signal.SIGKILL)
    assert ended(handle)
    process.end(sandbox.directory)
    sandbox.start()
    assert running(sandbox)["pid"] != found["pid"]


def test_it_follows_the_objects_by_itself(sandbox: Sandbox) -> None:
    sandbox.start(train=True)
    step = running(sandbox)["step"]
    hold(sandbox, "HoldAndDrain")
    held = sandbox.await_training("llm", ["waiting"])
    assert held is not None
    assert (held["state"], held["pods"], held["whole"]) == ("waiting", 0, held["step"])
    hold(sandbox, "None")
    running(sandbox, beyond=max(step, held["step"]))


def test_time_that_is_let_pass_ends_a_grace(sandbox: Sandbox) -> None:
    sandbox.start(train=True)
    handle = watched(running(sandbox)["pid"])
    sandbox.disturb("llm", "hang")
    hold(sandbox, "HoldAndDrain")
    ending = sandbox.await_training("llm", ["ending"])
    assert ending is not None
    assert (ending["state"], ending["pods"]) == ("ending", 2)
    sandbox.pass_time("50m")
    assert ended(handle)
    held = sandbox.await_training("llm", ["waiting"])
    assert held is not None
    assert (held["pods"], held["restarts"]) == (0, 0)


def test_what_goes_wrong_on_request_is_told(sandbox: Sandbox) -> None:
    sandbox.start(train=True)
    running(sandbox)
    sandbox.disturb("llm.aws-us-east-1", "crash", times=4)
    failed = sandbox.await_training("llm", ["failed"])
    assert failed is not None
    assert (failed["state"], failed["restarts"], failed["pods"]) == ("failed", 3, 0)
    sandbox.disturb("llm", "late")
    late = [name for name in objects_in(sandbox.bucket("aws", "checkpoints-us-east-1")) if "late" in name]
    assert len(late) == 1
    with pytest.raises(SandboxFailed, match="'other' is no training"):
        sandbox.disturb("other", "crash")
    with pytest.raises(BadScenario, match="wrong"):
        sandbox.disturb("llm", "explode")


def test_a_reset_forgets_it_with_its_bytes_and_not_that_it_is_wanted(sandbox: Sandbox) -> None:
    sandbox.start(train=True)
    handle = watched(running(sandbox, beyond=20)["pid"])
    sandbox.reset()
    assert ended(handle)
    assert sandbox.trainings() == []
    assert not list((sandbox.directory / "buckets").rglob("*"))
    assert not (sandbox.directory / "trainings").exists()
