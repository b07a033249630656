"""A registry of images (CNCF Distribution), put into the user's cache once from the pins in `tools/mirroring`.

`python -m tests.mirroring.programs install|info`; `info` exits with 1 where it is not there.
"""

import hashlib
import sys
from pathlib import Path

from platformdirs import user_cache_path

from wayfare.stacks import installing
from wayfare.stacks.engine.install import cache_directory as engine_cache
from wayfare.stacks.golang import REPRODUCIBLE, NotInstalled, Report, find_go, go_build
from wayfare.stacks.gomod import least_go, required

_PINS = Path(__file__).parents[2] / "tools" / "mirroring" / "registry"
_MODULE = "github.com/distribution/distribution/v3"


def _home() -> Path:
    digest = hashlib.sha256(repr(REPRODUCIBLE).encode())
    for name in ("go.mod", "go.sum"):
        digest.update((_PINS / name).read_bytes())
    return user_cache_path("wayfare") / "mirroring" / digest.hexdigest()[:12]


def find() -> Path | None:
    """What is there already and fits the pins; an installation takes its place when it is whole."""
    return _home() / "registry" if _home().is_dir() else None


def install(report: Report) -> Path:
    """Find it, or fetch and build it: two minutes on 2 cores with empty caches. Raises `NotInstalled`."""
    root = _home().parent
    with installing.alone(root, report):
        if (found := find()) is not None:
            return found
        installing.remove_leftovers(root)
        with installing.beside(root) as temporary:
            made = temporary / "programs"
            made.mkdir()
            text = (_PINS / "go.mod").read_text(encoding="utf-8")
            go = find_go(least_go(text), engine_cache(), report)
            what = f"a registry {required(text, _MODULE)}"
            go_build(go, _PINS, f"{_MODULE}/cmd/registry", made / "registry", "-s -w", what, report)
            installing.put(made, _home())
    return _home() / "registry"


def _main(command: str) -> int:
    if command == "install":
        try:
            install(lambda line: print(line, file=sys.stderr, flush=True))  # noqa: T201
        except NotInstalled as reason:
            print(reason, file=sys.stderr)  # noqa: T201
            return 1
    return 0 if find() is not None else 1


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1]))
