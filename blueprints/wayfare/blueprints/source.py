"""YAML text as plain JSON values, with the place of each: blueprints, a sandbox's scenarios, the settings of stacks.

The parser's events are read here, not its composed objects, because a blueprint is a form that a stranger may hand in:
aliases are counted before they expand, and nothing is constructed from a tag. Plain scalars are read by YAML 1.2's
core schema, in which `yes` and `08:30` are text; an unquoted date is refused, since other readers disagree about it.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple, NoReturn, cast

from pydantic import JsonValue
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.reader import ReaderError

from wayfare.blueprints.problems import Loc, Problem, render, show
from wayfare.blueprints.scalars import core, is_date, whole_unicode

#: A blueprint has some two kilobytes. What is larger is refused before the parser, written in Python, works on it: it
#: reads about a megabyte in a second.
MAX_BYTES = 256 * 1024
#: A blueprint has some fifty values; what is far beyond is a mistake or an attack. Each alias counts as much as what it
#: stands for, so that aliases of aliases, which multiply, are refused before they expand.
MAX_NODES = 5_000
#: Characters of all scalars and keys, counted likewise: what aliases make of a file is no longer than the longest file.
MAX_CHARACTERS = MAX_BYTES
#: A blueprint is six levels deep. Pydantic's own reader ends at 200, and Python's recursion at 1,000.
MAX_DEPTH = 32
#: A person repeats an image or a list of networks; a place behind an alias is looked up with every message about it.
MAX_ALIASES = 100
#: Nobody reads more at once, and each costs a search for what was meant.
MAX_MISTAKES = 100

TOO_LARGE = f"is larger than {MAX_BYTES // 1024} KiB"

Position = tuple[int, int]
"""Line and column, from 1."""


class TooMany(Exception):
    """Reading cannot go on; the mistake has been noted."""


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
    events: int = 0
    """Events of the parser that were read: the work that the text has caused."""
    digest: str = ""
    """SHA-256 of the file's bytes, in hex; empty for what was read from no file."""

    def file(self, loc: Loc) -> str:  # noqa: ARG002 - documents of several files know better
        """The file in which a value stands."""
        return self.name

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
        """Note a mistake. Raises `TooMany` after too many."""
        if len(self.problems) >= MAX_MISTAKES:
            self.problems.append(Problem(self.name, 0, 0, "", "has more mistakes than are told here"))
            raise TooMany
        self.problems.append(Problem(self.file(loc), *position, render(loc), message, hint))

    def refuse_file(self, message: str, hint: str = "") -> None:
        """Note what is wrong with the file as a whole."""
        self.refuse((0, 0), (), message, hint)


def read(text: str, name: str) -> Source:
    """Read one YAML document. Mistakes are in the result's `problems`; after a grave one `data` is None.

    A text without any document is no mistake here: nothing has a place then.
    """
    source = Source(name)
    if len(text) > MAX_BYTES:
        source.refuse_file(TOO_LARGE)
        return source
    try:
        _Reader(source, text).document()
    except TooMany:
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


class _Anchored(NamedTuple):
    """A node that aliases can stand for, and what each of them adds."""

    loc: Loc
    value: JsonValue
    nodes: int
    characters: int
    height: int
    """Levels below it."""


