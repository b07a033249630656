"""`wayfare render`: the workload's manifests, for people who apply them with Argo CD or Flux instead."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from wayfare.stacks.cli.console import put, tell
from wayfare.stacks.cli.exits import Exit
from wayfare.stacks.cli.options import File, InSandbox, cloud_named, open_session

if TYPE_CHECKING:
    from wayfare.blueprints import CloudName, Loaded
    from wayfare.components.contract import ClusterPlan
    from wayfare.components.kubernetes.layers import Given
    from wayfare.stacks.placement import Candidate
    from wayfare.stacks.session import Session

Into = Annotated[Path, typer.Option("--to", help="Folder for the files; made where it is missing.")]


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("render")(render)


def render(
    file: File,
    cloud: Annotated[str, typer.Option("--cloud", help="The cloud that the workload runs on, such as gcp.")],
    to: Into,
    sandbox: InSandbox = False,
    offline: Annotated[bool, typer.Option("--offline", help="Ask no account and no stack.")] = False,
) -> None:
    """Write the Kubernetes objects of a blueprint's workload, and the charts that they need.

    They are for where the cluster stands on that cloud, which is asked for what only it can tell; else for the first
    placement that `up` would try there.
    """
    from wayfare.blueprints import load
    from wayfare.components.kubernetes.layers import Given, layers, untold
    from wayfare.stacks.manifests import files

    loaded, name = load(file), cloud_named(cloud, "--cloud")
    plan, given = _presumed(loaded, name) if offline else _found(open_session(sandbox=sandbox), loaded, name)
    if given is None and (wanting := untold(plan)):
        tell(
            f"only a cluster that stands tells {' and '.join(wanting)}: run `wayfare up {file} --cloud {name}` first, "
            "with `workload.apply: elsewhere`, and render again"
        )
        raise typer.Exit(Exit.ERROR)
    if loaded.blueprint.spec.workload.apply == "stack":
        tell("warning: the stack applies this workload too; `workload.apply: elsewhere` leaves it to these files alone")
    for path in _write(to, files(layers(plan, given or Given()))):
        put(str(path))


def _presumed(loaded: "Loaded", name: "CloudName") -> "tuple[ClusterPlan, Given | None]":
    from wayfare.components.catalog import shipped_catalog
    from wayfare.stacks.presumed import presumed

    found, plans = presumed(loaded, shipped_catalog())
    return plans.of(_first(found, name)), None


def _found(session: "Session", loaded: "Loaded", name: "CloudName") -> "tuple[ClusterPlan, Given | None]":
    """For where the cluster stands, with what it exports; else for the first placement."""
    from wayfare.components.kubernetes.layers import Given
    from wayfare.stacks.plans import Plans
    from wayfare.stacks.project import StackName
    from wayfare.stacks.prospect import Wish, kept, look, placeable

    prospect = look(loaded, Wish(cloud=name), session)
    standing, plans = prospect.standing, Plans(loaded, kept(loaded, session))
    if standing is None:
        return plans.of(_first([placeable(each, prospect) for each in prospect.candidates], name)), None
    stack = StackName(loaded.blueprint.metadata.name, standing.cloud, standing.placement.region)
    exported: Any = session.stacks.outputs(str(stack), show_secrets=False).get("given")
    return plans.of(standing), None if exported is None else Given.read(exported)


def _first(found: "Sequence[Candidate]", name: "CloudName") -> "Candidate":
    """The first placement on the cloud that is not out; ends the command with the reasons where there is none."""
    own = [each for each in found if each.cloud is name]
    first = next((each for each in own if each.rejected is None), None)
    if first is None:
        tell(f"no placement on {name} holds this workload:")
        for reason in dict.fromkeys(each.rejected for each in own):
            tell(f"  {reason}")
        raise typer.Exit(Exit.NO_CAPACITY)
    return first


def _write(to: Path, written: Mapping[str, str]) -> list[Path]:
    """Write the files, and take away those of an earlier run that are no more. Others' files are left alone."""
    from wayfare.stacks.manifests import HEAD

    to.mkdir(parents=True, exist_ok=True)
    there = {path for path in to.glob("*.yaml") if path.is_file()}
    foreign = {path for path in there if not path.read_text(encoding="utf-8").startswith(HEAD)}
    if clash := sorted(foreign & {to / name for name in written}):
        tell(f"{clash[0]} was not written by `wayfare render`; choose another folder. Nothing was changed")
        raise typer.Exit(Exit.ERROR)
    for name, text in written.items():
        (to / name).write_text(text, encoding="utf-8")
    for path in there - foreign - {to / name for name in written}:
        path.unlink()
    return [to / name for name in sorted(written)]
