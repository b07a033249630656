"""Kubernetes objects against the schemas of their cluster's version, as an API server decodes them.

The schemas come with `kubernetes-validate` (from Kubernetes' own OpenAPI documents, one set for each minor version).
The package is imported with the first object: it brings a JSON schema validator along, and a quarter of a second.
"""

import importlib
import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Any, cast

from wayfare.sandbox.behaviour import Properties
from wayfare.sandbox.conform import Violation, nearest
from wayfare.sandbox.wire import Path, path_text

_MINOR = re.compile(r"v?(\d+)\.(\d+)")
_WORDS = {"array": "a list", "object": "a map", "string": "a string", "boolean": "a boolean", "integer": "an integer"}


def version_for(wanted: str) -> str:
    """The newest version with schemas that is not newer than a cluster's; the newest of all where none is wanted."""
    versions = _versions()
    found = _MINOR.match(wanted)
    if found is None:
        return ".".join(str(part) for part in versions[-1])
    below = [version for version in versions if version <= (int(found[1]), int(found[2]))]
    return ".".join(str(part) for part in (below or versions[:1])[-1])


@cache
def _versions() -> list[tuple[int, int]]:
    texts: list[str] = importlib.import_module("kubernetes_validate.utils").all_versions()
    return sorted((int(found[1]), int(found[2])) for text in texts if (found := _MINOR.match(text)))


@cache
def has_kind(api_version: str, kind: str, wanted: str) -> bool:
    """Whether a version of Kubernetes brings a kind."""
    return not any(path == "kind" for path, _ in check({"apiVersion": api_version, "kind": kind}, wanted))


def check(item: Properties, wanted: str, within: Path = ()) -> list[Violation]:
    """What the API server cannot decode in an object; a kind that the version does not have is refused at `kind`.

    `within`: the path of the object in another one that holds it, set before every path.

    Like an API server, the validator stops at the first thing that it cannot read. No reason repeats a value: what is
    given may be secret.
    """
    package: Any = importlib.import_module("kubernetes_validate.utils")
    try:
        package.validate(item, version_for(wanted), strict=True)
    except package.SchemaNotFoundError:
        return [("kind", no_matches(str(item["apiVersion"]), str(item["kind"])))]
    except package.ValidationError as error:
        return list(_violations(error, within, f'{item["kind"]} in version "{item["apiVersion"]}"'))
    return []


def no_matches(api_version: str, kind: str) -> str:
    """The API server's words for a kind that a cluster does not have."""
    return f'no matches for kind "{kind}" in version "{api_version}"'


def unknown(names: Iterable[str], known: list[str], place: Callable[[str], str]) -> Iterator[Violation]:
    """The API server's words for fields that it does not know; `place` tells where one of that name is."""
    for name in sorted(names):
        like = nearest(name, known)
        hint = f"; did you mean {like!r}?" if like else ""
        yield place(name), f'strict decoding error: unknown field "{place(name)}"{hint}'


def _violations(error: Any, within: Path, what: str) -> Iterator[Violation]:
    path: Path = (*within, *error.path)
    wanted = error.validator_value
    match error.validator:
        case "additionalProperties":
            known = sorted(cast("dict[str, Any]", error.schema.get("properties", {})))
            yield from unknown(set(error.instance) - set(known), known, lambda name: path_text((*path, name)))
        case "required":
            for name in wanted:
                if name not in error.instance:
                    yield path_text((*path, name)), "Required value"
        case "type":
            kinds = [wanted] if isinstance(wanted, str) else [each for each in wanted if each != "null"]
            expected = " or ".join(_WORDS.get(kind, f"a {kind}") for kind in kinds)
            yield path_text(path), f"{what} cannot be handled: expected {expected}, got {_kind_of(error.instance)}"
        case "enum":
            allowed = ", ".join(f'"{each}"' for each in wanted)
            yield path_text(path), f"Unsupported value: supported values: {allowed}"
        case rule:
            yield path_text(path), f"{what} cannot be handled: {_kind_of(error.instance)} does not fit ({rule})"


def _kind_of(value: Any) -> str:
    match value:
        case bool():
            return "a boolean"
        case int():
            return "an integer"
        case float():
            return "a number"
        case str():
            return "a string"
        case list():
            return "a list"
        case _:
            return "a map" if isinstance(value, dict) else "nothing"
