"""A move in earnest: the places are stacks, the way between them is rclone's, and the time is real."""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path

from pydantic import JsonValue

from wayfare.components.trusting import CLOSED
from wayfare.stacks.carrying.carrier import Carrier
from wayfare.stacks.copying.events import Report
from wayfare.stacks.failover import Attempt, End
from wayfare.stacks.launch import bring_up
from wayfare.stacks.moving.cargo import Cargo
from wayfare.stacks.moving.jobs import Jobs, carrier
from wayfare.stacks.moving.journey import Copied, Proof, Stopped, Through
from wayfare.stacks.moving.luggage import Luggage, expected
from wayfare.stacks.moving.places import Source, Surroundings, Target
from wayfare.stacks.project import Queue, StackName
from wayfare.stacks.prospect import Wish, look
from wayfare.stacks.trusting import TrustFailed, Trusts, TrustSettings, TrustStack

#: Between two looks at a cluster. The sandbox's answers at once.
_BETWEEN, _BETWEEN_IN_SANDBOX = timedelta(seconds=10), timedelta(milliseconds=200)


@dataclass(frozen=True)
class Way:
    """How objects get from one place to the other."""

    through: Through
    trust: TrustStack
    """The stack by which the target's pods may read the source's bucket; it is made where it is they who copy."""
    orders: Path
    """The file of what they copy now."""
    bandwidth: int | None = None
    """Bytes a second of all of them together."""
    image: str | None = None
    """rclone's, where it is not its makers' own."""
    report: Report | None = None


class Travel:
    """What the workflow stands on."""

    def __init__(
        self, around: Surroundings, source: StackName, wish: Wish, cargo: Cargo, way: Way, luggage: Luggage
    ) -> None:
        self._around = around
        self._luggage = luggage
        self._way = way
        self._trusts = Trusts(around.session, way.trust, partial(around.progress, source), around.tell)
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
        if (silence := prospect.silent.get(self._wish.cloud) if self._wish.cloud else None) is not None:
            # Nobody knows whether there is capacity.
            raise Stopped(f"{self._wish.cloud} did not answer: {silence}")
        for stack in prospect.stands_in:
            if around.session.settings(stack) is None:
                raise Stopped(
                    f"{around.session.project.settings_file(str(stack))} is missing, and with it the placement of "
                    f"{stack}; where another machine has brought it up, copy that file from its project"
                )
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

    def closed(self) -> str | None:
        """Why the target's pods could not read the source's bucket."""
        inside_only = self._around.loaded.blueprint.spec.network.endpoints == "private"
        return CLOSED if inside_only and self._way.through is Through.CLUSTER else None

    def trust(self) -> str | None:
        """Let the target's pods read the source's bucket, where it is they who copy."""
        if self._way.through is not Through.CLUSTER:
            return None
        self._around.fence()
        try:
            self._trusts.bring_up(self._wanted())
        except TrustFailed as failed:
            raise Stopped(str(failed)) from None
        return str(self._way.trust)

    def distrust(self) -> None:
        """Take that back and prove that nothing is left of it."""
        if self._way.through is not Through.CLUSTER:
            return
        self._around.fence()
        try:
            self._trusts.take_down()
        except TrustFailed as failed:
            raise Stopped(str(failed)) from None

    def _wanted(self) -> TrustSettings:
        session, source, target = self._around.session, self._source.stack, self._target.stack
        here, there = (session.stacks.outputs(str(stack)) for stack in (source, target))
        spec = self._around.loaded.blueprint.spec
        return TrustSettings(
            mode=session.mode,
            cluster=source.cluster,
            cloud=source.cloud,
            region=source.region,
            bucket=here["checkpoints"],
            own_key=spec.encryption == "own",
            inside_only=spec.network.endpoints == "private",
            reader=target.cloud,
            reader_region=target.region,
            issuer=there["issuer"],
            identity=there["identity"],
        )

    def bring_along(self) -> Mapping[str, JsonValue]:
        """Bring along what is not in the checkpoint bucket."""
        self._around.fence()
        return self._luggage.bring(self._source.stack, self._target.stack)

    def copy(self) -> Copied:
        """Copy what the target has not, or has otherwise."""
        self._around.fence()
        return self._cargo.copy(self._source.stack, self._target.stack, self._carrier())

    def prove(self) -> Proof:
        """Compare every object by content."""
        return self._cargo.prove(self._source.stack, self._target.stack, self._carrier())

    def late(self, digest: str) -> Sequence[str]:
        """Objects that were written to the source since then."""
        return self._cargo.late(self._source.stack, digest)

    def bring(self, names: Sequence[str]) -> str:
        """Copy those too."""
        self._around.fence()
        return self._cargo.bring(self._source.stack, self._target.stack, names, self._carrier())

    def looks(self, within: timedelta) -> Iterator[None]:
        """One look after another."""
        end = time.monotonic() + within.total_seconds()
        looks = self._looks()
        while time.monotonic() < end:
            yield next(looks)

    def _looks(self) -> Iterator[None]:
        """Without an end."""
        between = _BETWEEN_IN_SANDBOX if self._around.session.sandbox else _BETWEEN
        while True:
            self._around.fence()
            yield
            self._around.leaving.wait(between.total_seconds())

    def _carrier(self) -> Carrier | None:
        """Who copies, where that is not this machine."""
        way, session = self._way, self._around.session
        if way.through is not Through.CLUSTER:
            return None
        source, target = self._source.stack, self._target.stack
        places = self._cargo.place(source), self._cargo.place(target)
        jobs = Jobs(session, target, self._declare, self._looks)
        return carrier(jobs, session, target, places, way.orders, way.report, bandwidth=way.bandwidth, image=way.image)

    def _declare(self, order: Path) -> None:
        self._around.fence()
        try:
            self._trusts.bring_up(self._wanted().model_copy(update={"copy_order": str(order)}))
        except TrustFailed as failed:
            raise Stopped(str(failed)) from None

    def begins(self, step: str, what: str) -> None:
        """Tell that a step begins."""
        self._around.tell(f"{step}: {what}")

    def fence(self) -> None:
        """Whether this process may act."""
        self._around.fence()
