"""`wayfare parity`: what each cloud gives for each wish of a blueprint."""

from collections.abc import Iterator
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from wayfare.stacks.cli.console import Format, put, stdout, write_data
from wayfare.stacks.cli.options import File

if TYPE_CHECKING:
    from rich.table import Table

    from wayfare.stacks.parity import Parity


class ParityFormat(StrEnum):
    """How the comparison is written."""

    TABLE = "table"
    JSON = "json"
    YAML = "yaml"
    MARKDOWN = "markdown"


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("parity")(parity)


def parity(
    file: File,
    output: Annotated[ParityFormat, typer.Option("--output", "-o", help="How data is written.")] = ParityFormat.TABLE,
) -> None:
    """Show what each cloud gives for each wish of a blueprint, from the plans. No account is asked."""
    from wayfare.blueprints import load
    from wayfare.components.catalog import shipped_catalog
    from wayfare.stacks.parity import parity as compare

    found = compare(load(file), shipped_catalog())
    match output:
        case ParityFormat.TABLE:
            stdout().print(table(found))
            for line in _cannot_lines(found):
                put(line)
        case ParityFormat.MARKDOWN:
            for line in markdown(found):
                put(line)
        case _:
            write_data(as_data(found), Format(output.value))


def table(found: "Parity") -> "Table":
    """For people. `+` and `-` mark the most and the least where the clouds differ."""
    from rich.markup import escape
    from rich.table import Column, Table

    from wayfare.blueprints import CloudName

    made = Table("wish", *(Column(name, overflow="fold") for name in CloudName))
    for row in found.rows:
        made.add_row(row.wish, *(escape(_marked(row.cells[name].text, row.cells[name].verdict)) for name in CloudName))
    return made


def markdown(found: "Parity") -> Iterator[str]:
    """As a table of the documentation."""
    from wayfare.blueprints import CloudName

    yield f"| {found.blueprint} | {' | '.join(CloudName)} |"
    yield "|---" * (len(CloudName) + 1) + "|"
    for row in found.rows:
        cells = (_marked(row.cells[name].text, row.cells[name].verdict).replace("|", "\\|") for name in CloudName)
        yield f"| {row.wish} | {' | '.join(cells)} |"
    for line in _cannot_lines(found):
        yield ""
        yield line


def as_data(found: "Parity") -> dict[str, object]:
    """`wayfare parity -o json`"""
    return {
        "blueprint": found.blueprint,
        "rows": [
            {
                "wish": row.wish,
                **{
                    name.value: {"text": cell.text, "amount": cell.amount, "verdict": cell.verdict or None}
                    for name, cell in row.cells.items()
                },
            }
            for row in found.rows
        ],
        "cannot": {name.value: list(reasons) for name, reasons in found.cannot.items()},
    }


def _marked(text: str, verdict: str) -> str:
    return {"more": f"{text} (+)", "less": f"{text} (-)"}.get(verdict, text)


def _cannot_lines(found: "Parity") -> Iterator[str]:
    for name, reasons in found.cannot.items():
        yield f"{name} cannot: {'; '.join(reasons)}"
