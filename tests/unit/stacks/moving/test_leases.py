"""A cluster's lease: one holder, and a token by which an older one knows that it is none any more."""

import os
import socket
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import create_engine, text

from wayfare.stacks.engine.owner import Owner
from wayfare.stacks.moving.journey import Stopped
from wayfare.stacks.moving.leases import RUNS_OUT, Leases, LeaseTaken

NOW = f"{datetime.now(UTC) + timedelta(seconds=1):%FT%TZ}"
ME = Owner("ann", socket.gethostname(), os.getpid(), NOW)
ELSEWHERE = Owner("bob", "another-machine", 17, NOW)


@pytest.fixture
def leases(tmp_path: Path) -> Leases:
    return Leases(create_engine(f"sqlite:///{tmp_path / 'moves.sqlite'}"))


def silent_for(leases: Leases, time: timedelta) -> None:
    with leases.engine.begin() as database:
        database.execute(text("update wayfare_leases set renewed = renewed - :s"), {"s": time.total_seconds()})


def test_one_holder_at_a_time(leases: Leases) -> None:
    with leases.hold("llm", ME) as fence:
        with (
            pytest.raises(LeaseTaken, match="is being worked on by ann@"),
            leases.hold("llm", ELSEWHERE),
        ):
            pass
        with leases.hold("another", ELSEWHERE):
            fence()
    with leases.hold("llm", ELSEWHERE):
        pass


def test_tokens_grow(leases: Leases) -> None:
    with leases.hold("llm", ME):
        pass
    first = leases.take("llm", ME)
    leases.give_back("llm", first)
    assert leases.take("llm", ELSEWHERE) == first + 1


def test_who_was_silent_for_too_long_loses_it_and_finds_out(leases: Leases) -> None:
    with leases.hold("llm", ELSEWHERE) as fence:
        silent_for(leases, RUNS_OUT - timedelta(seconds=20))
        with pytest.raises(LeaseTaken):
            leases.take("llm", ME)
        silent_for(leases, timedelta(seconds=40))
        newer = leases.take("llm", ME)
        with pytest.raises(Stopped, match=r"taken over by ann@"):
            fence()
        assert not leases.renew("llm", newer - 1)
    # What the older one gave back was not its own.
    leases.check("llm", newer)


def expect_its_holders_clock_not_to_count(leases: Leases, ahead: timedelta) -> None:
    """A holder whose clock is wrong keeps its lease as long as any other, and no longer."""
    said = f"{datetime.now(UTC) + ahead:%FT%TZ}"
    with leases.hold(f"skewed {ahead}", Owner("eve", "another-machine", 5, said)) as fence:
        silent_for(leases, RUNS_OUT - timedelta(seconds=20))
        with pytest.raises(LeaseTaken, match=said):
            leases.take(f"skewed {ahead}", ELSEWHERE)
        fence()
        silent_for(leases, timedelta(seconds=40))
        leases.take(f"skewed {ahead}", Owner("eve", "a-third-machine", 5, said))
        with pytest.raises(Stopped, match="taken over"):
            fence()


SKEWS = (timedelta(days=-1), timedelta(minutes=-10), timedelta(minutes=10), timedelta(days=1))


@pytest.mark.parametrize("ahead", SKEWS, ids=str)
def test_the_databases_clock_counts_and_no_holders(leases: Leases, ahead: timedelta) -> None:
    expect_its_holders_clock_not_to_count(leases, ahead)


def test_a_process_of_this_machine_that_is_certainly_dead_holds_nothing(leases: Leases) -> None:
    with leases.hold("another", ME):
        pass
    gone = Owner("ann", socket.gethostname(), 2**22 - 3, NOW)
    first = leases.take("llm", gone)
    assert leases.take("llm", ME) == first + 1


def expect_all_to_begin_at_once(url: str) -> None:
    """Nobody has used the database before."""
    together = Barrier(8)

    def hold(number: int) -> None:
        engine = create_engine(url)
        together.wait()
        with Leases(engine).hold(f"cluster {number}", ME):
            pass
        engine.dispose()

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(hold, range(8)))


def test_the_first_ones_may_come_at_once(tmp_path: Path) -> None:
    expect_all_to_begin_at_once(f"sqlite:///{tmp_path / 'moves.sqlite'}")


def test_renewing_keeps_it(leases: Leases) -> None:
    with leases.hold("llm", ELSEWHERE):
        pass
    token = leases.take("llm", ELSEWHERE)
    silent_for(leases, RUNS_OUT + timedelta(seconds=20))
    assert leases.renew("llm", token)
    with pytest.raises(LeaseTaken):
        leases.take("llm", ME)


def test_of_many_who_come_at_once_one_gets_it(leases: Leases) -> None:
    with leases.hold("another", ME):
        pass

    def take(number: int) -> int:
        try:
            return leases.take("llm", Owner("ann", "another-machine", number + 1, NOW))
        except LeaseTaken:
            return 0

    with ThreadPoolExecutor(8) as threads:
        assert sorted(threads.map(take, range(16))) == [0] * 15 + [1]


def test_what_has_happened_is_not_hidden_by_a_database_that_has_gone_meanwhile(leases: Leases) -> None:
    with pytest.raises(Stopped, match="the cloud said no"), leases.hold("llm", ME):  # noqa: PT012 - in this order
        with leases.engine.begin() as database:
            database.execute(text("drop table wayfare_leases"))
        raise Stopped("the cloud said no")
