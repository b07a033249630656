"""What a blueprint leaves open: parameters with types and defaults, whose values stand where `${name}` is written.

    parameters:
      nodes: {type: integer, default: 16, description: Nodes of the pool.}
    spec:
      accelerators: [{name: H100, nodes: "${nodes}"}]

A text that is nothing but `${name}` becomes the value, with its type; within a longer text the value is written out.
`$${` stands for `${`. In a document without `parameters` nothing is replaced.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from pydantic import JsonValue

from wayfare.blueprints.hints import nearest, one_of
from wayfare.blueprints.layers import Layered, Setting, is_mapping, walked
from wayfare.blueprints.problems import Loc, show

SECTION, VALUES = "parameters", "with"
"""The keys of a document that declare them, and that give values to those of the document that it extends."""

TYPES: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
}
_KEYS = ("type", "default", "description", "choices")
NAME = r"^[A-Za-z][A-Za-z0-9_]{0,62}$"
_USE = re.compile(r"\$(\$)?\{([^}]*)\}")

Scalar = str | int | float | bool


@dataclass(frozen=True)
class Parameter:
    """What is left open."""

    name: str
    type: str
    """`string`, `integer`, `number` or `boolean`."""
    description: str = ""
    choices: tuple[Scalar, ...] = ()
    """The values that it may have; none for all of the type."""
    default: Setting | None = None

    def refuses(self, value: JsonValue) -> str:
        """Why a value is none of its; empty where it is."""
        right = isinstance(value, TYPES[self.type]) and (self.type == "boolean" or not isinstance(value, bool))
        if not right:
            article = "an" if self.type == "integer" else "a"
            return f"{show(value)} is not {article} {self.type}, as the parameter {self.name} is"
        if self.choices and value not in self.choices:
            return f"{show(value)} is not among the values of {self.name}: {', '.join(map(show, self.choices))}"
        return ""


def declared(source: Layered) -> dict[str, Parameter] | None:
    """The parameters of a document; None where it has no such section. Mistakes are noted in it."""
    section = source.data.get(SECTION) if is_mapping(source.data) else None
    if section is None:
        return None
    if not is_mapping(section):
        source.refuse(source.where((SECTION,)), (SECTION,), "must be a mapping from names to what each is")
        return {}
    found = {name: _parameter(source, name, said) for name, said in section.items()}
    return {name: each for name, each in found.items() if each is not None}


def given(source: Layered) -> dict[str, Setting]:
    """The values that a document gives to the one that it extends. Mistakes are noted in it."""
    values = source.data.get(VALUES) if is_mapping(source.data) else None
    if values is None:
        return {}
    if not is_mapping(values):
        source.refuse(source.where((VALUES,)), (VALUES,), "must be a mapping from parameters to their values")
        return {}
    return {name: Setting(source.file(loc), source.where(loc), value, name) for name, value, loc in _each(values)}


def _each(values: Mapping[str, JsonValue]) -> list[tuple[str, JsonValue, Loc]]:
    return [(name, value, (VALUES, name)) for name, value in values.items()]


def filled(source: Layered, values: Mapping[str, Setting], asked: Layered | None) -> None:
    """Put the values in their places. `asked` is the document that gives them, and in which wrong ones are noted."""
    parameters = declared(source)
    for name, setting in values.items():
        why, hint = _wrong(source, parameters or {}, name, setting.value)
        if why and asked is not None:
            asked.refuse(setting.position, (VALUES, name), why, hint)
    if parameters is None:
        return
    known = {name: setting for name, setting in values.items() if name in parameters}
    known |= {name: each.default for name, each in parameters.items() if each.default and name not in known}
    missing = set[str]()

    def put(loc: Loc, text: str) -> JsonValue:
        return _put(source, parameters, known, missing, loc, text)

    # Nothing is replaced in what says what there is to replace.
    data = cast("dict[str, JsonValue]", source.data)
    source.data = {key: value if key == SECTION else walked(value, put, (key,)) for key, value in data.items()}


def _wrong(source: Layered, parameters: Mapping[str, Parameter], name: str, value: JsonValue) -> tuple[str, str]:
    """(why a value cannot be given, a hint); two empty texts where it can."""
    if (parameter := parameters.get(name)) is not None:
        return parameter.refuses(value), parameter.description
    near = nearest(name, tuple(parameters))
    known = one_of(tuple(parameters)) if parameters else "it declares none"
    return f"{source.name} has no parameter {show(name)}", f"did you mean {near}?" if near else known


def _put(
    source: Layered,
    parameters: Mapping[str, Parameter],
    known: Mapping[str, Setting],
    missing: set[str],
    loc: Loc,
    text: str,
) -> JsonValue:
    """A text with the values that it names."""

    def value(name: str) -> Setting | None:
        if name not in parameters:
            near = nearest(name, tuple(parameters))
            hint = f"did you mean ${{{near}}}?" if near else "for the text itself write $${"
            source.refuse(source.where(loc), loc, f"there is no parameter {show(name)}", hint)
        elif name not in known and name not in missing:
            missing.add(name)
            source.refuse(
                source.key((SECTION, name)),
                (SECTION, name),
                "has neither a default nor a value",
                f"give one by `with: {{{name}: …}}` in a blueprint that extends this one",
            )
        return known.get(name)

    whole = _USE.fullmatch(text)
    if whole is not None and whole[1] is None:
        setting = value(whole[2])
        if setting is None:
            return text
        source.put(loc, Setting(setting.file, setting.position, setting.value, whole[2]))
        return setting.value

    def written(found: re.Match[str]) -> str:
        if found[1] is not None:
            return found[0][1:]
        setting = value(found[2])
        return found[0] if setting is None else _text(setting.value)

    return _USE.sub(written, text)


def _text(value: JsonValue) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _parameter(source: Layered, name: str, said: JsonValue) -> Parameter | None:
    loc = (SECTION, name)
    before = len(source.problems)
    if not re.fullmatch(NAME, name):
        source.refuse(source.key(loc), loc, "a parameter's name is letters, digits and _, and begins with a letter")
    if not is_mapping(said):
        source.refuse(source.where(loc), loc, "must say what it is, such as {type: integer, default: 16}")
        return None
    for key in said:
        if key not in _KEYS:
            near = nearest(key, _KEYS)
            hint = f"did you mean {near}?" if near else f"known here: {', '.join(_KEYS)}"
            source.refuse(source.key((*loc, key)), (*loc, key), "unknown key", hint)
    kind, description, choices = said.get("type"), said.get("description", ""), said.get("choices", [])
    if not isinstance(kind, str) or kind not in TYPES:
        source.refuse(source.where((*loc, "type")), (*loc, "type"), one_of(tuple(TYPES)))
        return None
    if not isinstance(description, str):
        source.refuse(source.where((*loc, "description")), (*loc, "description"), "must be text")
    if not isinstance(choices, list):
        source.refuse(source.where((*loc, "choices")), (*loc, "choices"), "must be a list of values")
        choices = []
    bare = Parameter(name, kind)
    for index, each in enumerate(choices):
        if why := bare.refuses(each):
            source.refuse(source.where((*loc, "choices", index)), (*loc, "choices", index), why)
    default = None
    if said.get("default") is not None:
        at = (*loc, "default")
        default = Setting(source.file(at), source.where(at), said["default"], name)
    if len(source.problems) > before:
        return None
    parameter = Parameter(name, kind, str(description), cast("tuple[Scalar, ...]", tuple(choices)), default)
    if default is not None and (why := parameter.refuses(default.value)):
        source.refuse(default.position, (*loc, "default"), why)
    return parameter
