"""`wayfare validate`, `schema`, `explain`, `lock` and `diff`: what a blueprint says."""

from pathlib import Path
from typing import Annotated

import typer

from wayfare.stacks.cli.console import Format, put, tell, write_data
from wayfare.stacks.cli.exits import Exit
from wayfare.stacks.cli.options import Output


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("validate")(validate)
    app.command("schema")(schema)
    app.command("explain")(explain)
    app.command("lock")(lock)
    app.command("diff")(diff)


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


def explain(
    file: Annotated[Path, typer.Argument(help="A blueprint.", metavar="FILE")],
    field: Annotated[str, typer.Argument(help="A field, such as spec.accelerators[0].name; all without it.")] = "",
    output: Output = Format.TABLE,
) -> None:
    """Tell which file, line and parameter set a field of a blueprint, and in place of what."""
    from wayfare.blueprints import load
    from wayfare.blueprints.explaining import NoField
    from wayfare.blueprints.explaining import explain as explained

    try:
        found = explained(load(file), field)
    except NoField as error:
        raise typer.BadParameter(str(error), param_hint="FIELD") from None
    if output is not Format.TABLE:
        write_data({"fields": [each.as_data() for each in found]}, output)
        return
    for each in found:
        for line in each.lines():
            put(line)
    if field and len(found) == 1 and found[0].documentation:
        put(f"  {found[0].documentation}")


def lock(
    files: Annotated[list[Path], typer.Argument(help="Blueprints.", metavar="FILE...")],
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; exit with 7 where a lock is missing or not as it would be.")
    ] = False,
) -> None:
    """Write down the bytes of all that blueprints extend, so that others are refused: FILE.lock beside each."""
    from wayfare.blueprints import load
    from wayfare.blueprints.locking import lock_file, written

    differs = False
    for file in files:
        loaded = load(file, held=False)
        text, there = written(file, loaded.layers), lock_file(file)
        if there.exists() and there.read_text(encoding="utf-8") == text:
            put(f"{there} is as it was")
        elif check:
            differs = True
            put(f"{there} is not what {file} extends")
        else:
            there.write_text(text, encoding="utf-8")
            put(f"{there}: {len(loaded.layers)} locked")
    if differs:
        raise typer.Exit(Exit.CHANGES)


def diff(
    one: Annotated[Path, typer.Argument(help="A blueprint.", metavar="A")],
    other: Annotated[Path, typer.Argument(help="Another.", metavar="B")],
    output: Output = Format.TABLE,
) -> None:
    """Tell in which fields two blueprints differ, whatever they extend and however they are written. 7 if they do."""
    from wayfare.blueprints import load_all
    from wayfare.stacks.telling import fields

    first, second = (each.blueprint for each in load_all([one, other]))
    found = list(fields(first, second))
    if output is Format.TABLE:
        for line in found:
            put(line)
    else:
        write_data({"differences": found}, output)
    if found:
        raise typer.Exit(Exit.CHANGES)
