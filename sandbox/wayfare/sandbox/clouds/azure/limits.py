"""What Azure's own API models say about single values: the azure-mgmt packages, held beside azure-native's classes.

Most of Azure's enums are open lists: a wrong value passes every schema, the SDK's too, and fails at the cloud. The
models name the enum of each field all the same. They are of other API versions than the SDK's classes (AKS: 2026-08-01
and 2025-09-01), and the service answers as the version does that it is spoken to in. So where the SDK names an enum of
its own version for the same field, that list holds: `osSKU` has no `Ubuntu2404` before 2025-10-01. What the two list
differently is kept as `Derived.later` and `Derived.earlier`, to be looked at when a package is updated.

A type's limits are derived when it is first met (a second or two, the imports included) and kept in memory.
"""

import importlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache

from wayfare.sandbox.behaviour import Limit, Limits
from wayfare.sandbox.clouds.azure import documented, models, names, sdk


@dataclass(frozen=True)
class Model:
    """Where a resource type's body is described."""

    module: str
    """Under `azure.mgmt`."""
    name: str


#: The body that each type is created with.
MODELS: Mapping[str, Model] = {
    names.GROUP: Model("resource.resources", "ResourceGroup"),
    names.ADDRESS: Model("network", "PublicIPAddress"),
    names.GATEWAY: Model("network", "NatGateway"),
    names.NETWORK: Model("network", "VirtualNetwork"),
    names.SUBNET: Model("network", "Subnet"),
    names.IDENTITY: Model("msi.v2024_11_30", "Identity"),
    names.FEDERATION: Model("msi.v2024_11_30", "FederatedIdentityCredential"),
    names.ASSIGNMENT: Model("authorization.v2022_04_01", "RoleAssignmentCreateParameters"),
    names.RESERVATION_GROUP: Model("compute", "CapacityReservationGroup"),
    names.RESERVATION: Model("compute", "CapacityReservation"),
    names.CLUSTER: Model("containerservice", "ManagedCluster"),
    names.POOL: Model("containerservice", "AgentPool"),
    names.ACCOUNT: Model("storage", "StorageAccountCreateParameters"),
    names.CONTAINER: Model("storage", "BlobContainer"),
    names.POLICY: Model("storage", "ManagementPolicy"),
    names.BLOBS: Model("storage", "BlobServiceProperties"),
    names.DISKS: Model("compute", "DiskEncryptionSet"),
    names.ENDPOINT: Model("network", "PrivateEndpoint"),
    names.ZONE_GROUP: Model("network", "PrivateDnsZoneGroup"),
}

#: Types with rules of their own whose model is not at hand, and why.
_OWN_WITHOUT: Mapping[str, str] = {
    names.LUSTRE: "azure-mgmt-storagecache is not among the sandbox's packages; what is documented is checked",
    names.WORKFLOW: "azure-mgmt-logic has no model of what matters: a definition is any JSON; documentation is checked",
}

_ABSENT = "{} is not among the sandbox's packages; what is documented is checked"
WITHOUT_MODEL: Mapping[str, str] = {
    **_OWN_WITHOUT,
    **dict.fromkeys((names.VAULT, names.KEY), _ABSENT.format("azure-mgmt-keyvault")),
    **dict.fromkeys((names.ZONE, names.ZONE_LINK), _ABSENT.format("azure-mgmt-privatedns")),
    **dict.fromkeys((names.FEATURE,), _ABSENT.format("azure-mgmt-resource-features")),
    **dict.fromkeys((names.ROLE,), "azure-mgmt-authorization has no model of what is sent; documentation is checked"),
    **dict.fromkeys((names.LOCK,), _ABSENT.format("azure-mgmt-resource-locks")),
    **dict.fromkeys((names.REGISTRY,), _ABSENT.format("azure-mgmt-containerregistry")),
    **dict.fromkeys(
        (names.DIAGNOSTICS, names.COLLECTION_ENDPOINT, names.COLLECTION_RULE, names.COLLECTION, names.PEOPLE),
        _ABSENT.format("azure-mgmt-monitor"),
    ),
    **dict.fromkeys((names.WORKSPACE,), _ABSENT.format("azure-mgmt-monitorworkspaces")),
    **dict.fromkeys((names.ALERTS,), _ABSENT.format("azure-mgmt-alertsmanagement")),
}

