"""How what is around a cluster behaves: keys, endpoints, names, registries, services."""

from collections.abc import Mapping

from wayfare.sandbox.behaviour import ResourceRules
from wayfare.sandbox.clouds.gcp import alerts, endpoints, keys, services
from wayfare.sandbox.clouds.gcp.names import (
    ADDRESS,
    ALERT_POLICY,
    CHANNEL,
    CRYPTO_KEY,
    FORWARDING_RULE,
    KEY_GRANT,
    KEY_RING,
    MANAGED_SECRET,
    RECORDS,
    REPOSITORY,
    ZONE,
)

_EVERY = frozenset({"*"})

#: What replaces a resource are the arguments with `ForceNew` in the provider's schemas (see `__init__.py`).
RULES: Mapping[str, ResourceRules] = {
    KEY_RING: ResourceRules(
        seconds=2, replace_on=frozenset({"name", "location"}), check=keys.key_ring, create=keys.make_ring, tags=None
    ),
    CRYPTO_KEY: ResourceRules(
        seconds=2,
        replace_on=frozenset(
            {
                *("name", "keyRing", "purpose", "destroyScheduledDuration", "importOnly", "cryptoKeyBackend"),
                "skipInitialVersionCreation",
            }
        ),
        check=keys.crypto_key,
        create=keys.make_key,
        tags="labels",
    ),
    KEY_GRANT: ResourceRules(seconds=4, delete_seconds=4, replace_on=_EVERY, create=keys.grant, tags=None),
    ADDRESS: ResourceRules(
        seconds=12,
        delete_seconds=12,
        replace_on=frozenset(
            {
                *("name", "address", "addressType", "description", "ipVersion", "network", "prefixLength", "purpose"),
            }
        ),
        check=endpoints.address,
        create=endpoints.make_address,
        delete=endpoints.delete_address,
        tags="labels",
    ),
    FORWARDING_RULE: ResourceRules(
        seconds=25,
        delete_seconds=15,
        replace_on=frozenset(
            {
                *("name", "description", "ipAddress", "ipProtocol", "ipVersion", "loadBalancingScheme", "network"),
                *("metadataFilters", "noAutomateDnsZone", "portRange", "sourceIpRanges", "subnetwork"),
            }
        ),
        check=endpoints.rule,
        create=endpoints.make_rule,
        tags="labels",
    ),
    ZONE: ResourceRules(
        seconds=3,
        delete_seconds=3,
        replace_on=frozenset({"name", "dnsName", "visibility"}),
        check=endpoints.zone,
        create=endpoints.make_zone,
        delete=endpoints.delete_zone,
        tags="labels",
    ),
    RECORDS: ResourceRules(
        seconds=2,
        delete_seconds=2,
        replace_on=frozenset({"name", "managedZone"}),
        check=endpoints.records,
        create=endpoints.make_records,
        tags=None,
    ),
    REPOSITORY: ResourceRules(
        seconds=12,
        delete_seconds=12,
        replace_on=frozenset({"location", "repositoryId", "format", "kmsKeyName", "mode"}),
        check=services.repository,
        create=services.make_repository,
        delete=services.prevented,
        tags="labels",
    ),
    "gcp:artifactregistry/repositoryIamMember:RepositoryIamMember": ResourceRules(
        seconds=6, delete_seconds=6, replace_on=_EVERY, create=services.repository_member, tags=None
    ),
    MANAGED_SECRET: ResourceRules(
        seconds=2,
        delete_seconds=2,
        replace_on=frozenset({"secretId", "replication"}),
        create=services.make_secret,
        tags="labels",
    ),
    "gcp:secretmanager/secretIamMember:SecretIamMember": ResourceRules(
        seconds=4, delete_seconds=4, replace_on=_EVERY, create=services.secret_member, tags=None
    ),
    ALERT_POLICY: ResourceRules(
        seconds=3, delete_seconds=2, check=alerts.policy, create=alerts.make_policy, tags="userLabels"
    ),
    CHANNEL: ResourceRules(
        seconds=2,
        delete_seconds=2,
        check=alerts.channel,
        create=alerts.make_channel,
        delete=alerts.delete_channel,
        tags="userLabels",
    ),
    "gcp:projects/service:Service": ResourceRules(
        seconds=20, replace_on=frozenset({"service"}), create=services.service, tags=None
    ),
    "gcp:projects/serviceIdentity:ServiceIdentity": ResourceRules(
        seconds=5, replace_on=_EVERY, create=services.identity, tags=None
    ),
    "gcp:projects/iAMCustomRole:IAMCustomRole": ResourceRules(
        seconds=3,
        delete_seconds=2,
        replace_on=frozenset({"roleId"}),
        check=services.custom_role,
        create=services.make_custom_role,
        tags=None,
    ),
}
