"""`wayfare up` on a cluster that stands, and `wayfare get --refresh`."""

import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from wayfare.stacks.cli.console import Format, put, stdout, tell, write_data
from wayfare.stacks.cli.exits import Exit

if TYPE_CHECKING:
    from wayfare.blueprints import Loaded
    from wayfare.stacks.living import Outlook
    from wayfare.stacks.placement import Candidate
    from wayfare.stacks.project import StackName
    from wayfare.stacks.prospect import Prospect
    from wayfare.stacks.session import Session

Replace = Annotated[
    list[str] | None,
    typer.Option(
        "--replace",
        metavar="WHAT",
        help="Agree that this is replaced or deleted with what it holds: pool, control-plane, bucket or store. "
        "May be given several times.",
    ),
]
Refresh = Annotated[
    bool, typer.Option("--refresh", help="Show what has changed in the cloud since the last update; 7 if anything has.")
]


def agreed_names(replace: list[str] | None) -> frozenset[str]:
    """The names that `--replace` was given. Anything else than a known name is refused."""
    from wayfare.stacks.consent import NAMES

    given = frozenset(replace or ())
    for name in sorted(given - set(NAMES)):
        raise typer.BadParameter(f"{name!r} is none of {', '.join(NAMES)}", param_hint="--replace")
    return given


def foretell(session: "Session", loaded: "Loaded", standing: "Candidate") -> "Outlook":
    """What would change of a cluster that stands, told to people."""
    from wayfare.stacks.cli.changes import outlook_lines
    from wayfare.stacks.living import foresee
    from wayfare.stacks.project import StackName
    from wayfare.stacks.recovery import doubtful, recover

    stack = StackName(loaded.blueprint.metadata.name, standing.cloud, standing.placement.region)
    if doubtful(session, stack):
        recover(session, stack, tell, program=True)
    tell("the cluster stands; asking the engine what would change")
    outlook = foresee(session, loaded, standing)
    for line in outlook_lines(outlook):
        tell(line)
    return outlook


def put_unchanged(
    outlook: "Outlook",
    prospect: "Prospect",
    outputs: "Mapping[str, object]",
    exceptions: Sequence[object],
    output: Format,
) -> None:
    """The result of an `up` that had nothing to do."""
    from wayfare.stacks.cli.changes import unchanged_data
    from wayfare.stacks.cli.render import outputs_table

    if output is Format.TABLE:
        stdout().print(outputs_table(outputs))
    else:
        write_data({**unchanged_data(outlook, prospect, outputs), "exceptions": exceptions}, output)


def consented(outlook: "Outlook", agreed: frozenset[str], output: Format) -> bool:
    """Whether a person agreed by the cluster's name to lose what would be lost; False where nothing needs that.

    Ends the command where consent is missing: `--yes` is none, for it says nothing of what is lost.
    """
    from wayfare.stacks.cli.changes import loss_lines, outlook_data
    from wayfare.stacks.consent import unagreed

    missing = unagreed((difference.loss for difference in outlook.differences), agreed)
    if not missing:
        return False
    for line in loss_lines(missing):
        tell(line)
    cluster = outlook.stack.cluster
    if sys.stdin.isatty():
        typed: str = typer.prompt(
            f"type the cluster's name, {cluster}, to agree", default="", show_default=False, err=True
        )
        if typed == cluster:
            return True
        tell("nothing was changed")
        raise typer.Exit(Exit.CANCELLED)
    if output is not Format.TABLE:
        needed = {loss.name: loss.what for loss in missing}
        write_data({"end": "refused", "consent": needed, "changes": outlook_data(outlook)}, output)
    tell(f"nothing was changed; to agree, pass {' '.join(f'--replace {loss.name}' for loss in missing)}")
    raise typer.Exit(Exit.INVALID)


def show_drift(session: "Session", stacks: "Sequence[StackName]", rows: object, output: Format) -> None:
    """Ask the clouds what they have now. Ends the command with `Exit.CHANGES` where it is not what was recorded."""
    from wayfare.stacks.cli.changes import drift_data, drift_lines
    from wayfare.stacks.living import drift

    found = {stack: drift(session, stack) for stack in stacks}
    if output is Format.TABLE:
        for stack, differences in found.items():
            for line in drift_lines(stack, differences):
                put(line)
    else:
        write_data({"clusters": rows, "drift": drift_data(found)}, output)
    if any(found.values()):
        raise typer.Exit(Exit.CHANGES)
