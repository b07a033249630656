"""`wayfare get`: where clusters are, and what the workload of one is doing."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from wayfare.stacks.cli import living
from wayfare.stacks.cli.console import Format, put, stdout, tell, write_data
from wayfare.stacks.cli.exits import Exit
from wayfare.stacks.cli.options import InSandbox, Output, open_session

if TYPE_CHECKING:
    from wayfare.stacks.doing import Doing
    from wayfare.stacks.project import StackName
    from wayfare.stacks.session import Session


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("get")(get)


def get(
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="A cluster's name; all without it.")] = None,
    output: Output = Format.TABLE,
    sandbox: InSandbox = False,
    refresh: living.Refresh = False,
    checkpoint: Annotated[
        bool, typer.Option("--checkpoint", help="Also the newest whole checkpoint, for which the bucket is listed.")
    ] = False,
) -> None:
    """Show clusters: where each one is, read from its stacks; of one by name, also what its workload is doing."""
    from wayfare.stacks.cli import render

    if checkpoint and name is None:
        raise typer.BadParameter("is told of one cluster: give its name", param_hint="--checkpoint")
    session = open_session(sandbox=sandbox)
    stacks = session.names(name)
    rows = [render.stack_row(stack, session.settings(stack), _state(session, stack)) for stack in stacks]
    if name is not None and not rows:
        tell(f"there is no cluster {name!r} on the {session.mode}")
        raise typer.Exit(Exit.ERROR)
    seen = {} if name is None else _doing(session, stacks, rows)
    found = {stack: _checkpoint(session, stack) for stack in seen} if checkpoint else {}
    if output is Format.TABLE:
        stdout().print(render.stack_table(rows))
        for stack, doing in seen.items():
            put(f"workload in {stack}: {doing}")
        for stack, newest in found.items():
            put(f"newest checkpoint in {stack}: {newest['said']}")
    elif not refresh:
        told = {str(stack): {"workload": doing.as_data()} for stack, doing in seen.items()}
        for stack, newest in found.items():
            told[str(stack)]["checkpoint"] = newest
        nothing: Mapping[str, object] = {"workload": None}
        write_data({"clusters": [{**row, **told.get(str(row["stack"]), nothing)} for row in rows]}, output)
    if refresh:
        living.show_drift(session, stacks, rows, output)


def _doing(
    session: "Session", stacks: "Sequence[StackName]", rows: "Sequence[Mapping[str, object]]"
) -> "dict[StackName, Doing]":
    """What the workload of each standing cluster is doing."""
    from wayfare.stacks.doing import ask

    standing = [stack for stack, row in zip(stacks, rows, strict=True) if row["state"] == "stands"]
    return {stack: ask(session, stack) for stack in standing}


def _checkpoint(session: "Session", stack: "StackName") -> "dict[str, object]":
    """The newest whole checkpoint, or why nobody knows of one."""
    from wayfare.stacks.moving.book import NotMovable
    from wayfare.stacks.moving.journey import Stopped
    from wayfare.stacks.moving.saved import saved

    try:
        newest = saved(session, stack)
    except (NotMovable, Stopped) as error:
        return {"step": None, "marker": None, "said": f"unknown: {error}"}
    if newest is None:
        return {"step": None, "marker": None, "said": "none is whole"}
    return {"step": newest.step, "marker": newest.marker, "said": f"step {newest.step}, {newest.marker}"}


def _state(session: "Session", stack: "StackName") -> str:
    """In a word, what a stack holds."""
    from wayfare.stacks.facts import CONTROL_PLANES

    if session.stacks.history(str(stack)).is_up:
        return "stands"
    types = {resource.type for resource in session.stacks.resources(str(stack))}
    if not types - {"pulumi:pulumi:Stack"}:
        return "empty"
    return "unfinished" if types & CONTROL_PLANES else "remains"
