"""`wayfare move` and `wayfare moves`."""

import sys
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from wayfare.stacks.cli.console import Format, put, stderr, stdout, tell, write_data
from wayfare.stacks.cli.exits import Exit
from wayfare.stacks.cli.options import InSandbox, Output, Yes, cloud_named, open_session
from wayfare.stacks.moving.journey import Through

if TYPE_CHECKING:
    from collections.abc import Callable

    from wayfare.stacks.copying.events import Event
    from wayfare.stacks.moving.journal import Recorded
    from wayfare.stacks.moving.operation import Operation
    from wayfare.stacks.moving.order import Order
    from wayfare.stacks.moving.outlook import Outlook
    from wayfare.stacks.moving.workflow import End
    from wayfare.stacks.prospect import Wish
    from wayfare.stacks.session import Session

app = typer.Typer(help="Moves of clusters from one cloud to another, ended or not.", invoke_without_command=True)

_GO_ON = "go on with `wayfare move --resume {id}`, or take it back with `wayfare move --rollback {id}`"

Journal = Annotated[
    str | None,
    typer.Option(
        "--journal",
        envvar="WAYFARE_JOURNAL",
        help="Where moves are written down: sqlite:///PATH or postgresql://…. [default: a file of this user's]",
    ),
]


def add_to(parent: typer.Typer) -> None:
    """Add the commands."""
    parent.command("move")(move)
    parent.add_typer(app, name="moves")


def move(
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="The cluster to move.")] = None,
    to: Annotated[str | None, typer.Option("--to", metavar="CLOUD[/REGION]", help="Where it goes.")] = None,
    resume: Annotated[str | None, typer.Option("--resume", metavar="ID", help="Go on with a move.")] = None,
    rollback: Annotated[
        str | None, typer.Option("--rollback", metavar="ID", help="Take a move back, before its cut-over.")
    ] = None,
    output: Output = Format.TABLE,
    sandbox: InSandbox = False,
    yes: Yes = False,
    keep_data: Annotated[
        bool, typer.Option("--keep-data", help="Leave the source's durable stores where they are.")
    ] = False,
    bandwidth: Annotated[
        int | None, typer.Option("--bandwidth", min=1, metavar="MB/S", help="The most that the copy may take.")
    ] = None,
    copy_through: Annotated[
        Through,
        typer.Option("--copy-through", help="Whether the target's pods copy, or the machine that runs the move."),
    ] = Through.CLUSTER,
    copy_image: Annotated[
        str | None,
        typer.Option("--copy-image", metavar="IMAGE", help="Of rclone, for the pods. [default: rclone/rclone]"),
    ] = None,
    without_secrets: Annotated[
        bool,
        typer.Option("--without-secrets", help="Go where the blueprint names no secrets, though it does here."),
    ] = False,
    journal: Journal = None,
) -> None:
    """Bring a running training to another cloud. It goes on there from its last checkpoint; the source is destroyed."""
    from wayfare.stacks.cli.progress import ProgressLines
    from wayfare.stacks.moving import departure
    from wayfare.stacks.moving.book import journal_url
    from wayfare.stacks.moving.operation import Operation, Voices
    from wayfare.stacks.moving.order import version

    given = [each for each in (name, resume, rollback) if each is not None]
    if len(given) != 1 or (name is None) is not (to is None):
        raise typer.BadParameter("give either NAME with --to, or --resume ID, or --rollback ID")
    session = open_session(sandbox=sandbox)
    with ProgressLines(stderr()) as progress:
        operation = Operation(session, journal_url(session, journal), Voices(progress, tell, _Copying()))
        if name is not None and to is not None:
            order = partial(
                departure.prepare,
                session,
                name,
                _wish(to),
                version=version(),
                bandwidth=None if bandwidth is None else bandwidth * 1_000_000,
                keep_data=keep_data,
                through=copy_through,
                image=copy_image,
                without_secrets=without_secrets,
            )
            raise typer.Exit(_begin(operation, session, name, order, output, yes=yes))
        id = resume or rollback or ""
        raise typer.Exit(_go_on(operation, session, id, output, roll_back=rollback is not None))


def _begin(
    operation: "Operation",
    session: "Session",
    name: str,
    prepare: "Callable[[], tuple[Order, Outlook]]",
    output: Format,
    *,
    yes: bool,
) -> Exit:
    from wayfare.stacks.moving.order import new_id
    from wayfare.stacks.moving.outlook import as_data, lines

    with session.lease(name, "move"):
        order, outlook = prepare()
        for line in lines(outlook):
            tell(line)
        _agreed(name, yes=yes)
        id = new_id(name)
        tell(f"the move is {id}")
        return _ended(operation, id, lambda: operation.begin(id, order), output, {"plan": as_data(outlook)})


