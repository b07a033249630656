"""The accelerators: a node pool in exactly one zone."""

import pulumi
import pulumi_gcp as gcp

from wayfare.components.gcp.capacity import Capacity
from wayfare.components.gcp.control_plane import ControlPlane
from wayfare.components.gcp.plan_compute import AcceleratorPoolPlan, PlacementPlan

_RESERVATION_KEY = "compute.googleapis.com/reservation-name"


class AcceleratorPool(pulumi.ComponentResource):
    """Accelerator nodes; GKE installs driver and device plugin.

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
        placed = [] if plan.placement is None else [self._placement(name, plan.placement, control_plane)]
        self.pool = gcp.container.NodePool(
            f"{name}-pool",
            name=plan.name,
            cluster=control_plane.cluster.id,
            location=plan.region,
            node_locations=[plan.zone],
            node_count=None if plan.follows_pods else plan.nodes,
            autoscaling=(
                gcp.container.NodePoolAutoscalingArgs(
                    total_min_node_count=0, total_max_node_count=plan.most, location_policy="ANY"
                )
                if plan.follows_pods
                else None
            ),
            queued_provisioning=gcp.container.NodePoolQueuedProvisioningArgs(enabled=True) if plan.queued else None,
            version=control_plane.node_version,
            # Nodes of flex-start are not repaired but end; what a queue made is not changed under its job (GKE:
            # "Run a large-scale workload with flex-start with queued provisioning").
            management=gcp.container.NodePoolManagementArgs(auto_repair=not plan.flex, auto_upgrade=not plan.queued),
            # No accelerator to spare for a surge: one node at a time goes, and comes back.
            upgrade_settings=gcp.container.NodePoolUpgradeSettingsArgs(
                strategy="SURGE", max_surge=0, max_unavailable=1
            ),
            placement_policy=next(iter(placed), None),
            network_config=gcp.container.NodePoolNetworkConfigArgs(
                enable_private_nodes=True, accelerator_network_profile=plan.network_profile
            ),
            node_config=self._node_config(plan, control_plane),
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=[control_plane, capacity],
                delete_before_replace=True,
                # What GKE would change node by node. What else says how the nodes are had (spot, flex-start, the
                # reservation, the slice) replaces the pool by the provider's own rules.
                replace_on_changes=[
                    "nodeLocations",
                    "nodeConfig.machineType",
                    "networkConfig.acceleratorNetworkProfile",
                ],
                custom_timeouts=pulumi.CustomTimeouts(create="45m", update="120m", delete="45m"),
            ),
        )
        self.register_outputs({"name": self.pool.name})

    def _placement(
        self, name: str, plan: PlacementPlan, control_plane: ControlPlane
    ) -> gcp.container.NodePoolPlacementPolicyArgs:
        """Compact placement, or a workload policy by its name: the provider knows one type for both."""
        if plan.policy is None:
            return gcp.container.NodePoolPlacementPolicyArgs(type="COMPACT", tpu_topology=plan.tpu_topology)
        policy = gcp.compute.ResourcePolicy(
            f"{name}-placement",
            name=plan.policy.name,
            region=plan.policy.region,
            description="One domain for the accelerator pool",
            workload_policy=gcp.compute.ResourcePolicyWorkloadPolicyArgs(
                type=plan.policy.type, accelerator_topology=plan.policy.topology
            ),
            # It costs nothing, and comes with what it is for.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[control_plane]),
        )
        return gcp.container.NodePoolPlacementPolicyArgs(
            type="COMPACT", policy_name=policy.name, tpu_topology=plan.tpu_topology
        )

    @staticmethod
    def _node_config(plan: AcceleratorPoolPlan, control_plane: ControlPlane) -> gcp.container.NodePoolNodeConfigArgs:
        key, value, effect = plan.taint
        return gcp.container.NodePoolNodeConfigArgs(
            machine_type=plan.machine_type,
            spot=plan.spot,
            flex_start=plan.flex or None,
            guest_accelerators=[
                gcp.container.NodePoolNodeConfigGuestAcceleratorArgs(
                    type=gpus.type,
                    count=gpus.count,
                    gpu_driver_installation_config=(
                        gcp.container.NodePoolNodeConfigGuestAcceleratorGpuDriverInstallationConfigArgs(
                            gpu_driver_version=gpus.driver
                        )
                    ),
                )
                for gpus in [plan.gpus]
                if gpus is not None
            ]
            or None,
            reservation_affinity=gcp.container.NodePoolNodeConfigReservationAffinityArgs(
                consume_reservation_type=plan.reservations,
                key=None if plan.reservation is None else _RESERVATION_KEY,
                values=None if plan.reservation is None else [plan.reservation],
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
