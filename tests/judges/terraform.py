"""AWS and Google Cloud resources of a graph as the JSON of a Terraform plan (`terraform show -json`), for checkov.

Pulumi's providers for the two are bridged from Terraform's: names differ by rule (camel case, plural lists, one nested
object for a block that may occur once), and where they do not, `terraform_names.yaml` says so. Shapes come from the
installed SDK: a map's keys are values and stay as they are, an object's are names.

A value that only the cloud knows is the text that names where it comes from, `<Vpc name>.arn`: a check that wants a value
to be there passes, one that wants a certain value fails. `configuration` says which resources it refers to, as a plan
does, and checkov follows it from one resource to the next.

Format: https://developer.hashicorp.com/terraform/internals/json-format
"""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, cast

from ruamel.yaml import YAML

from tests.golden.graph import Graph, Properties, Resource, Secret
from tests.judges.errors import NotConvertible
from wayfare.sandbox.schema import Property, ResourceSchema, Schemas, Shape

#: Pulumi's packages whose providers are Terraform's, and the prefix of Terraform's types.
PREFIXES: Mapping[str, str] = {"aws": "aws", "gcp": "google"}

_NAMES = Path(__file__).with_name("terraform_names.yaml")
_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def plan(resources: Graph) -> Properties:
    """The plan that creates a graph's AWS and Google Cloud resources. Raises NotConvertible."""
    rows = [row for row in resources.values() if package(row.type) in PREFIXES]
    addresses = {row.key: address(row) for row in rows}
    if len(set(addresses.values())) != len(rows):
        raise NotConvertible(f"two resources have one Terraform address: {sorted(addresses.values())}")
    planned = [(row, values(row)) for row in rows]
    return {
        "format_version": "1.2",
        "terraform_version": "1.14.0",
        "planned_values": {"root_module": {"resources": [_planned(row, made) for row, made in planned]}},
        "resource_changes": [_change(row, made) for row, made in planned],
        "configuration": {"root_module": {"resources": [_configured(row, addresses) for row in rows]}},
    }


def package(token: str) -> str:
    """`aws:eks/cluster:Cluster` → `aws`."""
    return token.partition(":")[0]


def address(row: Resource) -> str:
    """`aws_eks_cluster.name`."""
    return f"{type_name(row.type)}.{_label(row.name)}"


def type_name(token: str) -> str:
    """`aws:eks/cluster:Cluster` → `aws_eks_cluster`. Whether Terraform has such a type, `names.py` tells."""
    names = _names()
    if (known := names["types"].get(token)) is not None:
        return known
    package, module, name = token.split(":")
    module = module.partition("/")[0]
    parts = PREFIXES[package], names["modules"][package].get(module, module), _snake(name)
    return "_".join(part for part in parts if part)


def values(row: Resource) -> Properties:
    """A resource's inputs as Terraform's attributes and blocks."""
    schema = _schemas(package(row.type)).get(row.type)
    if schema is None:
        raise NotConvertible(f"the installed SDK has no {row.type}")
    return _block(row.inputs, schema.inputs, schema, row.type, "")


def _planned(row: Resource, made: Properties) -> Properties:
    return {**_named(row), "values": made}


def _change(row: Resource, made: Properties) -> Properties:
    secret = {_snake(key): True for key, value in row.inputs.items() if isinstance(value, Secret)}
    change = {"actions": ["create"], "before": None, "after": made, "after_unknown": {}, "after_sensitive": secret}
    return {**_named(row), "change": change}


def _configured(row: Resource, addresses: Mapping[str, str]) -> Properties:
    """Which resources an attribute refers to, each as Terraform writes it: by its id, and as a whole."""
    expressions: Properties = {}
    for key, needed in row.references.items():
        found = sorted(addresses[one] for one in needed if one in addresses)
        if found and key in row.inputs:
            name = attribute(row.type, key, row.inputs[key], many=isinstance(row.inputs[key], list))
            expressions[name] = {"references": [text for one in found for text in (f"{one}.id", one)]}
    return {**_named(row), "expressions": expressions}


def _named(row: Resource) -> Properties:
    type = type_name(row.type)
    return {
        "address": address(row),
        "mode": "managed",
        "type": type,
        "name": _label(row.name),
        "provider_name": f"registry.terraform.io/hashicorp/{type.partition('_')[0]}",
    }


