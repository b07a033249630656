"""Vaults, keys and what is encrypted with them, as Azure makes them."""

from typing import Any

from wayfare.sandbox.behaviour import Call, Made, Properties, Refused
from wayfare.sandbox.clouds.azure import names
from wayfare.sandbox.clouds.azure.names import error, located, made, part, stamp, within

_VAULTS = "Microsoft.KeyVault/vaults"
_VERSION = "2024-11-01"
#: Built-in roles that wrap and unwrap with a key ("Azure built-in roles for Security").
SERVICE_USER, USER, OFFICER = (
    "e147488a-f6f5-4113-8e2d-b22465e65bf6",
    "12338af0-0e69-4776-bea7-57ae8d297424",
    "14b46e9e-c2b7-41b4-b07b-48a6ebf60603",
)


def vault(call: Call) -> Made:
    """A vault; its name is one in the world."""
    name = str(call.inputs["vaultName"])
    if any(str(row.outputs.get("name")).lower() == name.lower() for row in call.store.rows(names.VAULT)):
        raise Refused(error("VaultAlreadyExists", f"The vault name '{name}' is already in use."))
    given = part(call.inputs, "properties")
    outputs: Properties = {
        **located(call),
        "properties": {
            "enableSoftDelete": True,
            "softDeleteRetentionInDays": 90,
            **given,
            "vaultUri": f"https://{name}.vault.azure.net/",
            "provisioningState": "Succeeded",
            "hsmPoolResourceId": "",
            "privateEndpointConnections": [],
        },
        "systemData": stamp(call),
    }
    return made(call, _VAULTS, within(call, f"{_VAULTS}/{name}"), outputs, _VERSION)


def key(call: Call) -> Made:
    """A key in a vault that exists, and its first version."""
    holder = within(call, f"{_VAULTS}/{call.inputs['vaultName']}")
    names.parent(call, names.VAULT, holder, "vaults/keys")
    given, name = part(call.inputs, "properties"), str(call.inputs["keyName"])
    uri = f"https://{call.inputs['vaultName']}.vault.azure.net/keys/{name}"
    outputs: Properties = {
        "location": names.location(call),
        **given,
        "keyUri": uri,
        "keyUriWithVersion": f"{uri}/{call.store.new_id(32)}",
    }
    return made(call, f"{_VAULTS}/keys", f"{holder}/keys/{name}", outputs, _VERSION)


def disks(call: Call) -> Made:
    """A disk encryption set whose identity may use its key."""
    inputs = call.inputs
    id = within(call, f"Microsoft.Compute/diskEncryptionSets/{inputs['diskEncryptionSetName']}")
    identities = [str(each) for each in names.texts(part(inputs, "identity"), "userAssignedIdentities")]
    usable(call, str(part(inputs, "activeKey").get("keyUrl")), identities, (SERVICE_USER,))
    outputs: Properties = {
        **located(call),
        "provisioningState": "Succeeded",
        "previousKeys": [],
        "identity": {**part(inputs, "identity"), "userAssignedIdentities": identified(call, identities)},
    }
    return made(call, "Microsoft.Compute/diskEncryptionSets", id, outputs, "2024-03-02")


def identified(call: Call, identities: list[str]) -> Properties:
    """Identities as they come out: a map, with who they are."""
    found: Properties = {}
    for each in identities:
        outputs = names.needed(call, names.IDENTITY, each).outputs
        found[each] = {key: outputs[key] for key in ("clientId", "principalId")}
    return found


def usable(call: Call, uri: str, identities: list[str], roles: tuple[str, ...]) -> None:
    """A key exists, cannot be purged, and one of the identities may use it. Raises `Refused`.

    Microsoft, "Customer-managed keys for Azure Storage encryption": soft delete and purge protection; "Server-side
    encryption of managed disks": likewise.
    """
    held = next(
        (row for row in call.store.rows(names.KEY) if uri.lower().startswith(str(row.outputs["keyUri"]).lower())), None
    )
    if held is None:
        raise Refused(error("KeyVaultKeyNotFound", f"The key {uri} was not found to perform this operation."))
    vault = names.needed(call, names.VAULT, held.id.rpartition("/keys/")[0])
    if not part(vault.inputs, "properties").get("enablePurgeProtection"):
        raise Refused(
            error("KeyVaultNotPurgeProtected", f"The key vault {vault.id} must have purge protection enabled.")
        )
    who = {str(names.needed(call, names.IDENTITY, each).outputs["principalId"]).lower() for each in identities}
    scopes: list[Any] = [
        row.inputs.get("scope")
        for row in call.store.rows(names.ASSIGNMENT)
        if str(row.inputs.get("principalId")).lower() in who
        and str(row.inputs.get("roleDefinitionId")).lower().endswith(roles)
    ]
    if not any(f"{held.id.lower()}/".startswith(f"{str(scope).lower().rstrip('/')}/") for scope in scopes):
        raise Refused(
            error(
                "KeyVaultAuthenticationFailure",
                f"The identity has no permission to use the key {uri}: assign a role that lets it wrap keys.",
            )
        )
