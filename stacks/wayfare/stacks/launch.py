"""From a blueprint to a standing cluster: keep the placement where it stands, or fail over."""

from collections.abc import Callable

from wayfare.blueprints import BlueprintInvalid, Loaded, load
from wayfare.components.along import Along
from wayfare.stacks.failover import Attempt, End, Result, Watcher, fail_over
from wayfare.stacks.ground import EngineGround, Progress
from wayfare.stacks.placement import Candidate
from wayfare.stacks.project import Queue, StackName
from wayfare.stacks.prospect import Prospect, placeable
from wayfare.stacks.recovery import Tell
from wayfare.stacks.session import Session
from wayfare.stacks.stores import Store, durable


class StandsElsewhere(RuntimeError):
    """The cluster stands where this `up` may not work on it. The message says where, and why."""

    def __init__(self, name: StackName, reason: str) -> None:
        """`name`: the stack that it stands in."""
        super().__init__(
            f"{name.cluster} stands in {name}, which this `up` leaves out: {reason}. Nothing was changed. Call `up` so "
            f"that it may stay there, or `wayfare destroy {name.cluster}` first"
        )


def bring_up(
    session: Session,
    loaded: Loaded,
    prospect: Prospect,
    *,
    progress: Progress,
    tell: Tell,
    starting: Watcher,
    failed: Callable[[Attempt], None],
    queue: Queue = Queue.OPEN,
    along: Along | None = None,
) -> Result:
    """Bring the cluster up at the first placement that has capacity, or bring the standing one to the blueprint.

    `queue`: whether its workload may run, or is held until the queue is opened. `along`: what a move brings along.
    Raises StandsElsewhere: a cluster is never left, nor cleaned up, because another place is asked for.
    """
    if prospect.standing is None and prospect.stands_in:
        (name, *_) = prospect.stands_in
        raise StandsElsewhere(name, _why_left_out(session, name, prospect))
    ground = EngineGround(session, loaded, prospect.stacks, progress, tell, queue, along)
    try:
        if prospect.standing is not None:
            return _keep_place(prospect.standing, ground, starting, failed)
        known = [placeable(candidate, prospect) for candidate in prospect.candidates]
        stale = [str(name) for name in prospect.stale]
        return fail_over(known, ground, starting=starting, failed=failed, stale=stale)
    finally:
        ground.close()


def _why_left_out(session: Session, name: StackName, prospect: Prospect) -> str:
    settings = session.settings(name)
    if settings is None:
        return f"{session.project.settings_file(str(name))} is missing"
    here = settings.placement
    reasons = (
        candidate.rejected
        for candidate in (placeable(candidate, prospect) for candidate in prospect.candidates)
        if candidate.rejected is not None
        and candidate.machine is not None
        and (candidate.cloud, candidate.region, candidate.machine.name, candidate.purchase)
        == (here.cloud, here.region, here.machine_type, here.purchase)
    )
    return next(reasons, f"the blueprint wants no {here.machine_type} {here.purchase} there")


def _keep_place(
    standing: Candidate, ground: EngineGround, starting: Watcher, failed: Callable[[Attempt], None]
) -> Result:
    """Update a cluster where it stands. It is never left for another place by itself: that is a move."""
    starting(standing, ())
    started = ground.now()
    failure = ground.up(standing)
    attempt = Attempt(standing, started, ground.now(), failure)
    if failure is not None:
        failed(attempt)
    return Result(End.STANDS if failure is None else End.STOPPED, (attempt,))


def keeps_data(session: Session, name: StackName) -> frozenset[Store]:
    """The stores that a stack's blueprint wants kept. When it cannot be read, all are."""
    settings = session.settings(name)
    if settings is None:
        return frozenset(Store)
    try:
        loaded = load(session.project.root / settings.blueprint)
    except BlueprintInvalid:
        return frozenset(Store)
    return durable(loaded.blueprint)


def is_protected(session: Session, name: StackName) -> bool:
    """Whether a stack's cloud was told to refuse that its cluster is deleted."""
    settings = session.settings(name)
    if settings is None or not settings.complete:
        return False
    return session.stacks.outputs(str(name)).get("protected") is True
