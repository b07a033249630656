"""`wayfare bootstrap`: what an account needs before clusters."""

from typing import Annotated

import typer

from wayfare.stacks.cli.console import Format, stderr, stdout, tell, write_data
from wayfare.stacks.cli.exits import Exit
from wayfare.stacks.cli.options import InSandbox, Output, Yes, cloud_named, confirmed, open_session


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("bootstrap")(bootstrap)


def bootstrap(
    cloud: Annotated[str, typer.Argument(metavar="CLOUD", help="The account's cloud, such as aws.")],
    region: Annotated[
        list[str] | None, typer.Option("--region", help="Where clusters may be; repeatable. Regions are only added.")
    ] = None,
    output: Output = Format.TABLE,
    sandbox: InSandbox = False,
    yes: Yes = False,
) -> None:
    """Make what is one per account or outlives clusters: keys, features, a state bucket. Nothing of it is deleted."""
    from wayfare.stacks import bootstrap as account
    from wayfare.stacks.cli import render
    from wayfare.stacks.cli.progress import ProgressLines
    from wayfare.stacks.project import StackName

    name = cloud_named(cloud, "CLOUD")
    session = open_session(sandbox=sandbox)
    with session.lease(f"bootstrap.{name}", "bootstrap"):
        regions = account.configure(session, name, region or [])
        tell(f"the {name} account gets what clusters in {', '.join(regions)} need: keys, features, a state bucket")
        tell("all of it is kept until it is deleted by hand: what keys have encrypted is lost without them")
        confirmed(f"bootstrap {name}?", yes=yes)
        with ProgressLines(stderr()) as progress:
            label = StackName("bootstrap", name, regions[0])
            update = account.bring_up(session, name, lambda step: progress(label, step))
        for refusal in update.refusals:
            tell(f"{name} refused {refusal.type or 'the stack'}: {render.one_line(refusal.message)}")
        if update.refusals:
            raise typer.Exit(Exit.REFUSED)
        found = dict(sorted(session.bootstrap_stacks.outputs(account.stack_name(session, name)).items()))
        if output is Format.TABLE:
            stdout().print(render.outputs_table(found))
        else:
            write_data(found, output)
