"""What keeps the sandbox's copies, and what others ask of it."""

from collections.abc import Callable, Mapping
from typing import Any

from wayfare.sandbox.behaviour import Properties
from wayfare.sandbox.copies.jobs import JOB
from wayfare.sandbox.copies.rights import Clouds
from wayfare.sandbox.copies.runs import Runs
from wayfare.sandbox.keeping import Kept
from wayfare.sandbox.store import Resource, Store


class Copies(Kept[Runs]):
    """Processes in place of copies' pods."""

    def __init__(self, store: Store, elapsed: Callable[[], float], *, real: bool) -> None:
        """`real`: whether real control planes are behind the clusters, whose pods nothing else may stand for."""
        super().__init__(store, "copies")
        self._elapsed, self._real = elapsed, real

    def begin(self, clouds: Clouds) -> None:
        """Start to keep them, unless that is done already, or a real Kubernetes does it.

        `clouds`: who says who may read and write.
        """
        if not self._real:
            self._keep(lambda: Runs(self._store, clouds, self._elapsed))

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
