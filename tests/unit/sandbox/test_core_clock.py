"""Virtual time, driven by hand."""

import threading

import pytest

from wayfare.sandbox.clock import START, VirtualClock


class RealTime:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


def test_time_jumps_to_the_earliest_event_after_a_quiet_period() -> None:
    real = RealTime()
    clock = VirtualClock(quiet=0.04, real=real)
    late, early, same = clock.schedule(600), clock.schedule(30), clock.schedule(30)
    real.seconds += 0.05
    assert clock.step() == 0.04
    assert clock.elapsed == 30
    assert early.released.is_set()
    assert same.released.is_set()
    assert not late.released.is_set()
    assert clock.step() == pytest.approx(0.04)
    assert clock.elapsed == 30, "whoever was released gets a quiet period to act in"
    real.seconds += 0.05
    assert clock.step() is None
    assert clock.elapsed == 600
    assert (clock.now() - START).total_seconds() == 600


def test_time_stands_while_a_call_is_at_work() -> None:
    real = RealTime()
    clock = VirtualClock(quiet=0.04, real=real)
    waiting = clock.schedule(10)
    with clock.call():
        real.seconds += 5
        assert clock.step() is None
        assert clock.elapsed == 0
    remaining = clock.step()
    assert remaining is not None
    assert remaining == pytest.approx(0.04), "the end of the call begins a quiet period"
    real.seconds += 0.05
    clock.step()
    assert waiting.released.is_set()


def test_what_begins_later_ends_later() -> None:
    real = RealTime()
    clock = VirtualClock(quiet=0.0, real=real)
    first = clock.schedule(600)
    clock.schedule(60)
    clock.step()
    second = clock.schedule(600)
    clock.step()
    assert (clock.elapsed, first.released.is_set(), second.released.is_set()) == (600, True, False)
    clock.step()
    assert (clock.elapsed, second.released.is_set()) == (660, True)


def test_cancel_releases_an_owners_waits_and_lets_no_time_pass() -> None:
    clock = VirtualClock(real=RealTime())
    mine, other = clock.schedule(600, "mine"), clock.schedule(600, "other")
    clock.cancel("mine")
    assert (mine.cancelled, mine.released.is_set()) == (True, True)
    assert not other.released.is_set()
    assert clock.elapsed == 0


def test_side_by_side_waits_overlap_in_virtual_time() -> None:
    moved: list[float] = []
    clock = VirtualClock(quiet=0.0, moved=moved.append)
    together = threading.Barrier(8)

    def work() -> None:
        with clock.call():
            together.wait()
            assert clock.wait(600)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    runner = threading.Thread(target=clock.run)
    runner.start()
    for thread in threads:
        thread.join()
    clock.stop()
    runner.join()
    assert clock.elapsed < 1200
    assert moved == sorted(moved)


def test_a_stopped_clock_holds_nobody() -> None:
    clock = VirtualClock()
    clock.stop()
    with clock.call():
        assert not clock.wait(600)
