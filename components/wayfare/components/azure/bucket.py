"""The bucket for checkpoints, in the cluster's own region."""

from collections.abc import Sequence

import pulumi
import pulumi_azure_native as azure

from wayfare.components.azure.caller import Caller
from wayfare.components.azure.keys import Key, encryption
from wayfare.components.azure.lock import lock
from wayfare.components.azure.plan import BucketPlan, account_name


class Bucket(pulumi.ComponentResource):
    """A private storage account with one container, in a resource group of its own. It takes no keys, only identities.

    Azure deletes an account with whatever is in it, and asks nobody. What keeps durable data is that `wayfare destroy`
    leaves this component alone while it holds any, and that the group is not the cluster's, which goes with all its
    contents. Within 14 days Azure can restore a deleted account (Microsoft: "Recover a deleted storage account"). A
    management lock would not do: it also forbids to take the workload's rights away, and the engine, which would have
    made it, would lift it first.
    """

    def __init__(
        self,
        name: str,
        plan: BucketPlan,
        key: Key | None,
        caller: Caller,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("wayfare:azure:Bucket", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        group = azure.resources.ResourceGroup(
            f"{name}-group",
            resource_group_name=plan.group,
            location=plan.location,
            tags=dict(plan.tags),
            opts=child,
        )
        account = azure.storage.StorageAccount(
            f"{name}-account",
            account_name=caller.subscription.apply(lambda known: account_name(plan, known)),
            resource_group_name=group.name,
            location=plan.location,
            kind="StorageV2",
            sku=azure.storage.SkuArgs(name=plan.sku),
            access_tier=azure.storage.AccessTier.HOT,
            allow_blob_public_access=False,
            allow_cross_tenant_replication=False,
            allow_shared_key_access=False,
            default_to_o_auth_authentication=True,
            enable_https_traffic_only=True,
            minimum_tls_version="TLS1_2",
            public_network_access="Disabled" if plan.private else "Enabled",
            tags=dict(plan.tags),
            opts=child,
            **encryption(key),
        )
        container = azure.storage.BlobContainer(
            f"{name}-container",
            container_name=plan.container,
            account_name=account.name,
            resource_group_name=group.name,
            public_access=azure.storage.PublicAccess.NONE,
            opts=child,
        )
        if plan.expire_after_days is not None:
            expire(f"{name}-expiry", plan.expire_after_days, account, group, child)
        if plan.recover_days is not None:
            recoverable(f"{name}-recovery", plan.recover_days, account, group, child)
        if plan.locked:
            lock(name, account.id, self)
        self.account, self.account_name = account.id, account.name
        self.group, self.container, self.container_name = group.name, container.id, container.name
        self.url = pulumi.Output.concat(account.primary_endpoints.blob, container.name)
        self.register_outputs({"url": self.url})


def recoverable(
    name: str,
    days: int,
    account: azure.storage.StorageAccount,
    group: azure.resources.ResourceGroup,
    opts: pulumi.ResourceOptions,
) -> azure.storage.BlobServiceProperties:
    """Keep what is overwritten or deleted for some days, blobs and containers."""
    kept = azure.storage.DeleteRetentionPolicyArgs(enabled=True, days=days)
    return azure.storage.BlobServiceProperties(
        name,
        account_name=account.name,
        resource_group_name=group.name,
        blob_services_name="default",
        delete_retention_policy=kept,
        container_delete_retention_policy=kept,
        opts=opts,
    )


def expire(
    name: str,
    days: int,
    account: azure.storage.StorageAccount,
    group: azure.resources.ResourceGroup,
    opts: pulumi.ResourceOptions,
    blob_types: Sequence[str] = ("blockBlob",),
) -> azure.storage.ManagementPolicy:
    """Delete objects that were not written for so many days."""
    age = azure.storage.DateAfterModificationArgs(days_after_modification_greater_than=days)
    return azure.storage.ManagementPolicy(
        name,
        account_name=account.name,
        resource_group_name=group.name,
        management_policy_name="default",
        policy=azure.storage.ManagementPolicySchemaArgs(
            rules=[
                azure.storage.ManagementPolicyRuleArgs(
                    name="expire",
                    enabled=True,
                    type="Lifecycle",
                    definition=azure.storage.ManagementPolicyDefinitionArgs(
                        filters=azure.storage.ManagementPolicyFilterArgs(blob_types=list(blob_types)),
                        actions=azure.storage.ManagementPolicyActionArgs(
                            base_blob=azure.storage.ManagementPolicyBaseBlobArgs(delete=age)
                        ),
                    ),
                )
            ]
        ),
        opts=opts,
    )
