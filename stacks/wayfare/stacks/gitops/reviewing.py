"""What a pull request would do to a cluster: from both states of the repository, the accounts, the engine."""

import secrets
from collections import Counter
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from subprocess import run
from tempfile import TemporaryDirectory

from wayfare.blueprints import Loaded, load
from wayfare.components.catalog import shipped_catalog
from wayfare.components.contract import Holding
from wayfare.stacks.engine.automation import Stacks
from wayfare.stacks.engine.preview import Preview
from wayfare.stacks.exceptions import Excepted, excepted, refuse_unknown
from wayfare.stacks.gitops.choices import RepositoryInvalid
from wayfare.stacks.gitops.recalling import recall
from wayfare.stacks.gitops.source import placement_file
from wayfare.stacks.gitops.wanted import Place, wanted_place
from wayfare.stacks.ground import configuration
from wayfare.stacks.living import NotForeseen, Outlook, foresee
from wayfare.stacks.parity import Parity, parity
from wayfare.stacks.placement import Candidate
from wayfare.stacks.presumed import presumed
from wayfare.stacks.project import Project, StackName
from wayfare.stacks.prospect import Prospect, Wish, look, placeable
from wayfare.stacks.session import Session


@dataclass(frozen=True)
class Foreseen:
    """What the engine would do."""

    outlook: Outlook | None = None
    """Of a cluster that stands."""
    created: Mapping[str, int] | None = None
    """Of one that does not: how many of each type would be made."""
    problem: str | None = None
    """Why nobody can tell, or why it would be refused."""


@dataclass(frozen=True)
class Review:
    """What is shown of one cluster."""

    loaded: Loaded
    place: Place | None
    prospect: Prospect
    before: Candidate | None
    """What is wanted on the branch that it is to be merged into; None where the cluster is new there."""
    after: Candidate | None
    parity: Parity
    exceptions: tuple[Excepted, ...]
    foreseen: Foreseen


def review(session: Session, file: Path, root: Path, base: Path | None) -> Review:
    """Of a blueprint in a repository. `base`: the same repository as it was before.

    Raises BlueprintInvalid, PlacementInvalid and EngineFailed.
    """
    loaded = load(file)
    refuse_unknown(loaded)
    name = loaded.blueprint.metadata.name
    recall(session, name)
    place = _place(root, name)
    prospect = look(loaded, Wish(place=place), session)
    earlier = None if base is None else base / file.resolve().relative_to(root.resolve())
    before = load(earlier) if earlier is not None and earlier.exists() else None
    return Review(
        loaded=loaded,
        place=place,
        prospect=prospect,
        before=None if before is None or base is None else _priced(before, _place(base, name)),
        after=_priced(loaded, place),
        parity=parity(loaded, shipped_catalog()),
        exceptions=tuple(excepted(loaded.blueprint)),
        foreseen=_foreseen(session, loaded, prospect),
    )


@contextmanager
def checked_out(root: Path, ref: str) -> Generator[Path]:
    """The repository as it is at a revision, for as long as it is looked at. Raises RepositoryInvalid."""
    with TemporaryDirectory(prefix="wayfare-base-") as directory:
        at = Path(directory) / "base"
        # Never an option, whatever a branch is called.
        _git(root, "worktree", "add", "--detach", "--quiet", str(at), f"{_commit(root, ref)}")
        try:
            yield at
        finally:
            _git(root, "worktree", "remove", "--force", str(at))


def _commit(root: Path, ref: str) -> str:
    return _git(root, "rev-parse", "--verify", "--end-of-options", f"{ref}^{{commit}}").strip()


def _git(root: Path, *arguments: str) -> str:
    done = run(["git", "-C", str(root), *arguments], capture_output=True, text=True, check=False)  # noqa: S603, S607 - git of whoever calls
    if done.returncode != 0:
        raise RepositoryInvalid(f"git {arguments[0]}: {done.stderr.strip()}")
    return done.stdout


def _place(root: Path, cluster: str) -> Place | None:
    file = placement_file(root, cluster)
    return wanted_place(file, cluster) if file.exists() else None


def _priced(loaded: Loaded, place: Place | None) -> Candidate | None:
    """The placement whose price is compared: no account tells prices, so none is asked."""
    found, _ = presumed(loaded, shipped_catalog())
    anywhere = None if place is None else place.model_copy(update={"zone": None})
    fitting = (each for each in found if anywhere is None or anywhere.against(each) is None)
    return next((each for each in fitting if each.rejected is None), None)


def _foreseen(session: Session, loaded: Loaded, prospect: Prospect) -> Foreseen:
    if prospect.standing is not None:
        try:
            return Foreseen(outlook=foresee(session, loaded, prospect.standing))
        except NotForeseen as error:
            return Foreseen(problem=str(error))
    if prospect.stands_in:
        (name, *_) = prospect.stands_in
        return Foreseen(
            problem=f"the cluster stands in {name}, and a merge leaves it there: `wayfare move {name.cluster}` moves it"
        )
    first = next((each for each in prospect.candidates if placeable(each, prospect).rejected is None), None)
    if first is None:
        return Foreseen(problem="no placement is open")
    preview = _rehearsed(session, loaded, first)
    if preview.problem is not None:
        return Foreseen(problem=preview.problem)
    return Foreseen(created=Counter(step.type for step in preview.steps if step.operation == "create"))


def _rehearsed(session: Session, loaded: Loaded, candidate: Candidate) -> Preview:
    """The engine's preview of a stack that is not there, with a state of its own that is thrown away.

    Whoever reviews may read the clouds and the state, and make nothing in either.
    """
    stack = str(StackName(loaded.blueprint.metadata.name, candidate.cloud, candidate.placement.region))
    with TemporaryDirectory(prefix="wayfare-review-") as directory:
        project, backend = Project.create(Path(directory) / "project"), Path(directory) / "state"
        backend.mkdir()
        aside = {
            **session.environment,
            "PULUMI_BACKEND_URL": f"file://{backend}",
            "PULUMI_CONFIG_PASSPHRASE": secrets.token_hex(16),
            "PULUMI_CONFIG_PASSPHRASE_FILE": "",
        }
        stacks = Stacks(project.root, session.engine, aside)
        wanted = configuration(session, loaded, candidate, Holding.HELD)
        path = {"wayfare:blueprint": str(loaded.path.resolve())}
        stacks.configure(stack, {**wanted, **path})
        # The program itself judges by the controls all that it is about to declare, and the preview ends where it does.
        return stacks.preview(stack, project.settings_file(stack), judged=False)
