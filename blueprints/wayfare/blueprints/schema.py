"""The blueprint's form as JSON Schema, for editors and for other languages."""

from typing import Any, cast

from wayfare.blueprints.check import BLUEPRINT

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def json_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of both kinds, with the keys as they stand in YAML."""
    schema = BLUEPRINT.json_schema(by_alias=True)
    del schema["discriminator"]  # a word of OpenAPI; `kind` is a constant in each alternative
    return {
        "$schema": _DIALECT,
        "title": "Wayfare blueprint",
        "description": "What a team wants to run; Wayfare finds the cloud that has the capacity.",
        **_for_editors(schema),
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
