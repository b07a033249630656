"""A generated repository on this machine: its remote, clean clones, and the shell steps of its workflows run for real.

What is not a shell step stands outside: the steps that `use` an action, and the installation. `gh` is a program of its
own here that keeps what it is told.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from tests.engine.rehearsal import Rehearsal

#: Seconds after which a step hangs.
_PATIENCE = 900

_EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")

#: Keeps its arguments and what it is given to read, a file for each call; of issues it lists those that it was told of.
_GH = """\
import json, os, pathlib, sys
kept = pathlib.Path(os.environ["KEPT_BY_GH"])
kept.mkdir(exist_ok=True)
given = sys.stdin.read() if "-" in sys.argv else ""
call = {"arguments": sys.argv[1:], "given": given}
calls = sorted(kept.iterdir())
if sys.argv[1:3] == ["issue", "list"]:
    made = [each for each in calls if json.loads(each.read_text())["arguments"][:2] == ["issue", "create"]]
    print("7" if made else "")
(kept / f"{len(calls):03}").write_text(json.dumps(call))
"""


@dataclass
class Job:
    """How a job ended."""

    outputs: dict[str, str] = field(default_factory=dict[str, str])
    steps: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])


class Pipeline:
    """A repository with a remote of its own, and whoever pushes to it."""

    def __init__(self, rehearsal: Rehearsal, directory: Path) -> None:
        """`directory`: where there is nothing yet."""
        self._directory = directory
        self._clones = 0
        directory.mkdir()
        tools = directory / "tools"
        tools.mkdir()
        (tools / "gh.py").write_text(_GH)
        for name, command in {
            "gh": f'exec "{sys.executable}" "{tools}/gh.py" "$@"',
            "wayfare": f'exec "{sys.executable}" -m wayfare.stacks.cli "$@"',
        }.items():
            (tools / name).write_text(f"#!/bin/sh\n{command}\n")
            (tools / name).chmod(0o755)
        identity = {"NAME": "somebody", "EMAIL": "somebody@git.example"}
        self._shell = {
            **rehearsal.shell,
            **{f"GIT_{who}_{key}": value for who in ("AUTHOR", "COMMITTER") for key, value in identity.items()},
            "GIT_CONFIG_GLOBAL": os.devnull,
            "KEPT_BY_GH": str(directory / "gh"),
            "PATH": os.pathsep.join((str(tools), str(Path(sys.executable).parent), rehearsal.shell["PATH"])),
            "PYTHONDONTWRITEBYTECODE": "1",
            "WAYFARE_SANDBOX": "1",
        }
        self.remote = directory / "remote.git"
        self.run(directory, "git", "init", "--quiet", "--bare", "--initial-branch=main", str(self.remote))

    def run(self, at: Path, *command: str) -> str:
        """Run a command to its good end."""
        return self._run(at, command, self._shell)

    def clone(self, branch: str = "main") -> Path:
        """A clean clone."""
        self._clones += 1
        to = self._directory / f"clone-{self._clones}"
        self.run(self._directory, "git", "clone", "--quiet", "--branch", branch, str(self.remote), str(to))
        return to

    def clone_empty(self) -> Path:
        """A clone of the remote before there is anything in it."""
        to = self._directory / "start"
        self.run(self._directory, "git", "clone", "--quiet", str(self.remote), str(to))
        return to

    def push(self, at: Path, branch: str, message: str) -> None:
        """Commit all that has changed, to a branch."""
        self.run(at, "git", "switch", "--quiet", "--force-create", branch)
        self.run(at, "git", "add", "--all", ".")
        self.run(at, "git", "commit", "--quiet", "--message", message)
        self.run(at, "git", "push", "--quiet", "origin", branch)

    def merge(self, branch: str) -> None:
        """Merge a branch into main."""
        at = self.clone()
        self.run(at, "git", "merge", "--quiet", "--no-ff", "--message", f"Merge {branch}", f"origin/{branch}")
        self.run(at, "git", "push", "--quiet", "origin", "main")

    def branches(self) -> list[str]:
        """The remote's."""
        return self.run(self.remote, "git", "branch", "--format=%(refname:short)").split()

    def told(self) -> list[dict[str, Any]]:
        """What `gh` was called with."""
        folder = self._directory / "gh"
        yaml = YAML(typ="safe", pure=True)
        return [yaml.load(each.read_text()) for each in sorted(folder.iterdir())] if folder.exists() else []  # pyright: ignore[reportUnknownMemberType] - ruamel is untyped

    def job(self, at: Path, workflow: str, name: str, known: Mapping[str, str]) -> Job:
        """Run a job's shell steps in a clone. `known`: what expressions stand for; vars and secrets are empty."""
        yaml = YAML(typ="safe", pure=True)
        text = (at / ".github" / "workflows" / f"{workflow}.yaml").read_text(encoding="utf-8")
        row: Any = yaml.load(text)["jobs"][name]  # pyright: ignore[reportUnknownMemberType] - ruamel is untyped
        done = Job()

        def value(expression: str) -> str:
            parts = expression.split(".")
            if parts[0] == "steps":
                return done.steps.get(parts[1], {}).get(parts[3], "")
            if parts[0] in ("vars", "secrets"):
                return ""
            return known[expression]

        def filled(text: str) -> str:
            return _EXPRESSION.sub(lambda found: value(found[1]), str(text))

        temporary = at.parent / f"{at.name}-temporary"
        temporary.mkdir(exist_ok=True)
        job_wide = {key: filled(each) for key, each in row.get("env", {}).items()}
        for step in row["steps"]:
            if "run" not in step or step["name"] == "Install" or not self._wanted(step.get("if"), value):
                continue
            assert "${{" not in step["run"], "nothing of others' becomes a part of a script"
            output = temporary / "output"
            output.write_text("")
            own = {
                **job_wide,
                **{key: filled(each) for key, each in step.get("env", {}).items()},
                "GITHUB_OUTPUT": str(output),
                "GITHUB_RUN_ID": "41",
                "GITHUB_RUN_ATTEMPT": "1",
                "RUNNER_TEMP": str(temporary),
            }
            self._run(at, ("bash", "-e", "-c", step["run"]), {**self._shell, **own})
            done.steps[step.get("id", step["name"])] = dict(_outputs(output.read_text(encoding="utf-8")))
        done.outputs = {key: filled(each) for key, each in row.get("outputs", {}).items()}
        return done

    @staticmethod
    def _wanted(condition: str | None, value: Any) -> bool:
        """Whether a step's `if` holds; those that there are compare one value with one text."""
        if condition is None:
            return True
        left, _, right = condition.partition(" == ")
        return bool(value(left) == right.strip("'"))

    def _run(self, at: Path, command: tuple[str, ...], shell: Mapping[str, str]) -> str:
        ended = subprocess.run(
            command,
            cwd=at,
            env=shell,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_PATIENCE,
            check=False,
        )
        assert ended.returncode == 0, f"{command} ended with {ended.returncode}:\n{ended.stdout}\n{ended.stderr}"
        return ended.stdout


def _outputs(text: str) -> Iterator[tuple[str, str]]:
    """The outputs of a step, as GitHub reads them: `name=value`, or `name<<END`, lines, `END`."""
    lines = iter(text.splitlines())
    for line in lines:
        name, mark, end = line.partition("<<")
        if mark and "=" not in name:
            yield name, "\n".join(iter(lambda: next(lines), end))
        else:
            name, _, said = line.partition("=")
            yield name, said
