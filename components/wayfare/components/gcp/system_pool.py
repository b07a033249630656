"""Nodes for what is not the workload: DNS, metrics, controllers."""

import pulumi
import pulumi_gcp as gcp

from wayfare.components.gcp.control_plane import ControlPlane
from wayfare.components.gcp.plan import SystemPoolPlan


class SystemPool(pulumi.ComponentResource):
    """A small node pool in the region's default zones. It knows nothing of the accelerators' zone."""

    def __init__(
        self,
        name: str,
        plan: SystemPoolPlan,
        control_plane: ControlPlane,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("wayfare:gcp:SystemPool", name, None, opts)
        self.pool = gcp.container.NodePool(
            f"{name}-pool",
            name=plan.name,
            cluster=control_plane.cluster.id,
            location=plan.region,
            node_count=plan.nodes_per_zone,
            version=control_plane.node_version,
            management=gcp.container.NodePoolManagementArgs(auto_repair=True, auto_upgrade=True),
            upgrade_settings=gcp.container.NodePoolUpgradeSettingsArgs(
                strategy="SURGE", max_surge=1, max_unavailable=0
            ),
            network_config=gcp.container.NodePoolNetworkConfigArgs(enable_private_nodes=True),
            node_config=gcp.container.NodePoolNodeConfigArgs(
                machine_type=plan.machine_type,
                disk_type="pd-balanced",
                disk_size_gb=plan.disk_gb,
                boot_disk_kms_key=control_plane.disk_key,
                image_type="COS_CONTAINERD",
                service_account=control_plane.node_account.email,
                oauth_scopes=["https://www.googleapis.com/auth/cloud-platform"],
                labels=dict(plan.node_labels),
                resource_labels=dict(plan.labels),
                gvnic=gcp.container.NodePoolNodeConfigGvnicArgs(enabled=True),
                shielded_instance_config=gcp.container.NodePoolNodeConfigShieldedInstanceConfigArgs(
                    enable_secure_boot=True, enable_integrity_monitoring=True
                ),
                workload_metadata_config=gcp.container.NodePoolNodeConfigWorkloadMetadataConfigArgs(
                    mode="GKE_METADATA"
                ),
            ),
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=[control_plane],
                delete_before_replace=True,
                custom_timeouts=pulumi.CustomTimeouts(create="30m", update="60m", delete="30m"),
            ),
        )
        self.register_outputs({"name": self.pool.name})
