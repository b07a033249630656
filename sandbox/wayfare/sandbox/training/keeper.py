"""The one thread that keeps the sandbox's trainings, and what others ask of it."""

import logging
import os
import select
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from wayfare.sandbox.behaviour import Properties, Refused, Wrong
from wayfare.sandbox.store import Resource, Store
from wayfare.sandbox.training.jobs import JOB_SET
from wayfare.sandbox.training.pods import Imagined, Planes, Pods, Real
from wayfare.sandbox.training.runs import Runs

_LOG = logging.getLogger(__name__)
TRAINS = "trainings"
"""Name under which the store keeps whether they are wanted."""
_ON = "on"

#: Real seconds from one look to the next while somebody waits for a training, and after a look that failed.
_LOOK, _AGAIN = 0.02, 1.0

T = TypeVar("T")


class Trainings:
    """Processes in place of trainings' pods, where the sandbox is asked for them. Safe to use from many threads."""

    def __init__(self, store: Store, elapsed: Callable[[], float], planes: Planes | None) -> None:
        """`planes`: the real control planes behind the clusters, if there are any."""
        self._store, self._elapsed = store, elapsed
        self._pods: Pods = Imagined(store) if planes is None else Real(planes)
        self._turning = threading.Lock()
        self._keeper: _Keeper | None = None

    @property
    def kept(self) -> bool:
        """Whether they are looked after now."""
        return self._keeper is not None

    @property
    def wanted(self) -> bool:
        """Whether the sandbox was asked for them, this time or before."""
        return self._store.meta(TRAINS) == _ON

    def turn(self, *, on: bool) -> None:
        """Begin, or end every process at once, and so it stays."""
        self._store.set_meta(TRAINS, _ON if on else "")
        if on:
            self.begin()
        else:
            self.close()

    def begin(self) -> None:
        """Start to keep them, unless that is done already."""
        with self._turning:
            if self._keeper is None:
                self._keeper = _Keeper(Runs(self._store, self._pods, self._elapsed))
                self._store.changed = self._keeper.wake
                # What changed between its first look and now.
                self._keeper.wake()

    def close(self) -> None:
        """End every process at once; a sandbox that begins again goes on with them."""
        with self._turning:
            keeper, self._keeper = self._keeper, None
            self._store.changed = None
        if keeper is not None:
            keeper.close()

    def clear(self, clear: Callable[[], None]) -> None:
        """End every process at once and forget them; do so with all else before they may begin again."""
        keeper = self._keeper
        if keeper is None:
            clear()
        else:
            keeper.do(lambda runs: (runs.forget(), clear()))

    def rows(self, *, whole: bool = True) -> list[Properties]:
        """What there is to tell of every training; see `Runs.rows`."""
        keeper = self._keeper
        return [] if keeper is None else keeper.do(lambda runs: runs.rows(whole=whole))

    def await_row(self, cluster: str, states: frozenset[str], beyond: int, timeout: float) -> Properties | None:
        """A training as soon as it is in one of these states, if any are named, and has counted more steps than that.

        After `timeout` real seconds as it is then; None where there is none. Raises `Refused` for the name of several.
        """
        deadline = time.monotonic() + timeout
        while True:
            row = _named(self.rows(whole=False), cluster)
            if row is not None and (not states or row["state"] in states) and (row["step"] or 0) > beyond:
                break
            if time.monotonic() > deadline:
                break
            time.sleep(_LOOK)
        # A look into the bucket takes longer than one step.
        found = _named(self.rows(), cluster)
        return None if row is None else {**row, "whole": None if found is None else found["whole"]}

    def disturb(self, cluster: str, wrong: Wrong, times: int) -> None:
        """Let something go wrong with a training. Raises `Refused`."""
        keeper = self._keeper
        if keeper is None:
            raise Refused("no process stands for any pods; start the sandbox with --train")
        keeper.do(lambda runs: runs.disturb(cluster, wrong, times))

    def passed(self, seconds: float) -> None:
        """Virtual time passes on request: grace periods do, too."""
        keeper = self._keeper
        if keeper is not None:
            keeper.do(lambda runs: runs.passed(seconds))

    def removing(self, row: Resource) -> None:
        """An object is about to be deleted: if that is a training's, wait until its pods have gone, as the API server
        does where an object goes after what it owns.
        """
        keeper = self._keeper
        if keeper is not None and row.token == JOB_SET:
            metadata: Mapping[str, Any] = row.outputs.get("metadata") or {}
            uid = str(metadata.get("uid", row.number))
            keeper.do(lambda runs: runs.remove(row.region, uid)).wait()


class _Keeper:
    """A thread that looks whenever there may be something to do, and does what others ask for in between."""

    def __init__(self, runs: Runs) -> None:
        self._runs = runs
        self._asked = SimpleQueue[Callable[[], None]]()
        self._woken, self._wake = os.pipe()
        self._closing = self._ended = False
        self._telling = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="trainings", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Let it look: something may have changed."""
        with self._telling:
            # What it has not yet read wakes it as well.
            if not self._ended and not select.select([self._woken], [], [], 0)[0]:
                os.write(self._wake, b"\0")

    def do(self, what: Callable[[Runs], T]) -> T:
        """Do something in the thread, after a look, and look again. Raises what it raises, and `Refused` at the end."""
        answer = Future[T]()

        def done() -> None:
            try:
                if self._ended:
                    raise Refused("the sandbox ends")
                self._runs.look()
                answer.set_result(what(self._runs))
            except BaseException as error:
                answer.set_exception(error)

        with self._telling:
            if self._ended:
                raise Refused("the sandbox ends")
            self._asked.put(done)
        self.wake()
        return answer.result()

    def close(self) -> None:
        """End every process and the thread."""
        self._asked.put(self._close)
        self.wake()
        self._thread.join()
        for pipe in (self._woken, self._wake):
            os.close(pipe)

    def _close(self) -> None:
        self._closing = True

    def _run(self) -> None:
        while not self._closing:
            try:
                patience = self._runs.look()
            except Exception:
                # A training that cannot be started, as on a disk that is full, is tried again.
                _LOG.exception("the trainings could not be looked after")
                patience = _AGAIN
            ready, _, _ = select.select([self._woken, *self._runs.pipes()], [], [], patience)
            if self._woken in ready:
                os.read(self._woken, 1 << 16)
            self._answer()
        self._runs.close()
        with self._telling:
            self._ended = True
        self._answer()

    def _answer(self) -> None:
        try:
            while True:
                self._asked.get_nowait()()
        except Empty:
            return


def _named(rows: list[Properties], cluster: str) -> Properties | None:
    """The one of a cluster's or a stack's name. Raises `Refused` where a cluster stands in several places."""
    fit = [row for row in rows if cluster in (row["cluster"], row["stack"])]
    if len(fit) > 1:
        raise Refused(f"{cluster!r} is more than one training: {', '.join(row['stack'] for row in fit)}")
    return fit[0] if fit else None
