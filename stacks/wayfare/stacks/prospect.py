"""Where a blueprint's cluster could be: what the accounts say of its placements, and where it stands already."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

from wayfare.blueprints import CloudName, Loaded, Maker
from wayfare.components.along import Along
from wayfare.components.catalog import shipped_catalog
from wayfare.components.contract import Placement
from wayfare.stacks.placement import Candidate, candidates, questions
from wayfare.stacks.plans import BroughtAlong, Plans
from wayfare.stacks.project import StackName, StackSettings
from wayfare.stacks.readiness import ready

if TYPE_CHECKING:
    # It brings the engine's SDK, for which a look that asks nobody would wait.
    from wayfare.stacks.gitops.wanted import Place
    from wayfare.stacks.session import Session


@dataclass(frozen=True)
class Wish:
    """What the caller adds to the blueprint's own placement."""

    cloud: CloudName | None = None
    region: str | None = None
    maker: Maker | None = None
    """Of the accelerators: a training's checkpoints may be of no use on another's."""
    place: "Place | None" = None
    """Where its placement file wants it."""

    def against(self, candidate: Candidate) -> str | None:
        """Why a candidate is not what the caller asked for, or None."""
        if self.cloud not in (None, candidate.cloud):
            return f"not asked for: --cloud {self.cloud}"
        if self.region is not None and candidate.region not in (None, self.region):
            return f"not asked for: --region {self.region}"
        if self.maker not in (None, candidate.accelerator.name.maker):
            return (
                f"checkpoints of {self.maker}'s chips are for {candidate.accelerator.name} only where the blueprint "
                "says so (workload.checkpoint.portable)"
            )
        if self.place is not None and (differs := self.place.against(candidate)) is not None:
            return f"not wanted: the placement file says {differs}"
        return None


@dataclass(frozen=True)
class Prospect:
    """What a look at the accounts found."""

    candidates: Sequence[Candidate]
    silent: Mapping[CloudName, str]
    """Clouds that did not answer, with the reason; their candidates have no zone."""
    standing: Candidate | None = None
    """The placement that the cluster has already, as long as it is open to this `up`."""
    stacks: Sequence[StackName] = ()
    """The cluster's stacks that are there already, whatever they hold."""
    stands_in: Sequence[StackName] = ()
    """Those in which the cluster stands, open to this `up` or not. An `up` never cleans them up."""

    @property
    def first(self) -> Candidate | None:
        """The placement that would be tried first."""
        return next((candidate for candidate in self.candidates if candidate.rejected is None), None)

    @property
    def too_small(self) -> bool:
        """Whether nothing is left to try, and some of it because the blueprint's model does not fit."""
        return self.first is None and any(candidate.too_small for candidate in self.candidates)

    @property
    def stale(self) -> list[StackName]:
        """Stacks that an earlier run left without a cluster in them."""
        return [name for name in self.stacks if name not in self.stands_in]


def look(loaded: Loaded, wish: Wish, session: "Session | None", *, leaving: StackName | None = None) -> Prospect:
    """Find and rank the placements. Without a session nothing is asked, and zones stay unknown. Raises WrongMode.

    `leaving`: a stack that the cluster is to leave; it is looked for as if that were not there.
    """
    blueprint, catalog = loaded.blueprint, shipped_catalog()
    if session is None:
        return Prospect(candidates(blueprint, catalog, {}, wish.against), {})
    session.refuse_other_mode(blueprint.metadata.name)
    wanted = {
        name: tuple(question for question in asked if wish.region in (None, question.region))
        for name, asked in questions(blueprint, catalog).items()
        if wish.cloud in (None, name)
    }
    # An engine of its own lists the stacks, while the accounts are asked.
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="stacks") as beside:
        listing = beside.submit(session.names, blueprint.metadata.name)
        survey = session.accounts.survey(wanted)
    plans = Plans(loaded, promised(loaded) if leaving is not None else kept(loaded, session))

    def against(candidate: Candidate) -> str | None:
        if leaving is not None and (candidate.cloud, candidate.region) == (leaving.cloud, leaving.region):
            return f"the cluster leaves {leaving}"
        return wish.against(candidate) or plans.against(candidate)

    found = candidates(blueprint, catalog, survey.zones, against)
    found = sorted(ready(session, blueprint, found, plans.needs), key=lambda c: c.rejected is not None)
    stacks = [name for name in listing.result() if name != leaving]
    return _beside_what_stands(Prospect(found, survey.silent, stacks=stacks), session)


