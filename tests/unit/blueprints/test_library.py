import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from wayfare.blueprints import CloudName, Purchase, json_schema, load, load_all, loads
from wayfare.blueprints.check import BLUEPRINT

LIBRARY = Path(__file__).parents[3] / "blueprints" / "library"
SCHEMA = LIBRARY.parent / "schema.json"
FILES = sorted(LIBRARY.glob("*.yaml"))


def test_the_library_has_what_teams_start_from() -> None:
    assert {path.stem for path in FILES} == {
        "finetune-a100",
        "pretrain-h100-16",
        "pretrain-h100-16-spot",
        "serve-large",
        "serve-long-context",
        "serve-small",
    }


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_library_blueprint_is_valid_and_knows_its_schema(path: Path) -> None:
    loaded = load(path)
    first, *_ = path.read_text(encoding="utf-8").splitlines()
    assert first == "# yaml-language-server: $schema=../schema.json"
    # Copied as it is, it must not open anyone's network: RFC 5737 keeps this one for documents.
    assert loaded.blueprint.spec.access.allow == ("203.0.113.0/24",)
    # A copy that pulls another image tomorrow is another job.
    images = [loaded.blueprint.spec.workload.image, *(one.image for one in loaded.blueprint.spec.accelerators)]
    assert all(re.search(r":[^/]*\d", image) for image in images if image)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_library_blueprint_fits_the_schema(path: Path) -> None:
    data = BLUEPRINT.dump_python(load(path).blueprint, mode="json", by_alias=True, exclude_defaults=True)
    assert list(_misfits(data, json_schema(), json_schema())) == []


def test_names_differ_so_that_all_can_run_at_once() -> None:
    names = [loaded.blueprint.metadata.name for loaded in load_all(FILES)]
    assert len(set(names)) == len(names)


def test_the_spot_variant_differs_only_in_name_and_purchase() -> None:
    plain = load(LIBRARY / "pretrain-h100-16.yaml").blueprint
    spot = load(LIBRARY / "pretrain-h100-16-spot.yaml").blueprint
    assert plain.spec.purchase == (Purchase.ON_DEMAND,)
    assert spot.spec == plain.spec.model_copy(update={"purchase": (Purchase.SPOT, Purchase.ON_DEMAND)})
    assert plain.spec.placement.clouds == tuple(CloudName)


def test_the_schema_in_the_repository_is_the_one_that_the_models_make() -> None:
    # To write it anew: wayfare schema > blueprints/schema.json
    assert json.loads(SCHEMA.read_text(encoding="utf-8")) == json_schema()


def test_the_schema_closes_every_mapping_and_explains_every_key() -> None:
    for node in _nodes(json_schema()):
        if node.get("type") == "object":
            assert node["additionalProperties"] is False
        for field in node.get("properties", {}).values():
            assert field.get("description") or "$ref" in field
            assert "\n" not in field.get("description", "")


def _nodes(node: object) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        mapping = cast("dict[str, Any]", node)
        yield mapping
        for item in mapping.values():
            yield from _nodes(item)
    elif isinstance(node, list):
        for item in cast("list[object]", node):
            yield from _nodes(item)


def _misfits(value: Any, schema: dict[str, Any], root: dict[str, Any]) -> Iterator[str]:
    """What does not fit, by the words of JSON Schema that ours uses."""
    if "$ref" in schema:
        yield from _misfits(value, root["$defs"][schema["$ref"].rsplit("/", 1)[1]], root)
    for word in ("oneOf", "anyOf"):
        fitting = [one for one in schema.get(word, ()) if not list(_misfits(value, one, root))]
        if word in schema and (not fitting or (word == "oneOf" and len(fitting) != 1)):
            yield f"{value!r} fits {len(fitting)} of {word}"
    types = {"object": dict, "array": list, "string": str, "integer": int, "number": int | float, "null": type(None)}
    if "type" in schema and not isinstance(value, types[schema["type"]]):
        yield f"{value!r} is no {schema['type']}"
        return
    if ("enum" in schema and value not in schema["enum"]) or ("const" in schema and value != schema["const"]):
        yield f"{value!r} is not allowed"
    if "pattern" in schema and not re.search(schema["pattern"], value):
        yield f"{value!r} does not match"
    if isinstance(value, list):
        for item in cast("list[Any]", value):
            yield from _misfits(item, schema["items"], root)
    if isinstance(value, dict) and "additionalProperties" in schema:
        for key, item in cast("dict[str, Any]", value).items():
            found = [schema["properties"][key]] if key in schema.get("properties", {}) else []
            found += [rule for regex, rule in schema.get("patternProperties", {}).items() if re.search(regex, key)]
            if not found:
                yield f"{key!r} is unknown"
            for rule in found:
                yield from _misfits(item, rule, root)
    if isinstance(value, dict):
        yield from (f"{key!r} is missing" for key in schema.get("required", ()) if key not in value)


def test_the_guide_shows_a_valid_blueprint_and_names_every_field() -> None:
    guide = (LIBRARY.parents[1] / "docs" / "blueprint.md").read_text(encoding="utf-8")
    example = guide.split("```yaml\n")[1].split("```")[0]
    assert loads(example, "guide.yaml").blueprint.metadata.name == "llm-pretrain"
    fields = {name for node in _nodes(json_schema()) for name in node.get("properties", {})}
    assert {name for name in fields if not re.search(rf"\b{name}\b", guide)} == set()
