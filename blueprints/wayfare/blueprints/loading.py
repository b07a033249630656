"""Reading blueprints from files, and the digest that names what they ask for."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from wayfare.blueprints.check import BLUEPRINT, check
from wayfare.blueprints.models import Blueprint
from wayfare.blueprints.problems import BlueprintInvalid, Loc, Problem
from wayfare.blueprints.source import Position, Source, read

#: A blueprint has some two kilobytes. What is larger is refused before the parser, written in Python, works on it: a
#: file of this size is read or refused within a second.
MAX_BYTES = 256 * 1024


@dataclass(frozen=True)
class Loaded:
    """A blueprint, and the file that it was read from."""

    blueprint: Blueprint
    digest: str
    """SHA-256 in hex of what the blueprint asks for; comments, order of keys and formatting do not change it."""
    path: Path
    source: Source = field(repr=False, compare=False)

    def where(self, loc: Loc) -> Position:
        """Line and column, from 1, of a field by its keys and indices; its nearest parent's where it is not written."""
        return self.source.where(loc)


def load(path: Path) -> Loaded:
    """Read a blueprint from a YAML file. Raises `BlueprintInvalid` with every mistake in it."""
    return load_all([path])[0]


def load_all(paths: Iterable[Path]) -> tuple[Loaded, ...]:
    """Read several files. Raises `BlueprintInvalid` with every mistake in any of them."""
    loaded: list[Loaded] = []
    problems: list[Problem] = []
    for path in paths:
        try:
            loaded.append(loads(_text(path), str(path)))
        except BlueprintInvalid as invalid:
            problems.extend(invalid.problems)
    if problems:
        raise BlueprintInvalid(problems)
    return tuple(loaded)


def loads(text: str, name: str) -> Loaded:
    """Read a blueprint from YAML text; `name` stands for the file. Raises `BlueprintInvalid`."""
    if len(text) > MAX_BYTES:
        raise BlueprintInvalid([Problem(name, 0, 0, "", f"is larger than {MAX_BYTES // 1024} KiB")])
    source = read(text, name)
    blueprint, problems = check(source)
    if blueprint is None:
        raise BlueprintInvalid(problems)
    return Loaded(blueprint, digest(blueprint), Path(name), source)


def digest(blueprint: Blueprint) -> str:
    """SHA-256 in hex of what a blueprint asks for.

    Defaults do not count: a default that is written out asks for nothing new, and a field that a later version adds
    does not change the digest of blueprints that do not use it.
    """
    data = BLUEPRINT.dump_python(blueprint, mode="json", by_alias=True, exclude_defaults=True)
    return hashlib.sha256(json.dumps(data, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _text(path: Path) -> str:
    """A file's text. Raises `BlueprintInvalid` for what cannot be a blueprint's file."""
    name = str(path)
    try:
        if path.exists() and not path.is_file():
            raise BlueprintInvalid([Problem(name, 0, 0, "", "is not a file")])
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise BlueprintInvalid([Problem(name, 0, 0, "", f"cannot be read: {reason}")]) from error
    if len(data) > MAX_BYTES:
        raise BlueprintInvalid([Problem(name, 0, 0, "", f"is larger than {MAX_BYTES // 1024} KiB")])
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8", "replace").split("\n")
        place = (len(before), len(before[-1]) + 1)
        raise BlueprintInvalid([Problem(name, *place, "", "is not UTF-8", "save the file as UTF-8")]) from error
