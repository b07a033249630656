"""Arguments, options and questions that several commands share."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wayfare.stacks.cli.console import Format, tell
from wayfare.stacks.cli.exits import Exit

if TYPE_CHECKING:
    from wayfare.blueprints import CloudName
    from wayfare.sandbox.client import Sandbox
    from wayfare.stacks.session import Session

File = Annotated[Path, typer.Argument(metavar="FILE", help="A blueprint.")]
Output = Annotated[Format, typer.Option("--output", "-o", help="How data is written to stdout.")]
InSandbox = Annotated[
    bool, typer.Option("--sandbox", envvar="WAYFARE_SANDBOX", help="Work on the sandbox, not on the clouds.")
]
WithKubernetes = Annotated[
    bool, typer.Option("--kubernetes", help="A real Kubernetes behind each of the sandbox's clusters.")
]
WithTraining = Annotated[
    bool | None,
    typer.Option(
        "--train/--no-train", help="A local process in place of each training's pods; as it was before without either."
    ),
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do it without asking.")]


def programs(*, kubernetes: bool) -> Path | None:
    """Where the programs of a real Kubernetes are, if they are wanted. Raises `KubernetesMissing`."""
    if not kubernetes:
        return None
    from wayfare.stacks.kubernetes import install

    return install.require().directory


def start_sandbox(scenario: Path | None, *, kubernetes: bool, train: bool | None) -> "Sandbox":
    """The sandbox, which runs then as it is wanted."""
    from wayfare.sandbox.client import Sandbox

    box = Sandbox()
    box.start(scenario, programs(kubernetes=kubernetes), train=train)
    return box


def open_session(*, sandbox: bool, kubernetes: bool = False, train: bool | None = None) -> "Session":
    """The session of a command; starts the sandbox where it is wanted and does not run.

    `kubernetes`: with a real one behind each cluster; a sandbox that runs without is refused. `train`: whether a local
    process stands for a training's pods; None leaves it as it is.
    """
    from wayfare.sandbox.client import Sandbox
    from wayfare.stacks.session import Session

    for option, given in (("--kubernetes", kubernetes), ("--train", train is not None)):
        if given and not sandbox:
            raise typer.BadParameter("is for the sandbox: give --sandbox too", param_hint=option)
    box = Sandbox() if sandbox else None
    if box is not None and (kubernetes or train is not None or not box.running):
        ran = box.running
        start_sandbox(None, kubernetes=kubernetes, train=train)
        if not ran:
            tell("started the sandbox")
    return Session.open(sandbox=box, start=Path.cwd())


def cloud_named(text: str, where: str) -> "CloudName":
    """The cloud that a parameter names. Raises typer.BadParameter, which says `where` it was given."""
    from wayfare.blueprints import CloudName

    if text not in set(CloudName):
        raise typer.BadParameter(f"{text!r} is none of {', '.join(CloudName)}", param_hint=where)
    return CloudName(text)


def confirmed(question: str, *, yes: bool) -> None:
    """Go on only with --yes or a person's word; without a terminal there is nobody to ask."""
    if yes:
        return
    if not sys.stdin.isatty():
        tell("there is no terminal to ask on; pass --yes to do it without asking")
        raise typer.Exit(Exit.INVALID)
    if not typer.confirm(question, err=True):
        raise typer.Exit(Exit.CANCELLED)
