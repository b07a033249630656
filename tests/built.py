"""A program for tests that is built once from a Go module's pins, into the user's cache."""

import hashlib
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from platformdirs import user_cache_path

from wayfare.stacks import installing
from wayfare.stacks.engine.install import cache_directory as engine_cache
from wayfare.stacks.golang import REPRODUCIBLE, NotInstalled, Report, find_go, go_build
from wayfare.stacks.gomod import least_go, required

#: Seconds that a program may take to say that it runs.
_PATIENCE = 60

TOOLS = Path(__file__).parents[1] / "tools"


@dataclass(frozen=True)
class Built:
    """A program and where it comes from."""

    name: str
    """Its own, and that of its folder in the cache."""
    pins: Path
    """The folder with go.mod and go.sum."""
    module: str
    package: str
    """Path of its `main` within the module."""
    says: Sequence[str]
    """Arguments with which it ends well where it runs."""
    linked: str = "-s -w"

    def find(self) -> Path | None:
        """The program, where it is there and fits the pins; an installation takes its place when it is whole."""
        return self._home() / self.name if self._home().is_dir() else None

    def install(self, report: Report) -> Path:
        """Find it, or build it. Raises `NotInstalled`."""
        home = self._home()
        with installing.alone(home.parent, report):
            if (found := self.find()) is not None:
                return found
            installing.remove_leftovers(home.parent)
            with installing.beside(home.parent) as temporary:
                made = temporary / "programs"
                made.mkdir()
                text = (self.pins / "go.mod").read_text(encoding="utf-8")
                go = find_go(least_go(text), engine_cache(), report)
                what = f"{self.name} {required(text, self.module)}"
                go_build(go, self.pins, f"{self.module}/{self.package}", made / self.name, self.linked, what, report)
                see([made / self.name, *self.says])
                installing.put(made, home)
        return home / self.name

    def _home(self) -> Path:
        digest = hashlib.sha256(repr((REPRODUCIBLE, self.linked)).encode())
        for name in ("go.mod", "go.sum"):
            digest.update((self.pins / name).read_bytes())
        return user_cache_path("wayfare") / self.name / digest.hexdigest()[:12]


def see(command: Sequence[str | Path]) -> None:
    """See a program run. Raises `NotInstalled`."""
    try:
        subprocess.run(command, capture_output=True, check=True, timeout=_PATIENCE)
    except (OSError, subprocess.SubprocessError) as error:
        raise NotInstalled(f"{command[0]} does not run: {error}") from error


def called(find: Callable[[], object], install: Callable[[Report], object], command: str) -> int:
    """`install|info` from a command line; `info` gives 1 where it is not there."""
    if command == "install":
        try:
            install(lambda line: print(line, file=sys.stderr, flush=True))  # noqa: T201
        except NotInstalled as reason:
            print(reason, file=sys.stderr)  # noqa: T201
            return 1
    return 0 if find() is not None else 1
