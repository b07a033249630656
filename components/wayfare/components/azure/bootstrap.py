"""What a subscription has once: keys, a state bucket, features, and a timer that ends forgotten holds.

It is a program of its own, before any cluster's. Keys and state outlive everything: they are protected, and stay in
Azure when the program is destroyed.
"""

from typing import Any

import pulumi
import pulumi_azure_native as azure

from wayfare.components.azure.account import ENDPOINT
from wayfare.components.azure.bootstrap_plan import (
    KEY,
    BootstrapPlan,
    ReaperPlan,
    RegionPlan,
    StatePlan,
    state_account,
    vault_name,
)
from wayfare.components.azure.caller import Caller
from wayfare.components.azure.keys import CRYPTO_SERVICE_USER, Key, encryption
from wayfare.components.azure.plan_platform import assignment_name
from wayfare.components.azure.reaper import definition


class Bootstrap(pulumi.ComponentResource):
    """A subscription's own. Resource providers are no resources: `az provider register` registers them.

    The vaults answer to the internet, to whoever holds a role on them: AKS reads the key of Kubernetes' secrets from
    outside, and refuses a vault with a firewall (Microsoft, "Add KMS etcd encryption to an AKS cluster": limitations).
    """

    def __init__(self, name: str, plan: BootstrapPlan, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("wayfare:azure:Bootstrap", name, None, opts)
        caller = Caller.ask(self)
        for namespace, feature in plan.features:
            azure.features.SubscriptionFeatureRegistration(
                f"{name}-{feature}",
                provider_namespace=namespace,
                feature_name=feature,
                properties=azure.features.SubscriptionFeatureRegistrationPropertiesArgs(state="Registered"),
                opts=pulumi.ResourceOptions(parent=self),
            )
        groups = {region.region: self._group(name, region, plan) for region in plan.regions}
        keys = {
            region.region: self._key(f"{name}-{region.region}", region, groups[region.region], caller, plan)
            for region in plan.regions
        }
        state = self._state(name, plan.state, groups[plan.state.region], keys[plan.state.region], caller, plan)
        self._reaper(name, plan.reaper, groups[plan.reaper.region], caller, plan)
        self.outputs: dict[str, Any] = {
            "account": caller.subscription,
            "state": state,
            "keys": {region: key.uri for region, key in keys.items()},
        }
        self.register_outputs(self.outputs)

    def _kept(self, *after: pulumi.Resource) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(parent=self, depends_on=list(after), protect=True, retain_on_delete=True)

    def _group(self, name: str, region: RegionPlan, plan: BootstrapPlan) -> azure.resources.ResourceGroup:
        return azure.resources.ResourceGroup(
            f"{name}-{region.region}",
            resource_group_name=region.group,
            location=region.region,
            tags=dict(plan.tags),
            opts=self._kept(),
        )

    def _key(
        self, name: str, region: RegionPlan, group: azure.resources.ResourceGroup, caller: Caller, plan: BootstrapPlan
    ) -> Key:
        vault = azure.keyvault.Vault(
            f"{name}-vault",
            vault_name=caller.subscription.apply(lambda known: vault_name(known, region.region)),
            resource_group_name=group.name,
            location=region.region,
            properties=azure.keyvault.VaultPropertiesArgs(
                tenant_id=caller.tenant,
                sku=azure.keyvault.SkuArgs(family="A", name=azure.keyvault.SkuName.STANDARD),
                enable_rbac_authorization=True,
                enable_soft_delete=True,
                # What a key encrypted is lost with it: for 90 days nobody can purge one, whoever they are.
                enable_purge_protection=True,
                soft_delete_retention_in_days=90,
                public_network_access="Enabled",
            ),
            tags=dict(plan.tags),
            opts=self._kept(),
        )
        key = azure.keyvault.Key(
            f"{name}-key",
            key_name=KEY,
            vault_name=vault.name,
            resource_group_name=group.name,
            properties=azure.keyvault.KeyPropertiesArgs(
                kty="RSA",
                key_size=region.key_bits,
                # Storage, disks and registries wrap their own keys with it; AKS encrypts and decrypts its.
                key_ops=["wrapKey", "unwrapKey", "encrypt", "decrypt"],
                rotation_policy=azure.keyvault.RotationPolicyArgs(
                    lifetime_actions=[
                        azure.keyvault.LifetimeActionArgs(
                            action=azure.keyvault.ActionArgs(type=azure.keyvault.KeyRotationPolicyActionType.ROTATE),
                            trigger=azure.keyvault.TriggerArgs(time_after_create=region.rotates_after),
                        )
                    ]
                ),
            ),
            tags=dict(plan.tags),
            opts=self._kept(),
        )
        identity = azure.managedidentity.UserAssignedIdentity(
            f"{name}-identity",
            resource_name_=region.identity,
            resource_group_name=group.name,
            location=region.region,
            tags=dict(plan.tags),
            opts=self._kept(),
        )
        rights = azure.authorization.RoleAssignment(
            f"{name}-rights",
            role_assignment_name=caller.subscription.apply(lambda known: assignment_name(known, region.group, "key")),
            principal_id=identity.principal_id,
            principal_type="ServicePrincipal",
            role_definition_id=caller.role(CRYPTO_SERVICE_USER),
            scope=vault.id,
            opts=self._kept(),
        )
        azure.compute.DiskEncryptionSet(
            f"{name}-disks",
            disk_encryption_set_name=region.disks,
            resource_group_name=group.name,
            location=region.region,
            encryption_type=azure.compute.DiskEncryptionSetType.ENCRYPTION_AT_REST_WITH_CUSTOMER_KEY,
            identity=azure.compute.EncryptionSetIdentityArgs(
                type=azure.compute.DiskEncryptionSetIdentityType.USER_ASSIGNED, user_assigned_identities=[identity.id]
            ),
            # "The version is required whatever the rotation"; after that the set follows the newest by itself.
            active_key=azure.compute.KeyForDiskEncryptionSetArgs(key_url=key.key_uri_with_version),
            rotation_to_latest_key_version_enabled=True,
            tags=dict(plan.tags),
            opts=pulumi.ResourceOptions.merge(
                self._kept(rights), pulumi.ResourceOptions(ignore_changes=["activeKey.keyUrl"])
            ),
        )
        return Key(
            vault=vault.id,
            uri=key.key_uri,
            version_uri=key.key_uri_with_version,
            # Whoever uses the key waits for the right to.
            identity=pulumi.Output.all(identity.id, rights.id).apply(lambda known: known[0]),
        )

    def _state(
        self,
        name: str,
        state: StatePlan,
        group: azure.resources.ResourceGroup,
        key: Key,
        caller: Caller,
        plan: BootstrapPlan,
    ) -> pulumi.Output[str]:
        account = azure.storage.StorageAccount(
            f"{name}-state",
            account_name=caller.subscription.apply(state_account),
            resource_group_name=group.name,
            location=state.region,
            kind="StorageV2",
            sku=azure.storage.SkuArgs(name="Standard_LRS"),
            access_tier=azure.storage.AccessTier.HOT,
            allow_blob_public_access=False,
            allow_cross_tenant_replication=False,
            allow_shared_key_access=False,
            default_to_o_auth_authentication=True,
            enable_https_traffic_only=True,
            minimum_tls_version="TLS1_2",
            public_network_access="Enabled",
            tags=dict(plan.tags),
            opts=self._kept(),
            **encryption(key),
        )
        azure.storage.BlobServiceProperties(
            f"{name}-state-versions",
            account_name=account.name,
            resource_group_name=group.name,
            blob_services_name="default",
            is_versioning_enabled=True,
            delete_retention_policy=azure.storage.DeleteRetentionPolicyArgs(enabled=True, days=state.keep_deleted_days),
            container_delete_retention_policy=azure.storage.DeleteRetentionPolicyArgs(
                enabled=True, days=state.keep_deleted_days
            ),
            opts=self._kept(),
        )
        # Each update of a stack writes a state: those that another has followed long ago end by themselves.
        azure.storage.ManagementPolicy(
            f"{name}-state-lifecycle",
            account_name=account.name,
            resource_group_name=group.name,
            management_policy_name="default",
            policy=azure.storage.ManagementPolicySchemaArgs(
                rules=[
                    azure.storage.ManagementPolicyRuleArgs(
                        name="old-versions",
                        enabled=True,
                        type="Lifecycle",
                        definition=azure.storage.ManagementPolicyDefinitionArgs(
                            filters=azure.storage.ManagementPolicyFilterArgs(blob_types=["blockBlob"]),
                            actions=azure.storage.ManagementPolicyActionArgs(
                                version=azure.storage.ManagementPolicyVersionArgs(
                                    delete=azure.storage.DateAfterCreationArgs(
                                        days_after_creation_greater_than=state.keep_versions_days
                                    )
                                )
                            ),
                        ),
                    )
                ]
            ),
            opts=self._kept(),
        )
        container = azure.storage.BlobContainer(
            f"{name}-state-container",
            container_name=state.container,
            account_name=account.name,
            resource_group_name=group.name,
            public_access=azure.storage.PublicAccess.NONE,
            opts=self._kept(),
        )
        return pulumi.Output.concat("azblob://", container.name, "?storage_account=", account.name)

    def _reaper(
        self,
        name: str,
        reaper: ReaperPlan,
        group: azure.resources.ResourceGroup,
        caller: Caller,
        plan: BootstrapPlan,
    ) -> None:
        scope = pulumi.Output.concat("/subscriptions/", caller.subscription)
        role = azure.authorization.RoleDefinition(
            f"{name}-reaper-role",
            role_definition_id=caller.subscription.apply(
                lambda known: assignment_name(known, "account", "reaper role")
            ),
            role_name=pulumi.Output.concat(reaper.role, " ", caller.subscription),
            description="Sets capacity reservations to zero when their hold has ended.",
            role_type="CustomRole",
            scope=scope,
            assignable_scopes=[scope],
            permissions=[azure.authorization.PermissionArgs(actions=list(reaper.actions))],
            opts=pulumi.ResourceOptions(parent=self),
        )
        timer = azure.logic.Workflow(
            f"{name}-reaper",
            workflow_name=reaper.workflow,
            resource_group_name=group.name,
            location=reaper.region,
            identity=azure.logic.ManagedServiceIdentityArgs(
                type=azure.logic.ManagedServiceIdentityType.SYSTEM_ASSIGNED
            ),
            state=azure.logic.WorkflowState.ENABLED,
            definition=caller.subscription.apply(lambda known: definition(ENDPOINT, known)),
            tags=dict(plan.tags),
            opts=pulumi.ResourceOptions(parent=self),
        )
        azure.authorization.RoleAssignment(
            f"{name}-reaper-rights",
            role_assignment_name=caller.subscription.apply(lambda known: assignment_name(known, "account", "reaper")),
            principal_id=timer.identity.apply(lambda given: "" if given is None else given.principal_id),
            principal_type="ServicePrincipal",
            role_definition_id=role.id,
            scope=scope,
            opts=pulumi.ResourceOptions(parent=self),
        )
