"""`wayfare controls`, and how a blueprint's exceptions are shown."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from wayfare.stacks.cli.console import Format, put, stdout, tell, write_data
from wayfare.stacks.cli.options import Output

if TYPE_CHECKING:
    from wayfare.stacks.exceptions import Excepted


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("controls")(controls)


def controls(
    output: Output = Format.TABLE,
    pack: Annotated[
        bool, typer.Option("--pack", help="Print the policy pack's directory, for `pulumi up --policy-pack`.")
    ] = False,
) -> None:
    """List the controls that every cluster has to fulfil, each with what the CIS benchmarks call it."""
    from wayfare.components.controls import CONTROLS, PACK
    from wayfare.stacks.exceptions import control_data

    if pack:
        put(str(PACK))
    elif output is Format.TABLE:
        from rich.table import Table

        table = Table("control", "clouds", "mandatory", "demands", "CIS")
        for control in CONTROLS.values():
            demands = f"{control.demands} ({control.depends})" if control.depends else control.demands
            demands += "".join(f"\nbut for {each}" for each in control.but_for)
            cis = "\n".join(str(reference) for reference in control.cis) or "-"
            table.add_row(control.name, control.cloud or "all", "yes" if control.mandatory else "no", demands, cis)
        stdout().print(table)
    else:
        write_data({"controls": [control_data(control) for control in CONTROLS.values()]}, output)


def tell_exceptions(exceptions: "Sequence[Excepted]") -> None:
    """A line for each control that a blueprint excepts, with its reason, and one where it excepts nothing."""
    for each in exceptions:
        tell(f"excepted: control {each.control.name} ({each.control.demands}): {each.reason}")
        if each.idle is not None:
            tell(f"  it excepts nothing: {each.idle}")
