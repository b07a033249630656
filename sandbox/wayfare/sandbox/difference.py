"""What changed between two sets of inputs, by path."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, cast

from wayfare.sandbox.wire import Path, path_text

_ALWAYS_REPLACE = frozenset({"region", "location", "project", "resourceGroupName"})
"""No cloud moves a resource to another region, project or resource group by an update."""


class Kind(StrEnum):
    """What happened to a property."""

    ADD = "add"
    DELETE = "delete"
    UPDATE = "update"


@dataclass(frozen=True)
class Change:
    """One property that differs."""

    path: Path
    kind: Kind
    replaces: bool

    @property
    def text(self) -> str:
        """The path as Pulumi writes it."""
        return path_text(self.path)


def changes(
    old: Mapping[str, Any], new: Mapping[str, Any], replace_on: Collection[str], ignored: Collection[str] = ()
) -> list[Change]:
    """Every property that differs. `replace_on`: top-level names, dotted paths without indices, or `*`; with a
    minus before it, a path counts where it is taken away."""
    found = [
        Change(path, kind, _replaces(path, kind, replace_on))
        for path, kind in _differences(dict(old), dict(new), ())
        if not _ignored(path_text(path), ignored)
    ]
    return sorted(found, key=lambda change: change.text)


def _differences(old: Any, new: Any, path: Path) -> Iterator[tuple[Path, Kind]]:
    if isinstance(old, dict) and isinstance(new, dict):
        before, after = cast("dict[str, Any]", old), cast("dict[str, Any]", new)
        for key in before.keys() | after.keys():
            yield from _field(before.get(key), after.get(key), (*path, key))
    elif isinstance(old, list) and isinstance(new, list):
        earlier, later = cast("list[Any]", old), cast("list[Any]", new)
        for index in range(max(len(earlier), len(later))):
            was = earlier[index] if index < len(earlier) else None
            now = later[index] if index < len(later) else None
            yield from _field(was, now, (*path, index))
    elif old != new or isinstance(old, bool) != isinstance(new, bool):
        yield path, Kind.UPDATE


def _field(old: Any, new: Any, path: Path) -> Iterator[tuple[Path, Kind]]:
    """A null is the same as nothing."""
    if old is None and new is None:
        return
    if old is None:
        yield path, Kind.ADD
    elif new is None:
        yield path, Kind.DELETE
    else:
        yield from _differences(old, new, path)


def _replaces(path: Path, kind: Kind, replace_on: Collection[str]) -> bool:
    names = [part for part in path if isinstance(part, str)]
    dotted = {".".join(names[: length + 1]) for length in range(len(names))}
    if kind is Kind.DELETE:
        dotted.add(f"-{'.'.join(names)}")
    return "*" in replace_on or names[0] in _ALWAYS_REPLACE or bool(dotted & set(replace_on))


def _ignored(path: str, ignored: Collection[str]) -> bool:
    return any(path == each or path.startswith((f"{each}.", f"{each}[")) for each in ignored)
