"""The one thread that keeps the sandbox's trainings, and what others ask of it."""

import time
from collections.abc import Callable, Mapping
from typing import Any

from wayfare.sandbox.behaviour import Properties, Refused, Wrong
from wayfare.sandbox.keeping import Kept
from wayfare.sandbox.store import Resource, Store
from wayfare.sandbox.training.jobs import JOB_SET
from wayfare.sandbox.training.pods import Imagined, Planes, Pods, Real
from wayfare.sandbox.training.runs import Runs

TRAINS = "trainings"
"""Name under which the store keeps whether they are wanted."""
_ON = "on"

#: Real seconds from one look to the next while somebody waits for a training.
_LOOK = 0.02


class Trainings(Kept[Runs]):
    """Processes in place of trainings' pods, where the sandbox is asked for them."""

    def __init__(self, store: Store, elapsed: Callable[[], float], planes: Planes | None) -> None:
        """`planes`: the real control planes behind the clusters, if there are any."""
        super().__init__(store, "trainings")
        self._elapsed = elapsed
        self._pods: Pods = Imagined(store) if planes is None else Real(planes)

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
        self._keep(lambda: Runs(self._store, self._pods, self._elapsed))

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


def _named(rows: list[Properties], cluster: str) -> Properties | None:
    """The one of a cluster's or a stack's name. Raises `Refused` where a cluster stands in several places."""
    fit = [row for row in rows if cluster in (row["cluster"], row["stack"])]
    if len(fit) > 1:
        raise Refused(f"{cluster!r} is more than one training: {', '.join(row['stack'] for row in fit)}")
    return fit[0] if fit else None
