"""What a cloud's own API model says about single values, beyond the SDK's schema: lists, patterns, lengths, ranges.

Each cloud derives its limits from a model that its makers publish (botocore's service models, Google's discovery
documents, the azure-mgmt packages). They are second opinions: a value is held against them where the model and the SDK
name the same property, and `Limit.source` says where that stands.
"""

import re
from collections.abc import Iterator
from typing import Any, cast

from wayfare.sandbox.behaviour import Limit, Limits, Properties
from wayfare.sandbox.conform import Violation, nearest
from wayfare.sandbox.wire import Path, is_unknown, path_text

_SHOWN = 20


def check(limits: Limits, inputs: Properties) -> list[Violation]:
    """Everything in inputs that a limit does not allow. Unknown values are allowed."""
    return list(_walk(limits, inputs, "", ()))


def _walk(limits: Limits, value: Any, name: str, path: Path) -> Iterator[Violation]:
    if value is None or is_unknown(value):
        return
    if (limit := limits.get(name)) is not None and (reason := _broken(limit, value)) is not None:
        yield path_text(path), reason
    if isinstance(value, dict):
        for key, inner in cast("dict[str, Any]", value).items():
            yield from _walk(limits, inner, f"{name}.{key}" if name else key, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(cast("list[Any]", value)):
            # A limit on a list's entries has the list's path with `[]`; the entries' own properties follow its name.
            yield from _entries(limits, item, name, (*path, index))


def _entries(limits: Limits, item: Any, name: str, path: Path) -> Iterator[Violation]:
    if isinstance(item, dict):
        for key, inner in cast("dict[str, Any]", item).items():
            yield from _walk(limits, inner, f"{name}.{key}", (*path, key))
    else:
        yield from _walk(limits, item, f"{name}[]", path)


def _broken(limit: Limit, value: Any) -> str | None:
    """Why a value is not allowed, in the words of the API's own validation, or None."""
    shown = repr(value) if not isinstance(value, dict | list) else f"of {len(cast('list[Any]', value))} entries"
    if limit.values and isinstance(value, str) and not _listed_as(limit, value):
        like = nearest(value, list(limit.values))
        hint = f"; did you mean {like!r}?" if like else ""
        return f"{shown} is not one of {_listed(limit.values)}{hint} ({limit.source})"
    if limit.pattern is not None and isinstance(value, str) and not re.fullmatch(limit.pattern, value):
        return f"{shown} does not match {limit.pattern} ({limit.source})"
    if isinstance(value, str | list | dict):
        size = len(cast("str | list[Any]", value))
        unit = "characters" if isinstance(value, str) else "entries"
        if limit.shortest is not None and size < limit.shortest:
            return f"{shown} is shorter than {limit.shortest} {unit} ({limit.source})"
        if limit.longest is not None and size > limit.longest:
            return f"{shown} is longer than {limit.longest} {unit} ({limit.source})"
    elif not isinstance(value, bool):
        if limit.least is not None and value < limit.least:
            return f"{shown} is less than {limit.least:g} ({limit.source})"
        if limit.most is not None and value > limit.most:
            return f"{shown} is more than {limit.most:g} ({limit.source})"
    return None


def _listed_as(limit: Limit, value: str) -> bool:
    if limit.any_case:
        return value.lower() in {each.lower() for each in limit.values}
    return value in limit.values


def _listed(values: tuple[str, ...]) -> str:
    """The values, the first of them where there are many (EC2 has a thousand instance types)."""
    if len(values) <= _SHOWN:
        return ", ".join(values)
    return f"{', '.join(values[:_SHOWN])} and {len(values) - _SHOWN} more"
