"""A move in earnest: the places are stacks, the way between them is rclone's, and the time is real."""

import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta

from pydantic import JsonValue

from wayfare.stacks.failover import Attempt, End
from wayfare.stacks.launch import bring_up
from wayfare.stacks.moving.cargo import Cargo
from wayfare.stacks.moving.journey import Copied, Proof, Stopped
from wayfare.stacks.moving.luggage import Luggage, expected
from wayfare.stacks.moving.places import Source, Surroundings, Target
from wayfare.stacks.project import Queue, StackName
from wayfare.stacks.prospect import Wish, look

#: Between two looks at a cluster. The sandbox's answers at once.
_BETWEEN, _BETWEEN_IN_SANDBOX = timedelta(seconds=10), timedelta(milliseconds=200)


class Travel:
    """What the workflow stands on."""

    def __init__(self, around: Surroundings, source: StackName, wish: Wish, cargo: Cargo, luggage: Luggage) -> None:
        self._around = around
        self._luggage = luggage
        self._wish = wish
        self._cargo = cargo
        self._source = Source(around, source)
        wanted = "/".join(part for part in (wish.cloud, wish.region) if part)
        self._target = Target(around, source, wanted)

    @property
    def source(self) -> Source:
        """Where the workload is."""
        return self._source

    @property
    def target(self) -> Target:
        """Where it goes."""
        return self._target

    def bring_up(self) -> None:
        """Bring the cluster up where it has capacity there, its queue closed."""
        around = self._around
        around.fence()
        prospect = look(around.loaded, self._wish, around.session, leaving=self._source.stack)
        said: list[str] = []

        def failed(attempt: Attempt) -> None:
            assert attempt.failure is not None  # noqa: S101 - only failed attempts are told
            said.append(f"{attempt.candidate}: {attempt.failure.message}")
            around.tell(f"  failed: {said[-1]}")

        result = bring_up(
            around.session,
            around.loaded,
            prospect,
            progress=around.progress,
            tell=around.tell,
            starting=lambda candidate, _: around.tell(f"trying {candidate}"),
            failed=failed,
            queue=Queue.HELD,
            along=None if self._wish.cloud is None else expected(around.loaded.blueprint, self._wish.cloud),
        )
        if result.end is End.STANDS:
            return
        reasons = said or [f"{c}: {c.rejected}" for c in prospect.candidates if c.cloud == self._wish.cloud]
        what = "no capacity" if result.end is End.NO_CAPACITY else "refused"
        raise Stopped(f"{what} on {self._target.name}: {'; '.join(dict.fromkeys(reasons))}")

    def bring_along(self) -> Mapping[str, JsonValue]:
        """Bring along what is not in the checkpoint bucket."""
        self._around.fence()
        return self._luggage.bring(self._source.stack, self._target.stack)

    def copy(self) -> Copied:
        """Copy what the target has not, or has otherwise."""
        self._around.fence()
        return self._cargo.copy(self._source.stack, self._target.stack)

    def prove(self) -> Proof:
        """Compare every object by content."""
        return self._cargo.prove(self._source.stack, self._target.stack)

    def late(self, digest: str) -> Sequence[str]:
        """Objects that were written to the source since then."""
        return self._cargo.late(self._source.stack, digest)

    def bring(self, names: Sequence[str]) -> str:
        """Copy those too."""
        self._around.fence()
        return self._cargo.bring(self._source.stack, self._target.stack, names)

    def looks(self, within: timedelta) -> Iterator[None]:
        """One look after another."""
        end = time.monotonic() + within.total_seconds()
        between = _BETWEEN_IN_SANDBOX if self._around.session.sandbox else _BETWEEN
        while time.monotonic() < end:
            self._around.fence()
            yield
            self._around.leaving.wait(between.total_seconds())

    def begins(self, step: str, what: str) -> None:
        """Tell that a step begins."""
        self._around.tell(f"{step}: {what}")

    def fence(self) -> None:
        """Whether this process may act."""
        self._around.fence()
