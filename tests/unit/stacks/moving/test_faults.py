"""What goes wrong beside death, in all six directions: it stops a move, in the cloud's words, or is made good."""

import pytest

from tests.unit.stacks.moving.clouds import DIRECTIONS
from tests.unit.stacks.moving.runs import (
    ORDER,
    Direction,
    expect,
    expect_as_undisturbed,
    fail,
    is_over,
    moments,
    run,
    started,
    undisturbed,
)
from tests.unit.stacks.moving.test_kills import in_all_directions
from tests.unit.stacks.moving.world import CORPUS
from wayfare.stacks.moving.workflow import End, Suspended

EXPIRED = "the security token included in the request is expired"


def within(direction: Direction, step: str | None = None) -> list[int]:
    """Numbers of the moments within steps, or within one."""
    return [number for number, moment in enumerate(moments(direction)) if moment.within and step in (None, moment.step)]


@in_all_directions
@pytest.mark.parametrize("roll_back", [False, True], ids=["resumed", "rolled back"])
def test_what_fails_anywhere_stops_the_move_and_is_gone_on_with_later(direction: Direction, *, roll_back: bool) -> None:
    """Credentials expire, a cloud's API is down, a bucket is full: each is a call that fails."""
    for at in within(direction):
        world, journal = started(direction)
        fail(world, journal, at, EXPIRED)
        end = End.ROLLED_BACK if roll_back and not is_over(journal) else End.MOVED
        assert run(world, journal, roll_back=roll_back) is end, moments(direction)[at]
        expect(world, end)
        expect_as_undisturbed(world, undisturbed(direction, end))


@in_all_directions
def test_what_was_not_proven_is_not_destroyed_whatever_fails(direction: Direction) -> None:
    for at in within(direction):
        world, journal = started(direction)
        fail(world, journal, at, EXPIRED)
        if not is_over(journal):
            assert world.source.up
            assert world.source.made == set(world.here.made)


@in_all_directions
@pytest.mark.parametrize("step", ["bulk-copy", "last-copy"])
def test_an_object_that_is_corrupted_on_the_target_is_copied_anew(direction: Direction, step: str) -> None:
    at = max(at for at in within(direction, step) if moments(direction)[at].what.startswith("sent "))
    world, journal = started(direction)
    assert run(world, journal, dies_at=at) is None
    for name in sorted(world.target.bucket.keys() - {CORPUS})[:3]:
        # As large as before, so that no size tells of it.
        world.target.bucket[name] = bytes(len(world.target.bucket[name]))
    assert run(world, journal) is End.MOVED
    expect(world, End.MOVED)


@in_all_directions
def test_an_object_that_is_corrupted_again_and_again_stops_the_move(direction: Direction) -> None:
    world, journal = started(direction)
    world.target.spoils = frozenset({"step-3/model"})
    with pytest.raises(Suspended):
        run(world, journal)
    name, attempt = journal.recorded[-1]
    assert (name, attempt.said) == ("verify", "step-3/model differs")
    assert world.source.up
    assert world.target.held
    world.target.spoils = frozenset()
    assert run(world, journal) is End.MOVED
    expect(world, End.MOVED)


@in_all_directions
def test_who_loses_the_lease_within_a_step_does_not_begin_another(direction: Direction) -> None:
    for at in within(direction):
        if moments(direction)[at].step == ORDER[-1]:
            break
        world, journal = started(direction)
        world.lost_at = at
        with pytest.raises(Suspended):
            run(world, journal)
        steps = [moment.step for moment in world.death.passed[at:]]
        assert set(steps) <= {steps[0], steps[-1]}, moments(direction)[at]
        world.lost_at = None
        assert run(world, journal) is End.MOVED
        expect(world, End.MOVED)


def test_every_step_has_failed_in_every_direction() -> None:
    for direction in DIRECTIONS:
        assert len(within(direction)) >= 200
        assert {moments(direction)[at].step for at in within(direction)} == {each.step for each in moments(direction)}
