"""How a resource's id follows from what was asked for: one template for each type, kept by each cloud in a table.

A resource whose maker died is found again by its id. Where a name decides it, the id can be told from the inputs, in
the form in which the provider keeps it (each type's "Import" section in the provider's documentation).
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from wayfare.components.contract import Lost

Templates = Mapping[str, str]
"""From a resource type to its id, with inputs in braces: `{clusterName}:{nodeGroupName}`, `{metadata.name}`."""

_RELEASE = "kubernetes:helm.sh/v3:Release"

_FIELD = re.compile(r"\{([A-Za-z.]+)\}")


def by_template(templates: Templates, lost: Sequence[Lost], **account: str) -> dict[str, str]:
    """The ids, by URN, of the resources that have a template and all of its inputs; `account` adds to the inputs."""
    found: dict[str, str] = {}
    for resource in lost:
        of_cluster = resource.type.startswith("kubernetes:")
        template = _in_cluster(resource) if of_cluster else templates.get(resource.type)
        id = None if template is None else _filled(template, {**account, **resource.inputs})
        if id is not None:
            found[resource.urn] = id
    return found


def _in_cluster(resource: Lost) -> str:
    """Of every object: its name, in a namespace with that before it."""
    if resource.type == _RELEASE:
        return "{namespace}/{name}"
    namespaced = "namespace" in resource.inputs.get("metadata", {})
    return "{metadata.namespace}/{metadata.name}" if namespaced else "{metadata.name}"


def _filled(template: str, inputs: Mapping[str, Any]) -> str | None:
    values: dict[str, str] = {}
    for field in _FIELD.findall(template):
        value: Any = inputs
        for part in field.split("."):
            value = value.get(part) if isinstance(value, Mapping) else None  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType] - inputs are any JSON
        if not isinstance(value, str) or not value:
            return None
        values[field] = value
    return _FIELD.sub(lambda match: values[match[1]], template)
