"""What keeps the sandbox's copies, and what others ask of it."""

import threading
from collections.abc import Callable, Mapping
from typing import Any

from wayfare.sandbox.behaviour import Properties
from wayfare.sandbox.copies.jobs import JOB
from wayfare.sandbox.copies.rights import Clouds
from wayfare.sandbox.copies.runs import Runs
from wayfare.sandbox.keeping import Keeper
from wayfare.sandbox.store import Resource, Store


class Copies:
    """Processes in place of copies' pods. Safe to use from many threads."""

    def __init__(self, store: Store, elapsed: Callable[[], float], *, real: bool) -> None:
        """`real`: whether real control planes are behind the clusters, whose pods nothing else may stand for."""
        self._store, self._elapsed, self._real = store, elapsed, real
        self._turning = threading.Lock()
        self._keeper: Keeper[Runs] | None = None

    def begin(self, clouds: Clouds) -> None:
        """Start to keep them, unless that is done already, or a real Kubernetes does it.

        `clouds`: who says who may read and write.
        """
        with self._turning:
            if self._keeper is None and not self._real:
                self._keeper = Keeper(Runs(self._store, clouds, self._elapsed), "copies")
                self._store.watch(self._keeper.wake)
                # What changed between its first look and now.
                self._keeper.wake()

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

    def rows(self) -> list[Properties]:
        """What there is to tell of every copy; see `Runs.rows`."""
        keeper = self._keeper
        return [] if keeper is None else keeper.do(lambda runs: runs.rows())

    def removing(self, row: Resource) -> None:
        """An object is about to be deleted: if that is a copy's, wait until its pods have gone."""
        keeper = self._keeper
        if keeper is not None and row.token == JOB:
            metadata: Mapping[str, Any] = row.outputs.get("metadata") or {}
            uid = str(metadata.get("uid", row.number))
            keeper.do(lambda runs: runs.remove(uid)).wait()
