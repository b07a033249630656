"""What the engine would do to each resource, as plain data. Secrets are hidden before anything else sees them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

HIDDEN = "[secret]"
"""Stands in the place of every secret."""

#: Marks of Pulumi's own in the values of its events (pulumi: sdk/go/common/resource/sig).
_SIGNATURE, _SECRET_MARK = "4dabf18193072939515e22adb298388d", "1b47061264138c4ac30d75fd1eb44270"


@dataclass(frozen=True)
class Planned:
    """One step of a preview, or one finding of a refresh."""

    operation: str
    """`create`, `update`, `delete`, `replace`, `create-replacement`, `delete-replaced`, …"""
    type: str
    urn: str
    properties: Mapping[str, str] = field(default_factory=dict[str, str])
    """Path of each property that differs, with how: `add`, `delete` or `update`, each also with `-replace`."""
    before: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """The inputs that it has; empty where it is not there yet."""
    after: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """The inputs that it would have, or in a refresh: that the cloud has now."""


@dataclass(frozen=True)
class Preview:
    """What an operation would do."""

    steps: tuple[Planned, ...] = ()
    problem: str | None = None
    """Why it could not be previewed, in the engine's or the cloud's words; None when it could."""
    refused: bool = False
    """Whether the problem is that controls are not fulfilled."""


def hidden(value: Any) -> Any:
    """The same value, with `HIDDEN` for every secret in it."""
    if isinstance(value, Mapping):
        items = cast("Mapping[str, Any]", value)
        if items.get(_SIGNATURE) == _SECRET_MARK:
            return HIDDEN
        return {key: hidden(item) for key, item in items.items()}
    if isinstance(value, list):
        return [hidden(item) for item in cast("list[Any]", value)]
    return value
