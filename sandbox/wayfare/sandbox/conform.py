"""Hold values against a schema: every violation with its path and, for a name, the nearest that is known."""

from collections.abc import Iterator
from typing import Any, cast

from rapidfuzz import fuzz, process

from wayfare.sandbox.behaviour import UNKNOWN, Properties
from wayfare.sandbox.schema import Property, ResourceSchema, Shape
from wayfare.sandbox.wire import ASSETS, SIGNATURE, Path, is_unknown, path_text

Violation = tuple[str, str]
"""(property path, reason)"""

_WORDS = {"string": "a string", "integer": "a whole number", "number": "a number", "boolean": "a boolean"}


def check(schema: ResourceSchema, inputs: Properties) -> list[Violation]:
    """Everything in plain inputs that the resource type's schema does not allow. Unknown values conform."""
    return list(_object(schema, schema.inputs, inputs, ()))


def fits(schema: ResourceSchema, shape: Shape, value: Any) -> bool:
    """Whether a value has a shape, whatever is missing or too much in its objects."""
    return not any(reason.startswith("expected ") for _, reason in _value(schema, shape, value, ()))


def nearest(name: str, known: list[str]) -> str | None:
    """The known name most like this one, if any is."""
    found = process.extractOne(name, known, scorer=fuzz.ratio, score_cutoff=60)
    return None if found is None else found[0]


def _object(
    schema: ResourceSchema, properties: dict[str, Property], value: dict[str, Any], path: Path
) -> Iterator[Violation]:
    for name, inner in value.items():
        known = properties.get(name)
        if known is None:
            like = nearest(name, sorted(properties))
            hint = f"; did you mean {like!r}?" if like else ""
            yield path_text((*path, name)), f"unknown property {name!r}{hint}"
        elif inner is not None:
            yield from _value(schema, known.shape, inner, (*path, name))
    for name, known in properties.items():
        if known.required and value.get(name) is None:
            yield path_text((*path, name)), f"missing required property {name!r}"


def _value(schema: ResourceSchema, shape: Shape, value: Any, path: Path) -> Iterator[Violation]:
    if is_unknown(value) or shape == "any":
        return
    if isinstance(shape, str):
        if not _is_scalar(shape, value):
            yield path_text(path), f"expected {_WORDS[shape]}, got {_described(value)}"
        return
    ((kind, inner),) = shape.items()
    match kind:
        case "list":
            if not isinstance(value, list):
                yield path_text(path), f"expected a list, got {_described(value)}"
                return
            for index, item in enumerate(cast("list[Any]", value)):
                yield from _value(schema, inner, item, (*path, index))
        case "map":
            if not isinstance(value, dict):
                yield path_text(path), f"expected a map, got {_described(value)}"
                return
            for key, item in cast("dict[str, Any]", value).items():
                yield from _value(schema, inner, item, (*path, key))
        case "object":
            if not isinstance(value, dict):
                yield path_text(path), f"expected an object, got {_described(value)}"
                return
            yield from _object(schema, schema.objects[inner], cast("dict[str, Any]", value), path)
        case "enum":
            if value not in inner:
                like = nearest(str(value), [str(allowed) for allowed in inner])
                hint = f"; did you mean {like!r}?" if like else ""
                yield path_text(path), f"{value!r} is not one of {', '.join(str(each) for each in inner)}{hint}"
        case _:
            yield from _alternatives(schema, inner, value, path)


def _alternatives(schema: ResourceSchema, shapes: list[Shape], value: Any, path: Path) -> Iterator[Violation]:
    """Nothing if one alternative fits, else what the nearest one says against the value."""
    complaints = [list(_value(schema, shape, value, path)) for shape in shapes]
    if all(complaints):
        # The deepest path belongs to the alternative of the value's own shape.
        yield from max(complaints, key=lambda found: len(found[0][0]))


def _is_scalar(shape: str, value: Any) -> bool:
    if isinstance(value, dict):  # an asset may stand where text is expected
        return cast("dict[str, Any]", value).get(SIGNATURE) in ASSETS
    match shape:
        case "string":
            return isinstance(value, str)
        case "boolean":
            return isinstance(value, bool)
        case "integer":
            return isinstance(value, int) and not isinstance(value, bool)
        case _:
            return isinstance(value, int | float) and not isinstance(value, bool)


def _described(value: Any) -> str:
    match value:
        case bool():
            return "a boolean"
        case str():
            return "a string"
        case int() | float():
            return f"the number {value}"
        case list():
            return "a list"
        case dict():
            return "an object"
        case _:
            return "nothing"


def fill_unknown(schema: ResourceSchema, inputs: Properties, *, nested: bool = True) -> Properties:
    """The outputs of a preview: inputs as they are, and unknown whatever only the cloud can tell.

    An input whose output has another shape may yet be anything. With `nested`, so may every nested property that was
    left out: the SDKs do not tell which of them the cloud computes.
    """
    outputs: Properties = dict.fromkeys(schema.output_only, UNKNOWN)
    for name, value in inputs.items():
        output = schema.outputs.get(name)
        if output is not None:
            known = _filled(schema, output.shape, value) if nested else value
            outputs[name] = known if fits(schema, output.shape, value) else UNKNOWN
    return outputs


def _filled(schema: ResourceSchema, shape: Shape, value: Any) -> Any:
    if isinstance(shape, str) or is_unknown(value):
        return value
    ((kind, inner),) = shape.items()
    match kind, value:
        case "list", list():
            return [_filled(schema, inner, item) for item in cast("list[Any]", value)]
        case "map", dict():
            return {key: _filled(schema, inner, item) for key, item in cast("dict[str, Any]", value).items()}
        case "object", dict():
            properties = schema.objects[inner]
            given = cast("dict[str, Any]", value)
            return {
                name: _filled(schema, known.shape, given[name]) if name in given else UNKNOWN
                for name, known in properties.items()
            }
        case _:
            return value
