"""What the workload mounts from containers: data sets to be read, and the cluster's own for its checkpoints."""

import pulumi
import pulumi_azure_native as azure

from wayfare.components.along import Brought
from wayfare.components.azure.bucket import Bucket
from wayfare.components.azure.caller import Caller
from wayfare.components.azure.identity import Identity
from wayfare.components.azure.plan_compute import DataMountPlan, DataPlan
from wayfare.components.azure.plan_platform import assignment_name
from wayfare.components.pods import CHECKPOINTS, Volume

#: Built-in role "Storage Blob Data Reader".
BLOB_DATA_READER = "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1"

_DRIVER = "blob.csi.azure.com"

#: MB of a block, of which a blob has 50,000 at most, and of all blocks that are on their way: what is not said takes
#: four fifths of a node's free memory beforehand. At least as many blocks as are read ahead ("Configure BlobFuse for
#: streaming mode").
_BLOCK_MB, _POOL_MB, _AHEAD = 16, 2048, 12

#: Listing the whole container when it is mounted costs money; nobody waits for it.
_READING = ("-o ro", "-o allow_other", "--cancel-list-on-mount-seconds=10")


class Data(pulumi.ComponentResource):
    """Read rights for the workload's identity on each data set's container, and what the Blob CSI driver needs to
    mount that and the cluster's own container, which the identity may write to anyhow.

    The driver asks for the container as the workload, with its token ("Workload Identity Support for Static
    Provisioning"): no key of the account is read, and the nodes have no rights of their own. Rights end at the
    container; a prefix is what is mounted of it, by BlobFuse's `--subdirectory`.
    """

    def __init__(
        self,
        name: str,
        plan: DataPlan,
        identity: Identity,
        bucket: Bucket,
        caller: Caller,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("wayfare:azure:Data", name, None, opts)
        own = () if plan.checkpoints is None else (self._checkpoints(plan.checkpoints, bucket, identity, caller),)
        brought = [self._brought(each, bucket, identity, caller) for each in plan.brought]
        self.volumes = [*(self._volume(mount, identity, caller) for mount in plan.mounts), *brought, *own]
        for mount in plan.mounts:
            self._rights(f"{name}-{mount.name}-rights", plan, mount, identity, caller)
        self.register_outputs({})

    def _volume(self, mount: DataMountPlan, identity: Identity, caller: Caller) -> Volume:
        whole = () if not mount.prefix else (f"--subdirectory={mount.prefix}",)
        return Volume(
            name=mount.name,
            mount=mount.mount,
            driver=_DRIVER,
            handle=f"{mount.name}#{mount.account}#{mount.container}",
            attributes=_as_workload(mount.account, mount.container, identity, caller),
            read_only=True,
            mount_options=(*_READING, *whole),
        )

    def _brought(self, wanted: Brought, bucket: Bucket, identity: Identity, caller: Caller) -> Volume:
        """What a move has copied into the cluster's own container."""
        account, container = bucket.account_name, bucket.container_name
        return Volume(
            name=wanted.name,
            mount=wanted.mount,
            driver=_DRIVER,
            handle=pulumi.Output.concat(f"{wanted.name}#", account, "#", container),
            attributes=_as_workload(account, container, identity, caller),
            read_only=True,
            mount_options=(*_READING, f"--subdirectory={wanted.prefix}"),
        )

    def _checkpoints(self, mount: str, bucket: Bucket, identity: Identity, caller: Caller) -> Volume:
        """The whole of the cluster's container, its files streamed: a copy on the node's disk first would have to fit
        there. What is written is in the container when its file is closed."""
        return Volume(
            name=CHECKPOINTS,
            mount=mount,
            driver=_DRIVER,
            handle=pulumi.Output.concat(f"{CHECKPOINTS}#", bucket.account_name, "#", bucket.container_name),
            attributes=_as_workload(bucket.account_name, bucket.container_name, identity, caller),
            mount_options=(
                # Everybody in the pod may then write, whoever the image runs as.
                "-o allow_other",
                "--cancel-list-on-mount-seconds=10",
                "--block-cache",
                f"--block-cache-block-size={_BLOCK_MB}",
                f"--block-cache-pool-size={_POOL_MB}",
                f"--block-cache-prefetch={_AHEAD}",
            ),
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


def _as_workload(
    account: pulumi.Input[str], container: pulumi.Input[str], identity: Identity, caller: Caller
) -> dict[str, pulumi.Input[str]]:
    """Which container the driver mounts, and that it does so with the workload's own token."""
    return {
        "protocol": "fuse2",
        "storageAccount": account,
        "containerName": container,
        "clientID": identity.client_id,
        "tenantID": caller.tenant,
        "mountWithWorkloadIdentityToken": "true",
    }


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
