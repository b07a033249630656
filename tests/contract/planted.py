"""Mistakes that only a cloud would notice, planted into the clusters that the components really declare."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.contract.dry_run import Edit, changed
from tests.golden.cases import TRAINING
from wayfare.blueprints import CloudName, Purchase
from wayfare.sandbox.behaviour import Properties


@dataclass(frozen=True)
class Mistake:
    """One mistake, and how the cloud says it."""

    title: str
    cloud: CloudName
    type: str
    """How the resource type ends: `NodeGroup`."""
    edits: Mapping[str, Any]
    """From a property path to its wrong value; `...` takes the property away."""
    path: str
    """The path that is refused; empty where the cloud refuses the whole as it should make it."""
    said: str
    """What the refusal holds."""
    name: str = ""
    """How the resource's name ends, where there are several of the type."""
    blueprint: str = TRAINING
    purchase: Purchase = Purchase.ON_DEMAND
    machine_type: str | None = None
    refused: str | tuple[str, ...] = ""
    """How the name of the resource ends that is refused, where it is another one than the wrong one. Where two exclude
    each other and neither waits for the other, it is the second: either of these."""

    def plant(self, planted: list[str]) -> Edit:
        """The edit that makes the mistake; `planted` gets the name of each resource that it met."""

        def edit(type: str, name: str, inputs: Properties) -> Properties:
            if not (type.endswith(f":{self.type}") and name.endswith(self.name)):
                return inputs
            planted.append(name)
            for path, value in self.edits.items():
                inputs = changed(inputs, path, value)
            return inputs

        return edit


@dataclass(frozen=True)
class Right:
    """What looks like a mistake and is none: the counterpart that must pass."""

    title: str
    cloud: CloudName
    edits: Mapping[str, Mapping[str, Any]]
    """By how the resource type ends: from a property path to its value, as in `Mistake`."""
    blueprint: str = TRAINING
    purchase: Purchase = Purchase.ON_DEMAND

    def plant(self, planted: list[str]) -> Edit:
        """The edit that makes it; `planted` gets the type of each resource that it met."""

        def edit(type: str, name: str, inputs: Properties) -> Properties:  # noqa: ARG001 - an `Edit`
            for end, changes in self.edits.items():
                if type.endswith(f":{end}"):
                    planted.append(end)
                    for path, value in changes.items():
                        inputs = changed(inputs, path, value)
            return inputs

        return edit