def kept(loaded: Loaded, session: "Session") -> BroughtAlong:
    """What a move has brought along to the stacks of a cluster, by their settings."""

    @cache
    def of(cloud: CloudName, region: str) -> Along:
        settings = session.settings(StackName(loaded.blueprint.metadata.name, cloud, region))
        return Along() if settings is None else settings.along

    return lambda candidate: of(candidate.cloud, candidate.region or "")


def promised(loaded: Loaded) -> BroughtAlong:
    """What a move will bring along, wherever it goes."""
    data = tuple(each.source for each in loaded.blueprint.spec.storage.data if each.elsewhere == "copy")
    return lambda _: Along(data=data)


def placeable(candidate: Candidate, prospect: Prospect) -> Candidate:
    """The candidate, rejected where its account did not say in which zone it could be."""
    if candidate.rejected is None and candidate.zone is None:
        reason = prospect.silent.get(candidate.cloud, "it was not asked")
        return replace(candidate, rejected=f"the account did not name its zones: {reason}")
    return candidate


def standing_stacks(session: "Session", stacks: Sequence[StackName]) -> list[StackName]:
    """Those of a cluster's stacks that it was brought up in, even if a later change stopped half-way."""
    return [name for name in stacks if session.stacks.history(str(name)).stands]


def _beside_what_stands(prospect: Prospect, session: "Session") -> Prospect:
    """Where the cluster stands already, only its own placement is open to `up`, or else another in its stack."""
    stands_in = standing_stacks(session, prospect.stacks)
    if not stands_in:
        return prospect
    placed = {name: settings for name in stands_in if (settings := session.settings(name)) is not None}
    name = next(iter(placed), stands_in[0])
    # Where the file with its settings is missing, nobody can tell which placement it has.
    standing = _standing(prospect.candidates, placed[name]) if placed else None
    found = [
        c
        if c.rejected or c is standing
        else replace(c, rejected=f"the cluster stands in {name}; destroy it there first")
        for c in prospect.candidates
    ]
    ranked = sorted(found, key=lambda c: c.rejected is not None)
    return replace(prospect, candidates=ranked, standing=standing, stands_in=stands_in)


def _standing(candidates: Sequence[Candidate], here: StackSettings) -> Candidate | None:
    """The placement of a standing cluster; of several alternatives there, the one that it stands for."""
    own = [c for c in candidates if c.wish[0] == here.alternative]
    found = in_its_stack(own, here.placement)
    exact = found is not None and found.placement == here.placement
    return found if exact else in_its_stack(candidates, here.placement)


def in_its_stack(candidates: Sequence[Candidate], here: Placement) -> Candidate | None:
    """The placement that a standing cluster has, as long as the blueprint allows it; else the first of its stack.

    The latter replaces the pool, to which `up` needs consent. Of two that are alike, the pool's own zone is chosen.
    """
    open_here = [
        c
        for c in candidates
        if c.rejected is None and c.zone is not None and (c.cloud, c.region) == (here.cloud, here.region)
    ]
    own = next((c for c in open_here if c.placement == here), None)
    if own is not None or not open_here:
        return own
    first = open_here[0]
    alike = (c for c in open_here if (c.wish, c.machine, c.zone) == (first.wish, first.machine, here.zone))
    return next(alike, first)
