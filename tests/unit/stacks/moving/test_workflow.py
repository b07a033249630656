"""What the workflow does where a step fails, a lease is lost, or something is not as it should be."""

import pytest

from tests.unit.stacks.moving.dying import Moment
from tests.unit.stacks.moving.runs import (
    ORDER,
    expect_moved,
    expect_rolled_back,
    moments,
    run,
    started,
)
from tests.unit.stacks.moving.world import FakeJournal, World
from wayfare.stacks.moving.workflow import End, How, Suspended


def test_a_move_does_its_steps_in_order_and_leaves_evidence() -> None:
    world, journal = started()
    assert run(world, journal) is End.MOVED
    assert [name for name, _ in journal.recorded] == ORDER
    evidence = {name: attempt.evidence for name, attempt in journal.recorded}
    assert evidence["suspend"]["step"] == world.target.began_at[0]
    assert evidence["verify"]["objects"] == 4 * world.target.began_at[0]
    expect_moved(world)


@pytest.mark.parametrize("operation", ["bring_up", "trust", "copy", "prove"])
def test_a_step_that_fails_is_told_and_goes_on_later(operation: str) -> None:
    world, journal = started()
    world.refuses[operation] = "the cloud said no"
    with pytest.raises(Suspended):
        run(world, journal)
    name, attempt = journal.recorded[-1]
    assert (attempt.how, attempt.said) == (How.FAILED, "the cloud said no")
    with pytest.raises(Suspended):
        run(world, journal)
    world.refuses.clear()
    assert run(world, journal) is End.MOVED
    expect_moved(world)
    assert [each for each, _ in journal.recorded].count(name) >= 3


@pytest.mark.parametrize("operation", ["bring_up", "trust", "copy", "prove"])
def test_a_step_that_fails_can_be_rolled_back(operation: str) -> None:
    world, journal = started()
    world.refuses[operation] = "the cloud said no"
    with pytest.raises(Suspended):
        run(world, journal)
    assert run(world, journal, roll_back=True) is End.ROLLED_BACK
    expect_rolled_back(world)


def test_whoever_has_lost_the_lease_does_nothing_more() -> None:
    world, journal = started()
    world.lease_lost = True
    with pytest.raises(Suspended):
        run(world, journal)
    assert not any(moment.what.startswith(("makes", "sends", "closes", "opens")) for moment in world.death.passed)
    assert not world.target.made | world.target.known
    assert not world.target.bucket


def test_objects_of_an_earlier_stay_stop_the_move() -> None:
    world, journal = started()
    world.target.bucket["step-900/DONE"] = b""
    with pytest.raises(Suspended):
        run(world, journal)
    assert "step-900/DONE" in journal.recorded[-1][1].said
    assert world.target.held


def test_a_target_that_is_not_empty_is_not_touched() -> None:
    world, journal = started()
    world.target.made.add("a bucket of last year")
    with pytest.raises(Suspended):
        run(world, journal)
    assert run(world, journal, roll_back=True) is End.ROLLED_BACK
    assert world.target.made == {"a bucket of last year"}


def test_a_bucket_that_no_right_opens_stops_the_move_before_anything_is_made() -> None:
    world, journal = started()
    world.refuses["closed"] = "it answers in its network alone"
    with pytest.raises(Suspended):
        run(world, journal)
    assert [(name, attempt.said) for name, attempt in journal.recorded] == [
        ("preflight", "it answers in its network alone")
    ]
    assert not world.target.made


def _late(name: str, step: str = "progress") -> tuple[World, FakeJournal]:
    """A move that died when a step began, and an object that somebody wrote to the source then."""
    world, journal = started()
    assert run(world, journal, dies_at=moments().index(Moment(step, "begins"))) is None
    world.source.bucket[name] = b"late"
    return world, journal


def test_an_object_that_is_written_after_the_manifest_comes_along() -> None:
    world, journal = _late("notes.txt")
    assert run(world, journal) is End.MOVED
    assert world.target.bucket["notes.txt"] == b"late"
    assert dict(journal.recorded)["cut-over"].evidence["late"] == 1


def test_an_object_that_is_written_when_the_trust_has_ended_comes_along_by_another() -> None:
    world, journal = _late("notes.txt", "destroy")
    assert not world.trusting
    assert run(world, journal) is End.MOVED
    assert world.target.bucket["notes.txt"] == b"late"
    assert not world.trusting


def test_a_late_object_that_the_target_has_otherwise_stops_the_move() -> None:
    world, journal = _late("notes.txt")
    world.target.bucket["notes.txt"] = b"the target's own"
    with pytest.raises(Suspended):
        run(world, journal)
    assert world.source.up
    assert world.target.bucket["notes.txt"] == b"the target's own"


def test_a_training_that_does_not_go_on_stops_the_move_before_the_cut_over() -> None:
    world, journal = started()
    world.target.hangs = True
    with pytest.raises(Suspended):
        run(world, journal)
    assert "no whole checkpoint beyond step" in journal.recorded[-1][1].said
    assert run(world, journal, roll_back=True) is End.ROLLED_BACK
    expect_rolled_back(world)
