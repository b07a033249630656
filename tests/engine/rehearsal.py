"""A sandbox and a project of a test's own, and the commands that a person would type there."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from subprocess import Popen
from typing import IO, Any

from wayfare.sandbox.client import HOME, Sandbox
from wayfare.stacks.engine import install
from wayfare.stacks.engine.install import Engine
from wayfare.stacks.project import Project

ROOT = Path(__file__).resolve().parents[2]

#: The scenario of the demo: no H100 on demand in us-east-1, spot that is lost after 8 minutes, little quota.
SCARCE = ROOT / "sandbox" / "scenarios" / "scarce.yaml"

#: Seconds of real time after which a command hangs; the slowest, a move, takes minutes on a busy machine.
_PATIENCE = 600

#: An exit code of no command: expects whatever comes.
ANY = -1

#: What a developer's shell may hold and no test may see: credentials, and settings of Pulumi and Wayfare.
_FOREIGN = ("AWS_", "AZURE_", "ARM_", "GOOGLE_", "CLOUDSDK_", "KUBE", "PULUMI_", "WAYFARE_", "PYTEST_", "COV_")

#: Whatever does leave for another host ends at a port on which nobody listens.
_NOWHERE = {
    **dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), "http://127.0.0.1:9"),
    **dict.fromkeys(("NO_PROXY", "no_proxy"), "127.0.0.1,localhost"),
}


def require_engine() -> Engine:
    """The engine of this machine. Raises AssertionError with the command that installs it."""
    engine = install.find()
    assert engine is not None, "these tests run the real Pulumi engine, and there is none; install it with: make engine"
    return engine


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        """Its stdout, read as JSON."""
        return json.loads(self.out)


def _program(through: Path | None) -> tuple[str, ...]:
    return (sys.executable, "-m", "wayfare.stacks.cli") if through is None else (sys.executable, str(through))


class Rehearsal:
    """A sandbox, and a project with a copy of the library's blueprints."""

    def __init__(self, directory: Path, more: Mapping[str, str] | None = None, sandbox: Sandbox | None = None) -> None:
        """`more`: what its shell has set besides. `sandbox`: another's, whose clouds it works on too."""
        self.directory = directory
        self.more = more or {}
        self.sandbox = sandbox or Sandbox(directory / "sandbox")
        self.project = Project.create(directory / "project")
        shutil.copytree(ROOT / "blueprints" / "library", self.project.root / "blueprints")

    @classmethod
    @contextmanager
    def running(cls, directory: Path, more: Mapping[str, str] | None = None) -> Generator["Rehearsal"]:
        """One whose sandbox runs, with room for everything."""
        made = cls(directory, more)
        made.sandbox.start()
        try:
            yield made
        finally:
            made.sandbox.stop()

    @cached_property
    def shell(self) -> Mapping[str, str]:
        """The environment of a shell that knows no account, and of the sandbox where it lives."""
        own = {key: value for key, value in os.environ.items() if not key.upper().startswith(_FOREIGN)}
        return {
            **own,
            **_NOWHERE,
            "PULUMI_HOME": str(self.directory / "pulumi"),
            "PYTHONWARNINGS": "",
            "NO_COLOR": "1",
            HOME: str(self.sandbox.directory),
            **self.more,
        }

    @cached_property
    def sandbox_shell(self) -> Mapping[str, str]:
        """The same after `eval "$(wayfare sandbox env)"`."""
        set_up = f'eval "$({sys.executable} -m wayfare.stacks.cli sandbox env)" && env -0'
        printed = self._run(("sh", "-c", set_up), self.shell, 0).out
        return dict(line.split("=", 1) for line in printed.split("\0") if line)

    def wayfare(
        self,
        *arguments: str,
        expect: int | None = 0,
        shell: Mapping[str, str] | None = None,
        through: Path | None = None,
    ) -> Done:
        """Run `wayfare` in the project, with nobody at the keyboard. Fails the test on another exit code than expected.

        None expects any failure, ANY whatever comes. `through`: a script that changes the process's surroundings first.
        """
        return self._run((*_program(through), *arguments), shell or self.shell, expect)

    def module(self, name: str, *arguments: str, expect: int | None = 0) -> Done:
        """Run a program of the tests in the project, as `wayfare` would be run."""
        return self._run((sys.executable, "-m", name, *arguments), self._tests_shell, expect)

    def module_begun(self, name: str, *arguments: str) -> Popen[bytes]:
        """Such a program, begun and not waited for, once something has happened to the clouds."""
        since = len(self.sandbox.events())
        tool = Popen(
            (sys.executable, "-m", name, *arguments),
            cwd=self.project.root,
            env=self._tests_shell,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        while not self.sandbox.await_events(since, 1, timeout=2.0) and tool.poll() is None:
            pass
        return tool

    @property
    def _tests_shell(self) -> Mapping[str, str]:
        return {**self.shell, "PYTHONPATH": str(ROOT)}

    def begun(self, *arguments: str, events: int = 1, stderr: int | IO[bytes] = subprocess.DEVNULL) -> Popen[bytes]:
        """`wayfare`, begun and not waited for, once so much has happened to the clouds; sooner where it has ended."""
        since = len(self.sandbox.events())
        tool = self.started(*arguments, stderr=stderr)
        while len(self.sandbox.await_events(since, events, timeout=2.0)) < events and tool.poll() is None:
            pass
        return tool

    def started(
        self,
        *arguments: str,
        stderr: int | IO[bytes],
        shell: Mapping[str, str] | None = None,
        through: Path | None = None,
    ) -> Popen[bytes]:
        """`wayfare`, begun and not waited for at all."""
        return Popen(
            (*_program(through), *arguments),
            cwd=self.project.root,
            env=shell or self.shell,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=stderr,
        )

    def pulumi(self, *arguments: str, expect: int | None = 0, shell: Mapping[str, str] | None = None) -> Done:
        """Run the engine in the project, as a person would who works on the sandbox. None expects any failure."""
        command = ("pulumi", *arguments, "--non-interactive", "--color=never")
        return self._run(command, shell or self.sandbox_shell, expect)

    def configure(self, stack: str, values: Mapping[str, str]) -> None:
        """Make a stack by hand, and set its configuration."""
        pairs = [part for key, value in values.items() for part in ("--plaintext", f"{key}={value}")]
        self.pulumi("stack", "init", stack)
        self.pulumi("config", "set-all", "--stack", stack, "--path", *pairs)

    def resources(self, stack: str) -> list[dict[str, Any]]:
        """What the stack's state records."""
        return self.pulumi("stack", "export", "--stack", stack).data["deployment"].get("resources", [])

    def changes(self, stack: str) -> dict[str, int]:
        """How many resources the stack's last operation touched, by operation; without those left as they were."""
        (last,) = self.pulumi("stack", "history", "--stack", stack, "--json", "--page-size=1").data
        return {kind: count for kind, count in last["resourceChanges"].items() if kind != "same"}

    def stacks(self) -> list[str]:
        """Names of the stacks in the sandbox's backend."""
        return sorted(row["name"] for row in self.pulumi("stack", "ls", "--json").data)

    def settings_files(self) -> list[str]:
        """Names of the files that configure stacks."""
        return sorted(file.name for file in (self.project.root / "stacks" / "config").glob("Pulumi.*.yaml"))

    def state_file(self, stack: str) -> Path:
        """The file in the backend that holds the stack's state."""
        return self.sandbox.directory / "backend" / ".pulumi" / "stacks" / "wayfare" / f"{stack}.json"

    def _run(self, command: tuple[str, ...], shell: Mapping[str, str], expect: int | None) -> Done:
        ended = subprocess.run(
            command,
            cwd=self.project.root,
            env=shell,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_PATIENCE,
            check=False,
        )
        done = Done(ended.returncode, ended.stdout, ended.stderr)
        as_wanted = expect == ANY or (done.code != 0 if expect is None else done.code == expect)
        assert as_wanted, f"{' '.join(command)} ended with {done.code}, not {expect}:\n{done.out}\n{done.err}"
        return done
