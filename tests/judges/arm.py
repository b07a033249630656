"""Azure's resources of a graph as an ARM template, for checkov.

azure-native flattens what an API has under `properties`, at every depth, and renames a few fields; parts of a
resource's URL are inputs too. Where each input stands on the wire, and under which name, Microsoft's own packages say
(azure-mgmt, through the sandbox's table of models); type and name are the resource's id, which `adoption.py` has. The
API version is the one that the SDK's class speaks.

A value that only the cloud knows is the text that names where it comes from. The template is read, never deployed: it
holds resources of more than one group, and does not say what depends on what.

Format: https://learn.microsoft.com/azure/azure-resource-manager/templates/syntax
"""

import importlib
import re
from functools import cache
from typing import Any, cast

from tests.golden.graph import Graph, Properties, Resource, Secret
from tests.judges.errors import NotConvertible
from wayfare.components.azure.adoption import BY_NAME
from wayfare.sandbox.clouds.azure import limits, models, sdk

PACKAGE = "azure-native"

_SCHEMA = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#"

#: What stands beside `properties` in a type that no model describes: the envelope of Azure's common resource types.
#: https://github.com/Azure/azure-resource-manager-rpc/blob/master/v1.0/common-api-contracts.md
_ENVELOPE = frozenset({"extendedLocation", "identity", "kind", "location", "managedBy", "plan", "sku", "tags", "zones"})

#: A resource group is the only one whose id names no provider.
_GROUP = re.compile(r"^/subscriptions/[^/]+/resourceGroups/([^/]+)$")


def template(resources: Graph) -> Properties:
    """The template with all of a graph's Azure resources. Raises NotConvertible."""
    rows = [row for row in resources.values() if row.type.partition(":")[0] == PACKAGE]
    made = [resource(row) for row in rows]
    named = {(one["type"].lower(), one["name"].lower(), str(one.get("scope"))) for one in made}
    if len(named) != len(made):
        raise NotConvertible("two Azure resources have one type and name")
    return {"$schema": _SCHEMA, "contentVersion": "1.0.0.0", "parameters": {}, "resources": made}


def resource(row: Resource) -> Properties:
    """One resource as it stands in a template."""
    if (id := BY_NAME.get(row.type)) is None:
        raise NotConvertible(f"{row.type} has no id in components/wayfare/components/azure/adoption.py")
    parts = set(re.findall(r"{(\w+)}", id)) - {"subscription"}
    if missing := sorted(parts - row.inputs.keys()):
        raise NotConvertible(f"{row.key} does not say its {', '.join(missing)}, which its id is made of")
    body = {key: value for key, value in row.inputs.items() if key not in parts}
    type, name = _type_and_name(id.format_map({"subscription": "subscription", **row.inputs}))
    scope = {"scope": row.inputs["scope"]} if id.startswith("{scope}") else {}
    return {
        "type": type,
        "apiVersion": sdk.resource(row.type).version,
        "name": name,
        **scope,
        **_body(row.type, body),
    }


def _type_and_name(id: str) -> tuple[str, str]:
    """`…/Microsoft.Network/virtualNetworks/a/subnets/b` → `Microsoft.Network/virtualNetworks/subnets`, `a/b`."""
    if (group := _GROUP.match(id)) is not None:
        return "Microsoft.Resources/resourceGroups", group.group(1)
    _, found, below = id.rpartition("/providers/")
    provider, *rest = below.split("/")
    if not found or len(rest) % 2:
        raise NotConvertible(f"{id} is no id that ends with a type and a name")
    return "/".join([provider, *rest[::2]]), "/".join(rest[1::2])


def _body(token: str, inputs: Properties) -> Properties:
    if token in limits.MODELS:
        return _modelled(inputs, _model(token), token)
    if token not in limits.WITHOUT_MODEL:
        raise NotConvertible(f"{token} has no model in sandbox/wayfare/sandbox/clouds/azure/limits.py")
    plain = {key: _plain(value, f"{token} {key}") for key, value in inputs.items()}
    beside = {key: value for key, value in plain.items() if key in _ENVELOPE or key == "properties"}
    below = {key: value for key, value in plain.items() if key not in beside}
    return {**beside, **({"properties": {**beside.get("properties", {}), **below}} if below else {})}


@cache
def _model(token: str) -> type:
    described = limits.MODELS[token]
    return getattr(importlib.import_module(f"azure.mgmt.{described.module}.models"), described.name)


def _modelled(inputs: Properties, model: type, where: str) -> Properties:
    """An object where its model has each field on the wire."""
    known = models.fields(model)
    made: Properties = {}
    for key, value in inputs.items():
        field = known.get(key) or known.get(limits.RENAMED.get(key, key))
        if field is None:
            raise NotConvertible(f"{where}: azure-mgmt's {model.__name__} has no {key}; say its name in limits.RENAMED")
        _put(made, field.path, _value(value, field, f"{where}.{key}"))
    return made


def _put(made: Properties, path: tuple[str, ...], value: Any) -> None:
    *above, name = path
    for key in above:
        made = made.setdefault(key, {})
    made[name] = value


def _value(value: Any, field: models.Field, where: str) -> Any:
    plain = value.value if isinstance(value, Secret) else value
    if field.keyed and isinstance(plain, list):
        # azure-native takes the keys of a map whose values are read only, such as a resource's identities.
        return {str(key): dict[str, Any]() for key in cast("list[Any]", plain)}
    if field.keyed and isinstance(plain, dict):
        return {key: _one(one, field, where) for key, one in cast("Properties", plain).items()}
    if isinstance(plain, list):
        return [_one(one, field, where) for one in cast("list[Any]", plain)]
    return _one(plain, field, where)


def _one(value: Any, field: models.Field, where: str) -> Any:
    if isinstance(value, dict) and field.model is not None:
        return _modelled(cast("Properties", value), field.model, where)
    return _plain(value, where)


def _plain(value: Any, where: str) -> Any:
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
