"""The fields of azure-mgmt's model classes, by the names that they have on the wire.

The packages express models in two ways. The newer ones (compute, containerservice, network, resource, storage) declare
each field with `rest_field`, which holds the wire name, and an annotation, which holds the type. The older ones (msi,
authorization) have an `_attribute_map` for the names, a `_validation` map for ranges, lengths and patterns, and the
types in the annotations of the constructor. Both write an enum as `Union[str, Enum]`: any text passes, and the enum's
members are what the service knows.
"""

import enum
import importlib
import sys
import types
import typing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast


@dataclass(frozen=True)
class Field:
    """One field of a model."""

    model: type | None = None
    """The model class that it holds, or a list or map of."""
    values: tuple[str, ...] = ()
    """What the field's enum lists."""
    many: bool = False
    """Whether it is a list."""
    keyed: bool = False
    """Whether it is a map."""
    validation: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """What the older packages validate: `minimum`, `maximum`, `min_length`, `max_length`, `pattern` and others."""
    path: tuple[str, ...] = ()
    """Where it stands on the wire, below the model: azure-native flattens what is in `properties`."""


def fields(model: type) -> Mapping[str, Field]:
    """A model's fields by wire name; those of its `properties` stand beside its own, as azure-native flattens them."""
    own = dict(_mapped(model) if hasattr(model, "_attribute_map") else _declared(model))
    inner = own.get("properties")
    if inner is None or inner.model is None:
        return own
    # A resource's `type` and `name` are read only; what `properties` calls so is meant (an agent pool's type).
    below = {name: replace(one, path=("properties", *one.path)) for name, one in fields(inner.model).items()}
    return {**own, **below}


def _declared(model: type) -> Iterator[tuple[str, Field]]:
    """The newer way."""
    hints = _hints(model, model.__module__)
    for owner in reversed(model.__mro__):
        for attribute, declared in vars(owner).items():
            if attribute in hints and hasattr(declared, "_rest_name_input"):
                name = cast("str | None", declared._rest_name_input) or attribute
                yield _camel(name), replace(_field(hints[attribute], {}), path=(name,))


def _mapped(model: Any) -> Iterator[tuple[str, Field]]:
    """The older way."""
    hints = _hints(model.__init__, model.__module__)
    for attribute, mapped in model._attribute_map.items():
        path = tuple(str(mapped["key"]).split("."))
        field = _field(hints.get(attribute), model._validation.get(attribute, {}))
        yield _camel(path[-1]), replace(field, path=path)


def _hints(annotated: Any, module: str) -> Mapping[str, Any]:
    """The types behind annotations, which name models through a module that is imported for type checkers alone."""
    package = importlib.import_module(module.rpartition(".")[0])
    # A model may have a field called `list` or `type`, which must not hide the builtin.
    names = {**vars(sys.modules[module]), "_models": package, "list": list, "dict": dict}
    return typing.get_type_hints(annotated, globalns=names, localns={"_models": package})


def _camel(name: str) -> str:
    """The name as azure-native has it: the autoscaler's profile has hyphens on the wire."""
    first, *rest = name.split("-")
    return first + "".join(word.capitalize() for word in rest)


def _field(annotation: Any, validation: Mapping[str, Any]) -> Field:
    alternatives = list(_alternatives(annotation))
    origins = [typing.get_origin(each) for each in alternatives]
    leaves = [leaf for each in alternatives for leaf in _leaves(each)]
    models = [leaf for leaf in leaves if _is_model(leaf)]
    values = [str(member.value) for leaf in leaves if _is_enum(leaf) for member in leaf]
    return Field(models[0] if models else None, tuple(values), list in origins, dict in origins, validation)


def _alternatives(annotation: Any) -> Iterator[Any]:
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        for member in typing.get_args(annotation):
            yield from _alternatives(member)
    else:
        yield annotation


def _leaves(annotation: Any) -> Iterator[Any]:
    """What stands inside lists and maps."""
    for each in _alternatives(annotation):
        arguments = typing.get_args(each)
        if arguments:
            yield from _leaves(arguments[-1])
        else:
            yield each


def _is_enum(leaf: Any) -> bool:
    return isinstance(leaf, type) and issubclass(leaf, enum.Enum)


def _is_model(leaf: Any) -> bool:
    return isinstance(leaf, type) and leaf.__module__.startswith("azure.mgmt.") and not _is_enum(leaf)
