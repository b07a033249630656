"""YAML text as plain JSON values, with the place of each.

The parser's events are read here, not its composed objects, because a blueprint is a form that a stranger may hand in:
aliases are counted before they expand, and nothing is constructed from a tag. Plain scalars are read by YAML 1.2's
core schema, in which `yes` and `08:30` are text; an unquoted date is refused, since other readers disagree about it.
"""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, cast

from pydantic import JsonValue
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.reader import ReaderError

from wayfare.blueprints.problems import Loc, Problem, render, show

#: A blueprint has some fifty values; what is far beyond is a mistake or an attack.
MAX_NODES = 10_000
MAX_DEPTH = 32

_NULL = re.compile(r"|~|null|Null|NULL")
_TRUE = re.compile(r"true|True|TRUE")
_FALSE = re.compile(r"false|False|FALSE")
_INT = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_DATE = re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt ].*)?")

Position = tuple[int, int]
"""Line and column, from 1."""


@dataclass
class Source:
    """A YAML document as JSON values, and where each stands."""

    name: str
    """The file's name, for messages."""
    data: JsonValue = None
    problems: list[Problem] = field(default_factory=list[Problem])
    """What is wrong with the YAML itself."""
    keys: dict[Loc, Position] = field(default_factory=dict[Loc, Position])
    values: dict[Loc, Position] = field(default_factory=dict[Loc, Position])
    texts: dict[Loc, str] = field(default_factory=dict[Loc, str])
    """Scalars as they were written."""
    aliases: dict[Loc, Loc] = field(default_factory=dict[Loc, Loc])
    """From the place of an alias to that of its anchor."""

    def key(self, loc: Loc) -> Position:
        """Where a key or a list's item begins; the nearest parent's place for what is not there."""
        loc = self._resolved(loc)
        while loc and loc not in self.keys:
            loc = loc[:-1]
        return self.keys.get(loc) or self.values.get((), (1, 1))

    def where(self, loc: Loc) -> Position:
        """Where a scalar stands, or the key of a mapping or a list; the nearest parent's key for what is not there."""
        resolved = self._resolved(loc)
        return self.values[resolved] if resolved in self.texts else self.key(loc)

    def text(self, loc: Loc) -> str | None:
        """A scalar as it was written, without its quotes; None for what is no scalar."""
        return self.texts.get(self._resolved(loc))

    def _resolved(self, loc: Loc) -> Loc:
        end = len(loc)
        while end:
            if (target := self.aliases.get(loc[:end])) is not None:
                loc = target + loc[end:]
                end = len(loc)
            else:
                end -= 1
        return loc

    def refuse(self, position: Position, loc: Loc, message: str, hint: str = "") -> None:
        """Note a mistake."""
        self.problems.append(Problem(self.name, *position, render(loc), message, hint))


class _Stop(Exception):
    """Reading cannot go on; the mistake has been noted."""


def read(text: str, name: str) -> Source:
    """Read one YAML document. Mistakes are in the result's `problems`; after a grave one `data` is None."""
    source = Source(name)
    try:
        _Reader(source, text).document()
    except _Stop:
        source.data = None
    except (YAMLError, ValueError, OverflowError) as error:
        _refuse_yaml(source, text, error)
    return source


def _refuse_yaml(source: Source, text: str, error: Any) -> None:
    """Say what the parser says. It raises ValueError and OverflowError for some escapes (`\\UFFFFFFFF`)."""
    if isinstance(error, ReaderError):
        before = text[: int(error.position)].split("\n")  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType] - untyped
        position = (len(before), len(before[-1]) + 1)
        source.refuse(position, (), "holds a control character that YAML does not allow")
        return
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    said = [getattr(error, name, None) for name in ("context", "problem")]
    what = ", ".join(part.strip() for part in said if part) or "an escape names no character"
    hint = "indent with spaces, not with tabs" if "\\t" in what else ""
    source.refuse((mark.line + 1, mark.column + 1) if mark else (1, 1), (), f"not valid YAML: {what}", hint)