def _block(
    inputs: Properties, known: Mapping[str, Property], schema: ResourceSchema, token: str, above: str
) -> Properties:
    made: Properties = {}
    for key, value in inputs.items():
        path = f"{above}{key}"
        if key not in known:
            raise NotConvertible(f"{token} has no input {path} in the installed SDK")
        if value is None:
            continue
        plain = value.value if isinstance(value, Secret) else value
        name, converted = _attribute(path, plain, known[key].shape, schema, token)
        if name in made:
            raise NotConvertible(f"two inputs of {token} become {name}; say which in {_NAMES.name}")
        made[name] = converted
    return made


def _attribute(path: str, value: Any, shape: Shape, schema: ResourceSchema, token: str) -> tuple[str, Any]:
    shape = _alternative(shape, value, f"{token} {path}")
    blocks = _blocks(shape, value)
    if blocks is None:
        return _as_listed(path, _plain(value, f"{token} {path}"), token)
    name, inner = blocks
    rows = cast("list[Properties]", value if isinstance(value, list) else [value])
    made = [_block(row, schema.objects[inner], schema, token, f"{path}.") for row in rows]
    return attribute(token, path, value, many=isinstance(name, list)), made


def _blocks(shape: Shape, value: Any) -> tuple[str | list[str], str] | None:
    """The object type that a shape holds, in a list where it holds many; None where it holds none."""
    match shape:
        case {"object": str(name)} if isinstance(value, dict):
            return name, name
        case {"list": {"object": str(name)}} if isinstance(value, list):
            return [name], name
        case _:
            return None


def attribute(token: str, path: str, value: Any, *, many: bool) -> str:
    """Terraform's name for an input: its blocks are singular, and so are few of its lists of texts."""
    if (known := _names()["attributes"].get(token, {}).get(path)) is not None:
        return known.removesuffix("[]")
    name = _snake(path.rpartition(".")[2])
    objects = many and isinstance(value, list) and all(isinstance(one, dict) for one in cast("list[Any]", value))
    return _singular(name) if objects else name


def _as_listed(path: str, value: Any, token: str) -> tuple[str, Any]:
    """An attribute that is no block; `[]` in its known name says that Terraform has a list where Pulumi has one value."""
    known: str = _names()["attributes"].get(token, {}).get(path, "")
    name = known.removesuffix("[]") or _snake(path.rpartition(".")[2])
    return name, [value] if known.endswith("[]") and not isinstance(value, list) else value


def _alternative(shape: Shape, value: Any, where: str) -> Shape:
    """The one of several shapes that a value has."""
    if isinstance(value, dict) and shape == "any":
        raise NotConvertible(f"{where}: the SDK does not say whether this is a map or a block")
    if not (isinstance(shape, dict) and "one_of" in shape):
        return shape
    kind = {dict: ("object", "map"), list: ("list",)}.get(cast("type[Any]", type(value)), ())
    found = [one for one in shape["one_of"] if isinstance(one, dict) and any(key in one for key in kind)]
    if not kind:
        return "any"
    if len(found) != 1:
        raise NotConvertible(f"{where}: {len(found)} of the SDK's alternatives fit this value")
    return found[0]


def _plain(value: Any, where: str) -> Any:
    """A value that is no block, as JSON has it."""
    match value:
        case Secret():
            return _plain(value.value, where)
        case dict():
            return {key: _plain(one, where) for key, one in cast("Properties", value).items()}
        case list():
            return [_plain(one, where) for one in cast("list[Any]", value)]
        case None | str() | int() | float():
            return value
        case _:
            raise NotConvertible(f"{where}: a {type(value).__name__} has no form in JSON")


def newer(type: str) -> frozenset[str]:
    """Paths of a Terraform type's attributes that the pinned schemas are too old to know."""
    return frozenset(_names()["newer"].get(type, ()))


def _label(name: str) -> str:
    """A resource's name in the letters that Terraform allows."""
    return re.sub(r"[^A-Za-z0-9_-]", "_", name)


def _snake(name: str) -> str:
    return _WORD.sub("_", name).lower()


def _singular(name: str) -> str:
    if name.endswith("ies"):
        return f"{name[:-3]}y"
    if re.search(r"(ss|x|ch|sh)es$", name):
        return name[:-2]
    return name.removesuffix("s")


@cache
def _schemas(package: str) -> Schemas:
    return Schemas(package)


@cache
def _names() -> Any:
    return YAML(typ="safe").load(_NAMES)  # pyright: ignore[reportUnknownMemberType] - ruamel is untyped
