"""The accelerators: a node pool in exactly one zone."""

import pulumi
import pulumi_gcp as gcp

from wayfare.components.gcp.capacity import Capacity
from wayfare.components.gcp.control_plane import ControlPlane
from wayfare.components.gcp.plan import AcceleratorPoolPlan


class AcceleratorPool(pulumi.ComponentResource):
    """A fixed number of accelerator nodes; GKE installs driver and device plugin.

    Another zone or machine type is a new pool under the same name, after the old one has gone: GKE would otherwise
    move or resize it node by node, with machines of both kinds at once.
    """

    def __init__(
        self,
        name: str,
        plan: AcceleratorPoolPlan,
        control_plane: ControlPlane,
        capacity: Capacity,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("wayfare:gcp:AcceleratorPool", name, None, opts)
        self.pool = gcp.container.NodePool(
            f"{name}-pool",
            name=plan.name,
            cluster=control_plane.cluster.id,
            location=plan.region,
            node_locations=[plan.zone],
            node_count=plan.nodes,
            version=control_plane.node_version,
            management=gcp.container.NodePoolManagementArgs(auto_repair=True, auto_upgrade=True),
            # No accelerator to spare for a surge: one node at a time goes, and comes back.
            upgrade_settings=gcp.container.NodePoolUpgradeSettingsArgs(
                strategy="SURGE", max_surge=0, max_unavailable=1
            ),
            placement_policy=gcp.container.NodePoolPlacementPolicyArgs(type="COMPACT") if plan.compact else None,
            network_config=gcp.container.NodePoolNetworkConfigArgs(
                enable_private_nodes=True, accelerator_network_profile=plan.network_profile
            ),
            node_config=self._node_config(plan, control_plane),
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=[control_plane, capacity],
                delete_before_replace=True,
                replace_on_changes=[
                    "nodeLocations",
                    "nodeConfig.machineType",
                    "networkConfig.acceleratorNetworkProfile",
                ],
                custom_timeouts=pulumi.CustomTimeouts(create="45m", update="120m", delete="45m"),
            ),
        )
        self.register_outputs({"name": self.pool.name})

    @staticmethod
    def _node_config(plan: AcceleratorPoolPlan, control_plane: ControlPlane) -> gcp.container.NodePoolNodeConfigArgs:
        key, value, effect = plan.taint
        return gcp.container.NodePoolNodeConfigArgs(
            machine_type=plan.machine_type,
            spot=plan.spot,
            guest_accelerators=[
                gcp.container.NodePoolNodeConfigGuestAcceleratorArgs(
                    type=plan.accelerator_type,
                    count=plan.accelerators,
                    gpu_driver_installation_config=(
                        gcp.container.NodePoolNodeConfigGuestAcceleratorGpuDriverInstallationConfigArgs(
                            gpu_driver_version=plan.driver
                        )
                    ),
                )
            ],
            reservation_affinity=gcp.container.NodePoolNodeConfigReservationAffinityArgs(
                consume_reservation_type=plan.reservations
            ),
            ephemeral_storage_local_ssd_config=(
                gcp.container.NodePoolNodeConfigEphemeralStorageLocalSsdConfigArgs(local_ssd_count=plan.local_ssds)
                if plan.local_ssds
                else None
            ),
            disk_type=plan.disk_type,
            disk_size_gb=plan.disk_gb,
            boot_disk_kms_key=control_plane.disk_key,
            image_type="COS_CONTAINERD",
            service_account=control_plane.node_account.email,
            oauth_scopes=["https://www.googleapis.com/auth/cloud-platform"],
            labels=dict(plan.node_labels),
            resource_labels=dict(plan.labels),
            taints=[gcp.container.NodePoolNodeConfigTaintArgs(key=key, value=value, effect=effect)],
            gvnic=gcp.container.NodePoolNodeConfigGvnicArgs(enabled=True),
            shielded_instance_config=gcp.container.NodePoolNodeConfigShieldedInstanceConfigArgs(
                enable_secure_boot=True, enable_integrity_monitoring=True
            ),
            workload_metadata_config=gcp.container.NodePoolNodeConfigWorkloadMetadataConfigArgs(mode="GKE_METADATA"),
        )
