"""The parallel file system that all nodes mount."""

from collections.abc import Sequence

import pulumi
import pulumi_azure_native as azure

from wayfare.components.azure.bucket import Bucket
from wayfare.components.azure.network import Network
from wayfare.components.azure.plan_compute import SharedStorePlan
from wayfare.components.pods import Volume

#: What Azure does not change in a file system ("Create an Azure Managed Lustre file system": "you can't change them
#: after you create your file system"), beside its name, which the provider knows.
_FIXED = ["filesystemSubnet", "sku.name", "storageCapacityTiB", "zones"]


class SharedStore(pulumi.ComponentResource):
    """A Managed Lustre file system in the accelerators' zone, or nothing where none is asked for.

    It takes a subnet that nothing else is in ("Azure Managed Lustre file system prerequisites"). A durable one is in
    the data's resource group; what it stands on stays with it. Azure has no tier for scratch: both kinds are the same
    disks, and differ in what `wayfare destroy` does with them.
    """

    def __init__(
        self,
        name: str,
        plan: SharedStorePlan | None,
        network: Network,
        bucket: Bucket,
        group: pulumi.Input[str],
        after: Sequence[pulumi.Resource],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("wayfare:azure:SharedStore", name, None, opts)
        self.volumes: Sequence[Volume] = ()
        if plan is not None:
            self.volumes = [self._make(name, plan, network, bucket.group if plan.durable else group, group, after)]
        self.register_outputs({})

    def _make(
        self,
        name: str,
        plan: SharedStorePlan,
        network: Network,
        group: pulumi.Input[str],
        network_group: pulumi.Input[str],
        after: Sequence[pulumi.Resource],
    ) -> Volume:
        store = azure.storagecache.AmlFilesystem(
            f"{name}-store",
            aml_filesystem_name=plan.name,
            resource_group_name=group,
            location=plan.location,
            zones=[plan.zone],
            sku=azure.storagecache.SkuNameArgs(name=plan.size.sku),
            storage_capacity_ti_b=plan.size.tib,
            filesystem_subnet=plan.subnet or self._subnet(name, plan, network, network_group),
            maintenance_window=azure.storagecache.AmlFilesystemMaintenanceWindowArgs(
                day_of_week=azure.storagecache.MaintenanceDayOfWeekType(plan.maintenance_day),
                time_of_day_utc=plan.maintenance_time,
            ),
            tags=dict(plan.tags),
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=list(after),
                delete_before_replace=True,
                replace_on_changes=_FIXED,
                custom_timeouts=pulumi.CustomTimeouts(create="90m", update="60m", delete="60m"),
            ),
        )
        return Volume(
            name="shared",
            mount="/shared",
            driver="azurelustre.csi.azure.com",
            handle=plan.name,
            attributes={"mgs-ip-address": store.client_info.apply(lambda client: client.mgs_address)},
            capacity_gib=plan.size.tib * 1024,
            mount_options=("noatime", "flock"),
        )

    def _subnet(
        self, name: str, plan: SharedStorePlan, network: Network, group: pulumi.Input[str]
    ) -> pulumi.Output[str]:
        """Without a NAT gateway or security group: the file system reaches Azure's own services by itself."""
        assert network.network is not None, "a subnet is made in the cluster's own network alone"  # noqa: S101 - the plan's
        return azure.network.Subnet(
            f"{name}-subnet",
            subnet_name="lustre",
            virtual_network_name=network.network.name,
            resource_group_name=group,
            address_prefix=plan.addresses,
            # Azure changes one subnet of a network at a time and refuses the other (AnotherOperationInProgress).
            opts=pulumi.ResourceOptions(parent=self, depends_on=[network]),
        ).id
