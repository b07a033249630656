"""The `wayfare` command: its sub-commands, and how an error becomes an exit code."""

import logging
import sys
from importlib import import_module

import typer

from wayfare.stacks.cli import blueprints, clusters, engine, sandbox
from wayfare.stacks.cli.exits import Exit
from wayfare.stacks.cli.render import stderr

app = typer.Typer(
    name="wayfare",
    help="Portable AI clusters: one blueprint, the same cluster on AWS, Azure or GCP, wherever there is capacity.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for module in (blueprints, clusters):
    module.add_to(app)
app.add_typer(sandbox.app, name="sandbox")
app.add_typer(engine.app, name="engine")

#: Errors that a user can act on, by where they are defined, and the exit code of each. Named and not imported, so that
#: `--help` does not wait for the engine's modules.
_EXITS: dict[str, Exit] = {
    "wayfare.blueprints:BlueprintInvalid": Exit.INVALID,
    "wayfare.stacks.project:StackSettingsInvalid": Exit.INVALID,
    "wayfare.stacks.session:WrongMode": Exit.INVALID,
    "wayfare.stacks.session:EngineMissing": Exit.ERROR,
    "wayfare.stacks.engine.install:NotInstalled": Exit.ERROR,
    "wayfare.stacks.engine.automation:EngineFailed": Exit.ERROR,
    "wayfare.stacks.engine.automation:StackBusy": Exit.ERROR,
    "wayfare.stacks.accounts:AccountSilent": Exit.UNFINISHED,
    "wayfare.stacks.ground:CleanUpFailed": Exit.UNFINISHED,
    "wayfare.components.clouds:SdkMissing": Exit.ERROR,
    "wayfare.sandbox.process:SandboxError": Exit.ERROR,
    "wayfare.sandbox.scenario:ScenarioInvalid": Exit.INVALID,
}


def main() -> None:
    """Run the command line; the exit code is one of `exits.Exit`."""
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s: %(message)s")
    try:
        app()
    except KeyboardInterrupt:
        stderr().print("cancelled; what was begun stands as the engine left it: `wayfare get` shows it, `up` goes on")
        sys.exit(Exit.CANCELLED)
    except Exception as error:
        code = _exit_code(error)
        if code is None:
            raise
        stderr().print(f"error: {error}", markup=False)
        sys.exit(code)


def _exit_code(error: Exception) -> Exit | None:
    """The exit code of an error that a user can act on; None for a defect, which keeps its traceback."""
    names = {f"{kind.__module__}:{kind.__qualname__}" for kind in type(error).__mro__}
    for place, code in _EXITS.items():
        module, _, name = place.partition(":")
        # A class that was re-exported is defined elsewhere: compare identity where the module is loaded.
        if place in names or (
            module in sys.modules and getattr(import_module(module), name, None) in type(error).__mro__
        ):
            return code
    return None
