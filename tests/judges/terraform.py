"""AWS and Google Cloud resources of a graph as the JSON of a Terraform plan (`terraform show -json`), for checkov.

Pulumi's providers for the two are bridged from Terraform's: names differ by rule (camel case, plural lists, one nested
object for a block that may occur once), and where they do not, `terraform_names.yaml` says so. Shapes come from the
installed SDK: a map's keys are values and stay as they are, an object's are names.

A value that only the cloud knows is the text that names where it comes from, `<Vpc name>.arn`: a check that wants a
value to be there passes, one that wants a certain value fails. `configuration` says which resources it refers to, as a
plan does, and checkov follows it from one resource to the next.

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
from wayfare.sandbox.schema import ResourceSchema, Schemas, Shape

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
    """`aws:eks/cluster:Cluster` → `aws_eks_cluster`. Whether Terraform has such a type, `test_names.py` tells."""
    names = _names()
    if (known := names["types"].get(token)) is not None:
        return known
    package, module, name = token.split(":")
    module = module.partition("/")[0]
    parts = PREFIXES[package], names["modules"][package].get(module, module), _snake(name)
    return "_".join(part for part in parts if part)


def values(row: Resource) -> Properties:
    """A resource's inputs as Terraform's attributes and blocks."""
    return _block(row.inputs, _schema(row.type), row.type)


def _planned(row: Resource, made: Properties) -> Properties:
    return {**_named(row), "values": made}


def _change(row: Resource, made: Properties) -> Properties:
    known = _schema(row.type).inputs
    secret = {
        _name(row.type, key, known[key].shape): True for key, value in row.inputs.items() if isinstance(value, Secret)
    }
    change = {"actions": ["create"], "before": None, "after": made, "after_unknown": {}, "after_sensitive": secret}
    return {**_named(row), "change": change}


def _configured(row: Resource, addresses: Mapping[str, str]) -> Properties:
    """Which resources an attribute refers to, each as Terraform writes it: by its id, and as a whole."""
    expressions: Properties = {}
    known = _schema(row.type).inputs
    for key, needed in row.references.items():
        found = sorted(addresses[one] for one in needed if one in addresses)
        if found and key in row.inputs:
            name = _name(row.type, key, known[key].shape)
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


def _block(inputs: Properties, schema: ResourceSchema, token: str, above: str = "", kind: str = "") -> Properties:
    """The inputs of a resource, or of the object type `kind` in it."""
    known = schema.objects[kind] if kind else schema.inputs
    made: Properties = {}
    for key, given in inputs.items():
        path = f"{above}{key}"
        if key not in known:
            raise NotConvertible(f"{token} has no input {path} in the installed SDK")
        value = given.value if isinstance(given, Secret) else given
        if value is None:
            continue
        shape = _alternative(known[key].shape, value, f"{token} {path}")
        name = _name(token, path, shape)
        if name in made:
            raise NotConvertible(f"two inputs of {token} become {name}; say which in {_NAMES.name}")
        made[name] = _converted(value, shape, schema, token, path)
    return made


def _converted(value: Any, shape: Shape, schema: ResourceSchema, token: str, path: str) -> Any:
    """A block is a list, and may occur once; `[]` in a known name: Terraform has a list where Pulumi has one value."""
    match shape:
        case {"object": str(kind)}:
            return [_block(value, schema, token, f"{path}.", kind)]
        case {"list": {"object": str(kind)}}:
            return [_block(one, schema, token, f"{path}.", kind) for one in value]
        case _:
            plain = _plain(value, f"{token} {path}")
            return [plain] if _known(token, path).endswith("[]") else plain


def _name(token: str, path: str, shape: Shape) -> str:
    """Terraform's name for an input: blocks are singular, however often they occur."""
    if known := _known(token, path):
        return known.removesuffix("[]")
    name = _snake(path.rpartition(".")[2])
    match shape:
        case {"list": {"object": _}}:
            return _singular(name)
        case _:
            return name


def _known(token: str, path: str) -> str:
    """The name that the file has, or none."""
    return _names()["attributes"].get(token, {}).get(path, "")


def _alternative(shape: Shape, value: Any, where: str) -> Shape:
    """The one of several shapes that a value has. Raises NotConvertible where that cannot be told."""
    alternatives: list[Shape] = shape["one_of"] if isinstance(shape, dict) and "one_of" in shape else [shape]
    fitting = [one for one in alternatives if _may_be(one, value)]
    if len(fitting) != 1 and isinstance(value, dict | list):
        raise NotConvertible(f"{where}: {len(fitting)} of the SDK's {len(alternatives)} shapes fit this value")
    return fitting[0] if fitting else "any"


def _may_be(shape: Shape, value: Any) -> bool:
    """Whether a value may have a shape. What may be anything is no map: its keys could be names or values."""
    match value:
        case dict():
            return isinstance(shape, dict) and ("object" in shape or "map" in shape)
        case list():
            return isinstance(shape, dict) and "list" in shape
        case _:
            return isinstance(shape, str) or "enum" in shape


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


def _schema(token: str) -> ResourceSchema:
    schema = _schemas(package(token)).get(token)
    if schema is None:
        raise NotConvertible(f"the installed SDK has no {token}")
    return schema


@cache
def _schemas(package: str) -> Schemas:
    return Schemas(package)


@cache
def _names() -> Any:
    return YAML(typ="safe").load(_NAMES)  # pyright: ignore[reportUnknownMemberType] - ruamel is untyped
