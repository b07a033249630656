"""The account's own key in a region, as the bootstrap made it, and how stores are told to use it."""

from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_azure_native as azure

from wayfare.components.azure.bootstrap_plan import KEY, account_group, identity_id, vault_id, vault_name
from wayfare.components.azure.caller import Caller

#: Built-in roles: "Key Vault Crypto Service Encryption User" wraps and unwraps; "Key Vault Crypto User" encrypts and
#: decrypts besides, which AKS asks for.
CRYPTO_SERVICE_USER = "e147488a-f6f5-4113-8e2d-b22465e65bf6"
CRYPTO_USER = "12338af0-0e69-4776-bea7-57ae8d297424"


@dataclass(frozen=True)
class Key:
    """A key in a vault, and the identity that may use it."""

    vault: pulumi.Input[str]
    """Resource id."""
    uri: pulumi.Output[str]
    """`https://VAULT.vault.azure.net/keys/wayfare`: the newest version, whichever that is."""
    version_uri: pulumi.Output[str]
    """With the version that is the newest now."""
    identity: pulumi.Input[str]
    """Resource id."""

    @classmethod
    def find(cls, region: str, caller: Caller, parent: pulumi.Resource | None) -> "Key":
        """The key of a region, by the names that the bootstrap gives."""
        found = azure.keyvault.get_key_output(
            key_name=KEY,
            vault_name=caller.subscription.apply(lambda known: vault_name(known, region)),
            resource_group_name=account_group(region),
            opts=pulumi.InvokeOutputOptions(parent=parent),
        )
        return cls(
            vault=caller.subscription.apply(lambda known: vault_id(known, region)),
            uri=found.key_uri,
            version_uri=found.key_uri_with_version,
            identity=caller.subscription.apply(lambda known: identity_id(known, region)),
        )

    def client(self, parent: pulumi.Resource) -> pulumi.Output[str]:
        """Client id of the identity, by which a registry names it."""

        def ask(id: str) -> pulumi.Output[str]:
            _, _, _, _, group, *_, name = id.split("/")
            return azure.managedidentity.get_user_assigned_identity_output(
                resource_group_name=group, resource_name=name, opts=pulumi.InvokeOutputOptions(parent=parent)
            ).client_id

        return pulumi.Output.from_input(self.identity).apply(ask)


def encryption(key: Key | None) -> dict[str, Any]:
    """A storage account's `encryption` and `identity`. Without a version of the key it follows the newest."""
    services = azure.storage.EncryptionServicesArgs(
        blob=azure.storage.EncryptionServiceArgs(enabled=True, key_type="Account")
    )
    if key is None:
        return {"encryption": azure.storage.EncryptionArgs(key_source="Microsoft.Storage", services=services)}
    return {
        "identity": azure.storage.IdentityArgs(type="UserAssigned", user_assigned_identities=[key.identity]),
        "encryption": azure.storage.EncryptionArgs(
            key_source="Microsoft.Keyvault",
            key_vault_properties=azure.storage.KeyVaultPropertiesArgs(
                key_name=KEY, key_vault_uri=key.uri.apply(lambda uri: uri.partition("/keys/")[0])
            ),
            encryption_identity=azure.storage.EncryptionIdentityArgs(encryption_user_assigned_identity=key.identity),
            services=services,
        ),
    }
