"""`wayfare doctor`: whether this machine, the state backend and the accounts are as they must be."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wayfare.stacks.cli.console import Format, put, write_data
from wayfare.stacks.cli.exits import Exit
from wayfare.stacks.cli.options import InSandbox, Output, cloud_named, open_session

if TYPE_CHECKING:
    from wayfare.blueprints import CloudName
    from wayfare.stacks.examining import Finding

_SIGNS = {"well": "ok  ", "warn": "warn", "ill": "ILL "}


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("doctor")(doctor)


def doctor(
    file: Annotated[
        Path | None,
        typer.Argument(help="A blueprint: also what its placements need.", metavar="[FILE]"),
    ] = None,
    cloud: Annotated[list[str] | None, typer.Option(help="Only these clouds; all without it.")] = None,
    output: Output = Format.TABLE,
    sandbox: InSandbox = False,
) -> None:
    """Look at this machine, the state backend and the accounts. Each finding has a line that mends it."""
    from wayfare.blueprints import CloudName

    clouds = [cloud_named(each, "--cloud") for each in cloud or ()] or list(CloudName)
    found: list[Finding] = []
    for finding in _looked(file, clouds, sandbox=sandbox):
        found.append(finding)
        if output is Format.TABLE:
            put(f"{_SIGNS[finding.health]} {finding.about}: {finding.said}")
            if finding.mend:
                put(f"       mend it: {finding.mend}")
    if output is not Format.TABLE:
        write_data({"findings": [each.as_data() for each in found]}, output)
    if any(each.health == "ill" for each in found):
        raise typer.Exit(Exit.ERROR)


def _looked(file: Path | None, clouds: "list[CloudName]", *, sandbox: bool) -> "Iterator[Finding]":
    from wayfare.blueprints import load
    from wayfare.stacks import examining

    loaded = None if file is None else load(file)
    here = list(examining.machine())
    yield from here
    if not sandbox:
        yield from examining.plugins()
        yield from examining.clocks(clouds)
    if any(each.about == "engine" and each.health == "ill" for each in here):
        # Without an engine nobody can be asked.
        return
    session = open_session(sandbox=sandbox)
    yield examining.backend(session)
    yield from examining.accounts(session, clouds)
    if loaded is not None:
        yield from examining.beforehand(session, loaded)
