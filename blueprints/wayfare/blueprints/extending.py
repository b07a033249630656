"""A blueprint that extends another: what it says itself over what that says, as often as files name another.

top file ─ its own parameters filled ─▶ over ─▶ base, filled by `with` ─▶ over ─▶ its base, …
"""

from dataclasses import dataclass

from pydantic import JsonValue

from wayfare.blueprints.layers import Layered, Setting, is_mapping, lay, layered
from wayfare.blueprints.packages import NotHad, Place, place
from wayfare.blueprints.parameters import SECTION, VALUES, filled, given
from wayfare.blueprints.source import Source, TooMany

EXTENDS = "extends"

#: A person who looks for what sets a field reads every file on the way.
_DEEPEST = 8

_OWN = (EXTENDS, VALUES, SECTION)
"""Keys of a document that say how it comes together, and are none of the blueprint's."""


@dataclass(frozen=True)
class Layer:
    """A document that a blueprint extends."""

    reference: str
    """Where it is, as the file that extends it says."""
    name: str
    """Where it was found."""
    digest: str
    """SHA-256 of its bytes, in hex."""


def extended(source: Source, at: Place) -> tuple[Source, tuple[Layer, ...]]:
    """A document with all that it extends, and what that was. Mistakes are in the result's `problems`."""
    if not is_mapping(source.data) or not any(key in source.data for key in _OWN):
        return source, ()
    own = layered(source)
    try:
        found, layers = _Chain().resolved(own, at, {}, None)
    except TooMany:
        found, layers = own, ()
    if found.problems:
        # What else is wrong would only follow from that.
        found.data = None
    return found, layers


class _Chain:
    """The documents on the way from a file to what is extended last."""

    def __init__(self) -> None:
        self.names = list[str]()

    def resolved(
        self, own: Layered, at: Place, values: dict[str, Setting], asked: Layered | None
    ) -> tuple[Layered, tuple[Layer, ...]]:
        self.names.append(str(at))
        filled(own, values, asked)
        passed = given(own)
        wanted = own.data.get(EXTENDS) if is_mapping(own.data) else None
        if wanted is None:
            if passed:
                own.refuse(own.key((VALUES,)), (VALUES,), "gives values to nothing", f"name a blueprint in `{EXTENDS}`")
            return _bare(own), ()
        try:
            there = place(wanted, at)
            if str(there) in self.names:
                raise NotHad(f"{there} extends itself, by way of {' and '.join(self.names)}")
            if len(self.names) > _DEEPEST:
                raise NotHad(f"more than {_DEEPEST} blueprints extend one another")
            read = there.read()
        except NotHad as error:
            own.refuse(own.where((EXTENDS,)), (EXTENDS,), error.message, error.hint)
            return _bare(own), ()
        if not is_mapping(read.data):
            if not read.problems:
                own.refuse(own.where((EXTENDS,)), (EXTENDS,), f"{there} is no blueprint")
            own.problems.extend(read.problems)
            return _bare(own), ()
        base, layers = self.resolved(layered(read), there, passed, own)
        _same_kind(own, base)
        first = Layer(_reference(wanted), str(there), read.digest)
        return lay(base, _bare(own)), (first, *layers)


def _same_kind(own: Layered, base: Layered) -> None:
    kinds = [each.data.get("kind") for each in (own, base) if is_mapping(each.data)]
    if None not in kinds and len(set(map(str, kinds))) > 1:
        own.refuse(own.where(("kind",)), ("kind",), f"extends a {kinds[1]}, and is none", "leave it out")


def _reference(wanted: JsonValue) -> str:
    if is_mapping(wanted):
        return f"{wanted['git']}@{wanted['revision']}:{wanted['path']}"
    return str(wanted)


def _bare(source: Layered) -> Layered:
    """Without what says how it comes together."""
    if is_mapping(source.data):
        source.data = {key: value for key, value in source.data.items() if key not in _OWN}
    return source
