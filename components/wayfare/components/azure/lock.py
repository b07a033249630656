"""What keeps Azure from deleting something."""

import pulumi
import pulumi_azure_native as azure


def lock(name: str, scope: pulumi.Input[str], parent: pulumi.Resource) -> azure.authorization.ManagementLockByScope:
    """A lock on a resource and all that is part of it (Microsoft, "Lock your Azure resources").

    Nobody deletes it, its pools or the rights on it by portal, command line or API until the lock is taken away. The
    engine that made the lock may take it away: `wayfare` refuses to, for as long as the blueprint asks for protection.
    """
    return azure.authorization.ManagementLockByScope(
        f"{name}-lock",
        lock_name="wayfare",
        level=azure.authorization.LockLevel.CAN_NOT_DELETE,
        scope=scope,
        notes="deletionProtection of the cluster's blueprint",
        opts=pulumi.ResourceOptions(parent=parent),
    )