#: What azure-native calls otherwise than the API, by the name that azure-native gives it.
RENAMED: Mapping[str, str] = {
    "enableHttpsTrafficOnly": "supportsHttpsTrafficOnly",
    "enableNfsV3": "isNfsV3Enabled",
    "encryptionFederatedIdentityClientId": "federatedIdentityClientId",
    "encryptionIdentity": "identity",
    "encryptionUserAssignedIdentity": "userAssignedIdentity",
    "iPAddressOrRange": "value",
    "keyName": "keyname",
    "keyVaultProperties": "keyvaultproperties",
    "keyVaultUri": "keyvaulturi",
    "keyVersion": "keyversion",
    "networkRuleSet": "networkAcls",
    "virtualNetworkResourceId": "id",
}


@dataclass(frozen=True)
class Derived:
    """What became of a type's properties."""

    limits: Limits
    covered: frozenset[str]
    """Paths of the SDK's properties that the model has too."""
    unknown: frozenset[str]
    """Paths that it does not have: parts of the resource's URL, and what the models name otherwise."""
    later: Mapping[str, frozenset[str]]
    """By path, what the model lists and the SDK's API version does not."""
    earlier: Mapping[str, frozenset[str]]
    """By path, what the SDK lists and the model does not."""


def limits(token: str) -> Limits:
    """A type's limits: its model's, and what documentation says of single values besides."""
    said = documented.LIMITS.get(token, {})
    return {**derived(token).limits, **said} if token in MODELS else said


@cache
def derived(token: str) -> Derived:
    """Hold a type's args class and its model side by side."""
    described, kind = MODELS[token], sdk.resource(token)
    model: type = getattr(importlib.import_module(f"azure.mgmt.{described.module}.models"), described.name)
    source = f"azure-mgmt {described.name}, API version {kind.version}"
    found: dict[str, Limit] = {}
    covered: set[str] = set()
    unknown: set[str] = set()
    later: dict[str, frozenset[str]] = {}
    earlier: dict[str, frozenset[str]] = {}
    for path, argument, field in _side_by_side(kind.arguments, model, "", (kind.arguments,)):
        if field is None:
            unknown.add(path)
            continue
        covered.add(path)
        if argument.values and field.values:
            later[path] = frozenset(field.values) - frozenset(argument.values)
            earlier[path] = frozenset(argument.values) - frozenset(field.values)
        limit = replace(_limit(argument, field), source=source)
        if limit != Limit(source):
            # A list's values are those of its entries.
            found[f"{path}[]" if field.many and limit.values else path] = limit
    return Derived(found, frozenset(covered), frozenset(unknown), _some(later), _some(earlier))


def _some(found: Mapping[str, frozenset[str]]) -> Mapping[str, frozenset[str]]:
    return {path: values for path, values in found.items() if values}


def _side_by_side(
    arguments: type, model: type, above: str, outer: tuple[type, ...]
) -> Iterator[tuple[str, sdk.Argument, models.Field | None]]:
    """Each property of the SDK with the model's field, to all depths. `outer` ends what contains itself."""
    fields = models.fields(model)
    for name, argument in sdk.arguments(arguments).items():
        field = fields.get(name) or fields.get(RENAMED.get(name, name))
        path = f"{above}{name}"
        yield path, argument, field
        inner = argument.arguments
        # A map's keys stand in the way of paths: nothing with limits lies below one.
        if field is None or field.model is None or field.keyed or inner is None or inner in outer:
            continue
        yield from _side_by_side(inner, field.model, f"{path}.", (*outer, inner))


def _limit(argument: sdk.Argument, field: models.Field) -> Limit:
    values = argument.values or field.values
    validation = field.validation
    return Limit(
        source="",
        values=values,
        any_case=bool(values),
        pattern=validation.get("pattern"),
        shortest=validation.get("min_length", validation.get("min_items")),
        longest=validation.get("max_length", validation.get("max_items")),
        least=validation.get("minimum"),
        most=validation.get("maximum"),
    )
