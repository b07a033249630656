"""From a blueprint to a standing cluster: keep the placement where it stands, or fail over."""

from collections.abc import Callable

from wayfare.blueprints import BlueprintInvalid, Loaded, load
from wayfare.stacks.failover import Attempt, End, Result, Watcher, fail_over
from wayfare.stacks.ground import EngineGround, Progress
from wayfare.stacks.placement import Candidate
from wayfare.stacks.project import StackName
from wayfare.stacks.prospect import Prospect, placeable
from wayfare.stacks.recovery import Tell
from wayfare.stacks.session import Session


def bring_up(
    session: Session,
    loaded: Loaded,
    prospect: Prospect,
    *,
    progress: Progress,
    tell: Tell,
    starting: Watcher,
    failed: Callable[[Attempt], None],
) -> Result:
    """Bring the cluster up at the first placement that has capacity, or bring the standing one to the blueprint."""
    ground = EngineGround(session, loaded, prospect.stacks, progress, tell)
    try:
        if prospect.standing is not None:
            return _keep_place(prospect.standing, ground, starting, failed)
        known = [placeable(candidate, prospect) for candidate in prospect.candidates]
        stale = [str(name) for name in prospect.stacks]
        return fail_over(known, ground, starting=starting, failed=failed, stale=stale)
    finally:
        ground.close()


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


def keeps_data(session: Session, name: StackName) -> bool:
    """Whether a stack's blueprint wants its checkpoints kept. When it cannot be read, they are."""
    settings = session.settings(name)
    if settings is None:
        return True
    try:
        loaded = load(session.project.root / settings.blueprint)
    except BlueprintInvalid:
        return True
    return loaded.blueprint.spec.storage.checkpoints.keep == "durable"
