"""Getting the Pulumi engine and its Python language host onto this machine, once, without asking the user.

Three ways, in this order:

1. what is on PATH, where it fits: the same major version, at least the pinned one, the language host with it
2. Pulumi's own installer, which downloads the official release
3. a build from the Go modules that `tools/` pins, where only package registries can be reached

What the second and third way bring lies in the user's cache under the engine's version. It is made in a folder beside
and renamed when it is whole and has been seen to run, so that a broken installation never takes the place.
"""

import json
import os
import shutil
import subprocess
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

from platformdirs import user_cache_path

from wayfare.stacks import installing
from wayfare.stacks.engine.install_build import EXEC_SCRIPT, build
from wayfare.stacks.engine.install_pins import ENGINE, LANGUAGE_HOST, Pins, pins
from wayfare.stacks.golang import NotInstalled, Report
from wayfare.stacks.gomod import release

__all__ = ["Engine", "Info", "NotInstalled", "Way", "cache_directory", "find", "info", "install"]

#: Written last into an installation: what it is.
_RECORD = "engine.json"

#: What Pulumi's installer fetches first, and how many seconds it may take to answer.
_INSTALLER = "https://get.pulumi.com/install.sh"
_PATIENCE = 5.0


class Way(StrEnum):
    """How the engine came onto this machine."""

    PATH = "found on PATH"
    OFFICIAL = "downloaded by Pulumi's installer"
    BUILT = "built from its Go modules"


@dataclass(frozen=True)
class Engine:
    """An engine that can be run."""

    way: Way
    directory: Path
    """What must come first on PATH: it holds `pulumi`, and the language host unless that is elsewhere on PATH."""
    version: str
    """Version of `pulumi`, without a leading `v`."""
    language_host_version: str | None
    """Version of the Python language host; None where it was found on PATH, because it does not tell."""


@dataclass(frozen=True)
class Info:
    """What `wayfare engine info` tells."""

    wanted: Pins
    engine: Engine | None
    """What would be used now; None before an installation."""
    cache: Path


Fill = Callable[[Path, Pins, Report], str]
"""Puts an engine into a folder's `bin` and returns the language host's version. Raises `NotInstalled`."""


def cache_directory() -> Path:
    """Where engines are kept: `engine/` in the user's cache directory for Wayfare."""
    return user_cache_path("wayfare") / "engine"


def find(cache: Path | None = None, path: str | None = None) -> Engine | None:
    """The engine that is there already, on `path` (PATH by default) or in the cache; None where there is none."""
    wanted, root = pins(), cache or cache_directory()
    try:
        return _on_path(wanted, root, path)
    except NotInstalled:
        return _in_cache(wanted, root)


def info(cache: Path | None = None, path: str | None = None) -> Info:
    """What is wanted and what is there."""
    return Info(wanted=pins(), engine=find(cache, path), cache=cache or cache_directory())


def install(
    report: Report,
    cache: Path | None = None,
    path: str | None = None,
    ways: Sequence[tuple[Way, Fill]] | None = None,
) -> Engine:
    """Find the engine or get it, and report which way that took. Safe to be called by two processes at a time.

    `ways` is what to try after PATH and the cache. Raises `NotInstalled` with every way's reason when none leads there.
    """
    wanted, root = pins(), cache or cache_directory()
    try:
        engine = _on_path(wanted, root, path)
    except NotInstalled as reason:
        engine, reasons = _in_cache(wanted, root), [f"not on PATH: {reason}"]
    else:
        reasons = []
    if engine is None:
        with installing.alone(root, report):
            engine = _in_cache(wanted, root) or _get(wanted, root, report, ways or _ways(root), reasons)
    report(f"engine: Pulumi {engine.version}, {engine.way}, in {engine.directory}")
    return engine


def _get(wanted: Pins, root: Path, report: Report, ways: Sequence[tuple[Way, Fill]], reasons: list[str]) -> Engine:
    for reason in reasons:
        report(reason)
    installing.remove_leftovers(root)
    for way, fill in ways:
        with installing.beside(root) as temporary:
            try:
                directory = temporary / "engine"
                host = fill(directory, wanted, report)
                _verify(directory / "bin", wanted)
            except NotInstalled as reason:
                reasons.append(f"not {way}: {reason}")
                report(reasons[-1])
                continue
            record = Engine(way, root / wanted.engine / "bin", wanted.engine, host)
            (directory / _RECORD).write_text(json.dumps(asdict(record), default=str), encoding="utf-8")
            installing.put(directory, root / wanted.engine)
            return record
    raise NotInstalled("\n".join(["there is no way to an engine on this machine", *reasons]))


