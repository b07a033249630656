"""One process for each cluster's training, as its objects have it: looked after by hand, with real processes."""

import hashlib
import os
import signal
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.unit.sandbox.trained import (
    CLUSTER,
    PATIENCE,
    POOL,
    QUICK,
    Driven,
    add_set,
    change,
    ended,
    hold,
    row,
    training,
    watched,
)
from wayfare.sandbox.behaviour import Refused, Wrong
from wayfare.sandbox.store import Store
from wayfare.sandbox.training.contract import objects_in
from wayfare.sandbox.training.jobs import JOB_SET
from wayfare.sandbox.training.keeper import Trainings
from wayfare.sandbox.training.pods import Imagined
from wayfare.sandbox.training.runs import LATE_SECONDS, Runs


@pytest.fixture
def driven(tmp_path: Path) -> Generator[Driven]:
    store = Store(tmp_path)
    made = Driven(store)
    yield made
    made.runs.close()
    store.close()


def notes(store: Store) -> list[str]:
    return [event["kind"] for event in store.events()]


def wholes(driven: Driven, beyond: int = 0) -> int:
    """Step of the newest whole checkpoint, once that is beyond a step."""
    while (found := driven.row()["whole"]) is None or found <= beyond:
        driven.until_something()
    return found


def test_it_begins_ends_with_a_held_queue_and_goes_on_from_its_last_step(driven: Driven) -> None:
    training(driven.store, QUICK)
    assert driven.state() == ("waiting", 0)
    assert driven.row()["reason"] == "it is about to start"
    driven.runs.look()
    assert driven.state() == ("running", 2)
    wholes(driven)
    hold(driven.store, "HoldAndDrain")
    assert driven.state() == ("running", 2), "nobody has looked"
    assert driven.runs.look() == 7.0
    # Those that are ending are there until the process has ended.
    assert driven.state() == ("ending", 2)
    driven.until("waiting")
    held = driven.row()
    assert (held["pods"], held["pid"], held["reason"]) == (0, None, "the queue accelerators is held and drained")
    assert held["whole"] == held["step"]
    assert driven.runs.look() is None
    hold(driven.store, None)
    driven.runs.look()
    assert driven.state() == ("running", 2)
    assert wholes(driven, held["step"]) > held["step"]
    assert driven.row()["restarts"] == 0
    assert notes(driven.store) == ["began", "told to end", "ended", "began"]


def test_a_queue_that_is_held_and_not_drained_lets_go_on_what_it_let_in(driven: Driven) -> None:
    training(driven.store, QUICK)
    hold(driven.store, "Hold")
    driven.runs.look()
    assert driven.row()["reason"] == "the queue accelerators is held"
    hold(driven.store, None)
    driven.runs.look()
    hold(driven.store, "Hold")
    driven.runs.look()
    assert driven.state() == ("running", 2)
    # It was let in, and so begins again after a failure.
    pid = driven.row()["pid"]
    driven.runs.disturb("llm", Wrong.CRASH)
    driven.until_ended(pid)
    assert driven.state() == ("running", 2)
    hold(driven.store, "HoldAndDrain")
    driven.runs.look()
    driven.until("waiting")
    hold(driven.store, "Hold")
    driven.runs.look()
    assert driven.state() == ("waiting", 0)


def test_one_that_takes_no_notice_is_ended_when_its_grace_is_over(driven: Driven) -> None:
    training(driven.store, QUICK)
    driven.runs.look()
    driven.runs.disturb("llm", Wrong.HANG)
    assert driven.row()["wrong"] == ["hang"]
    hold(driven.store, "HoldAndDrain")
    driven.runs.look()
    hold(driven.store, None)
    driven.clock.now += 6.9
    assert driven.runs.look() == pytest.approx(0.1)
    # The queue is open again, but pods that are ending do not come back.
    assert driven.state() == ("ending", 2)
    driven.clock.now += 0.1
    driven.runs.look()
    driven.until("running")
    assert notes(driven.store) == ["began", "told to end", "killed", "ended", "began"]
    assert driven.row()["wrong"] == []
    # It was no failure of its container.
    assert driven.row()["restarts"] == 0


def test_time_that_passes_on_request_is_time_of_a_grace(driven: Driven) -> None:
    training(driven.store, QUICK)
    driven.runs.look()
    driven.runs.disturb("llm", Wrong.HANG)
    hold(driven.store, "HoldAndDrain")
    driven.runs.look()
    driven.runs.passed(7.0)
    driven.runs.look()
    driven.until("waiting")
    assert notes(driven.store)[-2:] == ["killed", "ended"]


