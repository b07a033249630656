"""Containers that exist, mounted into the workload to be read."""

import pulumi
import pulumi_azure_native as azure

from wayfare.components.azure.caller import Caller
from wayfare.components.azure.identity import Identity
from wayfare.components.azure.plan_compute import DataMountPlan, DataPlan
from wayfare.components.azure.plan_platform import assignment_name
from wayfare.components.pods import Volume

#: Built-in role "Storage Blob Data Reader".
BLOB_DATA_READER = "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1"


class Data(pulumi.ComponentResource):
    """Read rights for the workload's identity on each container, and what the Blob CSI driver needs to mount it.

    The driver asks for the container as the workload, with its token ("Workload Identity Support for Static
    Provisioning"): no key of the account is read, and the nodes have no rights of their own. Rights end at the
    container; a prefix is what is mounted of it, by BlobFuse's `--subdirectory`.
    """

    def __init__(
        self,
        name: str,
        plan: DataPlan,
        identity: Identity,
        caller: Caller,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("wayfare:azure:Data", name, None, opts)
        self.volumes = [self._volume(mount, identity, caller) for mount in plan.mounts]
        for mount in plan.mounts:
            self._rights(f"{name}-{mount.name}-rights", plan, mount, identity, caller)
        self.register_outputs({})

    def _volume(self, mount: DataMountPlan, identity: Identity, caller: Caller) -> Volume:
        whole = () if not mount.prefix else (f"--subdirectory={mount.prefix}",)
        return Volume(
            name=mount.name,
            mount=mount.mount,
            driver="blob.csi.azure.com",
            handle=f"{mount.name}#{mount.account}#{mount.container}",
            attributes={
                "protocol": "fuse2",
                "storageAccount": mount.account,
                "containerName": mount.container,
                "clientID": identity.client_id,
                "tenantID": caller.tenant,
                "mountWithWorkloadIdentityToken": "true",
            },
            read_only=True,
            # Listing the whole container when it is mounted costs money; nobody waits for it.
            mount_options=("-o ro", "-o allow_other", "--cancel-list-on-mount-seconds=10", *whole),
        )

    def _rights(self, name: str, plan: DataPlan, mount: DataMountPlan, identity: Identity, caller: Caller) -> None:
        azure.authorization.RoleAssignment(
            name,
            role_assignment_name=caller.subscription.apply(
                lambda known: assignment_name(
                    known, plan.reader, f"data {mount.account}/{mount.container}/{mount.prefix}"
                )
            ),
            principal_id=identity.principal_id,
            principal_type="ServicePrincipal",
            role_definition_id=caller.role(BLOB_DATA_READER),
            scope=pulumi.Output.concat("/subscriptions/", caller.subscription),
            condition=condition(mount),
            condition_version="2.0",
            opts=pulumi.ResourceOptions(parent=self, delete_before_replace=True),
        )


def condition(mount: DataMountPlan) -> str:
    """What reading is limited to: one container of one account, and where a prefix is named, what is below it.

    A blob's URL does not tell the resource group of its account, so the role is given on the subscription and limited
    by names (Microsoft, "Example Azure role assignment conditions for Blob Storage": read or list blobs in named
    containers with a path). Names in URLs hold no quotes but `'`, which is doubled.
    """
    containers = "Microsoft.Storage/storageAccounts/blobServices/containers"
    read, listing = f"{{'{containers}/blobs/read'}}", "{'Blob.List'}"
    place = (
        f"@Resource[Microsoft.Storage/storageAccounts:name] StringEquals '{mount.account}'"
        f" AND @Resource[{containers}:name] StringEquals '{mount.container}'"
    )
    if not mount.prefix:
        return f"((!(ActionMatches{read})) OR ({place}))"
    prefix = mount.prefix.replace("'", "''")
    path, asked = f"@Resource[{containers}/blobs:path]", f"@Request[{containers}/blobs:prefix]"
    below = f"({path} StringEquals '{prefix}' OR {path} StringStartsWith '{prefix}/')"
    return (
        f"((!(ActionMatches{read} AND NOT SubOperationMatches{listing})) OR ({place} AND {below}))"
        f" AND ((!(ActionMatches{read} AND SubOperationMatches{listing})) OR"
        f" ({place} AND {asked} StringStartsWith '{prefix}/'))"
    )
