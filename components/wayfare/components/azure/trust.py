"""What lets pods of a cluster elsewhere read a container on Azure, without a key, for as long as this stands."""

import pulumi
import pulumi_azure_native as azure

from wayfare.components.azure.caller import Caller
from wayfare.components.azure.data import BLOB_DATA_READER
from wayfare.components.azure.plan_platform import assignment_name
from wayfare.components.azure.trust_plan import AUDIENCE, FederationPlan, TrustPlan
from wayfare.components.trusting import TOKEN, Trusted


class Trust(pulumi.ComponentResource):
    """An identity that trusts the cluster's issuer, or the one that its pods have on Azure; and its right to read."""

    def __init__(self, name: str, plan: TrustPlan, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("wayfare:azure:Trust", name, None, opts)
        caller = Caller.ask(self)
        if isinstance(plan.reader, FederationPlan):
            identity, federated = self._identity(name, plan.reader)
            principal, after = identity.principal_id, [federated]
            self.trusted = _told(identity.client_id, caller)
        else:
            principal, after = self._own(plan.reader.group, plan.reader.name), []
            self.trusted = Trusted()
        azure.authorization.RoleAssignment(
            f"{name}-rights",
            role_assignment_name=caller.subscription.apply(lambda known: assignment_name(known, plan.name, "trust")),
            principal_id=principal,
            principal_type="ServicePrincipal",
            role_definition_id=caller.role(BLOB_DATA_READER),
            scope=caller.subscription.apply(plan.scope),
            opts=pulumi.ResourceOptions(parent=self, depends_on=after, delete_before_replace=True),
        )
        self.register_outputs({})

    def _identity(
        self, name: str, plan: FederationPlan
    ) -> tuple[azure.managedidentity.UserAssignedIdentity, pulumi.Resource]:
        child = pulumi.ResourceOptions(parent=self)
        group = azure.resources.ResourceGroup(
            f"{name}-group",
            resource_group_name=plan.group,
            location=plan.location,
            tags=dict(plan.tags),
            opts=child,
        )
        identity = azure.managedidentity.UserAssignedIdentity(
            f"{name}-identity",
            resource_name_=plan.name,
            resource_group_name=group.name,
            location=plan.location,
            tags=dict(plan.tags),
            opts=child,
        )
        federated = azure.managedidentity.FederatedIdentityCredential(
            f"{name}-federation",
            federated_identity_credential_resource_name="reader",
            resource_name_=identity.name,
            resource_group_name=group.name,
            issuer=plan.issuer,
            subject=plan.subject,
            audiences=[AUDIENCE],
            opts=child,
        )
        return identity, federated

    def _own(self, group: str, name: str) -> pulumi.Output[str]:
        return azure.managedidentity.get_user_assigned_identity_output(
            resource_group_name=group, resource_name=name, opts=pulumi.InvokeOutputOptions(parent=self)
        ).principal_id


def _told(client: pulumi.Output[str], caller: Caller) -> Trusted:
    """The variables of the SDK's workload identity (Microsoft, "WorkloadIdentityCredential")."""
    environment: dict[str, pulumi.Input[str]] = {
        "AZURE_CLIENT_ID": client,
        "AZURE_TENANT_ID": caller.tenant,
        "AZURE_FEDERATED_TOKEN_FILE": TOKEN,
    }
    return Trusted(environment=environment, audience=AUDIENCE)
