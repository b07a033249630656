"""actionlint, put into the user's cache once from the pins in `tools/gitops`: half a minute.

`python -m tests.workflows.actionlint install|info`; `info` exits with 1 where it is not there.
"""

import hashlib
import subprocess
import sys
from pathlib import Path

from platformdirs import user_cache_path

from wayfare.stacks import installing
from wayfare.stacks.engine.install import cache_directory as engine_cache
from wayfare.stacks.golang import REPRODUCIBLE, NotInstalled, Report, find_go, go_build
from wayfare.stacks.gomod import least_go, required

_MODULE = Path(__file__).parents[2] / "tools" / "gitops" / "actionlint"
_PINS = (_MODULE / "go.mod", _MODULE / "go.sum")
_PATH = "github.com/rhysd/actionlint"


def _home() -> Path:
    digest = hashlib.sha256(repr(REPRODUCIBLE).encode())
    for file in _PINS:
        digest.update(file.read_bytes())
    return user_cache_path("wayfare") / "actionlint" / digest.hexdigest()[:12]


def find() -> Path | None:
    """The program, where it is there and fits the pins."""
    return _home() / "actionlint" if _home().is_dir() else None


def install(report: Report) -> Path:
    """Find it, or build it. Raises `NotInstalled`."""
    root = _home().parent
    with installing.alone(root, report):
        if (found := find()) is not None:
            return found
        installing.remove_leftovers(root)
        with installing.beside(root) as temporary:
            made = temporary / "programs"
            made.mkdir()
            text = _PINS[0].read_text(encoding="utf-8")
            go = find_go(least_go(text), engine_cache(), report)
            what = f"actionlint {required(text, _PATH)}"
            go_build(go, _MODULE, f"{_PATH}/cmd/actionlint", made / "actionlint", "", what, report)
            try:
                subprocess.run([made / "actionlint", "-version"], capture_output=True, check=True, timeout=60)
            except (OSError, subprocess.SubprocessError) as error:
                raise NotInstalled(f"actionlint does not run: {error}") from error
            installing.put(made, _home())
    return _home() / "actionlint"


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
