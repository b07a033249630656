"""A process of a move that dies at any moment, in all six directions: it is ended as if nobody had died."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.stacks.moving.clouds import DIRECTIONS
from tests.unit.stacks.moving.dying import Moment
from tests.unit.stacks.moving.runs import (
    ORDER,
    Direction,
    expect,
    expect_as_undisturbed,
    is_over,
    moments,
    moments_of_a_way_back,
    run,
    started,
    stuck,
    undisturbed,
)
from wayfare.stacks.moving.steps import STEPS
from wayfare.stacks.moving.workflow import BACK, End, How

#: The moments of a direction are shared out to so many tests.
_PARTS = 2


def said(direction: Direction) -> str:
    return "-".join(cloud.name for cloud in direction)


in_all_directions = pytest.mark.parametrize("direction", DIRECTIONS, ids=said)
in_parts = pytest.mark.parametrize("part", range(_PARTS))


def of_part(part: int, direction: Direction) -> list[tuple[int, Moment]]:
    return list(enumerate(moments(direction)))[part::_PARTS]


@in_all_directions
@in_parts
def test_killed_anywhere_it_resumes(direction: Direction, part: int) -> None:
    for dies_at, moment in of_part(part, direction):
        world, journal = started(direction)
        assert run(world, journal, dies_at=dies_at) is None, moment
        assert run(world, journal) is End.MOVED, moment
        expect(world, End.MOVED)
        expect_as_undisturbed(world, undisturbed(direction, End.MOVED))


@in_all_directions
@in_parts
def test_killed_anywhere_it_rolls_back_before_the_cut_over_and_goes_forward_after_it(
    direction: Direction, part: int
) -> None:
    for dies_at, moment in of_part(part, direction):
        world, journal = started(direction)
        assert run(world, journal, dies_at=dies_at) is None, moment
        end = End.MOVED if is_over(journal) else End.ROLLED_BACK
        assert run(world, journal, roll_back=True) is end, moment
        expect(world, end)
        expect_as_undisturbed(world, undisturbed(direction, end))


@in_all_directions
def test_killed_anywhere_on_its_way_back_it_goes_on_rolling_back_whatever_is_asked(direction: Direction) -> None:
    for dies_at, moment in enumerate(moments_of_a_way_back(direction)):
        world, journal = stuck(direction)
        assert run(world, journal, roll_back=True, dies_at=dies_at) is None
        turned = any(attempt.how is How.TURNED_BACK for _, attempt in journal.recorded)
        end = End.ROLLED_BACK if turned else End.MOVED
        assert run(world, journal) is end, moment
        expect(world, end)
        expect_as_undisturbed(world, undisturbed(direction, end))


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(DIRECTIONS),
    st.integers(0, 2**32),
    st.lists(st.tuples(st.integers(0, 500), st.booleans()), max_size=8),
)
def test_killed_again_and_again_it_ends_well(direction: Direction, seed: int, deaths: list[tuple[int, bool]]) -> None:
    world, journal = started(direction, seed)
    end: End | None = None
    for dies_at, roll_back in deaths:
        end = run(world, journal, dies_at=dies_at, roll_back=roll_back)
        if end is not None:
            break
    end = end or run(world, journal)
    assert end is not None
    expect(world, end)
    expect_as_undisturbed(world, undisturbed(direction, end))


def test_directions_boundaries_and_moments_are_as_many_as_is_said_of_them() -> None:
    assert len(set(map(said, DIRECTIONS))) == 6
    for direction in DIRECTIONS:
        parts = [moment for part in range(_PARTS) for moment in of_part(part, direction)]
        assert sorted(number for number, _ in parts) == list(range(len(moments(direction))))
        # Before each step, after it, and when that is written down.
        boundaries = [moment.step for _, moment in parts if not moment.within]
        assert sorted(boundaries) == sorted(ORDER * 3)
        assert len(parts) - len(boundaries) >= 200


def test_every_step_has_moments_within_and_so_has_what_takes_one_back() -> None:
    taken_back = {f"{BACK}{step.name}" for step in STEPS if step.back is not None}
    for direction in DIRECTIONS:
        assert {moment.step for moment in moments(direction) if moment.within} == set(ORDER)
        assert taken_back <= {moment.step for moment in moments_of_a_way_back(direction) if moment.within}


def test_directions_differ_in_what_happens_and_not_in_their_names_alone() -> None:
    assert len({tuple(map(str, moments(direction))) for direction in DIRECTIONS}) == 6
    for here, there in DIRECTIONS:
        steps = {(moment.step, moment.what) for moment in moments((here, there))}
        assert (("target-up", f"deletes {there.held[-1]}") in steps) if there.held else True
        assert (("destroy", "deletes step-1/model") in steps) is here.empties
        for cloud in (here, there):
            doing = "takes the hash" if cloud.hashes(bytes(32)) else "reads the bytes"
            assert ("verify", f"{doing} of step-1/model") in steps
