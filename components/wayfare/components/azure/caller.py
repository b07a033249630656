"""Whoever runs the program, as Azure knows them."""

from dataclasses import dataclass

import pulumi
import pulumi_azure_native as azure


@dataclass(frozen=True)
class Caller:
    """Whoever runs the program, and the subscription that it works on."""

    subscription: pulumi.Output[str]
    object_id: pulumi.Output[str]
    tenant: pulumi.Output[str]

    @classmethod
    def ask(cls, parent: pulumi.Resource | None) -> "Caller":
        """As the provider is signed in."""
        client = azure.authorization.get_client_config_output(opts=pulumi.InvokeOutputOptions(parent=parent))
        return cls(client.subscription_id, client.object_id, client.tenant_id)

    def role(self, id: str) -> pulumi.Output[str]:
        """The full id of a built-in role."""
        return pulumi.Output.concat(
            "/subscriptions/",
            self.subscription,
            "/providers/Microsoft.Authorization/roleDefinitions/",
            id,
        )
