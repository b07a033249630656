"""`wayfare validate` and `wayfare schema`."""

from pathlib import Path
from typing import Annotated

import typer

from wayfare.stacks.cli.console import Format, put, tell, write_data
from wayfare.stacks.cli.exits import Exit


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("validate")(validate)
    app.command("schema")(schema)


def validate(files: Annotated[list[Path], typer.Argument(help="Blueprints to check.", metavar="FILE...")]) -> None:
    """Check blueprints. Prints every mistake of every file as file:line:col, and exits with 2 if there is one."""
    from wayfare.blueprints import BlueprintInvalid, load
    from wayfare.blueprints.problems import printable
    from wayfare.stacks.exceptions import refuse_unknown

    bad = False
    for file in files:
        try:
            loaded = load(file)
            refuse_unknown(loaded)
        except BlueprintInvalid as error:
            bad = True
            tell(str(error))
        else:
            put(f"{printable(str(file))}: {loaded.blueprint.kind} {loaded.blueprint.metadata.name} is valid")
    if bad:
        raise typer.Exit(Exit.INVALID)


def schema() -> None:
    """Print the JSON Schema of blueprints, for editors."""
    from wayfare.blueprints import json_schema

    write_data(json_schema(), Format.JSON)
