"""Whether an object is what its definition says: Kubernetes' own kinds, and those of the modules in `definitions/`."""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, cast

import jsonschema
import kubernetes_validate  # pyright: ignore[reportMissingTypeStubs]

from tests.schemas.taken import POD_TEMPLATE
from wayfare.components.pods import ClusterObject

DEFINITIONS = Path(__file__).parent / "definitions"


def misfits(wanted: ClusterObject) -> list[str]:
    """What is wrong with an object, by its place; a kind that nobody defines is wrong, too."""
    item = wanted.manifest()
    file = DEFINITIONS / f"{wanted.api_version.replace('/', '_')}_{wanted.kind}.json"
    if not file.exists():
        return list(_of_kubernetes(item))
    schema = _schema(file)
    errors = jsonschema.Draft202012Validator(schema).iter_errors(item)  # pyright: ignore[reportUnknownMemberType] - untyped
    found = [f"{'.'.join(map(str, error.absolute_path))}: {error.message}" for error in errors]
    return [*found, *(each for pod in _pods(item, schema) for each in _of_kubernetes(pod))]


@cache
def _schema(file: Path) -> dict[str, Any]:
    return json.loads(file.read_text(encoding="utf-8"))


def _pods(item: Any, schema: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The pod templates in a custom object, as pods."""
    if schema.get(POD_TEMPLATE):
        yield {"apiVersion": "v1", "kind": "Pod", **item}
    if isinstance(item, dict):
        for name, below in schema.get("properties", {}).items():
            if name in item:
                yield from _pods(cast("dict[str, Any]", item)[name], below)
    if isinstance(item, list):
        for each in cast("list[Any]", item):
            yield from _pods(each, schema.get("items", {}))


def _of_kubernetes(item: dict[str, Any]) -> Iterator[str]:
    newest = kubernetes_validate.latest_version()
    try:
        kubernetes_validate.validate(item, newest, strict=True)
    except kubernetes_validate.SchemaNotFoundError:
        yield f"kind: no definition of {item['apiVersion']} {item['kind']}"
    except kubernetes_validate.ValidationError as error:
        yield f"{'.'.join(map(str, error.path))}: {error.message}"