class _Reader:
    def __init__(self, source: Source, text: str) -> None:
        self.source = source
        self.text = text
        self.nodes = self.characters = self.deepest = 0
        self.anchors: dict[str, _Anchored] = {}
        self.events: Iterator[Any] = iter(())

    def document(self) -> None:
        # Each reader has a parser of its own: ruamel's keeps state.
        yaml = YAML(typ="safe", pure=True)
        self.events = cast("Iterator[Any]", yaml.parse(self.text))  # pyright: ignore[reportUnknownMemberType] - untyped
        self._next()  # the stream's start
        start = self._next()
        if _is(start, "StreamEnd"):
            return
        if start.version and tuple(start.version) != (1, 2):
            self.source.refuse(_at(start), (), "only YAML 1.2 is read", "leave the %YAML line out")
        self.source.data = self.node(self._next(), (), 0)
        self._next()  # the document's end
        if _is(more := self._next(), "DocumentStart"):
            self.source.refuse(_at(more), (), "a second document begins here", "write each to a file of its own")

    def _next(self) -> Any:
        self.source.events += 1
        return next(self.events)

    def node(self, event: Any, loc: Loc, depth: int) -> JsonValue:
        """Read the node that begins with this event."""
        if _is(event, "Alias"):
            return self._alias(event, loc, depth)
        before, outside = (self.nodes, self.characters), self.deepest
        self.deepest = depth
        self._count(event, depth)
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
            nodes, characters = self.nodes - before[0], self.characters - before[1]
            self.anchors[event.anchor] = _Anchored(loc, value, nodes, characters, self.deepest - depth)
        self.deepest = max(self.deepest, outside)
        return value

    def _count(self, event: Any, depth: int, nodes: int = 1, characters: int = 0) -> None:
        self.nodes += nodes
        self.characters += characters
        self.deepest = max(self.deepest, depth)
        if self.nodes > MAX_NODES:
            self._stop(event, f"more than {MAX_NODES} values, aliases counted each time")
        if self.characters > MAX_CHARACTERS:
            self._stop(event, f"more than {MAX_CHARACTERS} characters, aliases counted each time")
        if depth > MAX_DEPTH:
            self._stop(event, f"nested more than {MAX_DEPTH} levels deep")

    def _stop(self, event: Any, message: str) -> NoReturn:
        self.source.refuse(_at(event), (), message)
        raise TooMany

    def _alias(self, event: Any, loc: Loc, depth: int) -> JsonValue:
        if event.anchor not in self.anchors:
            self.source.refuse(_at(event), loc, f"alias {show(f'*{event.anchor}')} has no complete anchor before it")
            raise TooMany
        if len(self.source.aliases) >= MAX_ALIASES:
            self._stop(event, f"more than {MAX_ALIASES} aliases")
        meant = self.anchors[event.anchor]
        self._count(event, depth + meant.height, meant.nodes, meant.characters)
        self.source.aliases[loc] = meant.loc
        return meant.value

    def _mapping(self, loc: Loc, depth: int) -> JsonValue:
        result: dict[str, JsonValue] = {}
        while not _is(event := self._next(), "MappingEnd"):
            key = self._key(event, loc)
            if key is None:
                self._skip(event)
                self._skip(self._next())
            elif key in result:
                first = self.source.keys[(*loc, key)][0]
                self.source.refuse(_at(event), (*loc, key), f"stands here twice, first in line {first}")
                self._skip(self._next())
            else:
                self.source.keys[(*loc, key)] = _at(event)
                result[key] = self.node(self._next(), (*loc, key), depth + 1)
        return result

    def _key(self, event: Any, loc: Loc) -> str | None:
        """A mapping's key; None for what cannot be one, which is noted."""
        if not _is(event, "Scalar") or event.tag is not None:
            self.source.refuse(_at(event), loc, "a key must be plain text")
            return None
        if event.style is None and event.value == "<<":
            self.source.refuse(_at(event), loc, "merge keys are not part of YAML 1.2", "write the fields out")
            return None
        self._count(event, 0, 0, len(event.value))
        if (text := whole_unicode(event.value)) is None:
            self.source.refuse(_at(event), loc, "a key is not valid Unicode")
            return None
        if event.style is None and not isinstance(core(text), str):
            self.source.refuse(_at(event), (*loc, text), "the key must be text", f"quote it: {show(text)}")
        return text

    def _skip(self, event: Any) -> None:
        """Pass over the node that begins with this event."""
        depth = 0
        while True:
            self._count(event, depth)
            if _is(event, "MappingStart", "SequenceStart"):
                depth += 1
            elif _is(event, "MappingEnd", "SequenceEnd"):
                depth -= 1
            if depth == 0:
                return
            event = self._next()

    def _sequence(self, loc: Loc, depth: int) -> JsonValue:
        result: list[JsonValue] = []
        while not _is(event := self._next(), "SequenceEnd"):
            place = (*loc, len(result))
            self.source.keys[place] = _at(event)
            result.append(self.node(event, place, depth + 1))
        return result

    def _scalar(self, event: Any, loc: Loc) -> JsonValue:
        self._count(event, 0, 0, len(event.value))
        text = whole_unicode(event.value)
        self.source.texts[loc] = text or ""
        if text is None:
            self.source.refuse(_at(event), loc, "is not valid Unicode")
            return None
        if event.style is not None:
            return text
        if is_date(text):
            self.source.refuse(_at(event), loc, "an unquoted date must be text", f"quote it: {show(text)}")
            return text
        value = core(text)
        if isinstance(value, float) and not math.isfinite(value):
            self.source.refuse(_at(event), loc, f"{show(text)} is not a finite number")
            return None
        return value


def _is(event: Any, *kinds: str) -> bool:
    return type(event).__name__.removesuffix("Event") in kinds


def _at(event: Any) -> Position:
    return event.start_mark.line + 1, event.start_mark.column + 1
