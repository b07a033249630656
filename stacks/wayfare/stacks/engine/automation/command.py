"""How the engine's executable is called: under its guard, in its environment, and no more often than needed."""

import os
import signal
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from pulumi import automation
from pulumi.automation._stack import StackInitMode
from pulumi.automation.errors import create_command_error
from semver import VersionInfo

from wayfare.stacks.engine.install import Engine
from wayfare.stacks.engine.outcome import EngineDied
from wayfare.stacks.engine.process import ENGINES

#: What a shell, and the guard, add to the number of the signal that ended a process.
_BY_SIGNAL = 128


def official_install(root: Path, version: str) -> None:
    """Download Pulumi of that version from its makers into `root/bin`. Raises RuntimeError when that fails."""
    automation.PulumiCommand.install(root=str(root), version=VersionInfo.parse(version))


def engine_environment(engine: Engine, extra: Mapping[str, str]) -> dict[str, str]:
    """What the engine's processes need beside the caller's own environment.

    The running Python comes first on PATH: the language host starts the `python3` that it finds there.
    """
    python = Path(sys.executable).parent
    path = os.pathsep.join([str(python), str(engine.directory), os.environ.get("PATH", "")])
    return {"PULUMI_SKIP_UPDATE_CHECK": "true", **extra, "PATH": path}


class Command(automation.PulumiCommand):
    """The engine's executable, run so that it outlives this process (see `guard`)."""

    def __init__(self, engine: Engine) -> None:
        """`engine`: found and seen to fit; the SDK's own constructor would run it once more for its version."""
        self.command = str(engine.directory / "pulumi")
        self.version = VersionInfo.parse(engine.version)

    def run(
        self,
        args: list[str],
        cwd: str,
        additional_env: Mapping[str, str],
        on_output: automation.OnOutput | None = None,
        on_error: automation.OnOutput | None = None,
    ) -> automation.CommandResult:
        """Run it to its end. Raises CommandError, and Interrupted when it was asked to stop."""
        path = os.pathsep.join([str(Path(self.command).parent), additional_env.get("PATH", os.environ["PATH"])])
        environment = {**os.environ, **additional_env, "PATH": path, "PULUMI_AUTOMATION_API": "true"}
        ended = ENGINES.run([self.command, "--non-interactive", *args], cwd, environment)
        for text, callback in ((ended.stdout, on_output), (ended.stderr, on_error)):
            if callback is not None:
                for line in text.splitlines():
                    callback(line)
        if (number := ended.code - _BY_SIGNAL) in set(signal.Signals):
            raise EngineDied(number)
        result = automation.CommandResult(stdout=ended.stdout, stderr=ended.stderr, code=ended.code)
        if ended.code != 0:
            raise create_command_error(result)
        return result


class Workspace(automation.LocalWorkspace):
    """A project's folder."""

    def select_stack(self, stack_name: str) -> None:
        """Run nothing: every operation names its stack."""


class Operated(automation.Stack):
    """A stack whose operations end with the engine.

    The SDK runs it up to three times more after each, for outputs and history: whoever wants those asks for them.
    """

    def __init__(self, name: str, workspace: automation.Workspace) -> None:
        super().__init__(name, workspace, StackInitMode.SELECT)

    def outputs(self) -> automation.OutputMap:
        """None: see `Stacks.outputs`."""
        return {}

    def info(self, show_secrets: bool = True) -> automation.UpdateSummary:  # noqa: ARG002 - the SDK's signature
        """A summary that says nothing: see `Stacks.history`."""
        return automation.UpdateSummary("unasked", datetime.now(UTC), "", {}, {}, "unasked")
