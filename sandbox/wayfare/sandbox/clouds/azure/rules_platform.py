"""How the types of keys, registries, private endpoints, locks and monitoring behave.

Replacements: parts of an id, the location, and what the API's descriptions mark as fixed; see the package's docstring.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

from wayfare.sandbox.behaviour import Call, ResourceRules
from wayfare.sandbox.clouds.azure import keyvault, names, platform
from wayfare.sandbox.clouds.azure.checks import platform as checks

RULES: Mapping[str, ResourceRules] = {
    names.VAULT: ResourceRules(
        seconds=20,
        delete_seconds=10,
        replace_on=frozenset({"vaultName"}),
        check=checks.vault,
        create=keyvault.vault,
    ),
    names.KEY: ResourceRules(
        seconds=3,
        delete_seconds=3,
        # A key's material never changes; the provider makes another one.
        replace_on=frozenset({"keyName", "vaultName"}),
        check=checks.key,
        create=keyvault.key,
    ),
    names.DISKS: ResourceRules(
        seconds=10,
        delete_seconds=10,
        replace_on=frozenset({"diskEncryptionSetName"}),
        check=checks.disks,
        create=keyvault.disks,
    ),
    names.FEATURE: ResourceRules(
        seconds=5,
        delete_seconds=5,
        replace_on=frozenset({"featureName", "providerNamespace"}),
        create=platform.feature,
        tags=None,
    ),
    names.ROLE: ResourceRules(
        seconds=3,
        delete_seconds=3,
        replace_on=frozenset({"roleDefinitionId", "scope"}),
        check=checks.role,
        create=platform.role,
        tags=None,
    ),
    names.LOCK: ResourceRules(
        seconds=3,
        delete_seconds=3,
        replace_on=frozenset({"lockName", "scope"}),
        check=checks.lock,
        create=platform.lock,
        tags=None,
    ),
    names.BLOBS: ResourceRules(
        seconds=2, replace_on=frozenset({"accountName", "blobServicesName"}), create=platform.blobs, tags=None
    ),
    names.REGISTRY: ResourceRules(
        seconds=15,
        delete_seconds=10,
        replace_on=frozenset({"registryName"}),
        check=checks.registry,
        create=platform.registry,
    ),
    names.ENDPOINT: ResourceRules(
        seconds=30,
        delete_seconds=20,
        replace_on=frozenset({"privateEndpointName"}),
        check=checks.endpoint,
        create=platform.endpoint,
    ),
    names.ZONE_GROUP: ResourceRules(
        seconds=10,
        delete_seconds=5,
        replace_on=frozenset({"privateDnsZoneGroupName", "privateEndpointName"}),
        check=checks.zone_group,
        create=platform.zone_group,
        tags=None,
    ),
    names.ZONE: ResourceRules(
        seconds=30,
        delete_seconds=10,
        replace_on=frozenset({"privateZoneName"}),
        check=checks.zone,
        create=platform.zone,
    ),
    names.ZONE_LINK: ResourceRules(
        seconds=30,
        delete_seconds=20,
        replace_on=frozenset({"privateZoneName", "virtualNetworkLinkName"}),
        check=checks.zone_link,
        create=platform.zone_link,
    ),
    names.DIAGNOSTICS: ResourceRules(
        seconds=3,
        delete_seconds=3,
        replace_on=frozenset({"name", "resourceUri"}),
        check=checks.diagnostics,
        create=platform.diagnostics,
        tags=None,
    ),
    names.WORKSPACE: ResourceRules(
        seconds=15,
        delete_seconds=10,
        replace_on=frozenset({"azureMonitorWorkspaceName"}),
        check=checks.workspace,
        create=platform.workspace,
    ),
    names.COLLECTION_ENDPOINT: ResourceRules(
        seconds=5,
        delete_seconds=5,
        replace_on=frozenset({"dataCollectionEndpointName"}),
        check=checks.collection_endpoint,
        create=platform.collection_endpoint,
    ),
    names.COLLECTION_RULE: ResourceRules(
        seconds=5,
        delete_seconds=5,
        replace_on=frozenset({"dataCollectionRuleName"}),
        check=checks.collection_rule,
        create=platform.collection_rule,
    ),
    names.COLLECTION: ResourceRules(
        seconds=3,
        delete_seconds=3,
        replace_on=frozenset({"associationName", "resourceUri"}),
        create=platform.collection,
        tags=None,
    ),
    names.PEOPLE: ResourceRules(
        seconds=5,
        delete_seconds=3,
        replace_on=frozenset({"actionGroupName"}),
        check=checks.people,
        create=platform.people,
    ),
    names.ALERTS: ResourceRules(
        seconds=5,
        delete_seconds=3,
        replace_on=frozenset({"ruleGroupName"}),
        check=checks.alerts,
        create=platform.alerts,
    ),
}


def under_locks(rules: Mapping[str, ResourceRules]) -> Mapping[str, ResourceRules]:
    """The rules, with locks before every deletion."""
    return {token: replace(rule, delete=_after_locks(rule.delete)) for token, rule in rules.items()}


def _after_locks(delete: Callable[[Call], None] | None) -> Callable[[Call], None]:
    def deleted(call: Call) -> None:
        platform.unlocked(call)
        if delete is not None:
            delete(call)

    return deleted
