"""A move that dies anywhere is ended as if it had not died: nothing lost, nothing doubled, never two trainings."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.stacks.moving.world import FakeJournal, Killed, World
from wayfare.stacks.moving.steps import STEPS
from wayfare.stacks.moving.workflow import BACK, End, How, Intent, Suspended, move

ORDER = [step.name for step in STEPS]


def started() -> tuple[World, FakeJournal]:
    world = World()
    return world, FakeJournal(world.death)


def run(world: World, journal: FakeJournal, *, roll_back: bool = False, dies_at: int | None = None) -> End | None:
    """One process. None: it died."""
    world.death.points, world.death.at = 0, dies_at
    try:
        return move(world, journal.reopened(), Intent(roll_back=roll_back))
    except Killed:
        return None
    finally:
        world.death.at = None


def moments() -> int:
    world, journal = started()
    run(world, journal)
    return world.death.points


def expect_moved(world: World) -> None:
    assert world.most_at_once == 1
    assert not world.source.up
    assert not world.source.made
    assert not world.trusting
    assert world.target.made == {"cluster", "pool", "bucket"}
    assert not world.target.held
    # Not one step is done twice or left out: the training goes on from the last one of the source.
    (went_on_from,) = world.target.began_at
    steps = sorted(int(name.split("/")[0][5:]) for name in world.target.bucket if name.endswith("/model"))
    assert steps == list(range(1, world.target.step + 1))
    assert went_on_from < world.target.step


def expect_rolled_back(world: World) -> None:
    assert world.most_at_once == 1
    assert world.source.up
    assert not world.source.held
    assert world.source.made == {"cluster", "pool", "bucket"}
    assert not world.target.up
    assert not world.target.made
    assert not world.trusting
    world.tick()
    world.tick()
    steps = sorted(int(name.split("/")[0][5:]) for name in world.source.bucket if name.endswith("/model"))
    assert steps == list(range(1, world.source.step + 1))


def test_a_move_does_its_steps_in_order_and_leaves_evidence() -> None:
    world, journal = started()
    assert run(world, journal) is End.MOVED
    assert [name for name, _ in journal.recorded] == ORDER
    evidence = {name: attempt.evidence for name, attempt in journal.recorded}
    assert evidence["suspend"]["step"] == world.target.began_at[0]
    assert evidence["verify"]["objects"] == 3 * world.target.began_at[0]
    expect_moved(world)


EVERYWHERE = range(moments())


def test_there_are_enough_moments() -> None:
    assert len(EVERYWHERE) >= 60


@pytest.mark.parametrize("dies_at", EVERYWHERE)
def test_killed_anywhere_it_resumes(dies_at: int) -> None:
    world, journal = started()
    assert run(world, journal, dies_at=dies_at) is None
    assert run(world, journal) is End.MOVED
    expect_moved(world)


@pytest.mark.parametrize("dies_at", EVERYWHERE)
def test_killed_anywhere_it_rolls_back_before_the_cut_over_and_goes_forward_after_it(dies_at: int) -> None:
    world, journal = started()
    assert run(world, journal, dies_at=dies_at) is None
    over = any(name == "cut-over" for name, _ in journal.recorded)
    assert run(world, journal, roll_back=True) is (End.MOVED if over else End.ROLLED_BACK)
    (expect_moved if over else expect_rolled_back)(world)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(EVERYWHERE)), st.booleans()), max_size=8))
def test_killed_again_and_again_it_ends_well(deaths: list[tuple[int, bool]]) -> None:
    world, journal = started()
    end: End | None = None
    for dies_at, roll_back in deaths:
        end = run(world, journal, dies_at=dies_at, roll_back=roll_back)
        if end is not None:
            break
    end = end or run(world, journal)
    (expect_moved if end is End.MOVED else expect_rolled_back)(world)


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


def test_a_roll_back_that_dies_goes_on_rolling_back_whatever_is_asked() -> None:
    world, journal = started()
    run(world, journal, dies_at=EVERYWHERE[-1] // 2)
    dies_at = 0
    while not any(name.startswith(BACK) for name, _ in journal.recorded):
        assert run(world, journal, roll_back=True, dies_at=dies_at) is None
        dies_at += 1
    assert run(world, journal) is End.ROLLED_BACK
    expect_rolled_back(world)


def test_whoever_has_lost_the_lease_does_nothing_more() -> None:
    world, journal = started()
    world.lease_lost = True
    before = (dict(world.source.bucket), set(world.target.made))
    with pytest.raises(Suspended):
        run(world, journal)
    assert (world.source.bucket, world.target.made) == before


def test_objects_of_an_earlier_stay_stop_the_move() -> None:
    world, journal = started()
    world.target.bucket["step-900/DONE"] = ""
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


def _late(world: World, journal: FakeJournal, name: str, after: str = "start") -> None:
    """Write an object when a step is done: by default, when the target has already started."""
    for dies_at in EVERYWHERE:
        if run(world, journal, dies_at=dies_at) is None and [each for each, _ in journal.recorded][-1:] == [after]:
            world.source.bucket[name] = "late"
            return
        journal.recorded.clear()
        world.__init__()
    raise AssertionError


def test_an_object_that_is_written_after_the_manifest_comes_along() -> None:
    world, journal = started()
    _late(world, journal, "notes.txt")
    assert run(world, journal) is End.MOVED
    assert world.target.bucket["notes.txt"] == "late"
    assert dict(journal.recorded)["cut-over"].evidence["late"] == 1


def test_an_object_that_is_written_when_the_trust_has_ended_comes_along_by_another() -> None:
    world, journal = started()
    _late(world, journal, "notes.txt", after="distrust")
    assert not world.trusting
    assert run(world, journal) is End.MOVED
    expect_moved(world)
    assert world.target.bucket["notes.txt"] == "late"


def test_a_late_object_that_the_target_has_otherwise_stops_the_move() -> None:
    world, journal = started()
    _late(world, journal, "notes.txt")
    world.target.bucket["notes.txt"] = "the target's own"
    with pytest.raises(Suspended):
        run(world, journal)
    assert world.source.up
    assert world.target.bucket["notes.txt"] == "the target's own"


def test_a_training_that_does_not_go_on_stops_the_move_before_the_cut_over() -> None:
    world, journal = started()
    world.target.write = lambda _: None  # pyright: ignore[reportAttributeAccessIssue] - its container hangs
    with pytest.raises(Suspended):
        run(world, journal)
    assert "no whole checkpoint beyond step" in journal.recorded[-1][1].said
    assert run(world, journal, roll_back=True) is End.ROLLED_BACK
    expect_rolled_back(world)
