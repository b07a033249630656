"""A thread that keeps processes in place of pods: they live as long as it does, and nobody else starts or ends them."""

import logging
import os
import select
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from typing import IO, Generic, Protocol, TypeVar

from wayfare.sandbox.behaviour import Refused
from wayfare.sandbox.store import Store

_LOG = logging.getLogger(__name__)

#: Real seconds from a look that failed to the next one.
_AGAIN = 1.0

T = TypeVar("T")


class Runs(Protocol):
    """Processes that are made to agree with what the clusters' objects ask for. All of it is called from one thread."""

    def forget(self) -> None:
        """End every process at once, and keep nothing of them."""
        ...

    def look(self) -> float | None:
        """Start, end and note what is due; seconds until something is due by itself, None for never."""
        ...

    def pipes(self) -> Iterable[IO[bytes]]:
        """What can be read from when it is time to look."""
        ...

    def close(self) -> None:
        """End every process at once."""
        ...


RunsT = TypeVar("RunsT", bound=Runs)


class Keeper(Generic[RunsT]):
    """A thread that looks whenever there may be something to do, and does what others ask for in between."""

    def __init__(self, runs: RunsT, name: str) -> None:
        """`name`: the thread's."""
        self._runs = runs
        self._asked = SimpleQueue[Callable[[], None]]()
        self._woken, self._wake = os.pipe()
        self._closing = self._ended = False
        self._telling = threading.Lock()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Let it look: something may have changed."""
        with self._telling:
            # What it has not yet read wakes it as well.
            if not self._ended and not select.select([self._woken], [], [], 0)[0]:
                os.write(self._wake, b"\0")

    def do(self, what: Callable[[RunsT], T]) -> T:
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
                # What cannot be started, as on a disk that is full, is tried again.
                _LOG.exception("what stands for pods could not be looked after")
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


class Kept(Generic[RunsT]):
    """Processes in place of pods, while they are looked after. Safe to use from many threads."""

    def __init__(self, store: Store, name: str) -> None:
        """`name`: the thread's."""
        self._store, self._name = store, name
        self._turning = threading.Lock()
        self._keeper: Keeper[RunsT] | None = None

    @property
    def kept(self) -> bool:
        """Whether they are looked after now."""
        return self._keeper is not None

    def close(self) -> None:
        """End every process at once; a sandbox that begins again goes on with them."""
        with self._turning:
            keeper, self._keeper = self._keeper, None
        if keeper is not None:
            self._store.unwatch(keeper.wake)
            keeper.close()

    def clear(self, clear: Callable[[], None]) -> None:
        """End every process at once and forget them; do so with all else before they may begin again."""
        keeper = self._keeper
        if keeper is None:
            clear()
        else:
            keeper.do(lambda runs: (runs.forget(), clear()))

    def _keep(self, made: Callable[[], RunsT]) -> None:
        """Start to keep them, unless that is done already."""
        with self._turning:
            if self._keeper is None:
                self._keeper = Keeper(made(), self._name)
                self._store.watch(self._keeper.wake)
                # What changed between its first look and now.
                self._keeper.wake()