def _ways(root: Path) -> Sequence[tuple[Way, Fill]]:
    def official(directory: Path, wanted: Pins, report: Report) -> str:
        # The one module that may know Pulumi's Automation API; imported late because it takes a while.
        from wayfare.stacks.engine.automation import official_install

        report(f"asking Pulumi's installer for {wanted.engine}")
        try:
            # The installer has no time limit of its own, so what it does first is tried with one.
            with urllib.request.urlopen(_INSTALLER, timeout=_PATIENCE):
                pass
            official_install(directory, wanted.engine)
        except subprocess.CalledProcessError as error:
            said = bytes(error.output or b"").decode(errors="replace").strip()
            raise NotInstalled(f"its script failed: {said.splitlines()[-1] if said else error}") from error
        except Exception as error:  # whatever went wrong there, the next way is open
            raise NotInstalled(f"{_INSTALLER}: {getattr(error, 'reason', error)}") from error
        return wanted.engine

    def built(directory: Path, wanted: Pins, report: Report) -> str:
        build(directory, wanted, root, report)
        return wanted.language_host

    return ((Way.OFFICIAL, official), (Way.BUILT, built))


def _on_path(wanted: Pins, root: Path, path: str | None) -> Engine:
    """The engine on PATH. Raises `NotInstalled` where there is none or it does not fit."""
    search = os.environ.get("PATH", os.defpath) if path is None else path
    command = shutil.which(ENGINE, path=search)
    if command is None:
        raise NotInstalled("there is no `pulumi`")
    directory = Path(command).absolute().parent
    if directory.is_relative_to(root.absolute()):
        raise NotInstalled("what is there is Wayfare's own, from the cache")
    if directory.name != "bin":
        raise NotInstalled(f"{command} is not in a folder called `bin`, from which alone Pulumi's SDK takes an engine")
    version = _version(command)
    if release(version)[0] != release(wanted.engine)[0] or release(version) < release(wanted.engine):
        raise NotInstalled(f"{command} is {version}; wanted is {wanted.engine} or newer of the same major version")
    for name in (LANGUAGE_HOST, EXEC_SCRIPT):
        if shutil.which(name, path=os.pathsep.join((str(directory), search))) is None:
            raise NotInstalled(f"{command} comes without {name}")
    return Engine(Way.PATH, directory, version, None)


def _in_cache(wanted: Pins, root: Path) -> Engine | None:
    """The engine in the cache; None where it is missing, not whole, or was built from other pins."""
    home = root / wanted.engine
    try:
        record = json.loads((home / _RECORD).read_text(encoding="utf-8"))
        engine = Engine(Way(record["way"]), home / "bin", record["version"], record["language_host_version"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    if engine.way is Way.BUILT and engine.language_host_version != wanted.language_host:
        return None
    return engine if not _missing(engine.directory) else None


def _verify(binaries: Path, wanted: Pins) -> None:
    """See the engine run and everything in its place. Raises `NotInstalled`."""
    if missing := _missing(binaries):
        raise NotInstalled(f"it came without {', '.join(missing)}")
    if (version := _version(str(binaries / ENGINE))) != wanted.engine:
        raise NotInstalled(f"it says that it is {version}, not {wanted.engine}")


def _missing(binaries: Path) -> list[str]:
    return [name for name in (ENGINE, LANGUAGE_HOST, EXEC_SCRIPT) if not os.access(binaries / name, os.X_OK)]


def _version(command: str) -> str:
    """What `pulumi version` says, without the `v`. Raises `NotInstalled` where it does not run or says no version."""
    environment = os.environ | {"PULUMI_SKIP_UPDATE_CHECK": "true"}
    try:
        said = subprocess.run(  # noqa: S603 - the engine itself
            [command, "version"], env=environment, capture_output=True, text=True, check=True, timeout=60
        ).stdout.strip()
        release(said)
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        raise NotInstalled(f"`{command} version` does not tell a version: {error}") from error
    return said.removeprefix("v")
