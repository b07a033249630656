"""One document over another: mappings are merged field by field, `null` takes a field away, all else is replaced.

Those are the rules of JSON Merge Patch (RFC 7396). Of every value it is known which file sets it, and which others did.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeGuard

from pydantic import JsonValue

from wayfare.blueprints.problems import Loc
from wayfare.blueprints.source import Position, Source


@dataclass(frozen=True)
class Setting:
    """A value, and where it is written."""

    file: str
    position: Position
    value: JsonValue
    parameter: str = ""
    """Name of the parameter that it is the value of; empty for one that stands where it is used."""


@dataclass
class Layered(Source):
    """A document that came together from several."""

    files: dict[Loc, str] = field(default_factory=dict[Loc, str])
    settings: dict[Loc, tuple[Setting, ...]] = field(default_factory=dict[Loc, tuple[Setting, ...]])
    """Who sets each scalar and each list: first the one that counts, then those in whose place it is."""

    def file(self, loc: Loc) -> str:
        """The file in which a value stands; its nearest parent's for what is not there."""
        while loc and loc not in self.files:
            loc = loc[:-1]
        return self.files.get(loc, self.name)

    def put(self, loc: Loc, setting: Setting) -> None:
        """A scalar that stands elsewhere, in place of what is written at `loc`."""
        self.files[loc] = setting.file
        self.keys[loc] = self.values[loc] = setting.position
        self.texts[loc] = str(setting.value)
        self.settings[loc] = (setting,)


def layered(source: Source) -> Layered:
    """A document by itself."""
    result = Layered(source.name, problems=list(source.problems), digest=source.digest)
    result.data = _taken(result, source, (), source.data)
    return result


def lay(below: Layered, above: Layered) -> Layered:
    """One over another."""
    result = Layered(above.name, problems=[*above.problems, *below.problems], digest=above.digest)
    result.data = _laid(result, (below, below.data), (above, above.data), ())
    return result


def walked(data: JsonValue, change: Callable[[Loc, str], JsonValue], loc: Loc = ()) -> JsonValue:
    """The same data with other texts."""
    if is_mapping(data):
        return {key: walked(value, change, (*loc, key)) for key, value in data.items()}
    if isinstance(data, list):
        return [walked(value, change, (*loc, index)) for index, value in enumerate(data)]
    return change(loc, data) if isinstance(data, str) else data


def is_mapping(data: JsonValue) -> TypeGuard[dict[str, JsonValue]]:
    """Whether it is a mapping."""
    return isinstance(data, dict)


def _laid(result: Layered, below: tuple[Layered, JsonValue], above: tuple[Layered, JsonValue], loc: Loc) -> JsonValue:
    (under, old), (over, new) = below, above
    if not (is_mapping(old) and is_mapping(new)):
        value = _taken(result, over, loc, new)
        if not is_mapping(new):
            _remember(result, under, old, loc)
        return value
    _place(result, over, loc)
    data: dict[str, JsonValue] = {}
    for key in dict.fromkeys([*old, *new]):
        place = (*loc, key)
        if key not in new:
            data[key] = _taken(result, under, place, old[key])
        elif key not in old:
            data[key] = _taken(result, over, place, new[key])
        elif new[key] is not None:
            data[key] = _laid(result, (under, old[key]), (over, new[key]), place)
        else:
            result.settings[place] = (Setting(over.file(place), over.where(place), None),)
            _remember(result, under, old[key], place)
    return data


def _taken(result: Layered, source: Source, loc: Loc, value: JsonValue) -> JsonValue:
    """A value as it stands in one document, with all that is known of it."""
    _place(result, source, loc)
    if is_mapping(value):
        return {key: _taken(result, source, (*loc, key), item) for key, item in value.items()}
    known = source.settings.get(loc) if isinstance(source, Layered) else None
    result.settings[loc] = known or (Setting(source.file(loc), source.where(loc), value),)
    if isinstance(value, list):
        return [_taken(result, source, (*loc, index), item) for index, item in enumerate(value)]
    return value


def _place(result: Layered, source: Source, loc: Loc) -> None:
    result.files[loc], result.keys[loc], result.values[loc] = source.file(loc), source.key(loc), source.where(loc)
    if (text := source.text(loc)) is not None:
        result.texts[loc] = text


def _remember(result: Layered, source: Layered, value: JsonValue, loc: Loc) -> None:
    """What would hold if the upper document said nothing."""
    known = source.settings.get(loc) or (Setting(source.file(loc), source.where(loc), value),)
    result.settings[loc] = (*result.settings.get(loc, ()), *known)
