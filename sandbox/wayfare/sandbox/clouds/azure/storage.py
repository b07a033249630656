"""Storage accounts and containers as Azure makes them."""

from wayfare.sandbox.behaviour import Call, Made, Properties, Refused
from wayfare.sandbox.clouds.azure import keyvault, names
from wayfare.sandbox.clouds.azure.names import error, group_id, located, made

_KIND = "Microsoft.Storage/storageAccounts"
_VERSION = "2024-01-01"


def _account_id(call: Call) -> str:
    return f"{group_id(call.inputs['resourceGroupName'])}/providers/{_KIND}/{call.inputs['accountName']}"


def account(call: Call) -> Made:
    """An account; its name is one in the world."""
    name, inputs = str(call.inputs["accountName"]), call.inputs
    if any(row.outputs.get("name") == name for row in call.store.rows(names.ACCOUNT)):
        raise Refused(error("StorageAccountAlreadyTaken", f"The storage account named {name} is already taken."))
    place = located(call)
    _redundant(call, str(names.part(inputs, "sku").get("name")), place["location"])
    identities = _own_key(call)
    now = call.store.now().isoformat()
    kinds = ("blob", "dfs", "file", "queue", "table")
    endpoints = {kind: f"https://{name}.{kind}.core.windows.net/" for kind in kinds}
    encryption = {**names.part(inputs, "encryption")}
    services = {
        kind: {"enabled": True, "keyType": "Account", "lastEnabledTime": now, **names.part(part, kind)}
        for part in [names.part(encryption, "services")]
        for kind in ("blob", "file")
    }
    outputs: Properties = {
        **place,
        "accessTier": inputs.get("accessTier", "Hot"),
        "accountMigrationInProgress": False,
        "creationTime": now,
        "encryption": {"keySource": "Microsoft.Storage", **encryption, "services": services},
        "failoverInProgress": False,
        "isSkuConversionBlocked": False,
        "keyCreationTime": {"key1": now, "key2": now},
        "networkRuleSet": inputs.get("networkRuleSet", {"bypass": "AzureServices", "defaultAction": "Allow"}),
        "primaryEndpoints": {**endpoints, "web": f"https://{name}.z13.web.core.windows.net/"},
        "primaryLocation": place["location"],
        "privateEndpointConnections": [],
        "provisioningState": "Succeeded",
        "sku": {"tier": "Standard", **names.part(inputs, "sku")},
        "statusOfPrimary": "available",
    }
    if identities:
        own = {**names.part(inputs, "identity"), "userAssignedIdentities": keyvault.identified(call, identities)}
        outputs["identity"] = {**own, "principalId": "", "tenantId": names.TENANT}
    result = made(call, _KIND, _account_id(call), outputs, _VERSION)
    # What an account of that name held went with it, or with its resource group.
    call.store.bucket_removed(name)
    call.store.bucket_made(name)
    return result


def _own_key(call: Call) -> list[str]:
    """The account's identities. One of them may use the key that the account names, where it names one.

    Microsoft, "Configure customer-managed keys in an Azure key vault for a new storage account".
    """
    identities = [str(each) for each in names.texts(names.part(call.inputs, "identity"), "userAssignedIdentities")]
    encryption = names.part(call.inputs, "encryption")
    if str(encryption.get("keySource")).lower() != "microsoft.keyvault":
        return identities
    key = names.part(encryption, "keyVaultProperties")
    user = str(names.part(encryption, "encryptionIdentity").get("encryptionUserAssignedIdentity"))
    if user.lower() not in [each.lower() for each in identities]:
        raise Refused(error("InvalidEncryptionIdentity", f"The encryption identity {user} is not among the account's."))
    uri = f"{str(key.get('keyVaultUri')).rstrip('/')}/keys/{key.get('keyName')}"
    keyvault.usable(call, uri, [user], (keyvault.SERVICE_USER,))
    return identities


def _redundant(call: Call, sku: str, place: str) -> None:
    """Copies in zones need a region with three (Microsoft, "Azure Storage redundancy": zone-redundant storage)."""
    if "ZRS" in sku and len(call.store.zones(place)) < 3:
        raise Refused(
            error(
                "RedundancyConfigurationNotAvailableInRegion",
                f"The storage account failed to create due to redundancy configuration - Sku: {sku}, Kind: "
                f"{call.inputs.get('kind')} - not available in selected Region - {place}.",
            )
        )


def delete_account(call: Call) -> None:
    """Azure asks nobody: whatever is in it goes."""
    call.store.bucket_removed(str(call.id).rpartition("/")[2])


def container(call: Call) -> Made:
    """A container of an account that exists."""
    parent = _account_id(call)
    holder = names.parent(call, names.ACCOUNT, parent, "storageAccounts/blobServices/containers")
    wanted = call.inputs.get("publicAccess")
    # Microsoft, "Remediate anonymous read access": an account disallows it unless it says otherwise.
    if wanted not in (None, "None") and holder.inputs.get("allowBlobPublicAccess") is not True:
        raise Refused(error("PublicAccessNotPermitted", "Public access is not permitted on this storage account."))
    outputs: Properties = {
        "deleted": False,
        "deletedTime": "",
        "etag": f'"0x{call.store.new_id(15).upper()}"',
        "hasImmutabilityPolicy": False,
        "hasLegalHold": False,
        "immutabilityPolicy": {"etag": "", "updateHistory": []},
        "lastModifiedTime": call.store.now().isoformat(),
        "leaseDuration": "",
        "leaseState": "Available",
        "leaseStatus": "Unlocked",
        "legalHold": {"hasLegalHold": False},
        "remainingRetentionDays": 0,
        "version": "",
        "defaultEncryptionScope": "$account-encryption-key",
        "denyEncryptionScopeOverride": False,
    }
    id = f"{parent}/blobServices/default/containers/{call.inputs['containerName']}"
    return made(call, f"{_KIND}/blobServices/containers", id, outputs, _VERSION)


def delete_container(call: Call) -> None:
    """Its blobs go with it. An account's directory is that of its containers."""
    name = str(call.id).partition("/storageAccounts/")[2].partition("/")[0]
    call.store.bucket_removed(name)
    call.store.bucket_made(name)


def policy(call: Call) -> Made:
    """The rules by which an account deletes what is old. Each account has one set, named `default`."""
    parent = _account_id(call)
    names.parent(call, names.ACCOUNT, parent, "storageAccounts/managementPolicies")
    outputs: Properties = {"lastModifiedTime": call.store.now().isoformat()}
    return made(call, f"{_KIND}/managementPolicies", f"{parent}/managementPolicies/default", outputs, _VERSION)
