"""What the workload may do: read and write its own bucket."""

from collections.abc import Sequence

import pulumi
import pulumi_azure_native as azure

from wayfare.components.azure.bucket import Bucket
from wayfare.components.azure.caller import Caller
from wayfare.components.azure.control_plane import ControlPlane
from wayfare.components.azure.plan import IdentityPlan, assignment_name

#: Built-in role "Storage Blob Data Contributor".
BLOB_DATA_CONTRIBUTOR = "ba92f5b4-2d11-453d-a403-e96b0029c9fe"


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
        self.client_id, self.principal_id = identity.client_id, identity.principal_id
        self.register_outputs({"clientId": self.client_id})
