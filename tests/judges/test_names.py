"""Terraform's own schemas know every name that the converter gives to a type, an attribute or a block."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from tests.golden.graph import Properties
from tests.judges import checkov, terraform
from tests.judges.cases import declared, requests


@pytest.fixture(scope="module")
def used() -> Mapping[str, list[Properties]]:
    """The values of all resources, by Terraform's type."""
    found: dict[str, list[Properties]] = {}
    for case in requests():
        for row in declared(case).values():
            if terraform.package(row.type) in terraform.PREFIXES:
                found.setdefault(terraform.type_name(row.type), []).append(terraform.values(row))
    return found


@pytest.fixture(scope="module")
def schemas(used: Mapping[str, list[Properties]]) -> Mapping[str, Any]:
    return checkov.script("schemas.py", *sorted(used))


def test_every_type_is_terraforms(used: Mapping[str, list[Properties]], schemas: Mapping[str, Any]) -> None:
    assert not used.keys() - schemas.keys(), "say Terraform's name of the type in terraform_names.yaml"


def test_every_name_is_terraforms(used: Mapping[str, list[Properties]], schemas: Mapping[str, Any]) -> None:
    wrong = {
        f"{type}: {problem}"
        for type, resources in used.items()
        for made in resources
        for path, problem in _problems(made, schemas[type], schemas[type]["root"], "")
        if path not in terraform.newer(type)
    }
    assert not wrong, "say Terraform's name in terraform_names.yaml"


def test_nothing_is_called_newer_that_the_schemas_know(
    used: Mapping[str, list[Properties]], schemas: Mapping[str, Any]
) -> None:
    stale = {
        f"{type}: {path}"
        for type in used
        for path in terraform.newer(type)
        if not any(
            path == missing
            for made in used[type]
            for missing, _ in _problems(made, schemas[type], schemas[type]["root"], "")
        )
    }
    assert not stale


def _problems(made: Properties, schema: Any, kind: str, above: str) -> Iterator[tuple[str, str]]:
    """The path of each name that the schema does not have, or has in another form, and what is wrong with it."""
    known = schema["classes"][kind]
    for name, value in made.items():
        path = f"{above}{name}"
        if name not in known:
            yield path, f"{path} is not in version {schema['version']}"
        elif not _fits(value, known[name]["kind"]):
            yield path, f"{path} is a {known[name]['kind']}, not a {type(value).__name__}"
        elif known[name]["kind"] == "block":
            for one in value:
                yield from _problems(one, schema, known[name]["class"], f"{path}.")


def _fits(value: Any, kind: str) -> bool:
    match kind:
        case "block":
            return isinstance(value, list) and all(isinstance(one, dict) for one in value)  # pyright: ignore[reportUnknownVariableType]
        case "list":
            return isinstance(value, list)
        case "map":
            return isinstance(value, dict)
        case _:
            return not isinstance(value, list | dict)
