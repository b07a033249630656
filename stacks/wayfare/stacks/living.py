"""A cluster that stands: what another blueprint would change of it, and what has changed behind its back."""

from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from ruamel.yaml import YAML

from wayfare.blueprints import Blueprint, BlueprintInvalid, Loaded, loads
from wayfare.components.contract import Holding
from wayfare.stacks.changes import DRIFTED, Difference, tell
from wayfare.stacks.engine.preview import Planned, Preview
from wayfare.stacks.ground import configuration
from wayfare.stacks.placement import Candidate
from wayfare.stacks.project import StackName
from wayfare.stacks.session import Session
from wayfare.stacks.telling import fields


class NotForeseen(RuntimeError):
    """What would change, or has changed, could not be found out. The message is the engine's or the cloud's."""


class NotFulfilled(NotForeseen):
    """What would change does not fulfil a control. The message has every violation."""


@dataclass(frozen=True)
class Outlook:
    """What an `up` would change of a cluster that stands."""

    stack: StackName
    blueprint: tuple[str, ...]
    """Fields that differ from the blueprint that it was brought up from."""
    differences: tuple[Difference, ...]
    """What becomes of its resources."""


def foresee(session: Session, loaded: Loaded, standing: Candidate) -> Outlook:
    """What an `up` would change, by the engine's preview; nothing is written. Raises NotForeseen."""
    placement = standing.placement
    stack = StackName(loaded.blueprint.metadata.name, placement.cloud, placement.region)
    # A cluster that stands holds no capacity in advance, and will hold none when it has changed.
    settings = session.settings(stack)
    complete = settings is not None and settings.complete
    wanted = configuration(session, loaded, standing, Holding.RELEASED, complete=complete)
    with _with_settings(session.project.settings_file(str(stack)), wanted) as file:
        preview = session.stacks.preview(str(stack), file)
    return Outlook(stack, tuple(_in_the_blueprint(session, stack, loaded.blueprint)), tell(_steps(preview, stack)))


def drift(session: Session, stack: StackName) -> tuple[Difference, ...]:
    """How the cloud differs from a stack's state; nothing is written. Raises NotForeseen."""
    return tell(_steps(session.stacks.drift(str(stack)), stack), DRIFTED)


def _steps(preview: Preview, stack: StackName) -> Sequence[Planned]:
    if preview.refused:
        raise NotFulfilled(f"{stack} is left as it is: {preview.problem}")
    if preview.problem is not None:
        raise NotForeseen(f"{stack} could not be compared: {preview.problem}")
    return preview.steps


@contextmanager
def _with_settings(file: Path, wanted: Mapping[str, str]) -> Generator[Path]:
    """A copy of a stack's settings file with other settings, for as long as it is needed."""
    yaml = YAML(typ="safe", pure=True)
    data: dict[str, Any] = yaml.load(file.read_text(encoding="utf-8"))  # pyright: ignore[reportUnknownMemberType] - ruamel is untyped
    configuration: dict[str, Any] = data.setdefault("config", {})
    for key, value in wanted.items():
        name, dot, inner = key.partition(".")
        if dot:
            configuration.setdefault(name, {})[inner] = value
        else:
            configuration[name] = value
    with TemporaryDirectory(prefix="wayfare-preview-") as directory:
        copy = Path(directory) / file.name
        with copy.open("w", encoding="utf-8") as stream:
            yaml.dump(data, stream)  # pyright: ignore[reportUnknownMemberType] - ruamel is untyped
        yield copy


def _in_the_blueprint(session: Session, stack: StackName, wanted: Blueprint) -> Iterator[str]:
    """Fields that differ; none where the stack is older than its output `blueprint`, or than this form of it."""
    text = session.stacks.outputs(str(stack)).get("blueprint")
    if isinstance(text, str):
        try:
            stood_for = loads(text, str(stack)).blueprint
        except BlueprintInvalid:
            return
        yield from fields(stood_for, wanted)