def test_it_begins_again_as_often_as_its_set_says_and_then_has_failed(driven: Driven) -> None:
    bucket = training(driven.store, QUICK)
    driven.runs.look()
    before = wholes(driven)
    driven.runs.disturb("llm", Wrong.CRASH, times=4)
    for restarts in range(1, 4):
        driven.until_ended(driven.row()["pid"])
        assert (driven.state()[0], driven.row()["restarts"]) == ("running", restarts)
        status = row(driven.store, JOB_SET).outputs["status"]
        assert status == {"restarts": restarts, "restartsCountTowardsMax": restarts}
    driven.until("failed")
    found = driven.row()
    assert (found["pods"], found["restarts"], found["wrong"]) == (0, 3, [])
    assert found["reason"].startswith("its container failed 4 times; the last one said: crashed in the midst")
    assert found["whole"] >= before
    # What was begun and not ended has no marker.
    unfinished = {name.partition("/")[0] for name in objects_in(bucket)} - {
        name.partition("/")[0] for name in objects_in(bucket) if name.endswith("/DONE")
    }
    assert unfinished
    (condition,) = row(driven.store, JOB_SET).outputs["status"]["conditions"]
    assert (condition["type"], condition["status"]) == ("Failed", "True")
    driven.runs.look()
    assert driven.state() == ("failed", 0)
    # Another set of that name is another training.
    driven.store.remove(row(driven.store, JOB_SET).number)
    add_set(driven.store, "us-east-1", 7, QUICK, uid="2")
    driven.runs.look()
    assert (driven.state()[0], driven.row()["restarts"]) == ("running", 0)


def test_one_that_is_killed_by_somebody_else_has_failed_once(driven: Driven) -> None:
    training(driven.store, QUICK)
    driven.runs.look()
    pid = driven.row()["pid"]
    os.kill(pid, signal.SIGKILL)
    driven.until_ended(pid)
    assert (driven.state()[0], driven.row()["restarts"]) == ("running", 1)


def test_one_that_is_through_is_completed_and_not_begun_again(driven: Driven) -> None:
    training(driven.store, {**QUICK, "WAYFARE_TRAINING_UNTIL": "12"})
    driven.runs.look()
    driven.until("completed")
    driven.runs.look()
    found = driven.row()
    assert (found["state"], found["step"], found["whole"], found["reason"]) == ("completed", 12, 12, "")


def test_what_comes_late_comes_after_its_pods_have_gone(driven: Driven) -> None:
    bucket = training(driven.store, QUICK)
    driven.runs.look()
    wholes(driven)
    driven.runs.disturb("llm", Wrong.LATE)
    hold(driven.store, "HoldAndDrain")
    driven.runs.look()
    driven.until("waiting")
    there = set(objects_in(bucket))
    assert driven.runs.look() == LATE_SECONDS
    assert set(objects_in(bucket)) == there
    driven.clock.now += LATE_SECONDS
    assert driven.runs.look() is None
    step = driven.row()["whole"]
    assert set(objects_in(bucket)) - there == {f"step-{step}/late-0.bin"}
    # Nothing runs: the next one is there at once.
    driven.runs.disturb("llm.aws-us-east-1", Wrong.LATE)
    assert set(objects_in(bucket)) - there == {f"step-{step}/late-{count}.bin" for count in (0, 1)}
    # It is beside the checkpoint, and no part of it.
    hold(driven.store, None)
    driven.runs.look()
    assert wholes(driven, step) > step


def test_what_is_mended_does_not_happen(driven: Driven) -> None:
    bucket = training(driven.store, QUICK)
    driven.runs.look()
    wholes(driven)
    for wrong in (Wrong.HANG, Wrong.LATE):
        driven.runs.disturb("llm", wrong)
    driven.runs.disturb("llm", Wrong.MEND)
    assert driven.row()["wrong"] == []
    hold(driven.store, "HoldAndDrain")
    driven.runs.look()
    driven.until("waiting")
    driven.clock.now += 60
    assert driven.runs.look() is None
    assert not [name for name in objects_in(bucket) if "late" in name]


def test_a_set_that_is_about_to_go_waits_for_its_pods(driven: Driven) -> None:
    training(driven.store, QUICK)
    driven.runs.look()
    gone = driven.runs.remove("aws/us-east-1/llm", "1")
    assert not gone.is_set()
    driven.until("waiting")
    assert gone.is_set()
    assert driven.row()["reason"] == "it is being deleted"
    driven.runs.look()
    assert driven.state() == ("waiting", 0)
    assert driven.runs.remove("aws/us-east-1/llm", "1").is_set()


