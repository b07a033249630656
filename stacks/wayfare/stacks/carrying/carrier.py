"""Carries the objects of one bucket into another by a Job in the target's cluster, and waits for its end.

A Job that somebody began and did not wait for is waited for: two never copy at a time. Nothing is deleted.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from time import monotonic
from typing import Protocol

from wayfare.components.pods import PodNeeds
from wayfare.stacks.carrying.order import CopyOrder, Place
from wayfare.stacks.carrying.watching import Seen
from wayfare.stacks.copying.events import Progress, Report
from wayfare.stacks.copying.failures import CopyFailed, CopyingError, Kind, classified
from wayfare.stacks.copying.listing import nameable
from wayfare.stacks.copying.sharing import MOST_BYTES, shared
from wayfare.stacks.doing import Unanswered

#: Pods of one copy at most: what an account of a cloud lets one client's addresses ask of a bucket is not reached.
_MOST_PODS = 64

#: How long a copy may stand still before somebody has to look: an image that cannot be pulled, a cluster without room.
_STILL = timedelta(minutes=30)


class Ground(Protocol):
    """What a carrier stands on."""

    def look(self) -> Sequence[Seen]:
        """Every copy in the target's cluster. Raises Unanswered."""
        ...

    def declare(self, order: Path) -> None:
        """Make the Job of an order, and remove the one before it."""
        ...

    def looks(self) -> Iterator[None]:
        """One look after another, without an end. Raises where this process may not act any more."""
        ...


@dataclass(frozen=True)
class Route:
    """From where to where."""

    stack: str
    """Of the target's cluster."""
    source: Place
    target: Place
    pods: PodNeeds
    """Of the target's cluster."""
    nodes: int
    """Of its accelerator pool."""


class Carrier:
    """Copies by Jobs."""

    def __init__(
        self,
        ground: Ground,
        route: Route,
        file: Path,
        report: Report | None = None,
        *,
        bandwidth: int | None = None,
        image: str | None = None,
    ) -> None:
        """`file`: where an order is kept. `bandwidth`: bytes a second of all pods together."""
        self._ground, self._route, self._file, self._report = ground, route, file, report
        self._bandwidth, self._image = bandwidth, image

    def all(self, objects: Callable[[], Iterable[tuple[str, int]]]) -> Progress:
        """Copy what the target has not. `objects` lists (name, bytes) of the source, ordered. Raises CopyingError."""
        if (done := self._waited()) is not None:
            return done
        count = sum(1 for _ in objects())
        pods = max(1, min(self._route.nodes, count, _MOST_PODS))
        return self._carried(shared(objects, pods))

    def these(self, names: Sequence[str], *, anew: bool) -> None:
        """Copy objects by their names; `anew`, whatever the target has. Raises CopyingError."""
        self._waited()
        if not all(map(nameable, names)):
            self._carried(("",), anew=anew)
            return
        for chunk in _chunks(names):
            self._carried((chunk,), named=True, anew=anew)

    def _carried(self, shares: Sequence[str], *, named: bool = False, anew: bool = False) -> Progress:
        route = self._route
        order = CopyOrder.new(
            route.stack,
            route.source,
            route.target,
            shares,
            route.pods,
            self._image,
            bandwidth=self._bandwidth,
            named=named,
            anew=anew,
        )
        order.write(self._file)
        self._ground.declare(self._file)
        return self._ended(order.name)

    def _waited(self) -> Progress | None:
        """Wait for every Job that goes on, whoever began it; what the last one did, or None where there is none."""
        done = None
        while (waiting := self._unfinished()) is not None:
            done = self._ended(waiting)
        return done

    def _unfinished(self) -> str | None:
        for _ in self._ground.looks():
            try:
                return next((each.name for each in self._ground.look() if not each.ended), None)
            except Unanswered as silent:
                raise CopyFailed(
                    Kind.UNREACHABLE, f"asking {self._route.stack} for its copies", [str(silent)]
                ) from None
        return None

    def _ended(self, name: str) -> Progress:
        """Wait for a Job's end, and tell how far it is meanwhile."""
        what = f"copying {self._route.source.url} to {self._route.target.url} by the Job {name} in {self._route.stack}"
        before, since, said = None, monotonic(), "nobody tells of it"
        for _ in self._ground.looks():
            try:
                found = self._found(name, what)
            except Unanswered as silent:
                found, said = None, str(silent)
            if found is not None:
                said = found.waits or "its pods tell of nothing new"
                if (found.succeeded, found.failed, found.progress) != before:
                    before, since = (found.succeeded, found.failed, found.progress), monotonic()
                    self._tell(found.whole)
                if found.ended:
                    return _judged(found, what)
            if monotonic() - since > _STILL.total_seconds():
                still = f"it stands still for {_STILL.total_seconds() / 60:.0f} minutes"
                raise CopyStill(f"{what}: {still}: {said}; see its pods, then resume: it is waited for again")
        raise AssertionError("looks have no end")

    def _found(self, name: str, what: str) -> Seen:
        """A Job that there must be."""
        for each in self._ground.look():
            if each.name == name:
                return each
        raise CopyFailed(Kind.KILLED, what, ["the Job is not there any more"])

    def _tell(self, progress: Progress) -> None:
        if self._report is not None and progress.objects_to_copy:
            self._report(progress)


class CopyStill(CopyingError):
    """A Job is not getting on."""


def _judged(found: Seen, what: str) -> Progress:
    if found.ended == "Complete":
        return found.whole
    words = list(found.words) or [f"shares {found.failed} of {found.wanted} failed without a word"]
    raise CopyFailed(classified(1, words), what, words)


def _chunks(names: Iterable[str]) -> Iterator[str]:
    """Names, each ended by NUL, in texts that a ConfigMap can hold."""
    chunk, room = list[str](), MOST_BYTES
    for name in names:
        room -= len(name.encode()) + 1
        if chunk and room < 0:
            yield "".join(chunk)
            chunk, room = [], MOST_BYTES - len(name.encode()) - 1
        chunk.append(f"{name}\0")
    if chunk:
        yield "".join(chunk)
