"""The `wayfare` command: its sub-commands, and how an error becomes an exit code."""

import logging
import signal
import sys

import typer

from wayfare.stacks.cli import (
    beginning,
    blueprints,
    bootstrap,
    clusters,
    controls,
    doctor,
    engine,
    getting,
    gitops,
    kubernetes,
    manifests,
    moving,
    parity,
    pipeline,
    sandbox,
)
from wayfare.stacks.cli.console import tell
from wayfare.stacks.cli.exits import Exit
from wayfare.stacks.engine.process import ENGINES, Interrupted
from wayfare.stacks.redaction import redacted

app = typer.Typer(
    name="wayfare",
    help="Portable AI clusters: one blueprint, the same cluster on AWS, Azure or GCP, wherever there is capacity.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for module in (
    doctor,
    beginning,
    blueprints,
    controls,
    clusters,
    getting,
    moving,
    manifests,
    bootstrap,
    parity,
    gitops,
    pipeline,
):
    module.add_to(app)
app.add_typer(sandbox.app, name="sandbox")
app.add_typer(engine.app, name="engine")
app.add_typer(kubernetes.app, name="kubernetes")

#: Errors that a user can act on, by name: importing their modules would make `--help` wait for the engine's.
_EXITS = {
    "BlueprintInvalid": Exit.INVALID,
    "StackSettingsInvalid": Exit.INVALID,
    "BootstrapInvalid": Exit.INVALID,
    "BadScenario": Exit.INVALID,
    "WrongMode": Exit.INVALID,
    "EngineMissing": Exit.ERROR,
    "EngineDied": Exit.UNFINISHED,
    "EngineFailed": Exit.ERROR,
    "NotInstalled": Exit.ERROR,
    "KubernetesMissing": Exit.ERROR,
    "StackBusy": Exit.ERROR,
    "ClusterBusy": Exit.ERROR,
    "NotForeseen": Exit.ERROR,
    "NotFulfilled": Exit.REFUSED,
    "StandsElsewhere": Exit.ERROR,
    "SdkMissing": Exit.ERROR,
    "SandboxFailed": Exit.ERROR,
    "AccountSilent": Exit.UNFINISHED,
    "PlacementInvalid": Exit.INVALID,
    "RepositoryInvalid": Exit.INVALID,
    "NotMovable": Exit.INVALID,
    "BeingMoved": Exit.ERROR,
    "JournalSilent": Exit.ERROR,
    "LeaseTaken": Exit.ERROR,
    "Stopped": Exit.ERROR,
}


def main() -> None:
    """Run the command line; the exit code is one of `exits.Exit`."""
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s: %(message)s")
    # What a cloud answers to a question is told by whoever asked; gRPC would add a traceback of its own.
    logging.getLogger("grpc").setLevel(logging.CRITICAL)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    try:
        app()
    except Interrupted:
        tell("cancelled; what was begun stands as the engine left it: `wayfare get` shows it, `up` goes on")
        sys.exit(Exit.CANCELLED)
    except Exception as error:
        code = _exit_code(error)
        if code is None:
            raise
        # Whatever it is that failed: what it says may repeat a credential.
        tell(f"error: {redacted(str(error))}")
        sys.exit(code)


def _stop(number: int, frame: object) -> None:  # noqa: ARG001 - the form of a handler
    """Let the engines end what they are at; without any, end at once."""
    if not ENGINES.stop():
        raise Interrupted
    tell("stopping: what is being made is finished first; once more stops at once")


def _exit_code(error: Exception) -> Exit | None:
    """The exit code of an error that a user can act on; None for a defect, which keeps its traceback."""
    return next((_EXITS[kind.__name__] for kind in type(error).__mro__ if kind.__name__ in _EXITS), None)
