"""Mistakes that checkov must find: an edit of Pulumi's inputs for each check that is claimed.

The edit makes exactly that check fail, on the resource that was edited, and nothing else: so a check that passes has
looked at the right place, under the right name. `also` are checks that the same mistake cannot but fail.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast

from tests.golden.graph import Graph
from wayfare.blueprints import CloudName


class _Gone:
    """Stands where an input is taken away."""

    def __repr__(self) -> str:
        return "GONE"


GONE = _Gone()


@dataclass(frozen=True)
class Plant:
    """One edit of one resource."""

    check: str
    type: str
    """Pulumi's token."""
    edits: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """By path (`spec.containers.0.image`), the value that is put there; GONE takes it away."""
    name: str = ""
    """How the resource's name ends, where there are several of its type."""
    blueprint: str = "serve-small"
    also: frozenset[str] = frozenset()
    gone: bool = False
    """Whether the whole resource is taken away."""
    on: CloudName | None = None
    """The cloud whose case is edited; unset for that of the resource, and AWS for Kubernetes' objects."""

    @property
    def cloud(self) -> CloudName:
        """Whose case is edited; Kubernetes' objects are much the same on all."""
        if self.on is not None:
            return self.on
        package = self.type.partition(":")[0]
        return {"azure-native": CloudName.AZURE, "gcp": CloudName.GCP}.get(package, CloudName.AWS)

    def __str__(self) -> str:
        token = self.type.rpartition(":")[2]
        return f"{self.check}-{token}{self.name}"


def planted(resources: Graph, plant: Plant) -> Graph:
    """The graph with the mistake in it. Raises ValueError where the plant does not name one resource."""
    found = [row for row in resources.values() if row.type == plant.type and row.name.endswith(plant.name)]
    if len(found) != 1:
        raise ValueError(f"{plant}: {len(found)} resources are called so")
    (row,) = found
    if plant.gone:
        return {key: one for key, one in resources.items() if key != row.key}
    inputs: dict[str, Any] = dict(row.inputs)
    for path, value in plant.edits.items():
        inputs = _edited(inputs, path.split("."), value)
    return {**resources, row.key: replace(row, inputs=inputs)}


def _edited(value: Any, path: list[str], new: Any) -> Any:
    name, *rest = path
    if isinstance(value, list):
        rows = list(cast("list[Any]", value))
        rows[int(name)] = _edited(rows[int(name)], rest, new) if rest else new
        return rows
    known = dict(cast("dict[str, Any]", value or {}))
    if rest:
        return {**known, name: _edited(known.get(name), rest, new)}
    if new is GONE:
        del known[name]
        return known
    return {**known, name: new}
