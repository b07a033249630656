"""The private container registry in the cluster's region."""

from typing import Any

import pulumi
import pulumi_azure_native as azure

from wayfare.components.azure.caller import Caller
from wayfare.components.azure.control_plane import ControlPlane
from wayfare.components.azure.identity import Identity
from wayfare.components.azure.keys import Key
from wayfare.components.azure.plan_platform import RegistryPlan, assignment_name, world_name

#: Built-in role "AcrPull".
ACR_PULL = "7f951dda-4ed3-4680-a7ca-43fe172d538d"


class Registry(pulumi.ComponentResource):
    """A registry that nodes and workload pull from. It knows no password and nobody unnamed; empty where none is asked.

    Azure has no setting that makes every tag immutable (an image is locked by `az acr repository update`), and it scans
    images where Microsoft Defender for Containers is bought for the subscription. So images are named by digest.
    """

    def __init__(
        self,
        name: str,
        plan: RegistryPlan | None,
        control_plane: ControlPlane,
        identity: Identity,
        key: Key | None,
        caller: Caller,
        group: azure.resources.ResourceGroup,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("wayfare:azure:Registry", name, None, opts)
        self.id: pulumi.Output[str] | None = None
        self.server: pulumi.Output[str] | None = None
        """Where images are, such as `wfllm0123456789.azurecr.io`."""
        if plan is not None:
            self._make(name, plan, control_plane, identity, key, caller, group)
        self.register_outputs({"server": self.server})

    def _make(
        self,
        name: str,
        plan: RegistryPlan,
        control_plane: ControlPlane,
        identity: Identity,
        key: Key | None,
        caller: Caller,
        group: azure.resources.ResourceGroup,
    ) -> None:
        registry = azure.containerregistry.Registry(
            f"{name}-registry",
            registry_name=caller.subscription.apply(lambda known: world_name(plan.stem, known, plan.group)),
            resource_group_name=group.name,
            location=plan.location,
            sku=azure.containerregistry.SkuArgs(name=plan.sku),
            admin_user_enabled=False,
            anonymous_pull_enabled=False,
            public_network_access="Disabled" if plan.private else "Enabled",
            tags=dict(plan.tags),
            # Encryption is chosen once: "you can't change it after the registry is made".
            opts=pulumi.ResourceOptions(parent=self, replace_on_changes=["encryption.status"]),
            **_encryption(key, self),
        )
        pullers = {"nodes": control_plane.kubelet, "workload": identity.principal_id}
        for who, principal in pullers.items():
            azure.authorization.RoleAssignment(
                f"{name}-pull-{who}",
                role_assignment_name=caller.subscription.apply(
                    lambda known, who=who: assignment_name(known, plan.group, f"registry {who}")
                ),
                principal_id=principal,
                principal_type="ServicePrincipal",
                role_definition_id=caller.role(ACR_PULL),
                scope=registry.id,
                opts=pulumi.ResourceOptions(parent=self, delete_before_replace=True),
            )
        self.id, self.server = registry.id, registry.login_server


def _encryption(key: Key | None, parent: pulumi.Resource) -> dict[str, Any]:
    """By the account's own key, whichever version is the newest ("Enable a customer-managed key")."""
    if key is None:
        return {}
    nothing = azure.containerregistry.UserIdentityPropertiesArgs()
    named = pulumi.Output.from_input(key.identity).apply(lambda known: {known: nothing})
    return {
        "identity": azure.containerregistry.IdentityPropertiesArgs(
            type=azure.containerregistry.ResourceIdentityType.USER_ASSIGNED, user_assigned_identities=named
        ),
        "encryption": azure.containerregistry.EncryptionPropertyArgs(
            status="enabled",
            key_vault_properties=azure.containerregistry.KeyVaultPropertiesArgs(
                identity=key.client(parent), key_identifier=key.uri
            ),
        ),
    }