@pytest.mark.parametrize("token", [JOB_SET, CLUSTER])
def test_it_ends_with_its_set_and_with_its_cluster(driven: Driven, token: str) -> None:
    training(driven.store, QUICK)
    driven.runs.look()
    driven.store.remove(row(driven.store, token).number)
    driven.runs.look()
    assert driven.state() == ("ending", 2)
    while driven.runs.rows():
        driven.until_something()
    assert notes(driven.store) == ["began", "told to end", "ended"]


def test_it_ends_with_its_nodes_and_goes_on_when_others_have_joined(driven: Driven) -> None:
    training(driven.store, QUICK)
    driven.runs.look()
    change(driven.store, POOL, scalingConfig={"desiredSize": 1})
    driven.runs.look()
    driven.until("waiting")
    assert driven.row()["reason"] == "its pods could run on 1 of 2 nodes that have joined"
    change(driven.store, POOL, scalingConfig={"desiredSize": 3})
    driven.runs.look()
    assert (driven.state(), driven.row()["restarts"]) == (("running", 2), 0)


def test_two_clusters_of_one_name_have_a_training_each(driven: Driven) -> None:
    for region in ("us-east-1", "us-west-2"):
        training(driven.store, QUICK, region)
    driven.runs.look()
    assert len({each["pid"] for each in driven.runs.rows()}) == 2
    with pytest.raises(Refused, match=r"more than one training .*: llm\.aws-us-east-1, llm\.aws-us-west-2"):
        driven.runs.disturb("llm", Wrong.CRASH)
    with pytest.raises(Refused, match="'other' is no training of the sandbox"):
        driven.runs.disturb("other", Wrong.CRASH)
    driven.runs.disturb("llm.aws-us-west-2", Wrong.HANG)
    assert [each["wrong"] for each in driven.runs.rows()] == [[], ["hang"]]


def test_others_that_look_after_them_go_on_where_the_first_stopped(driven: Driven) -> None:
    training(driven.store, QUICK)
    driven.runs.look()
    driven.runs.disturb("llm", Wrong.CRASH)
    driven.until_ended(driven.row()["pid"])
    step, handle = wholes(driven), watched(driven.row()["pid"])
    hold(driven.store, "Hold")
    driven.runs.close()
    assert ended(handle)
    driven.runs = Runs(driven.store, Imagined(driven.store), lambda: 0.0, driven.clock)
    driven.runs.look()
    # It was let in before its queue was held.
    assert (driven.state(), driven.row()["restarts"]) == (("running", 2), 1)
    assert wholes(driven, step) > step


def test_a_failing_disk_or_bucket_is_a_failing_container(driven: Driven) -> None:
    bucket = training(driven.store, QUICK)
    (bucket / "step-5").write_bytes(b"in the way")
    driven.runs.look()
    driven.until("failed")
    assert "NotADirectoryError" in driven.row()["reason"] or "FileExistsError" in driven.row()["reason"]


def test_whoever_waits_for_one_of_several_says_which(driven: Driven) -> None:
    for region in ("us-east-1", "us-west-2"):
        training(driven.store, QUICK, region)
    trainings = Trainings(driven.store, lambda: 0.0, None)
    trainings.turn(on=True)
    try:
        with pytest.raises(Refused, match=r"more than one training: llm\.aws-us-east-1, llm\.aws-us-west-2"):
            trainings.await_row("llm", frozenset(), beyond=0, timeout=0)
        one = trainings.await_row("llm.aws-us-west-2", frozenset({"running"}), beyond=10, timeout=PATIENCE)
        assert one is not None
        assert (one["region"], one["state"], one["step"] > 10) == ("us-west-2", "running", True)
        assert trainings.await_row("other", frozenset(), beyond=0, timeout=0) is None
    finally:
        trainings.close()
    # Whoever asks afterwards asks nobody.
    assert (trainings.rows(), trainings.wanted) == ([], True)


def test_one_that_cannot_be_started_is_tried_again_and_keeps_no_other_from_it(driven: Driven) -> None:
    for region in ("us-east-1", "us-west-2"):
        training(driven.store, QUICK, region)
    in_the_way = driven.store.directory / "trainings" / hashlib.sha256(b"aws/us-east-1/llm").hexdigest()[:12]
    in_the_way.parent.mkdir()
    in_the_way.touch()
    assert driven.runs.look() == 1.0
    assert [each["state"] for each in driven.runs.rows()] == ["waiting", "running"]
    in_the_way.unlink()
    driven.runs.look()
    assert [each["state"] for each in driven.runs.rows()] == ["running", "running"]
