"""The lock file of a blueprint: the bytes of all that it extends, as they were when somebody looked at them.

It lies beside the blueprint and is called `llm.yaml.lock`. Where there is one, a blueprint whose parts are others is
refused until it is written anew.
"""

from pathlib import Path
from typing import cast

from pydantic import JsonValue

from wayfare.blueprints.extending import Layer
from wayfare.blueprints.files import read_file
from wayfare.blueprints.layers import is_mapping
from wayfare.blueprints.problems import Problem, show

_VERSION = 1


def lock_file(path: Path) -> Path:
    """Where the lock of a blueprint is."""
    return path.with_name(f"{path.name}.lock")


def written(path: Path, layers: tuple[Layer, ...]) -> str:
    """What the lock of a blueprint says."""
    rows = [f"  - from: {show(each.reference)}\n    sha256: {each.digest}\n" for each in layers]
    files = f"files:\n{''.join(rows)}" if rows else "files: []\n"
    return f"# What {path.name} extends. Written by `wayfare lock`; commit it.\nversion: {_VERSION}\n{files}"


def unlocked(path: Path, layers: tuple[Layer, ...]) -> list[Problem]:
    """How a blueprint's parts differ from its lock; nothing where it has none."""
    file = lock_file(path)
    if not file.exists():
        return []
    source = read_file(file)
    if source.problems:
        return source.problems
    data = source.data if is_mapping(source.data) else {}
    again = f"see what changed, then write it anew: wayfare lock {path}"
    if data.get("version") != _VERSION:
        return [Problem(str(file), 0, 0, "", "is not a lock that this version knows", again)]
    locked = dict(map(_row, cast("list[JsonValue]", data.get("files") or [])))
    found = {each.reference: each.digest for each in layers}
    problems: list[Problem] = []
    for reference in dict.fromkeys([*locked, *found]):
        if locked.get(reference) != found.get(reference):
            what = (
                "is not extended any more"
                if reference not in found
                else "is not locked"
                if reference not in locked
                else f"has changed since it was locked, from {locked[reference][:12]} to {found[reference][:12]}"
            )
            problems.append(Problem(str(file), 0, 0, "", f"{reference} {what}", again))
    return problems


def _row(said: JsonValue) -> tuple[str, str]:
    return (str(said.get("from")), str(said.get("sha256"))) if is_mapping(said) else ("", "")
