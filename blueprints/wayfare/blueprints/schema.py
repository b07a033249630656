"""The blueprint's form as JSON Schema, for editors and for other languages."""

from typing import Any, cast

from wayfare.blueprints.check import BLUEPRINT
from wayfare.blueprints.extending import EXTENDS
from wayfare.blueprints.parameters import NAME, SECTION, TYPES, VALUES

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def json_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of both kinds, with the keys as they stand in YAML."""
    schema = BLUEPRINT.json_schema(by_alias=True)
    del schema["discriminator"]  # a word of OpenAPI; `kind` is a constant in each alternative
    schema["$defs"]["Layer"] = _layer(list(schema["$defs"]["TrainingCluster"]["properties"]))
    schema["oneOf"].append({"$ref": "#/$defs/Layer"})
    return {
        "$schema": _DIALECT,
        "title": "Wayfare blueprint",
        "description": "What a team wants to run; Wayfare finds the cloud that has the capacity.",
        **_for_editors(schema),
    }


def _layer(fields: list[str]) -> dict[str, Any]:
    """A document that extends another or leaves something open: what is in it is known when it has come together."""
    reference = {
        "git": "URL of a git repository.",
        "revision": "Id of a commit, in full.",
        "path": "The file in it.",
        "digest": "sha256: and the 64 hex digits of the file's bytes.",
    }
    parameter: dict[str, Any] = {
        "type": {"enum": list(TYPES), "description": "What its value is."},
        "default": {"description": "The value where nobody gives one."},
        "description": {"type": "string", "description": "What it is for."},
        "choices": {"type": "array", "items": {}, "description": "The values that it may have."},
    }
    closed = {"type": "object", "additionalProperties": False}
    by_git = {
        **closed,
        "properties": {name: {"type": "string", "description": text} for name, text in reference.items()},
        "required": list(reference),
    }
    own: dict[str, Any] = {
        EXTENDS: {"anyOf": [{"type": "string"}, by_git], "description": "The blueprint over which this one is laid."},
        VALUES: {
            **closed,
            "patternProperties": {NAME: {"type": ["string", "number", "boolean"]}},
            "description": "Values for the parameters of the blueprint that is extended.",
        },
        SECTION: {
            **closed,
            "patternProperties": {NAME: {**closed, "properties": parameter, "required": ["type"]}},
            "description": "What this blueprint leaves open: `${name}` stands for its value.",
        },
    }
    return {
        **closed,
        "description": "A blueprint over another, or one that leaves something open.",
        "properties": {**{name: {"description": f"As in a whole blueprint: {name}."} for name in fields}, **own},
        "anyOf": [{"required": [EXTENDS]}, {"required": [SECTION]}],
    }


def _for_editors(schema: Any) -> Any:
    """Give descriptions as one line, leave out titles that only repeat a field's name, and close open mappings."""
    if isinstance(schema, list):
        return [_for_editors(item) for item in cast("list[Any]", schema)]
    if not isinstance(schema, dict):
        return schema
    result = {key: _for_editors(item) for key, item in cast("dict[str, Any]", schema).items()}
    if isinstance(description := result.get("description"), str):
        result["description"] = " ".join(description.split())
    for field in result.get("properties", {}).values():
        field.pop("title", None)
    if "patternProperties" in result:
        result["additionalProperties"] = False
    return result
