"""What AWS's own service models say about single values, derived from botocore.

The models state lists of values, patterns, lengths and ranges for what each call takes. A property of the SDK and a
member of a call's input are walked side by side; where both are of one kind, the member's traits are the property's
limits. Patterns hold for the whole text: the services' references describe them so, though few are anchored.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from typing import Any, cast

from wayfare.sandbox.behaviour import Limit, Limits
from wayfare.sandbox.clouds.aws.operations import OPERATIONS, Operation
from wayfare.sandbox.schema import Property, ResourceSchema, Schemas, Shape

Member = Mapping[str, Any]
"""A shape of a service model."""

_KINDS = {
    "string": ("string",),
    "integer": ("integer", "long"),
    "number": ("float", "double", "integer", "long"),
}


@dataclass(frozen=True)
class Derived:
    """What one resource type's model says."""

    limits: Limits = field(default_factory=dict[str, Limit])
    skipped: Mapping[str, str] = field(default_factory=dict[str, str])
    """Patterns that Python cannot compile, by path (`\\p{L}` of Java's expressions)."""
    matched: frozenset[str] = frozenset()
    """Every property that has a member in the call's input."""


def limits_of(token: str) -> Limits:
    """Limits of a type; none for a type that no row of the table names."""
    return derived(token).limits


def derived(token: str) -> Derived:
    """Everything that the models say about a type."""
    operation = OPERATIONS.get(token)
    return Derived() if operation is None else _service(operation.service)[token]


@cache
def _service(service: str) -> Mapping[str, Derived]:
    """All types of one service at once, so that its model (EC2's takes 0.2 s and much memory) is read once."""
    loaders: Any = import_module("botocore.loaders")  # not at the sandbox's start
    model: Member = loaders.Loader().load_service_model(service, "service-2")
    schemas = Schemas("aws")
    found: dict[str, Derived] = {}
    for token, operation in OPERATIONS.items():
        schema = schemas.get(token)
        if operation.service == service and schema is not None:
            found[token] = _Derivation(schema, operation, model).run()
    return found


class _Derivation:
    """One type's walk through its schema and its model."""

    def __init__(self, schema: ResourceSchema, operation: Operation, model: Member) -> None:
        self._schema, self._operation, self._shapes = schema, operation, model["shapes"]
        self._input: Member = self._shapes[model["operations"][operation.name]["input"]["shape"]]
        self._limits: dict[str, Limit] = {}
        self._skipped: dict[str, str] = {}
        self._matched: set[str] = set()

    def run(self) -> Derived:
        """Walk from the top."""
        tops = [self._input, *(self._at(name) for name in self._operation.inside)]
        self._object(self._schema.inputs, [self._single(top) for top in tops if top is not None], "", ())
        return Derived(self._limits, self._skipped, frozenset(self._matched))

    def _object(
        self, properties: Mapping[str, Property], structures: list[Member], path: str, within: tuple[str, ...]
    ) -> None:
        for name, known in properties.items():
            here = f"{path}.{name}" if path else name
            if here in self._operation.left_out:
                continue
            renamed = self._operation.renamed.get(here)
            if renamed is not None:
                member = self._at(renamed)
            else:
                found = (self._member(structure, name) for structure in structures)
                member = next((each for each in found if each is not None), None)
            if member is not None:
                self._matched.add(here)
                self._value(known, member, here, within)

    def _value(self, known: Property, member: Member, path: str, within: tuple[str, ...]) -> None:
        self._judge(known.shape, member, path, required=known.required)
        if isinstance(known.shape, str):
            return
        ((kind, inner),) = known.shape.items()
        if kind == "list":
            entry = cast("Shape", inner)
            if member["type"] == "list" and isinstance(entry, dict) and "object" in entry:
                self._nested(entry["object"], self._single(member), path, within)
            elif member["type"] == "list":
                self._judge(entry, self._single(member), f"{path}[]", required=True)
        elif kind == "object":
            # A block that the provider allows once is a list of one in some calls.
            self._nested(inner, self._single(member), path, within)

    def _nested(self, name: str, member: Member, path: str, within: tuple[str, ...]) -> None:
        if member["type"] == "structure" and name not in within:
            self._object(self._schema.objects[name], [member], path, (*within, name))

    def _judge(self, shape: Shape, member: Member, path: str, *, required: bool) -> None:
        """Take the limits of one value, if the SDK and the model mean the same kind of value."""
        kind = shape if isinstance(shape, str) else next(iter(shape))
        source = f"botocore {self._operation.service} {self._operation.name}.{path.removesuffix('[]')}"
        least, most = member.get("min"), member.get("max")
        # An empty text, list or map is no value to the provider, unless the property is required.
        shortest = None if least == 1 and not required else least
        limit: Limit | None = None
        if kind in ("string", "enum") and member["type"] == "string":
            values, pattern = tuple(member.get("enum", ())), self._pattern(member, path)
            limit = Limit(source, values=values, pattern=pattern, shortest=shortest, longest=most)
        elif kind in ("list", "map") and member["type"] == kind:
            limit = Limit(source, shortest=shortest, longest=most)
        elif member["type"] in _KINDS.get(kind, ()):
            limit = Limit(source, least=least, most=most)
        if limit is not None and limit != Limit(source):
            self._limits[path] = limit

    def _pattern(self, member: Member, path: str) -> str | None:
        pattern = member.get("pattern")
        if pattern is None:
            return None
        try:
            re.compile(pattern)
        except re.error:
            self._skipped[path] = pattern
            return None
        return pattern

    def _at(self, path: str) -> Member | None:
        """The member at a path of the call's input, through lists. A structure's list stands for the structure."""
        member: Member | None = self._input
        for name in path.split("."):
            member = None if member is None else self._member(self._single(member), name)
        return member

    def _single(self, member: Member) -> Member:
        return self._shapes[member["member"]["shape"]] if member["type"] == "list" else member

    def _member(self, structure: Member, name: str) -> Member | None:
        """A structure's member by name: its own, else whatever the case, else singular or plural."""
        members: Mapping[str, Any] = structure.get("members", {})
        lower = {each.lower(): each for each in members}
        found = next((lower[form] for form in _forms(name) if form in lower), None)
        return None if found is None else self._shapes[members[found]["shape"]]


def _forms(name: str) -> Iterator[str]:
    lower = name.lower()
    yield lower
    yield f"{lower}s"
    if lower.endswith("ies"):
        yield f"{lower[:-3]}y"
    if lower.endswith("s"):
        yield lower[:-1]
