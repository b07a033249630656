"""The accelerators: an agent pool in exactly one zone."""

import pulumi
import pulumi_azure_native as azure

from wayfare.components.azure.account import CONTRIBUTOR
from wayfare.components.azure.caller import Caller
from wayfare.components.azure.capacity import Capacity
from wayfare.components.azure.control_plane import ControlPlane
from wayfare.components.azure.network import Network
from wayfare.components.azure.plan_compute import AcceleratorPoolPlan
from wayfare.components.azure.plan_platform import assignment_name

#: What AKS refuses to change in a pool. Of these the provider knows the machine type alone, and would ask AKS for the
#: rest in vain.
_FIXED = [
    "availabilityZones",
    "capacityReservationGroupID",
    "gpuProfile",
    "osDiskSizeGB",
    "scaleSetEvictionPolicy",
    "scaleSetPriority",
    "spotMaxPrice",
    "vmSize",
    "vnetSubnetID",
]


class AcceleratorPool(pulumi.ComponentResource):
    """A fixed number of accelerator nodes in one scale set, which is as far as InfiniBand reaches.

    Who installs the accelerators' driver is said in `software`, and what the subscription must have for InfiniBand by
    the plan's needs. There is no proximity placement group: reservations exclude it, and InfiniBand does not need it.
    """

    def __init__(
        self,
        name: str,
        plan: AcceleratorPoolPlan,
        control_plane: ControlPlane,
        network: Network,
        capacity: Capacity,
        caller: Caller,
        group: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("wayfare:azure:AcceleratorPool", name, None, opts)
        rights: list[pulumi.Resource] = []
        if plan.borrows_from is not None:
            rights = [self._borrow(name, plan.borrows_from, plan.borrower, control_plane, caller)]
        self.pool = azure.containerservice.AgentPool(
            f"{name}-pool",
            agent_pool_name=plan.name,
            resource_name_=control_plane.cluster.name,
            resource_group_name=group,
            mode="User",
            type="VirtualMachineScaleSets",
            vm_size=plan.machine_type,
            count=plan.nodes,
            enable_auto_scaling=plan.healed is not None,
            min_count=plan.healed,
            max_count=plan.healed,
            availability_zones=[plan.zone],
            capacity_reservation_group_id=capacity.group_id,
            os_type="Linux",
            os_sku="Ubuntu",
            os_disk_size_gb=plan.disk_gb,
            enable_node_public_ip=False,
            vnet_subnet_id=network.subnet,
            gpu_profile=azure.containerservice.GPUProfileArgs(driver=plan.driver),
            node_labels=dict(plan.node_labels),
            node_taints=list(plan.node_taints),
            scale_set_priority="Spot" if plan.spot else None,
            scale_set_eviction_policy="Delete" if plan.spot else None,
            # -1 pays whatever spot costs, which is never more than on demand.
            spot_max_price=-1 if plan.spot else None,
            # No accelerator to spare for a surge: one node at a time goes, and comes back. AKS refuses the setting,
            # whatever its value, on spot pools ("Spot pools can't set max surge").
            upgrade_settings=None
            if plan.spot
            else azure.containerservice.AgentPoolUpgradeSettingsArgs(max_surge="0", max_unavailable="1"),
            tags=dict(plan.tags),
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=[control_plane, capacity, *rights],
                delete_before_replace=True,
                replace_on_changes=_FIXED,
                custom_timeouts=pulumi.CustomTimeouts(create="60m", update="120m", delete="60m"),
            ),
        )
        self.register_outputs({"name": self.pool.name})

    def _borrow(
        self, name: str, group: str, borrower: str, control_plane: ControlPlane, caller: Caller
    ) -> azure.authorization.RoleAssignment:
        """AKS asks for Contributor on the resource group of a reservation that it shall use ("Assign capacity
        reservation groups to AKS node pools").
        """
        return azure.authorization.RoleAssignment(
            f"{name}-reservation-rights",
            role_assignment_name=caller.subscription.apply(
                lambda known: assignment_name(known, f"{borrower}/{group}", "reservation")
            ),
            principal_id=control_plane.principal,
            principal_type="ServicePrincipal",
            role_definition_id=caller.role(CONTRIBUTOR),
            scope=group,
            opts=pulumi.ResourceOptions(parent=self, delete_before_replace=True),
        )
