"""A virtual clock that jumps from event to event.

What takes minutes in a cloud blocks its call until virtual time has passed. Virtual time passes as soon as nothing else
can happen: no call is at work, and none has begun or ended for a short quiet period of real time. Then the clock jumps
to the earliest event that is waited for. So ten virtual minutes cost almost nothing, and what runs side by side
overlaps in virtual time.
"""

import heapq
import itertools
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

QUIET = 0.04
"""Real seconds without a call beginning or ending after which the clock jumps."""

START = datetime(2026, 1, 1, tzinfo=UTC)
"""Virtual time at which every sandbox begins, so that two runs read the same."""


@dataclass(order=True)
class Wait:
    """Someone who waits for a moment of virtual time."""

    due: float
    number: int
    owner: str = field(compare=False)
    released: threading.Event = field(compare=False, default_factory=threading.Event)
    cancelled: bool = field(compare=False, default=False)


class VirtualClock:
    """Virtual time, and everyone who waits for it. Safe to use from many threads."""

    def __init__(
        self,
        elapsed: float = 0.0,
        quiet: float = QUIET,
        real: Callable[[], float] = time.monotonic,
        moved: Callable[[float], None] | None = None,
    ) -> None:
        """`elapsed`: virtual seconds passed so far; `real`: real seconds; `moved`: called with each new `elapsed`."""
        self._elapsed, self._quiet, self._real, self._moved = elapsed, quiet, real, moved
        self._changed = threading.Condition()
        self._waits: list[Wait] = []
        self._numbers = itertools.count()
        self._at_work = 0
        self._last_activity = real()
        self._stopped = False

    @property
    def elapsed(self) -> float:
        """Virtual seconds since the sandbox began."""
        return self._elapsed

    def now(self) -> datetime:
        """Virtual time, UTC."""
        return START + timedelta(seconds=self._elapsed)

    @contextmanager
    def call(self) -> Generator[None]:
        """While a call is at work, time stands still, except for the parts in which the call waits."""
        self._activity(+1)
        try:
            yield
        finally:
            self._activity(-1)

    def wait(self, seconds: float, owner: str = "") -> bool:
        """Block a call for virtual seconds; False when `cancel` cut it short. Only within `call`."""
        if seconds <= 0:
            return True
        waiting = self.schedule(seconds, owner)
        self._activity(-1)
        try:
            waiting.released.wait()
        finally:
            self._activity(+1)
        return not waiting.cancelled

    def schedule(self, seconds: float, owner: str = "") -> Wait:
        """Ask to be released in so many virtual seconds."""
        with self._changed:
            waiting = Wait(self._elapsed + seconds, next(self._numbers), owner)
            if self._stopped:
                self._release(waiting, cancelled=True)
            else:
                heapq.heappush(self._waits, waiting)
            self._changed.notify_all()
        return waiting

    def await_waits(self, count: int, timeout: float) -> bool:
        """Block until so many wait, at most so many real seconds; whether they do. So tests need no sleeping."""
        with self._changed:
            return self._changed.wait_for(lambda: len(self._waits) >= count, timeout)

    def cancel(self, owner: str | None = None) -> None:
        """Release everyone who waits for this owner, or everyone, without letting time pass."""
        with self._changed:
            for waiting in self._waits:
                if owner is None or waiting.owner == owner:
                    self._release(waiting, cancelled=True)
            self._waits = [waiting for waiting in self._waits if not waiting.cancelled]
            heapq.heapify(self._waits)
            self._changed.notify_all()

    def reset(self) -> None:
        """Begin again at the start."""
        self.cancel()
        with self._changed:
            self._pass_to(0.0)

    def step(self) -> float | None:
        """Jump if it is time to. Real seconds until the next look; None when nobody waits or a call is at work."""
        with self._changed:
            if not self._waits or self._at_work:
                return None
            remaining = self._last_activity + self._quiet - self._real()
            if remaining > 0:
                return remaining
            self._pass_to(max(self._elapsed, self._waits[0].due))
            while self._waits and self._waits[0].due <= self._elapsed:
                self._release(heapq.heappop(self._waits), cancelled=False)
            # Whoever was released is about to act: give it a quiet period before the next jump.
            self._last_activity = self._real()
            return self._quiet if self._waits else None

    def run(self) -> None:
        """Jump whenever it is time to, until `stop`. The loop of a thread of its own."""
        while True:
            with self._changed:
                if self._stopped:
                    return
                self._changed.wait(self.step())

    def stop(self) -> None:
        """End `run`, and release everyone who waits."""
        with self._changed:
            self._stopped = True
        self.cancel()

    def _activity(self, difference: int) -> None:
        with self._changed:
            self._at_work += difference
            self._last_activity = self._real()
            self._changed.notify_all()

    def _pass_to(self, elapsed: float) -> None:
        self._elapsed = elapsed
        if self._moved is not None:
            self._moved(elapsed)

    @staticmethod
    def _release(waiting: Wait, *, cancelled: bool) -> None:
        waiting.cancelled = cancelled
        waiting.released.set()
