"""Reading blueprints from files, and the digest that names what they ask for."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from wayfare.blueprints.check import BLUEPRINT, check
from wayfare.blueprints.extending import Layer, extended
from wayfare.blueprints.files import read_file
from wayfare.blueprints.locking import unlocked
from wayfare.blueprints.models import Blueprint
from wayfare.blueprints.packages import File
from wayfare.blueprints.problems import BlueprintInvalid, Loc, Problem
from wayfare.blueprints.source import Position, Source, read


@dataclass(frozen=True)
class Loaded:
    """A blueprint, and the file that it was read from."""

    blueprint: Blueprint
    digest: str
    """SHA-256 in hex of what the blueprint asks for; comments, order of keys and formatting do not change it."""
    path: Path
    source: Source = field(repr=False, compare=False)
    layers: tuple[Layer, ...] = ()
    """What it extends, the nearest first."""

    def where(self, loc: Loc) -> Position:
        """Line and column, from 1, of a field by its keys and indices; its nearest parent's where it is not written."""
        return self.source.where(loc)


def load(path: Path, *, held: bool = True) -> Loaded:
    """Read a blueprint from a YAML file. Raises `BlueprintInvalid` with every mistake in it.

    `held`: to its lock file, where there is one.
    """
    return load_all([path], held=held)[0]


def load_all(paths: Iterable[Path], *, held: bool = True) -> tuple[Loaded, ...]:
    """Read several files. Raises `BlueprintInvalid` with every mistake in any of them."""
    loaded: list[Loaded] = []
    problems: list[Problem] = []
    for path in paths:
        try:
            source, layers = extended(read_file(path), File(path))
            loaded.append(_checked(source, layers, path))
            if held and (differing := unlocked(path, layers)):
                problems.extend(differing)
        except BlueprintInvalid as invalid:
            problems.extend(invalid.problems)
    if problems:
        raise BlueprintInvalid(problems)
    return tuple(loaded)


def loads(text: str, name: str) -> Loaded:
    """Read a blueprint from YAML text; `name` stands for the file. Raises `BlueprintInvalid`."""
    return _checked(*extended(read(text, name), File(Path(name))), Path(name))


def _checked(source: Source, layers: tuple[Layer, ...], path: Path) -> Loaded:
    blueprint, problems = check(source)
    if blueprint is None:
        raise BlueprintInvalid(problems)
    return Loaded(blueprint, digest(blueprint), path, source, layers)


def digest(blueprint: Blueprint) -> str:
    """SHA-256 in hex of what a blueprint asks for.

    Defaults do not count: a default that is written out asks for nothing new, and a field that a later version adds
    does not change the digest of blueprints that do not use it.
    """
    data = BLUEPRINT.dump_python(blueprint, mode="json", by_alias=True, exclude_defaults=True)
    return hashlib.sha256(json.dumps(data, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
