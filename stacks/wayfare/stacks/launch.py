"""From a blueprint to a standing cluster: look for placements, keep the one that stands, or fail over."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from wayfare.blueprints import Blueprint, BlueprintInvalid, CloudName, Loaded, load
from wayfare.components.catalog import shipped_catalog
from wayfare.components.clouds import cloud
from wayfare.components.contract import Holding, NotFeasible, Request
from wayfare.stacks.failover import Attempt, End, Result, Watcher, fail_over
from wayfare.stacks.ground import EngineGround, Progress
from wayfare.stacks.placement import Candidate, candidates, questions
from wayfare.stacks.project import StackName
from wayfare.stacks.recovery import Tell
from wayfare.stacks.session import Session


@dataclass(frozen=True)
class Wish:
    """What the caller adds to the blueprint's own placement."""

    cloud: CloudName | None = None
    region: str | None = None

    def against(self, candidate: Candidate) -> str | None:
        """Why a candidate is not what the caller asked for, or None."""
        if self.cloud not in (None, candidate.cloud):
            return f"not asked for: --cloud {self.cloud}"
        if self.region is not None and candidate.region not in (None, self.region):
            return f"not asked for: --region {self.region}"
        return None


@dataclass(frozen=True)
class Prospect:
    """What a look at the accounts found."""

    candidates: Sequence[Candidate]
    silent: Mapping[CloudName, str]
    """Clouds that did not answer, with the reason; their candidates have no zone."""
    standing: Candidate | None = None
    """The placement that the cluster has already."""

    @property
    def first(self) -> Candidate | None:
        """The placement that would be tried first."""
        return next((candidate for candidate in self.candidates if candidate.rejected is None), None)


def look(loaded: Loaded, wish: Wish, session: Session | None) -> Prospect:
    """Find and rank the placements. Without a session nothing is asked, and zones stay unknown. Raises WrongMode."""
    blueprint, catalog = loaded.blueprint, shipped_catalog()
    if session is None:
        return Prospect(candidates(blueprint, catalog, {}, wish.against), {})
    session.refuse_other_mode(blueprint.metadata.name)
    wanted = {
        name: tuple(question for question in asked if wish.region in (None, question.region))
        for name, asked in questions(blueprint, catalog).items()
        if wish.cloud in (None, name)
    }
    survey = session.accounts.survey(wanted)
    found = candidates(blueprint, catalog, survey.zones, lambda c: wish.against(c) or _cannot_plan(loaded, c))
    return _beside_what_stands(Prospect(found, survey.silent), session, blueprint)


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
    ground = EngineGround(session, loaded, progress, tell)
    try:
        if prospect.standing is not None:
            return _keep_place(prospect.standing, ground, starting, failed)
        known = [placeable(candidate, prospect) for candidate in prospect.candidates]
        stale = [str(name) for name in session.names(loaded.blueprint.metadata.name)]
        return fail_over(known, ground, starting=starting, failed=failed, stale=stale)
    finally:
        ground.close()


def placeable(candidate: Candidate, prospect: Prospect) -> Candidate:
    """The candidate, rejected where its account did not say in which zone it could be."""
    if candidate.rejected is None and candidate.zone is None:
        reason = prospect.silent.get(candidate.cloud, "it was not asked")
        return replace(candidate, rejected=f"the account did not name its zones: {reason}")
    return candidate


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


def _cannot_plan(loaded: Loaded, candidate: Candidate) -> str | None:
    """The cloud's own reason against a candidate, found by planning it."""
    if candidate.machine is None or candidate.zone is None:
        return None
    request = Request(
        blueprint=loaded.blueprint,
        digest=loaded.digest,
        placement=candidate.placement,
        machine=candidate.machine,
        accelerator=candidate.accelerator,
        holding=Holding.HELD if candidate.machine.holds(candidate.purchase) else Holding.NONE,
        hold_until=datetime.now(UTC),
    )
    try:
        cloud(candidate.cloud).plan(request)
    except NotFeasible as error:
        return str(error)
    return None


def standing_stacks(session: Session, cluster: str) -> list[StackName]:
    """The stacks of a cluster whose last update brought it up."""
    return [name for name in session.names(cluster) if session.stacks.succeeded(str(name)) is not None]


def _beside_what_stands(prospect: Prospect, session: Session, blueprint: Blueprint) -> Prospect:
    """Where the cluster stands already, only its own placement is open to `up`."""
    for name in standing_stacks(session, blueprint.metadata.name):
        settings = session.settings(name)
        if settings is None:
            continue
        here = settings.placement
        found = [
            c
            if c.rejected or (c.zone is not None and c.placement == here)
            else replace(c, rejected=f"the cluster stands in {name}; destroy it there first")
            for c in prospect.candidates
        ]
        standing = next((c for c in found if c.rejected is None), None)
        return replace(prospect, candidates=sorted(found, key=lambda c: c.rejected is not None), standing=standing)
    return prospect


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
