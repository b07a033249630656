"""Resources without rules of their own: a generic id, the inputs echoed, and plausible values for the rest."""

import json
from collections.abc import Mapping
from typing import Any, cast

from wayfare.sandbox.behaviour import Call, Made, Properties
from wayfare.sandbox.conform import fits
from wayfare.sandbox.schema import ResourceSchema, Shape

_LABELS = ("tags", "labels", "resourceLabels", "userLabels")
_EMPTY: dict[str, Any] = {"integer": 0, "number": 0, "boolean": False, "any": {}}


def make(call: Call, schema: ResourceSchema) -> Made:
    """Make a resource by its schema alone."""
    name = str(call.inputs.get("name") or call.name)
    id = f"{name}-{call.store.new_id(12)}"
    outputs: Properties = {
        key: placeholder(schema, schema.outputs[key].shape, f"{key}-{id}")
        for key in sorted(schema.output_only)
        if schema.outputs[key].required
    }
    places = {"location": call.region, "region": call.region, "project": call.configuration.get("project")}
    outputs |= {key: place for key, place in places.items() if place and key in schema.outputs}
    return Made(id, with_tags(outputs | echoed(schema, call.inputs), tags_of("tags", call.inputs, call.configuration)))


def updated(schema: ResourceSchema, call: Call, old_inputs: Properties) -> Properties:
    """The outputs after an update: changed inputs over the old outputs, what the cloud added itself stays."""
    outputs = dict(call.outputs)
    for name in old_inputs.keys() | call.inputs.keys():
        was, now = old_inputs.get(name), call.inputs.get(name)
        if was == now:
            continue
        reshaped = echoed(schema, {name: now}).get(name)
        if now is None and name in schema.outputs and schema.outputs[name].required:
            continue  # the cloud goes on with the value that it has
        if now is None or reshaped is None:
            outputs.pop(name, None)
        else:
            outputs[name] = _overlaid(outputs.get(name), was, reshaped)
    return outputs


def _overlaid(output: Any, was: Any, now: Any) -> Any:
    if not (isinstance(output, dict) and isinstance(now, dict)):
        return now
    held, given = cast("dict[str, Any]", output), cast("dict[str, Any]", now)
    before = cast("dict[str, Any]", was) if isinstance(was, dict) else {}
    kept = {name: value for name, value in held.items() if name not in before}
    return kept | {name: _overlaid(held.get(name), before.get(name), value) for name, value in given.items()}


def with_tags(outputs: Properties, tags: Mapping[str, str]) -> Properties:
    """The outputs with all tags, those of the provider included, wherever an output tells them."""
    return outputs | {name: dict(tags) for name in ("tagsAll", "effectiveLabels", "pulumiLabels") if name in outputs}


def placeholder(schema: ResourceSchema, shape: Shape, text: str) -> Any:
    """A value of a shape, made of nothing but the shape."""
    if isinstance(shape, str):
        return _EMPTY.get(shape, text)
    ((kind, inner),) = shape.items()
    match kind:
        case "list":
            return []
        case "map":
            return {}
        case "enum":
            return inner[0]
        case "one_of":
            return placeholder(schema, inner[0], text)
        case _:
            return {
                name: placeholder(schema, known.shape, f"{name}-{text}")
                for name, known in schema.objects[inner].items()
                if known.required
            }


def echoed(schema: ResourceSchema, inputs: Mapping[str, Any]) -> Properties:
    """The inputs in the shape of the outputs. What fits in no way is left out: the SDK would fail on it."""
    outputs: Properties = {}
    for name, value in inputs.items():
        output = schema.outputs.get(name)
        if output is None:
            continue
        reshaped = _reshaped(schema, output.shape, value)
        if fits(schema, output.shape, reshaped):
            outputs[name] = reshaped
    return outputs


def _reshaped(schema: ResourceSchema, shape: Shape, value: Any) -> Any:
    """Lists of keys become maps where the output is a map (the identities of an AKS cluster)."""
    if isinstance(shape, str):
        return value
    ((kind, inner),) = shape.items()
    match kind, value:
        case "map", list():
            return {str(key): dict[str, Any]() for key in cast("list[Any]", value)}
        case "list", list():
            return [_reshaped(schema, inner, item) for item in cast("list[Any]", value)]
        case "object", dict():
            properties = schema.objects[inner]
            return {
                name: _reshaped(schema, properties[name].shape, item)
                for name, item in cast("dict[str, Any]", value).items()
                if name in properties
            }
        case _:
            return value


def tags_of(property: str | None, inputs: Mapping[str, Any], configuration: Mapping[str, str]) -> dict[str, str]:
    """A resource's tags: those that the provider puts on everything, and its own.

    `property` names the input that carries them; where that is absent the usual names are tried.
    """
    if property is None:
        return {}
    tags: dict[str, str] = {}
    for name in ("defaultTags", "defaultLabels"):
        default = json.loads(configuration.get(name, "{}"))
        tags |= _pairs(default.get("tags", default))
    own = next((inputs[name] for name in (property, *_LABELS) if name in inputs), None)
    return tags | _pairs(own)


def _pairs(value: Any) -> dict[str, str]:
    """Tags written as a map, or as a list of `{key, value}`."""
    if isinstance(value, dict):
        return {key: str(item) for key, item in cast("dict[str, Any]", value).items()}
    if isinstance(value, list):
        entries = [cast("dict[str, Any]", entry) for entry in cast("list[Any]", value) if isinstance(entry, dict)]
        return {str(entry["key"]): str(entry.get("value", "")) for entry in entries if "key" in entry}
    return {}
