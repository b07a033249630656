"""`wayfare init`: a first blueprint, by questions or by flags."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from wayfare.stacks.cli.console import Format, put, tell, write_data
from wayfare.stacks.cli.options import Output

_TEMPLATE = "pretrain-h100-16"


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("init")(init)


def init(
    name: Annotated[str | None, typer.Argument(help="The cluster's name.", metavar="[NAME]")] = None,
    template: Annotated[str | None, typer.Option("--from", help="A blueprint of the library.")] = None,
    accelerator: Annotated[str | None, typer.Option(help="The chip, such as H200, and no other.")] = None,
    nodes: Annotated[int | None, typer.Option(help="Nodes of the pool.")] = None,
    image: Annotated[str | None, typer.Option(help="The workload's container image.")] = None,
    allow: Annotated[
        list[str] | None, typer.Option(help="A network that may reach the Kubernetes API, such as 198.51.100.0/24.")
    ] = None,
    to: Annotated[Path | None, typer.Option(help="The file to write; NAME.yaml without it.")] = None,
    listing: Annotated[bool, typer.Option("--list", help="Only list the library.")] = False,
    output: Output = Format.TABLE,
) -> None:
    """Write a first blueprint from the library. On a terminal it asks for what was not given."""
    from wayfare.blueprints import json_schema
    from wayfare.stacks.beginning import NotInLibrary, Wanted, begun, describe, library

    if listing:
        rows = [{"name": each, "description": describe(path)} for each, path in library().items()]
        if output is not Format.TABLE:
            write_data({"library": rows}, output)
        else:
            for row in rows:
                put(f"{row['name']}: {row['description']}")
        return
    asks = sys.stdin.isatty()
    if name is None and not asks:
        raise typer.BadParameter("is needed, for there is no terminal to ask on", param_hint="NAME")
    name = name or str(typer.prompt("the cluster's name", err=True))
    if template is None and asks:
        template = typer.prompt(f"like which of {', '.join(library())}", default=_TEMPLATE, err=True)
    file = to or Path(f"{name}.yaml")
    if file.exists():
        raise typer.BadParameter(f"{file} is there already; name another by --to", param_hint="--to")
    if not allow and asks:
        asked = typer.prompt("a network that may reach its API, such as 198.51.100.0/24", err=True)
        allow = [asked]
    try:
        text = begun(template or _TEMPLATE, Wanted(name, accelerator, nodes, image, tuple(allow or ())), file)
    except NotInLibrary as error:
        raise typer.BadParameter(str(error), param_hint="--from") from None
    file.write_text(text, encoding="utf-8")
    schema = file.with_name("schema.json")
    if not schema.exists():
        import json

        schema.write_text(f"{json.dumps(json_schema(), indent=2)}\n", encoding="utf-8")
    put(str(file))
    if not allow:
        tell("spec.access.allow is an example's network, which opens the API to nobody: write your own there")
    tell(f"next: wayfare plan {file}; then rehearse it: wayfare up {file} --sandbox")
