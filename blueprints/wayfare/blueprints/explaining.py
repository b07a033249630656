"""Why a blueprint says what it says: which file sets a field, and what it would be otherwise."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pydantic import JsonValue

from wayfare.blueprints.check import BLUEPRINT, documentation
from wayfare.blueprints.layers import Layered, Setting, is_mapping, layered
from wayfare.blueprints.loading import Loaded
from wayfare.blueprints.problems import Loc, render, show

_STEP = re.compile(r"\.?(?:([A-Za-z_][A-Za-z0-9_-]*)|\[([0-9]+)\]|\[(\"(?:[^\"\\]|\\.)*\")\])")


class NoField(ValueError):
    """A text names no field of the blueprint. The message says what is near."""


@dataclass(frozen=True)
class Explained:
    """A field, its value, and who says so."""

    field: str
    value: JsonValue
    settings: tuple[Setting, ...]
    """The one that counts first, then those in whose place it is; none for a default."""
    documentation: str

    def lines(self) -> list[str]:
        """In words, for a person."""
        if not self.settings:
            return [f"{self.field} = {show(self.value)}: nobody says, so that the default holds"]
        first, *others = self.settings
        return [
            f"{self.field} = {show(self.value)}: {_said(first)}",
            *(f"  in place of {show(each.value)}: {_said(each)}" for each in others),
        ]

    def as_data(self) -> dict[str, JsonValue]:
        """For JSON and YAML."""
        return {
            "field": self.field,
            "value": self.value,
            "documentation": self.documentation,
            "settings": [
                {
                    "file": each.file,
                    "line": each.position[0],
                    "column": each.position[1],
                    "value": each.value,
                    "parameter": each.parameter or None,
                }
                for each in self.settings
            ],
        }


def explain(loaded: Loaded, field: str = "") -> list[Explained]:
    """Of a field, or of each that is below it; of all that is written without one. Raises NoField."""
    source = loaded.source if isinstance(loaded.source, Layered) else layered(loaded.source)
    loc = _loc(field)
    whole: JsonValue = BLUEPRINT.dump_python(loaded.blueprint, mode="json", by_alias=True)
    kind = loaded.blueprint.kind
    value = _at(whole, loc)
    below = [place for place in source.settings if place[: len(loc)] == loc]
    # A list is one value, and its items are told with it unless one of them was asked for.
    lists = [place for place in below if isinstance(_at(whole, place, missing=None), list)]
    told = [place for place in below if not any(place != each and place[: len(each)] == each for each in lists)]
    if not told:
        above = (source.settings.get(loc[:end]) for end in range(len(loc), 0, -1))
        inherited = next((each for each in above if each is not None), ())
        return [Explained(render(loc), value, inherited, documentation(loc, kind))]
    return [
        Explained(render(place), source.settings[place][0].value, source.settings[place], documentation(place, kind))
        for place in told
    ]


def _said(setting: Setting) -> str:
    line, column = setting.position
    by = f", as the parameter {setting.parameter}" if setting.parameter else ""
    return f"{setting.file}:{line}:{column}{by}"


def _loc(field: str) -> Loc:
    """The keys and indices of a field that is written as messages write it."""
    loc: list[str | int] = []
    at = 0
    while at < len(field):
        found = _STEP.match(field, at)
        if found is None:
            raise NoField(f"{show(field)} is not a field; write it as spec.accelerators[0].name")
        at = found.end()
        loc.append(found[1] if found[1] is not None else int(found[2]) if found[2] is not None else found[3][1:-1])
    return tuple(loc)


_NOTHING = object()


def _at(data: JsonValue, loc: Sequence[str | int], missing: object = _NOTHING) -> JsonValue:
    """The value at a place. Raises NoField where there is none."""
    for index, part in enumerate(loc):
        if isinstance(data, list) and isinstance(part, int) and part < len(data):
            data = data[part]
        elif is_mapping(data) and part in data:
            data = data[str(part)]
        elif missing is not _NOTHING:
            return None
        else:
            raise NoField(f"there is no {render(tuple(loc[: index + 1]))}; {_there(data, loc[:index])}")
    return data


def _there(data: JsonValue, loc: Sequence[str | int]) -> str:
    known = ", ".join(_names(data)) or "nothing"
    return f"{render(tuple(loc)) or 'the blueprint'} has {known}"


def _names(data: JsonValue) -> Iterator[str]:
    if is_mapping(data):
        yield from data
    elif isinstance(data, list):
        yield f"{len(data)} items"
