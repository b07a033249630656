"""What azure-native's own classes say about a property beyond its shape: nested classes, and the enums they name.

The schema takes `Union[str, Enum]` for any text, as the SDK does. The enum it names was made from the API version that
the class speaks, so it tells which of a newer model's values that version does not have yet.
"""

import enum
import importlib
import inspect
import re
import types
import typing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_VERSION = re.compile(r"Uses Azure REST API version ([-\w]+)")


@dataclass(frozen=True)
class Argument:
    """One property of an args class."""

    arguments: type | None
    """The args class that it holds, or a list or map of."""
    values: tuple[str, ...]
    """What its enum lists."""


@dataclass(frozen=True)
class Class:
    """A resource class of the SDK."""

    arguments: type
    version: str
    """Its API version."""


def resource(token: str) -> Class:
    """The class of `azure-native:module:Name`."""
    _, module, name = token.split(":")
    kind = getattr(importlib.import_module(f"pulumi_azure_native.{module}"), name)
    # The module's text: `inspect.getsource` would parse it, which Python 3.11 does not do well in many threads.
    version = _VERSION.search(Path(inspect.getfile(kind)).read_text(encoding="utf-8"))
    if version is None:
        raise ValueError(f"{token} does not say which API version it speaks")
    names = [name for name in kind._internal_init.__code__.co_names if name.endswith("Args")]
    return Class(getattr(importlib.import_module(kind.__module__), names[0]), version.group(1))


def arguments(kind: type) -> Mapping[str, Argument]:
    """The properties of an args class by wire name."""
    pulumi_types = importlib.import_module("pulumi._types")
    annotations: Mapping[str, Any] = pulumi_types._types_from_py_properties(kind)
    return {
        wire: _argument(annotations[wire]) for _, wire, _ in pulumi_types._py_properties(kind) if wire in annotations
    }


def _argument(annotation: Any) -> Argument:
    pulumi_types = importlib.import_module("pulumi._types")
    leaves = [leaf for leaf in _leaves(annotation) if isinstance(leaf, type)]
    inner = [leaf for leaf in leaves if pulumi_types.is_input_type(leaf) and not typing.is_typeddict(leaf)]
    values = [str(member.value) for leaf in leaves if issubclass(leaf, enum.Enum) for member in leaf]
    return Argument(inner[0] if inner else None, tuple(dict.fromkeys(values)))


def _leaves(annotation: Any) -> Iterator[Any]:
    """What stands inside unions, inputs, lists and maps."""
    inside = typing.get_args(annotation)
    if not inside:
        yield annotation
    elif typing.get_origin(annotation) in (typing.Union, types.UnionType):
        for member in inside:
            yield from _leaves(member)
    else:
        yield from _leaves(inside[-1])
