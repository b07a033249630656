"""The journal and its leases in a real Postgres: what two machines share."""

from collections.abc import Generator
from datetime import timedelta

import pytest

from tests import postgres
from tests.unit.stacks.moving.dying import Death, Killed
from tests.unit.stacks.moving.runs import expect_moved, expect_rolled_back
from tests.unit.stacks.moving.test_journal import WANTED, begin, found, resume
from tests.unit.stacks.moving.test_leases import (
    ELSEWHERE,
    ME,
    SKEWS,
    expect_all_to_begin_at_once,
    expect_its_holders_clock_not_to_count,
    silent_for,
)
from tests.unit.stacks.moving.world import World
from wayfare.stacks.moving.journal import Moves, State
from wayfare.stacks.moving.journey import Stopped
from wayfare.stacks.moving.leases import RUNS_OUT, Leases, LeaseTaken
from wayfare.stacks.moving.workflow import End, Suspended


@pytest.fixture(scope="module")
def url() -> Generator[str]:
    """Of a server of this process's own."""
    with postgres.running() as made:
        yield made


def test_the_first_ones_may_come_at_once(url: str) -> None:
    expect_all_to_begin_at_once(url.replace("postgresql://", "postgresql+psycopg://", 1))


def test_a_killed_move_goes_on_in_another_process(url: str) -> None:
    moves, world = Moves(url), World(death=Death(at=40))
    with pytest.raises(Killed):
        begin(moves, world, "killed")
    world.death.at = None
    assert found(moves, "killed").state is State.UNFINISHED
    assert resume(moves, world, "killed") is End.MOVED
    expect_moved(world)
    assert found(moves, "killed").wanted == WANTED


def test_one_that_failed_is_rolled_back(url: str) -> None:
    moves, world = Moves(url), World(refuses={"copy": "throttled"})
    with pytest.raises(Suspended):
        begin(moves, world, "failed")
    assert found(moves, "failed").failed == "throttled"
    assert resume(moves, world, "failed", roll_back=True) is End.ROLLED_BACK
    expect_rolled_back(world)


def test_two_who_want_the_same_cluster_do_not_both_get_it(url: str) -> None:
    engine = Moves(url).engine
    leases = Leases(engine)
    with leases.hold("shared", ME) as fence:
        with pytest.raises(LeaseTaken, match="ann@"):
            leases.take("shared", ELSEWHERE)
        fence()
        silent_for(leases, RUNS_OUT * 2)
        # On a database that other machines share nobody is certainly dead before that.
        leases.take("shared", ELSEWHERE)
        with pytest.raises(Stopped, match="taken over by bob@another-machine"):
            fence()
    engine.dispose()


@pytest.mark.parametrize("ahead", SKEWS, ids=str)
def test_the_databases_clock_counts_and_no_holders(url: str, ahead: timedelta) -> None:
    engine = Moves(url).engine
    expect_its_holders_clock_not_to_count(Leases(engine), ahead)
    engine.dispose()