def _go_on(operation: "Operation", session: "Session", id: str, output: Format, *, roll_back: bool) -> Exit:
    from wayfare.stacks.moving.order import version

    recorded = operation.moves.get(id)
    with session.lease(str(recorded.wanted["cluster"]), "move"):
        return _ended(operation, id, lambda: operation.go_on(id, version(), roll_back=roll_back), output, {})


def _ended(operation: "Operation", id: str, work: "Callable[[], End]", output: Format, more: dict[str, object]) -> Exit:
    from wayfare.stacks.engine.process import Interrupted
    from wayfare.stacks.moving.workflow import Suspended

    end: End | None = None
    with suppress(Suspended):
        try:
            end = work()
        except Interrupted:
            tell(_GO_ON.format(id=id))
            raise
    recorded = operation.moves.get(id)
    _show(recorded, output, more)
    if end is not None:
        return Exit.DONE
    if recorded.failed is not None:
        tell(f"the move stands still: {recorded.failed}")
    tell(_GO_ON.format(id=id))
    return Exit.UNFINISHED


@app.callback()
def moves(
    context: typer.Context, output: Output = Format.TABLE, sandbox: InSandbox = False, journal: Journal = None
) -> None:
    """List moves, the newest first."""
    if context.invoked_subcommand is not None:
        return
    from wayfare.stacks.moving.book import journal_url
    from wayfare.stacks.moving.journal import Moves

    session = open_session(sandbox=sandbox)
    found = Moves(journal_url(session, journal)).all()
    if output is Format.TABLE:
        from rich.table import Table

        table = Table("move", "cluster", "from", "to", "began", "state", box=None)
        for each in found:
            table.add_row(*(str(value) for value in _row(each).values()))
        stdout().print(table)
    else:
        write_data({"moves": [_row(each) for each in found]}, output)


@app.command()
def show(
    id: Annotated[str, typer.Argument(metavar="ID", help="The move.")],
    output: Output = Format.TABLE,
    sandbox: InSandbox = False,
    journal: Journal = None,
) -> None:
    """Show what a move has done, step by step."""
    from wayfare.stacks.moving.book import journal_url
    from wayfare.stacks.moving.journal import Moves

    session = open_session(sandbox=sandbox)
    recorded = Moves(journal_url(session, journal)).get(id)
    _show(recorded, output, {"blueprint": recorded.wanted["text"]})


def _wish(to: str) -> "Wish":
    from wayfare.stacks.prospect import Wish

    cloud, _, region = to.partition("/")
    return Wish(cloud_named(cloud, "--to"), region or None)


def _agreed(name: str, *, yes: bool) -> None:
    """Go on with --yes, or when a person types the cluster's name: at a move's end its source is destroyed."""
    if yes:
        return
    if not sys.stdin.isatty():
        tell("nothing was changed: there is no terminal to ask on; pass --yes to move it without asking")
        raise typer.Exit(Exit.INVALID)
    typed: str = typer.prompt(f"type the cluster's name, {name}, to move it", default="", show_default=False, err=True)
    if typed != name:
        tell("nothing was changed")
        raise typer.Exit(Exit.CANCELLED)


def _row(recorded: "Recorded") -> dict[str, object]:
    wanted = recorded.wanted
    to = "/".join(str(part) for part in (wanted["cloud"], wanted.get("region")) if part)
    return {
        "id": recorded.id,
        "cluster": wanted["cluster"],
        "from": wanted["source"],
        "to": to,
        "began": f"{recorded.began:%FT%TZ}",
        "state": recorded.state.value,
    }


def _show(recorded: "Recorded", output: Format, more: dict[str, object]) -> None:
    if output is not Format.TABLE:
        steps = [
            {
                "step": entry.name,
                "began": entry.began.isoformat(),
                "ended": entry.ended.isoformat(),
                **entry.attempt.as_data(),
            }
            for entry in recorded.timeline
        ]
        write_data({**_row(recorded), "version": recorded.version, "steps": steps, **more}, output)
        return
    put(f"{recorded.id}: {recorded.wanted['cluster']} from {recorded.wanted['source']}, {recorded.state}")
    for entry in recorded.timeline:
        attempt = entry.attempt
        told = attempt.said or ", ".join(f"{key} {value}" for key, value in attempt.evidence.items())
        seconds = (entry.ended - entry.began).total_seconds()
        put(f"  {entry.began:%T} {entry.name} {attempt.how} in {seconds:,.0f} s{f': {told}' if told else ''}")


class _Copying:
    """Tells how far a copy is, at most every tenth of it."""

    def __init__(self) -> None:
        self._told = -1

    def __call__(self, event: "Event") -> None:
        from wayfare.stacks.copying.events import Progress

        if not isinstance(event, Progress):
            tell(f"  {event.name}: {event.said}" if event.name else f"  {event.said}")
            return
        tenth = 10 * event.bytes // event.bytes_to_copy if event.bytes_to_copy else 0
        if tenth != self._told:
            self._told = tenth
            tell(f"  copied {event.objects:,} of {event.objects_to_copy:,} objects, {event.bytes / 1e6:,.1f} MB")
