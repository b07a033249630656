"""Processes that work on a move in a world of fakes, and what must be so when it has ended."""

from functools import cache

import pytest

from tests.unit.stacks.moving.clouds import AWS, AZURE, Cloud
from tests.unit.stacks.moving.dying import Killed, Moment
from tests.unit.stacks.moving.site import FakeSite, checkpoint, marker
from tests.unit.stacks.moving.world import CORPUS, FakeJournal, World
from wayfare.stacks.moving.steps import CUT_OVER, STEPS
from wayfare.stacks.moving.workflow import End, Intent, Suspended, move

ORDER = [step.name for step in STEPS]

Direction = tuple[Cloud, Cloud]


def started(direction: Direction = (AWS, AZURE), seed: int = 0) -> tuple[World, FakeJournal]:
    world = World(*direction, seed)
    return world, FakeJournal(world.death)


def run(world: World, journal: FakeJournal, *, roll_back: bool = False, dies_at: int | None = None) -> End | None:
    """One process. None: it died."""
    world.death.another(dies_at)
    try:
        return move(world, journal.reopened(), Intent(roll_back=roll_back))
    except Killed:
        return None
    finally:
        world.death.at = None


def fail(world: World, journal: FakeJournal, at: int, says: str) -> None:
    """A process to which a cloud says no at a moment within a step."""
    world.death.another(at, says)
    with pytest.raises(Suspended):
        move(world, journal.reopened(), Intent())
    assert journal.recorded[-1][1].said == says


def is_over(journal: FakeJournal) -> bool:
    """Whether a move only goes forward."""
    return any(name == CUT_OVER for name, attempt in journal.recorded if attempt.how == "done")


def stuck(direction: Direction = (AWS, AZURE)) -> tuple[World, FakeJournal]:
    """A move whose target trains already, and that can still be taken back: its cut-over fails."""
    world, journal = started(direction)
    world.refuses["late"] = "the source does not answer"
    with pytest.raises(Suspended):
        run(world, journal)
    world.refuses.clear()
    return world, journal


@cache
def moments(direction: Direction = (AWS, AZURE)) -> tuple[Moment, ...]:
    """All at which the process of a whole move may die."""
    world, journal = started(direction)
    assert run(world, journal) is End.MOVED
    return tuple(world.death.passed)


@cache
def moments_of_a_way_back(direction: Direction = (AWS, AZURE)) -> tuple[Moment, ...]:
    """All at which a process may die that takes a move back after the target has trained."""
    world, journal = stuck(direction)
    assert run(world, journal, roll_back=True) is End.ROLLED_BACK
    return tuple(world.death.passed)


@cache
def undisturbed(direction: Direction, end: End) -> World:
    """How a world is after a move in which nobody died."""
    if end is End.MOVED:
        world, journal = started(direction)
        run(world, journal)
    else:
        world, journal = stuck(direction)
        run(world, journal, roll_back=True)
    return world


def expect(world: World, end: End) -> None:
    """What must be so after a move that has ended so."""
    (expect_moved if end is End.MOVED else expect_rolled_back)(world)


def expect_moved(world: World) -> None:
    assert world.most_at_once == 1
    assert not world.source.up
    assert not world.source.made | world.source.known
    assert not world.source.bucket
    assert world.target.made == world.target.known == set(world.there.made)
    assert not world.trusting
    assert not world.target.held
    # Not one step is done twice or left out: the training goes on from the last one of the source.
    (went_on_from,) = world.target.began_at
    assert went_on_from < world.target.step
    assert world.target.bucket.pop(CORPUS) == b"tokens"
    expect_every_step(world.target)
    world.target.bucket[CORPUS] = b"tokens"


def expect_rolled_back(world: World) -> None:
    assert world.most_at_once == 1
    assert world.source.up
    assert not world.source.held
    assert world.source.made == world.source.known == set(world.here.made)
    assert not world.target.up
    assert not world.target.made | world.target.known
    assert not world.trusting
    assert not world.target.bucket
    for _ in range(6):
        world.tick()
    assert world.source.pods
    expect_every_step(world.source)


def expect_every_step(site: FakeSite) -> None:
    """Its bucket has the checkpoints of all steps, each as whoever trains makes it, and nothing besides."""
    wanted = {name: content for step in range(1, site.step + 1) for name, content in checkpoint(step).items()}
    wanted |= {marker(step): b"" for step in range(1, site.step + (not site.torn))}
    assert site.bucket == wanted


def expect_as_undisturbed(world: World, other: World) -> None:
    """The same inventory, and the same objects, name by name and byte by byte, but that one may have trained longer."""
    for one, same in ((world.source, other.source), (world.target, other.target)):
        assert (one.made, one.known, one.up, one.held) == (same.made, same.known, same.up, same.held)
        fewer, more = sorted((one, same), key=lambda site: (site.step, not site.torn))
        assert fewer.bucket.items() <= more.bucket.items()
