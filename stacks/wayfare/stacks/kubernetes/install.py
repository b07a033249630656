"""Getting the programs of a real Kubernetes into the user's cache, once, built from the Go modules that `tools/` pins.

`<cache>/<digest>/bin` holds the programs; beside it `manifests/<name>` has the custom resource definitions and the
webhooks of each controller, as its module carries them.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from platformdirs import user_cache_path

from wayfare.stacks import installing
from wayfare.stacks.engine.install import cache_directory as engine_cache
from wayfare.stacks.golang import NotInstalled, Report, find_go, go_build, module_folder
from wayfare.stacks.kubernetes.pins import MANIFESTS, PROGRAMS, Pins, link, modules, pins

#: Written last into an installation: what it is.
_RECORD = "kubernetes.json"

#: How many seconds a program has to say how it is called with; Kueue takes one.
_PATIENCE = 60.0

Fill = Callable[[Path, Pins, Report], None]
"""Puts programs and manifests into a folder. Raises `NotInstalled`."""


class KubernetesMissing(RuntimeError):
    """The programs of a real Kubernetes are not installed; the message holds the command that installs them."""


@dataclass(frozen=True)
class Installation:
    """A Kubernetes that can be run."""

    directory: Path
    """Holds `bin` and `manifests`."""
    pins: Pins


def cache_directory() -> Path:
    """Where they are kept: `kubernetes/` in the user's cache directory for Wayfare."""
    return user_cache_path("wayfare") / "kubernetes"


def find(cache: Path | None = None) -> Installation | None:
    """What is there already and fits the pins; None where it is missing or not whole."""
    wanted = pins()
    home = (cache or cache_directory()) / wanted.digest
    try:
        record = json.loads((home / _RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    whole = record == asdict(wanted) and not _missing(home)
    return Installation(home, wanted) if whole else None


def require(cache: Path | None = None) -> Installation:
    """What is there already. Raises `KubernetesMissing`."""
    found = find(cache)
    if found is None:
        raise KubernetesMissing("Kubernetes is not installed; install it with: wayfare kubernetes install")
    return found


def install(report: Report, cache: Path | None = None, fill: Fill | None = None) -> Installation:
    """Find it or build it. Safe to be called by two processes at a time. Raises `NotInstalled`.

    Takes about 20 minutes on 2 cores with empty Go caches, one with filled ones.
    """
    root = cache or cache_directory()
    found = find(root)
    if found is None:
        with installing.alone(root, report):
            found = find(root) or _get(root, report, fill or build)
    versions = ", ".join(f"{name} {version}" for name, version in found.pins.versions.items())
    report(f"kubernetes: {versions}, in {found.directory}")
    return found


def build(directory: Path, wanted: Pins, report: Report) -> None:
    """Build every program into `directory`/bin and copy the manifests. Raises `NotInstalled`."""
    go = find_go(wanted.go, engine_cache(), report)
    (directory / "bin").mkdir(parents=True)
    for program in PROGRAMS:
        version = wanted.versions[program.folder]
        into, module = directory / "bin" / program.name, modules() / program.folder
        go_build(go, module, program.package, into, link(program, version), f"{program.name} {version}", report)
    for manifests in MANIFESTS:
        source, target = module_folder(go, modules() / manifests.folder, manifests.module), directory / "manifests"
        _copy(source / manifests.definitions, target / manifests.folder / "definitions")
        _copy(source / manifests.webhooks, target / manifests.folder / "webhooks.yaml")


def _copy(source: Path, target: Path) -> None:
    """Not with its mode: Go keeps its modules read-only."""
    for file in sorted(source.glob("*.yaml")) if source.is_dir() else [source]:
        place = target / file.name if source.is_dir() else target
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, place)


def _get(root: Path, report: Report, fill: Fill) -> Installation:
    wanted = pins()
    installing.remove_leftovers(root)
    with installing.beside(root) as temporary:
        directory = temporary / "kubernetes"
        fill(directory, wanted, report)
        if missing := _missing(directory):
            raise NotInstalled(f"it came without {', '.join(missing)}")
        for program in PROGRAMS:
            _see(directory / "bin" / program.name)
        (directory / _RECORD).write_text(json.dumps(asdict(wanted)), encoding="utf-8")
        installing.put(directory, root / wanted.digest)
    return Installation(root / wanted.digest, wanted)


def _missing(home: Path) -> list[str]:
    programs = [f"bin/{each.name}" for each in PROGRAMS if not os.access(home / "bin" / each.name, os.X_OK)]
    webhooks = [f"manifests/{each.folder}/webhooks.yaml" for each in MANIFESTS]
    return programs + [name for name in webhooks if not (home / name).is_file()]


def _see(command: Path) -> None:
    """See a program run. Raises `NotInstalled`."""
    try:
        subprocess.run([command, "--help"], capture_output=True, check=True, timeout=_PATIENCE)  # noqa: S603 - ours
    except (OSError, subprocess.SubprocessError) as error:
        raise NotInstalled(f"{command.name} does not run: {error}") from error
