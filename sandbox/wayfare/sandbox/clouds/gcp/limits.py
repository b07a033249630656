"""What Google's own discovery documents say about single values, under the names of the provider's SDK.

The documents come with `google-api-python-client`. Each resource type of `MODELS` is walked in the SDK's schema and in
the document's side by side, so that every limit stands at a path that the SDK has. A type's document is read when the
type is first met, and dropped again (that of Compute Engine has 5 MB); its limits are kept.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, cast

from wayfare.sandbox.behaviour import Limit, Limits
from wayfare.sandbox.clouds.gcp.models import MODELS, NAMES, STATED
from wayfare.sandbox.schema import Property, ResourceSchema, Schemas, Shape

#: Ranges of the formats that the documents use (Google API Discovery Service, "Type and format summary"). Those of 64
#: bits are beyond what a number of the engine's protocol can be.
_RANGES: Mapping[str, tuple[float | None, float | None]] = {
    "int32": (-(2**31), 2**31 - 1),
    "uint32": (0, 2**32 - 1),
    "uint64": (0, None),
}
#: The formats of texts: whole numbers that JSON cannot hold, and the forms of the same summary.
_FORMS = {
    "int64": r"-?\d{1,19}",
    "uint64": r"\d{1,20}",
    "date": r"\d{4}-\d\d-\d\d",
    "date-time": r"\d{4}-\d\d-\d\d[Tt].*",
    "google-datetime": r"\d{4}-\d\d-\d\d[Tt].*",
    "google-duration": r"-?\d+(\.\d{1,9})?s",
}

_schemas = Schemas("gcp")


@dataclass(frozen=True)
class _Document:
    """One API's schemas."""

    name: str
    schemas: Mapping[str, Mapping[str, Any]]

    def under(self, owner: str, name: str) -> tuple[Mapping[str, Any], str] | None:
        """A property by the SDK's name: its definition, and `Schema.property`. None where the API has no such thing."""
        path = NAMES.get(self.name, {}).get(owner, {}).get(name, name)
        for spelt in () if path is None else (path, path.removesuffix("s")):  # the SDK writes lists in the plural
            found = self._follow(owner, spelt)
            if found is not None:
                return found
        return None

    def _follow(self, owner: str, path: str) -> tuple[Mapping[str, Any], str] | None:
        *way, last = path.split(".")
        for step in way:
            inner = self._properties(owner).get(step)
            if inner is None:
                return None
            owner = self.schema_of(inner, owner, step)
        definition = self._properties(owner).get(last)
        return None if definition is None else (definition, f"{owner}.{last}")

    def _properties(self, owner: str) -> Mapping[str, Mapping[str, Any]]:
        """A schema's properties. A schema inside another is named `Outer.inner`."""
        outer, *way = owner.split(".")
        schema = self.schemas[outer]
        for step in way:
            schema = _entry(schema["properties"][step])
        return schema.get("properties", {})

    def schema_of(self, definition: Mapping[str, Any], owner: str, name: str) -> str:
        """The name of the schema that a property's value, or each entry of its list, has."""
        return str(_entry(definition).get("$ref") or f"{owner}.{name}")


def _entry(definition: Mapping[str, Any]) -> Mapping[str, Any]:
    """What is said of the entries of a list; of anything else, the definition itself."""
    return cast("Mapping[str, Any]", definition.get("items", definition))


def limits_of(token: str) -> Limits:
    """The limits of a resource type; empty for a type that `MODELS` does not name."""
    return _limits(token) if token in MODELS else {}


@cache
def _limits(token: str) -> Limits:
    schema = _schemas.get(token)
    if schema is None:
        raise LookupError(f"the SDK has no resource type {token!r}")
    document, name = MODELS[token]
    read = _read(document)
    return dict(_walk(read, name, schema, schema.inputs, ""))


def _read(name: str) -> _Document:
    path = files("googleapiclient").joinpath("discovery_cache", "documents", f"{name}.json")
    return _Document(name, json.loads(path.read_text(encoding="utf-8"))["schemas"])


def _walk(
    document: _Document, owner: str, schema: ResourceSchema, properties: Mapping[str, Property], prefix: str
) -> Iterator[tuple[str, Limit]]:
    for name, known in properties.items():
        found = document.under(owner, name)
        if found is None or found[0].get("readOnly"):
            continue
        definition, where = found
        path, shape = f"{prefix}{name}", known.shape
        if isinstance(shape, dict) and "list" in shape:
            shape = cast("Shape", shape["list"])
            if not isinstance(shape, dict):
                path += "[]"
        if isinstance(shape, dict) and "object" in shape:
            inner = schema.objects[str(shape["object"])]
            yield from _walk(document, document.schema_of(definition, *where.rsplit(".", 1)), schema, inner, f"{path}.")
        elif isinstance(shape, str) and (limit := _limit(document.name, where, _entry(definition))) is not None:
            yield path, limit


def _limit(document: str, where: str, definition: Mapping[str, Any]) -> Limit | None:
    """What a definition says of a value; None where it says nothing."""
    form = str(definition.get("format", ""))
    ranged = _RANGES.get(form, (None, None))
    stated = STATED.get(document, {}).get(where)
    limit = Limit(
        source=f"{document} {where}",
        values=tuple(value for value in definition.get("enum", ()) if not str(value).endswith("UNSPECIFIED")),
        pattern=definition.get("pattern") or _FORMS.get(form),
        longest=None if stated is None else stated.longest,
        least=_first(stated and stated.least, definition.get("minimum"), ranged[0]),
        most=_first(stated and stated.most, definition.get("maximum"), ranged[1]),
    )
    return limit if limit != Limit(limit.source) else None


def _first(*bounds: float | str | None) -> float | None:
    """The first bound that is given; the documents write them as texts."""
    return next((float(bound) for bound in bounds if bound is not None), None)
