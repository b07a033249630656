"""What a blueprint says to its controls, on its way through the engine to the policy pack.

The component `wayfare:index:Cluster` carries it as its inputs. The engine tells a parent before its children, so that
the pack knows the terms before it judges anything of that cluster, whoever has started the engine, and without the
blueprint's file. A stack without that component has no exceptions.
"""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any, cast

from wayfare.components.controls import Terms
from wayfare.components.controls.model import Resource, Wishes

if TYPE_CHECKING:
    # The engine starts the policy pack for every operation: it does not wait for what reads blueprints.
    from wayfare.blueprints import Blueprint

_CLUSTER = "wayfare:index:Cluster"


def carried(blueprint: "Blueprint") -> dict[str, Any]:
    """The inputs of a cluster's component: exceptions with their reasons, and the wishes that controls depend on."""
    wishes = Wishes.of(blueprint)
    return {
        "exceptions": {each.control: each.reason for each in blueprint.spec.exceptions},
        "wishes": [wish.name for wish in fields(wishes) if getattr(wishes, wish.name)],
    }


def told(resource: Resource) -> Terms | None:
    """The terms that a resource carries; None where it is not a cluster's component."""
    if resource.type != _CLUSTER:
        return None
    known = {wish.name for wish in fields(Wishes)}
    wished = [wish for wish in cast("Sequence[str]", resource.inputs.get("wishes") or ()) if wish in known]
    excepted = cast("Mapping[str, str]", resource.inputs.get("exceptions") or {})
    return Terms(Wishes(**dict.fromkeys(wished, True)), frozenset(excepted))


def terms_of(blueprint: "Blueprint") -> Terms:
    """The terms of a blueprint that is at hand."""
    return Terms(Wishes.of(blueprint), frozenset(each.control for each in blueprint.spec.exceptions))
