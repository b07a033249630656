"""What is demanded of Azure's resources.

Numbers and titles: CIS Azure Kubernetes Service Benchmark 1.8.0, as kube-bench's `cfg/aks-1.8.0` gives them, and CIS
Microsoft Azure Foundations Benchmark 4.0.0, as Steampipe's Azure compliance mod gives them. Rules: Microsoft's pages on
AKS and Azure Storage.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from wayfare.components.controls.model import (
    Control,
    Finding,
    Reference,
    Resource,
    Rule,
    StackRule,
    Wishes,
    any_may_be,
    beside_each,
    is_false,
    is_service_account,
    is_set,
    is_true,
    may_be,
    not_true,
    nothing_but,
    one_of,
    own_keys,
    places,
    restricted,
    same,
)

#: Whom tokens for Entra name (Microsoft, "Configure a user-assigned managed identity to trust an external identity
#: provider").
_AUDIENCE = "api://AzureADTokenExchange"

_FEDERATION = "azure-native:managedidentity:FederatedIdentityCredential"
_CLUSTER = "azure-native:containerservice:ManagedCluster"
_POOL = "azure-native:containerservice:AgentPool"
_ASSIGNMENT = "azure-native:authorization:RoleAssignment"
_DIAGNOSTICS = "azure-native:monitor:DiagnosticSetting"
_ACCOUNT = "azure-native:storage:StorageAccount"
_BLOBS = "azure-native:storage:BlobServiceProperties"
_LIFECYCLE = "azure-native:storage:ManagementPolicy"
_REGISTRY = "azure-native:containerregistry:Registry"

#: Roles that can give any right to anybody, by their ids ("Azure built-in roles"): Owner, User Access Administrator,
#: Role Based Access Control Administrator.
_MIGHTY = (
    *("8e3af657-a8ff-443c-a75c-2fe8c4bcb635", "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9"),
    "f58310d9-a9f6-439a-9e8d-f62e7b41a168",
)
_CONTRIBUTOR = "b24988ac-6180-42a0-ab88-20f7382dd24c"

_WIDE = re.compile(r"/?(subscriptions/[^/]+|providers/Microsoft\.Management/managementGroups/[^/]+)?/?", re.IGNORECASE)

#: Categories of a control plane's log that say who did what ("Monitor AKS": resource logs).
_AUDIT = ("kube-audit", "kube-audit-admin")
_AUDIT_GROUPS = ("audit", "allLogs")

#: Days for which what was overwritten or deleted can be had back; the same on every cloud.
_DAYS = 7


def _aks(number: str, title: str) -> tuple[Reference, ...]:
    return (Reference("CIS Azure Kubernetes Service 1.8.0", number, title),)


def _azure(number: str, title: str) -> tuple[Reference, ...]:
    return (Reference("CIS Microsoft Azure Foundations 4.0.0", number, title),)


def _not_mighty(value: Any) -> bool:
    return not str(value).lower().endswith(_MIGHTY)


def _narrow(value: Any) -> bool:
    """Neither a whole subscription nor a management group, which holds several."""
    return not _WIDE.fullmatch(str(value))


def _writes_audit(setting: Resource) -> bool:
    return any(
        any_may_be(log, "enabled", is_true)
        and (any_may_be(log, "category", one_of(*_AUDIT)) or any_may_be(log, "categoryGroup", one_of(*_AUDIT_GROUPS)))
        for _, log in places(setting.inputs, "logs[*]")
    )


def _clusters_audited(resources: Sequence[Resource], _wishes: Wishes) -> Iterator[Finding]:
    """Nothing on the cluster says where its audit log goes, so that a setting of its own must."""
    if not any(each.type == _DIAGNOSTICS and _writes_audit(each) for each in resources):
        for cluster in (each for each in resources if each.type == _CLUSTER):
            yield Finding(cluster, "", "without a DiagnosticSetting for kube-audit", "one that keeps the audit log")


def _blobs_recover(resources: Sequence[Resource], wishes: Wishes) -> Iterator[Finding]:
    """Versions, or soft delete, which keeps what was overwritten too (Microsoft: "Soft delete for blobs")."""
    if not wishes.durable:
        return
    kept = [each.at("accountName") for each in resources if each.type == _BLOBS and _recovers(each)]
    for account in (each for each in resources if each.type == _ACCOUNT):
        if not any(same(account.at("accountName"), name) for name in kept):
            wanted = f"BlobServiceProperties with soft delete of {_DAYS} days or more"
            yield Finding(account, "", "without soft delete", wanted)


def _recovers(blobs: Resource) -> bool:
    return may_be(blobs.at("deleteRetentionPolicy.enabled"), is_true) and may_be(
        blobs.at("deleteRetentionPolicy.days"), lambda days: (days or 0) >= _DAYS
    )


def _versions_end(resources: Sequence[Resource], _wishes: Wishes) -> Iterator[Finding]:
    """Soft delete ends by itself, and so do blocks that were never committed; versions end by a rule alone."""
    ended = [
        each.at("accountName")
        for each in resources
        if each.type == _LIFECYCLE
        and any_may_be(each.inputs, "policy.rules[*].definition.actions.version.delete", is_set)
    ]
    for blobs in (each for each in resources if each.type == _BLOBS and is_true(each.at("isVersioningEnabled"))):
        if not any(same(blobs.at("accountName"), name) for name in ended):
            yield Finding(blobs, "isVersioningEnabled", "true", "with a ManagementPolicy that deletes old versions")


def _upgrades(value: Any) -> bool:
    return value not in (None, "none", "None", "Unmanaged")


CONTROLS = (
    Control(
        "aks-api-endpoint",
        "the Kubernetes API answers to named networks alone, or inside of the network alone",
        (
            Rule(
                _CLUSTER,
                "apiServerAccessProfile.authorizedIPRanges",
                "networks, none of them the whole internet",
                restricted,
                lambda cluster, _wishes: not is_true(cluster.at("apiServerAccessProfile.enablePrivateCluster")),
            ),
            Rule(
                _CLUSTER,
                "apiServerAccessProfile.enablePrivateCluster",
                "true, with `access.api: private`",
                is_true,
                lambda _cluster, wishes: wishes.private_api,
            ),
        ),
        cis=(
            *_aks("5.4.1", "Restrict Access to the Control Plane Endpoint"),
            *_aks("5.4.2", "Ensure clusters are created with Private Endpoint Enabled and Public Access Disabled"),
        ),
        depends="no public endpoint at all only with `access.api: private`",
        cloud="azure",
    ),
    Control(
        "aks-private-nodes",
        "nodes have no public addresses",
        (
            Rule(_CLUSTER, "agentPoolProfiles[*].enableNodePublicIP", "false or not set", not_true),
            Rule(_POOL, "enableNodePublicIP", "false or not set", not_true),
        ),
        cis=_aks("5.4.3", "Ensure clusters are created with Private Nodes"),
        cloud="azure",
    ),
    Control(
        "aks-secrets-encrypted",
        "Kubernetes secrets are encrypted by a managed key",
        (
            Rule(_CLUSTER, "securityProfile.azureKeyVaultKms.enabled", "true", is_true, own_keys),
            Rule(_CLUSTER, "securityProfile.azureKeyVaultKms.keyId", "the account's own key", is_set, own_keys),
        ),
        cis=_aks("5.3.1", "Ensure Kubernetes Secrets are encrypted"),
        depends="only with `encryption: own`; otherwise Azure encrypts them at rest by itself",
        applies=lambda wishes: wishes.own_keys,
        cloud="azure",
    ),
    Control(
        "aks-audit-logs",
        "the control plane's audit log is kept",
        (StackRule(_clusters_audited),),
        cis=_aks("2.1.1", "Enable audit Logs"),
        cloud="azure",
    ),
    Control(
        "aks-network-policy",
        "the network enforces network policies",
        (
            Rule(
                _CLUSTER,
                "networkProfile.networkPolicy",
                "cilium, azure or calico",
                one_of("cilium", "azure", "calico"),
            ),
        ),
        cis=_aks("5.4.4", "Ensure Network Policy is Enabled and set as appropriate"),
        cloud="azure",
    ),
    Control(
        "aks-workload-identity",
        "the workload acts as an identity of its own, by workload identity",
        (
            Rule(_CLUSTER, "oidcIssuerProfile.enabled", "true", is_true),
            Rule(_CLUSTER, "securityProfile.workloadIdentity.enabled", "true", is_true),
        ),
        cis=_aks("5.2.1", "Prefer using dedicated AKS Service Accounts"),
        cloud="azure",
    ),
    Control(
        "aks-entra",
        "people sign in by Entra, and Azure's roles say what they may do",
        (
            Rule(_CLUSTER, "aadProfile.managed", "true", is_true),
            Rule(_CLUSTER, "aadProfile.enableAzureRBAC", "true", is_true),
            Rule(_CLUSTER, "enableRBAC", "true", is_true),
        ),
        cis=(
            *_aks("5.5.1", "Manage Kubernetes RBAC users with Azure AD"),
            *_aks("5.5.2", "Use Azure RBAC for Kubernetes Authorization"),
        ),
        cloud="azure",
    ),
    Control(
        "aks-no-local-accounts",
        "there is no local account, whose certificate nobody can take away",
        (Rule(_CLUSTER, "disableLocalAccounts", "true", is_true),),
        cloud="azure",
    ),
    Control(
        "aks-upgrade-channel",
        "control plane and nodes get their patches by themselves",
        (
            Rule(_CLUSTER, "autoUpgradeProfile.upgradeChannel", "a channel, such as patch", _upgrades),
            Rule(_CLUSTER, "autoUpgradeProfile.nodeOSUpgradeChannel", "a channel, such as SecurityPatch", _upgrades),
        ),
        cloud="azure",
    ),
    Control(
        "aks-node-role",
        "nobody who works for the cluster can give rights, or change what is outside of its resource groups",
        (
            Rule(_ASSIGNMENT, "roleDefinitionId", "a role that cannot give rights", _not_mighty),
            Rule(
                _ASSIGNMENT,
                "scope",
                "a resource group or less",
                _narrow,
                lambda role, _wishes: str(role.at("roleDefinitionId")).lower().endswith(_CONTRIBUTOR),
            ),
        ),
        cloud="azure",
    ),
    Control(
        "aks-node-disks-own-key",
        "the nodes' disks are encrypted with the account's own key",
        (Rule(_CLUSTER, "diskEncryptionSetID", "the set of the account's own key", is_set, own_keys),),
        depends="only with `encryption: own`; otherwise Azure encrypts them with its own key",
        applies=lambda wishes: wishes.own_keys,
        cloud="azure",
    ),
    Control(
        "azure-bucket-public-access",
        "storage accounts let nobody read without signing in, nor by an account's key",
        (
            Rule(_ACCOUNT, "allowBlobPublicAccess", "false", is_false),
            Rule(_ACCOUNT, "allowSharedKeyAccess", "false", is_false),
            Rule("azure-native:storage:BlobContainer", "publicAccess", "None", one_of(None, "None")),
            Rule(
                _ACCOUNT,
                "publicNetworkAccess",
                "Disabled, with `network.endpoints: private`",
                one_of("Disabled"),
                lambda _account, wishes: wishes.private_endpoints,
            ),
        ),
        cis=_azure("10.3.9", "Ensure that 'Allow Blob Anonymous Access' is set to 'Disabled'"),
        depends="no public network at all only with `network.endpoints: private`",
        cloud="azure",
    ),
    Control(
        "azure-bucket-tls",
        "storage accounts answer to TLS 1.2 or newer alone",
        (
            Rule(_ACCOUNT, "enableHttpsTrafficOnly", "true", is_true),
            Rule(_ACCOUNT, "minimumTlsVersion", "TLS1_2", one_of("TLS1_2", "TLS1_3")),
        ),
        cis=(
            *_azure("10.3.4", "Ensure that 'Secure transfer required' is set to 'Enabled'"),
            *_azure("10.3.7", "Ensure the 'Minimum TLS version' for storage accounts is set to 'Version 1.2'"),
        ),
        cloud="azure",
    ),
    Control(
        "azure-bucket-versioning",
        "storage accounts keep what was overwritten or deleted for some days",
        (StackRule(_blobs_recover),),
        cis=_azure("10.2.1", "Ensure that soft delete for blobs on Azure Blob Storage storage accounts is Enabled"),
        depends="only with `storage.checkpoints.keep: durable`",
        applies=lambda wishes: wishes.durable,
        cloud="azure",
    ),
    Control(
        "azure-bucket-lifecycle",
        "versions that are not current end by themselves",
        (StackRule(_versions_end),),
        cloud="azure",
    ),
    Control(
        "azure-own-key",
        "storage accounts and file systems are encrypted with the account's own key",
        (
            Rule(_ACCOUNT, "encryption.keySource", "Microsoft.Keyvault", one_of("Microsoft.Keyvault"), own_keys),
            Rule(_ACCOUNT, "encryption.keyVaultProperties.keyName", "the account's own key", is_set, own_keys),
            Rule(
                "azure-native:storagecache:AmlFilesystem",
                "encryptionSettings.keyEncryptionKey",
                "the account's own key",
                is_set,
                own_keys,
            ),
        ),
        depends="only with `encryption: own`",
        applies=lambda wishes: wishes.own_keys,
        cloud="azure",
    ),
    Control(
        "aks-private-registry",
        "images are kept in a private registry that nobody enters without signing in",
        (
            beside_each(_CLUSTER, _REGISTRY, "one in the cluster's region", lambda wishes: wishes.private_registry),
            Rule(_REGISTRY, "adminUserEnabled", "false or not set", not_true),
            Rule(_REGISTRY, "anonymousPullEnabled", "false or not set", not_true),
        ),
        cis=_aks("5.1.2", "Minimize user access to Azure Container Registry (ACR)"),
        depends="only with `registry: private`",
        applies=lambda wishes: wishes.private_registry,
        cloud="azure",
    ),
    Control(
        "azure-exact-trust",
        "an identity that an issuer vouches for is one service account's, by a token for Azure",
        (
            Rule(_FEDERATION, "subject", "a service account's", is_service_account),
            Rule(_FEDERATION, "audiences", _AUDIENCE, nothing_but(_AUDIENCE)),
        ),
        cloud="azure",
    ),
)
