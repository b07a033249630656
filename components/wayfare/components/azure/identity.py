"""What the workload may do: read and write its own bucket, and read the secrets that the blueprint names."""

from collections.abc import Sequence

import pulumi
import pulumi_azure_native as azure

from wayfare.components.azure.bucket import Bucket
from wayfare.components.azure.caller import Caller
from wayfare.components.azure.control_plane import ControlPlane
from wayfare.components.azure.plan_platform import IdentityPlan, assignment_name
from wayfare.components.contract import short_digest

#: Built-in role "Storage Blob Data Contributor".
BLOB_DATA_CONTRIBUTOR = "ba92f5b4-2d11-453d-a403-e96b0029c9fe"

#: "Key Vault Secrets User": reads values, lists nothing.
SECRETS_USER = "4633458b-17de-408a-b874-0445c86b69e6"


class Identity(pulumi.ComponentResource):
    """An identity that the workload's service account gets by federation, without a key."""

    def __init__(
        self,
        name: str,
        plan: IdentityPlan,
        control_plane: ControlPlane,
        bucket: Bucket,
        caller: Caller,
        group: azure.resources.ResourceGroup,
        after: Sequence[pulumi.Resource],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("wayfare:azure:Identity", name, None, opts)
        identity = azure.managedidentity.UserAssignedIdentity(
            f"{name}-identity",
            resource_name_=plan.name,
            resource_group_name=group.name,
            location=plan.location,
            tags=dict(plan.tags),
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(after)),
        )
        azure.managedidentity.FederatedIdentityCredential(
            f"{name}-federation",
            federated_identity_credential_resource_name="workload",
            resource_name_=identity.name,
            resource_group_name=group.name,
            issuer=control_plane.issuer,
            subject=plan.subject,
            audiences=["api://AzureADTokenExchange"],
            opts=pulumi.ResourceOptions(parent=self),
        )
        azure.authorization.RoleAssignment(
            f"{name}-rights",
            role_assignment_name=caller.subscription.apply(lambda known: assignment_name(known, plan.name, "bucket")),
            principal_id=identity.principal_id,
            principal_type="ServicePrincipal",
            role_definition_id=caller.role(BLOB_DATA_CONTRIBUTOR),
            scope=bucket.container,
            opts=pulumi.ResourceOptions(parent=self, delete_before_replace=True),
        )
        for secret in plan.secrets:
            # On the secret alone, not on its vault; a vault in another resource group keeps its own rights.
            azure.authorization.RoleAssignment(
                f"{name}-secret-{short_digest(secret, length=8)}",
                role_assignment_name=caller.subscription.apply(
                    lambda known, secret=secret: assignment_name(known, plan.name, f"secret {secret.lower()}")
                ),
                principal_id=identity.principal_id,
                principal_type="ServicePrincipal",
                role_definition_id=caller.role(SECRETS_USER),
                scope=secret,
                opts=pulumi.ResourceOptions(parent=self, delete_before_replace=True),
            )
        self.client_id, self.principal_id = identity.client_id, identity.principal_id
        self.register_outputs({"clientId": self.client_id})
