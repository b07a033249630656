"""`wayfare review`, `propose` and `drift`: the steps of a generated repository's pipeline."""

import json
from contextlib import nullcontext
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from wayfare.stacks.cli.console import Format, put, tell, write_data
from wayfare.stacks.cli.exits import Exit
from wayfare.stacks.cli.options import File, InSandbox, open_session

if TYPE_CHECKING:
    from wayfare.blueprints import Loaded
    from wayfare.stacks.gitops.wanted import Wanted
    from wayfare.stacks.placement import Candidate


class DriftFormat(StrEnum):
    """How a drift is written."""

    TABLE = "table"
    JSON = "json"
    YAML = "yaml"
    MARKDOWN = "markdown"


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (review, propose, drift):
        app.command(command.__name__)(command)


def review(
    files: Annotated[
        list[Path] | None, typer.Argument(metavar="[FILE...]", help="Blueprints; without any, the repository's.")
    ] = None,
    base: Annotated[
        str | None, typer.Option("--base", metavar="REF", help="The git revision whose prices are compared.")
    ] = None,
    sandbox: InSandbox = False,
) -> None:
    """Write as Markdown what a merge would do: placements, price, controls, the engine's preview, parity."""
    from wayfare.stacks.cli.markdown import reviews
    from wayfare.stacks.gitops import reviewing
    from wayfare.stacks.gitops.choices import read

    root = Path.cwd()
    known = read(root)
    chosen = files or [root / "blueprints" / f"{name}.yaml" for name in (known.clusters if known else ())]
    if not chosen:
        raise typer.BadParameter("is needed, for this folder was not generated", param_hint="FILE")
    session = open_session(sandbox=sandbox)
    with nullcontext() if base is None else reviewing.checked_out(root, base) as earlier:
        found = [reviewing.review(session, file, root, earlier) for file in chosen]
    put(reviews(found).rstrip("\n"))


def propose(
    file: File,
    after: Annotated[
        Path | None, typer.Option("--after", metavar="RESULT", help="What `wayfare up -o json` said of the shortage.")
    ] = None,
    placement: Annotated[
        Path | None, typer.Option("--placement", help="The placement file; placements/NAME.yaml without it.")
    ] = None,
    sandbox: InSandbox = False,
) -> None:
    """Write the next placement into a cluster's placement file. Nothing else is changed, and no cloud."""
    from wayfare.blueprints import load
    from wayfare.components.catalog import shipped_catalog
    from wayfare.stacks.gitops import proposing, wanted
    from wayfare.stacks.gitops.recalling import recall
    from wayfare.stacks.prospect import Wish, look, placeable

    loaded = load(file)
    name = loaded.blueprint.metadata.name
    path = placement or Path("placements") / f"{name}.yaml"
    wanted.wanted_place(path, name)
    known = wanted.read(path)
    found = [] if after is None else list(proposing.shorts(_result(after), shipped_catalog()))
    session = open_session(sandbox=sandbox)
    recall(session, name)
    prospect = look(loaded, Wish(), session)
    if prospect.stands_in:
        prospect = look(loaded, Wish(), session, leaving=prospect.stands_in[0])
        tell(f"{name} stands in {prospect.stands_in[0] if prospect.stands_in else 'another place'}: `wayfare move`")
    candidates = [placeable(each, prospect) for each in prospect.candidates]
    proposed = proposing.proposal(known, candidates, found, session.now())
    if proposed is None:
        tell(f"no placement of {name} is left to propose: wait, or change the blueprint's alternatives")
        raise typer.Exit(Exit.NO_CAPACITY)
    path.write_text(wanted.text(proposed.wanted), encoding="utf-8")
    for line in proposing.lines(proposed, _before(loaded, known)):
        put(line)


def _before(loaded: "Loaded", known: "Wanted") -> "Candidate | None":
    """The placement that was wanted, whose price is told. No account tells prices."""
    from wayfare.components.catalog import shipped_catalog
    from wayfare.stacks.presumed import presumed

    anywhere = known.placement.model_copy(update={"zone": None})
    found, _ = presumed(loaded, shipped_catalog())
    return next((each for each in found if each.machine and anywhere.against(each) is None), None)


def _result(file: Path) -> dict[str, Any]:
    from wayfare.stacks.gitops.wanted import PlacementInvalid

    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise PlacementInvalid(f"{file}: {error}") from None


def drift(
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME...]", help="Clusters; all without any.")] = None,
    output: Annotated[DriftFormat, typer.Option("--output", "-o", help="How data is written.")] = DriftFormat.TABLE,
    sandbox: InSandbox = False,
) -> None:
    """Show what somebody else has changed in the clouds; 7 if anything has. Nothing is written."""
    from wayfare.stacks.cli.changes import drift_data, drift_lines
    from wayfare.stacks.cli.markdown import drifts
    from wayfare.stacks.gitops.recalling import recall
    from wayfare.stacks.living import drift as drifted
    from wayfare.stacks.prospect import standing_stacks

    session = open_session(sandbox=sandbox)
    known = session.names()
    for name in sorted(set(names or ()) - {each.cluster for each in known}):
        tell(f"there is no cluster {name!r} on the {session.mode}")
        raise typer.Exit(Exit.ERROR)
    recall(session)
    chosen = [each for each in known if not names or each.cluster in names]
    found = {stack: drifted(session, stack) for stack in standing_stacks(session, chosen)}
    match output:
        case DriftFormat.TABLE:
            for stack, differences in found.items():
                for line in drift_lines(stack, differences):
                    put(line)
            if not found:
                tell(f"no cluster stands on the {session.mode}")
        case DriftFormat.MARKDOWN:
            put(drifts(found).rstrip("\n"))
        case DriftFormat.JSON | DriftFormat.YAML:
            write_data({"drift": drift_data(found)}, Format(output.value))
    if any(found.values()):
        raise typer.Exit(Exit.CHANGES)
