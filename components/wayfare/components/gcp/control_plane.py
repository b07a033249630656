"""The Kubernetes control plane, the account that its nodes run as, and how to reach it."""

import json

import pulumi
import pulumi_gcp as gcp

from wayfare.components.gcp.network import Network
from wayfare.components.gcp.plan import ControlPlanePlan


class ControlPlane(pulumi.ComponentResource):
    """A regional GKE cluster with private nodes and an endpoint, public or private, for the allowed networks alone.

    Whoever runs `pulumi up` may use its API afterwards by the same IAM role that let them create it. The DNS-based
    endpoint stays shut: authorized networks do not apply to it.
    """

    def __init__(
        self,
        name: str,
        plan: ControlPlanePlan,
        network: Network,
        project: pulumi.Input[str],
        key: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("wayfare:gcp:ControlPlane", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        self.node_account = gcp.serviceaccount.Account(
            f"{name}-nodes",
            account_id=plan.account_id,
            display_name=f"Nodes of {plan.name}",
            project=project,
            opts=child,
        )
        # What GKE asks of a node's account, and no more: logs, metrics, and reading its own images' metadata.
        self.node_role = gcp.projects.IAMMember(
            f"{name}-nodes-role",
            project=project,
            role="roles/container.defaultNodeServiceAccount",
            member=self.node_account.member,
            opts=child,
        )
        self.disk_key = key
        self.cluster = self._cluster(name, plan, network, project, key)
        self.node_version: pulumi.Input[str] | None = self.cluster.master_version if plan.version else None
        self._admins(name, plan, project)
        private = self.cluster.private_cluster_config
        host = private.private_endpoint if plan.private else self.cluster.endpoint
        self.endpoint = pulumi.Output.concat("https://", host)
        # As GKE's tokens name it (Kubernetes Engine API reference, projects.locations.clusters.well-known).
        self.issuer = pulumi.Output.concat(
            "https://container.googleapis.com/v1/projects/",
            project,
            f"/locations/{plan.region}/clusters/",
            self.cluster.name,
        )
        self.kubeconfig = pulumi.Output.secret(
            pulumi.Output.all(self.cluster.name, self.endpoint, self.cluster.master_auth.cluster_ca_certificate).apply(
                lambda parts: kubeconfig(*parts)
            )
        )
        self.register_outputs({"endpoint": self.endpoint})

    def _cluster(
        self,
        name: str,
        plan: ControlPlanePlan,
        network: Network,
        project: pulumi.Input[str],
        key: pulumi.Input[str] | None,
    ) -> gcp.container.Cluster:
        return gcp.container.Cluster(
            f"{name}-cluster",
            name=plan.name,
            location=plan.region,
            project=project,
            network=network.network_id,
            subnetwork=network.subnetwork_id,
            networking_mode="VPC_NATIVE",
            ip_allocation_policy=gcp.container.ClusterIpAllocationPolicyArgs(
                cluster_secondary_range_name=network.pods_range, services_secondary_range_name=network.services_range
            ),
            # Cannot be changed afterwards, and GKE's network driver for accelerators needs it.
            datapath_provider="ADVANCED_DATAPATH",
            private_cluster_config=gcp.container.ClusterPrivateClusterConfigArgs(
                enable_private_nodes=True,
                enable_private_endpoint=plan.private,
                # Who is connected to the network may come in by another region's tunnel.
                master_global_access_config=gcp.container.ClusterPrivateClusterConfigMasterGlobalAccessConfigArgs(
                    enabled=True
                )
                if plan.private
                else None,
            ),
            # With a private endpoint alone these are private networks, and apply to it.
            master_auth=gcp.container.ClusterMasterAuthArgs(
                client_certificate_config=gcp.container.ClusterMasterAuthClientCertificateConfigArgs(
                    issue_client_certificate=False
                )
            ),
            master_authorized_networks_config=gcp.container.ClusterMasterAuthorizedNetworksConfigArgs(
                cidr_blocks=[
                    gcp.container.ClusterMasterAuthorizedNetworksConfigCidrBlockArgs(cidr_block=block)
                    for block in plan.allow
                ],
                gcp_public_cidrs_access_enabled=False,
            ),
            control_plane_endpoints_config=gcp.container.ClusterControlPlaneEndpointsConfigArgs(
                dns_endpoint_config=gcp.container.ClusterControlPlaneEndpointsConfigDnsEndpointConfigArgs(
                    allow_external_traffic=False
                )
            ),
            anonymous_authentication_config=gcp.container.ClusterAnonymousAuthenticationConfigArgs(mode="LIMITED"),
            enable_shielded_nodes=True,
            workload_identity_config=gcp.container.ClusterWorkloadIdentityConfigArgs(
                workload_pool=pulumi.Output.concat(project, ".svc.id.goog")
            ),
            # A minor version alone means its newest patch. The channel goes further when the version's time is over.
            min_master_version=plan.version,
            release_channel=gcp.container.ClusterReleaseChannelArgs(channel=plan.release_channel),
            gateway_api_config=gcp.container.ClusterGatewayApiConfigArgs(channel="CHANNEL_STANDARD"),
            addons_config=gcp.container.ClusterAddonsConfigArgs(
                gcs_fuse_csi_driver_config=gcp.container.ClusterAddonsConfigGcsFuseCsiDriverConfigArgs(enabled=True),
                lustre_csi_driver_config=(
                    gcp.container.ClusterAddonsConfigLustreCsiDriverConfigArgs(enabled=True)
                    if plan.mounts_lustre
                    else None
                ),
            ),
            monitoring_config=gcp.container.ClusterMonitoringConfigArgs(
                enable_components=list(plan.collects),
                managed_prometheus=gcp.container.ClusterMonitoringConfigManagedPrometheusArgs(enabled=True),
            ),
            database_encryption=None
            if key is None
            else gcp.container.ClusterDatabaseEncryptionArgs(state="ENCRYPTED", key_name=key),
            resource_labels=dict(plan.labels),
            # Pools are resources of their own. GKE insists on a first one, which goes at once; it must not run as the
            # project's default account, which may have wide rights or be gone.
            remove_default_node_pool=True,
            initial_node_count=1,
            node_config=gcp.container.ClusterNodeConfigArgs(
                service_account=self.node_account.email,
                workload_metadata_config=gcp.container.ClusterNodeConfigWorkloadMetadataConfigArgs(mode="GKE_METADATA"),
                oauth_scopes=["https://www.googleapis.com/auth/cloud-platform"],
                machine_type="e2-medium",
                disk_type="pd-standard",
                disk_size_gb=30,
                boot_disk_kms_key=key,
                shielded_instance_config=gcp.container.ClusterNodeConfigShieldedInstanceConfigArgs(
                    enable_secure_boot=True, enable_integrity_monitoring=True
                ),
            ),
            # The provider's own: Google has none. Unset it would be on, and keep the engine from destroying a cluster.
            deletion_protection=plan.protected,
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=[self.node_role, network],
                # After the first pool has gone, GKE reports another pool's settings here: not a change of ours.
                ignore_changes=["nodeConfig", "initialNodeCount"],
                custom_timeouts=pulumi.CustomTimeouts(create="45m", update="60m", delete="45m"),
            ),
        )

    def _admins(self, name: str, plan: ControlPlanePlan, project: pulumi.Input[str]) -> None:
        """Groups by a role of the project's, which Google has no smaller place for, and a condition on the cluster.

        Without the condition they would administer every cluster of the project. GKE is among the services that know
        resource attributes ("Resource attributes reference", IAM); its objects lie below the cluster's name. RBAC in
        the cluster would take a group `gke-security-groups` of the organization's that all of these are members of.
        """
        path = pulumi.Output.concat("projects/", project, "/locations/", plan.region, "/clusters/", plan.name)
        for index, group in enumerate(plan.admins):
            gcp.projects.IAMMember(
                f"{name}-admin-{index}",
                project=project,
                role=plan.admin_role,
                member=f"group:{group}",
                condition=gcp.projects.IAMMemberConditionArgs(
                    title=f"{plan.name} alone",
                    expression=pulumi.Output.format('resource.name == "{0}" || resource.name.startsWith("{0}/")', path),
                ),
                opts=pulumi.ResourceOptions(parent=self),
            )


def kubeconfig(name: str, endpoint: str, authority: str) -> str:
    """A kubeconfig (JSON, which is YAML) that signs in with Google's own plugin and holds no credential.

    The plugin uses the Google credentials of whoever runs it: `gcloud components install gke-gcloud-auth-plugin`.
    """
    return json.dumps(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": name, "cluster": {"server": endpoint, "certificate-authority-data": authority}}],
            "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
            "current-context": name,
            "users": [
                {
                    "name": name,
                    "user": {
                        "exec": {
                            "apiVersion": "client.authentication.k8s.io/v1beta1",
                            "command": "gke-gcloud-auth-plugin",
                            "installHint": "Install it with: gcloud components install gke-gcloud-auth-plugin",
                            "interactiveMode": "Never",
                            "provideClusterInfo": True,
                        }
                    },
                }
            ],
        },
        indent=2,
    )