class _Reader:
    def __init__(self, source: Source, text: str) -> None:
        self.source = source
        self.text = text
        self.nodes = 0
        self.anchors: dict[str, tuple[Loc, JsonValue, int]] = {}
        self.events: Iterator[Any] = iter(())

    def document(self) -> None:
        # Each reader has a parser of its own: ruamel's keeps state.
        yaml = YAML(typ="safe", pure=True)
        self.events = cast("Iterator[Any]", yaml.parse(self.text))  # pyright: ignore[reportUnknownMemberType] - untyped
        next(self.events)  # the stream's start
        start = next(self.events)
        if _is(start, "StreamEnd"):
            self.source.refuse((0, 0), (), "is empty", "copy one of the library's blueprints")
            raise _Stop
        if start.version and tuple(start.version) != (1, 2):
            self.source.refuse(_at(start), (), "a blueprint is written in YAML 1.2", "leave the %YAML line out")
        self.source.data = self.node(next(self.events), (), 0)
        next(self.events)  # the document's end
        if _is(more := next(self.events), "DocumentStart"):
            self.source.refuse(_at(more), (), "a second document begins here", "write each blueprint to its own file")

    def node(self, event: Any, loc: Loc, depth: int) -> JsonValue:
        """Read the node that begins with this event."""
        self._count(event, 1, depth)
        if _is(event, "Alias"):
            return self._alias(event, loc)
        before = self.nodes
        self.source.values[loc] = _at(event)
        if event.tag is not None:
            self.source.refuse(_at(event), loc, f"tag {show(str(event.tag))} is not allowed", "quote a text instead")
        if _is(event, "MappingStart"):
            value: JsonValue = self._mapping(loc, depth)
        elif _is(event, "SequenceStart"):
            value = self._sequence(loc, depth)
        else:
            value = self._scalar(event, loc)
        if event.anchor is not None:
            # Only now: what contains itself is never known while it is read.
            self.anchors[event.anchor] = (loc, value, self.nodes - before + 1)
        return value

    def _count(self, event: Any, nodes: int, depth: int) -> None:
        self.nodes += nodes
        if self.nodes > MAX_NODES:
            self.source.refuse(_at(event), (), f"more than {MAX_NODES} values, aliases counted each time")
            raise _Stop
        if depth > MAX_DEPTH:
            self.source.refuse(_at(event), (), f"nested more than {MAX_DEPTH} levels deep")
            raise _Stop

    def _alias(self, event: Any, loc: Loc) -> JsonValue:
        if event.anchor not in self.anchors:
            self.source.refuse(_at(event), loc, f"alias *{event.anchor} has no complete anchor before it")
            raise _Stop
        target, value, size = self.anchors[event.anchor]
        self._count(event, size, 0)
        self.source.aliases[loc] = target
        return value

    def _mapping(self, loc: Loc, depth: int) -> JsonValue:
        result: dict[str, JsonValue] = {}
        while not _is(event := next(self.events), "MappingEnd"):
            key = self._key(event, loc)
            if key is None:
                self._skip(event)
                self._skip(next(self.events))
            elif key in result:
                first = self.source.keys[(*loc, key)][0]
                self.source.refuse(_at(event), (*loc, key), f"stands here twice, first in line {first}")
                self._skip(next(self.events))
            else:
                self.source.keys[(*loc, key)] = _at(event)
                result[key] = self.node(next(self.events), (*loc, key), depth + 1)
        return result

    def _key(self, event: Any, loc: Loc) -> str | None:
        """A mapping's key; None for what cannot be one, which is noted."""
        if not _is(event, "Scalar") or event.tag is not None:
            self.source.refuse(_at(event), loc, "a key must be plain text")
            return None
        if event.style is None and event.value == "<<":
            self.source.refuse(_at(event), loc, "merge keys are not part of YAML 1.2", "write the fields out")
            return None
        if (text := _unicode(event.value)) is None:
            self.source.refuse(_at(event), loc, "a key is not valid Unicode")
            return None
        if event.style is None and not isinstance(_core(text), str):
            self.source.refuse(_at(event), (*loc, text), "the key must be text", f"quote it: {show(text)}")
        return text

    def _skip(self, event: Any) -> None:
        """Pass over the node that begins with this event."""
        depth = 0
        while True:
            self._count(event, 1, depth)
            if _is(event, "MappingStart", "SequenceStart"):
                depth += 1
            elif _is(event, "MappingEnd", "SequenceEnd"):
                depth -= 1
            if depth == 0:
                return
            event = next(self.events)

    def _sequence(self, loc: Loc, depth: int) -> JsonValue:
        result: list[JsonValue] = []
        while not _is(event := next(self.events), "SequenceEnd"):
            place = (*loc, len(result))
            self.source.keys[place] = _at(event)
            result.append(self.node(event, place, depth + 1))
        return result

    def _scalar(self, event: Any, loc: Loc) -> JsonValue:
        text = _unicode(event.value)
        self.source.texts[loc] = text or ""
        if text is None:
            self.source.refuse(_at(event), loc, "is not valid Unicode")
            return None
        if event.style is not None:
            return text
        if _DATE.fullmatch(text):
            self.source.refuse(_at(event), loc, "an unquoted date must be text", f"quote it: {show(text)}")
            return text
        value = _core(text)
        if isinstance(value, float) and not math.isfinite(value):
            self.source.refuse(_at(event), loc, f"{show(text)} is not a finite number")
            return None
        return value


def _core(text: str) -> str | int | float | bool | None:
    """What a plain scalar is in YAML 1.2's core schema; an integer beyond 18 digits is taken for infinite."""
    if _NULL.fullmatch(text):
        return None
    if _TRUE.fullmatch(text) or _FALSE.fullmatch(text):
        return bool(_TRUE.fullmatch(text))
    if _INT.fullmatch(text):
        return math.inf if len(text) > 18 else int(text, 0 if text[:2] in ("0o", "0x") else 10)
    if _NOT_FINITE.fullmatch(text):
        return math.nan
    return float(text) if _FLOAT.fullmatch(text) else text


def _unicode(text: str) -> str | None:
    """Text whose escapes make up whole characters, as JSON writes pairs of surrogates; None for half a pair."""
    try:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le")
    except UnicodeDecodeError:
        return None


def _is(event: Any, *kinds: str) -> bool:
    return type(event).__name__.removesuffix("Event") in kinds


def _at(event: Any) -> Position:
    return event.start_mark.line + 1, event.start_mark.column + 1
