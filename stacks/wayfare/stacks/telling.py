"""What a fact is: what some properties of a resource say together, and the words for it."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from pydantic import JsonValue

from wayfare.blueprints import Blueprint

Inputs = Mapping[str, Any]

_STEP = re.compile(r'\["(?P<quoted>(?:[^"\\]|\\.)*)"\]|\[(?P<index>\d+)\]|\.?(?P<name>[^.\[]+)')


@dataclass(frozen=True)
class Fact:
    """What some properties of a resource say together."""

    covers: re.Pattern[str]
    """Paths that it accounts for; the empty path is the resource as a whole."""
    read: Callable[[Inputs], object]
    """What the inputs say; None where they do not."""
    words: Callable[[Any, Any], str]
    """What changed, from what was read before to what is read after."""
    subject: str | None = None
    """What it is said of, where that is not the component."""


def path_steps(path: str) -> tuple[str | int, ...]:
    """The keys and indices of a property's path, as Pulumi writes it: `a.b[0]["c.d"]`."""
    found = (match.groupdict() for match in _STEP.finditer(path))
    return tuple(int(part["index"]) if part["index"] else part["quoted"] or part["name"] or "" for part in found)


def at(inputs: object, *path: str | int) -> Any:
    """The value at a path; None where there is none."""
    value: object = inputs
    for step in path:
        if isinstance(value, Mapping):
            value = cast("Mapping[object, object]", value).get(step)
        elif isinstance(value, list) and isinstance(step, int) and step < len(cast("list[object]", value)):
            value = cast("list[object]", value)[step]
        else:
            return None
    return value


def shown(value: object) -> str:
    """A plain value as it is read in a line."""
    if value is None:
        return "unset"
    return str(value).lower() if isinstance(value, bool) else str(value)


def moved(before: object, after: object) -> str:
    """`a → b`"""
    return f"{shown(before)} → {shown(after)}"


def named(noun: str) -> Callable[[Any, Any], str]:
    """A thing, and what it was and is."""
    return lambda before, after: f"{noun} {moved(before, after)}"


def of_nodes(before: object, after: object) -> str:
    """How many nodes there were and are."""
    return f"{moved(before, after)} nodes"


def read_at(*path: str | int) -> Callable[[Inputs], object]:
    """Reads the value at a path."""
    return lambda inputs: at(inputs, *path)


def fact(
    covers: str, read: Callable[[Inputs], object], words: Callable[[Any, Any], str], subject: str | None = None
) -> Fact:
    """`covers` is a regular expression of paths."""
    return Fact(re.compile(covers), read, words, subject)


def fields(before: Blueprint, after: Blueprint) -> Iterator[str]:
    """In which fields a blueprint differs from another, each with what it says: `spec.budget.perHour 900 → 1600`."""
    one, other = (each.model_dump(mode="json", by_alias=True) for each in (before, after))
    yield from _fields(one, other, "")


def _fields(before: JsonValue, after: JsonValue, path: str) -> Iterator[str]:
    if isinstance(before, dict) and isinstance(after, dict):
        for key in dict.fromkeys([*before, *after]):
            yield from _fields(before.get(key), after.get(key), f"{path}.{key}" if path else key)
    elif isinstance(before, list) and isinstance(after, list):
        for index in range(max(len(before), len(after))):
            yield from _fields(at(before, index), at(after, index), f"{path}[{index}]")
    elif before != after:
        yield f"{path} {moved(before, after)}"
