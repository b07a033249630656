"""Google Cloud in the sandbox: what its APIs and its provider do beyond the schema.

What replaces a resource are the arguments with `ForceNew` in the provider's own schemas
(hashicorp/terraform-provider-google, google/services); the core adds region, location and project. The seconds are what
creating takes in practice, rounded.
"""

from collections.abc import Mapping

from wayfare.sandbox.behaviour import Behaviour, ResourceRules
from wayfare.sandbox.clouds.gcp import (
    checks,
    checks_gke,
    checks_pool,
    checks_storage,
    compute,
    container,
    faults,
    federation,
    leftovers,
    lustre,
    peering,
    platform,
    references,
    storage,
    texts,
)
from wayfare.sandbox.clouds.gcp.invokes import INVOKES
from wayfare.sandbox.clouds.gcp.limits import limits_of
from wayfare.sandbox.clouds.gcp.names import (
    ACCOUNT,
    BUCKET,
    CLUSTER,
    NETWORK,
    NODE_POOL,
    OWN,
    RESERVATION,
    RESOURCE_POLICY,
    ROUTER,
    ROUTER_NAT,
    SUBNETWORK,
)
from wayfare.sandbox.clouds.gcp.reading import reads, writes

#: In a node pool's `nodeConfig` (node_config.go). Machine type, disk, image, labels, taints, tags change in place.
_NODE_CONFIG = (
    "advancedMachineFeatures",
    "bootDiskKmsKey",
    "confidentialNodes",
    "enableConfidentialStorage",
    "ephemeralStorageLocalSsdConfig",
    "flexStart",
    "guestAccelerators",
    "gvnic",
    "hostMaintenancePolicy",
    "localNvmeSsdBlockConfig",
    "localSsdCount",
    "maxRunDuration",
    "metadata",
    "minCpuPlatform",
    "nodeGroup",
    "oauthScopes",
    "preemptible",
    "reservationAffinity",
    "secondaryBootDisks",
    "serviceAccount",
    "shieldedInstanceConfig",
    "soleTenantConfig",
    "spot",
)
#: In a node pool's `networkConfig` (resource_container_node_pool.go); the profile is immutable by container.v1.
_NETWORK_CONFIG = (
    "acceleratorNetworkProfile",
    "additionalNodeNetworkConfigs",
    "additionalPodNetworkConfigs",
    "createPodRange",
    "podCidrOverprovisionConfig",
    "podIpv4CidrBlock",
    "podRange",
    "subnetwork",
)

_RULES: Mapping[str, ResourceRules] = {
    NETWORK: ResourceRules(
        seconds=12,
        delete_seconds=20,
        replace_on=frozenset(
            {"name", "autoCreateSubnetworks", "description", "internalIpv6Range", "networkProfile", "params"}
        ),
        check=checks.named,
        create=compute.network,
        delete=references.delete_network,
        tags=None,
    ),
    SUBNETWORK: ResourceRules(
        seconds=15,
        delete_seconds=15,
        # A range that grows does so in place; the sandbox does not compare ranges.
        replace_on=frozenset({"name", "network", "ipCidrRange", "purpose", "description"}),
        check=checks.subnetwork,
        create=compute.subnetwork,
        delete=references.delete_subnetwork,
        tags=None,
    ),
    ROUTER: ResourceRules(
        seconds=12,
        delete_seconds=12,
        replace_on=frozenset({"name", "network"}),
        check=checks.named,
        create=compute.router,
        tags=None,
    ),
    ROUTER_NAT: ResourceRules(
        seconds=20,
        delete_seconds=12,
        replace_on=frozenset({"name", "router", "type", "endpointTypes"}),
        check=checks.router_nat,
        create=compute.router_nat,
        tags=None,
    ),
    RESERVATION: ResourceRules(
        seconds=10,
        delete_seconds=8,
        # The count alone is resized in place.
        replace_on=frozenset(
            {
                "name",
                "zone",
                "description",
                "deleteAtTime",
                "deleteAfterDuration",
                "specificReservationRequired",
                "specificReservation.instanceProperties",
                "shareSettings.shareType",
                "reservationSharingPolicy.serviceShareType",
            }
        ),
        check=checks.reservation,
        create=compute.reservation,
        nodes=compute.reserved,
        delete=compute.delete_reservation,
        tags=None,
    ),
    RESOURCE_POLICY: ResourceRules(
        seconds=4,
        delete_seconds=3,
        # Only the schedule of snapshots changes in place.
        replace_on=frozenset(
            {
                "name",
                "description",
                "diskConsistencyGroupPolicy",
                "groupPlacementPolicy",
                "instanceSchedulePolicy",
                "workloadPolicy",
            }
        ),
        check=checks.resource_policy,
        create=compute.resource_policy,
        delete=compute.delete_resource_policy,
        tags=None,
    ),
    CLUSTER: ResourceRules(
        seconds=420,
        delete_seconds=240,
        replace_on=frozenset(
            {
                "name",
                "network",
                "subnetwork",
                "networkingMode",
                "datapathProvider",
                "ipAllocationPolicy.clusterSecondaryRangeName",
                "ipAllocationPolicy.clusterIpv4CidrBlock",
                "ipAllocationPolicy.podCidrOverprovisionConfig",
                "ipAllocationPolicy.servicesSecondaryRangeName",
                "ipAllocationPolicy.servicesIpv4CidrBlock",
                "initialNodeCount",
                "nodeConfig",
                "nodePools",
                "privateClusterConfig.enablePrivateNodes",
                "privateClusterConfig.masterIpv4CidrBlock",
                "privateClusterConfig.privateEndpointSubnetwork",
                "clusterIpv4Cidr",
                "confidentialNodes",
                "defaultMaxPodsPerNode",
                "masterAuth.clientCertificateConfig",
                "enableKubernetesAlpha",
                "enableAutopilot",
                "enableTpu",
                "description",
            }
        ),
        check=checks_gke.cluster,
        create=container.cluster,
        update=container.update_cluster,
        delete=container.delete_cluster,
        leaves=leftovers.leaves,
        tags="resourceLabels",
    ),
    NODE_POOL: ResourceRules(
        seconds=240,
        delete_seconds=180,
        replace_on=frozenset(
            {
                "name",
                "cluster",
                "initialNodeCount",
                "maxPodsPerNode",
                "namePrefix",
                "placementPolicy",
                "queuedProvisioning",
                *(f"networkConfig.{name}" for name in _NETWORK_CONFIG),
                *(f"nodeConfig.{name}" for name in _NODE_CONFIG),
            }
        ),
        check=checks_pool.node_pool,
        create=container.node_pool,
        update=container.update_node_pool,
        nodes=container.running,
        half_made=True,
        tags=None,
    ),
    BUCKET: ResourceRules(
        seconds=2,
        delete_seconds=2,
        replace_on=frozenset({"name", "enableObjectRetention", "hierarchicalNamespace"}),
        check=checks_storage.bucket,
        create=storage.bucket,
        delete=storage.delete_bucket,
        tags="labels",
    ),
    ACCOUNT: ResourceRules(
        seconds=3,
        delete_seconds=1,
        replace_on=frozenset({"accountId"}),
        check=checks.account,
        create=storage.account,
        tags=None,
    ),
    **federation.RULES,
    **peering.RULES,
    **lustre.RULES,
    **{
        token: ResourceRules(check=checks_storage.control_list, tags=None)
        for token in (
            "gcp:storage/bucketACL:BucketACL",
            "gcp:storage/bucketAccessControl:BucketAccessControl",
            "gcp:storage/defaultObjectACL:DefaultObjectACL",
            "gcp:storage/defaultObjectAccessControl:DefaultObjectAccessControl",
        )
    },
    "gcp:projects/iAMMember:IAMMember": ResourceRules(
        seconds=8, delete_seconds=8, replace_on=frozenset({"*"}), create=storage.project_member, tags=None
    ),
    "gcp:storage/bucketIAMMember:BucketIAMMember": ResourceRules(
        seconds=6, delete_seconds=6, replace_on=frozenset({"*"}), create=storage.bucket_member, tags=None
    ),
}

RULES: Mapping[str, ResourceRules] = {**_RULES, **platform.RULES}

BEHAVIOUR = Behaviour(
    package="gcp",
    rules=RULES,
    invokes=INVOKES,
    stockout=texts.stockout,
    over_quota=texts.over_quota,
    reads=reads,
    writes=writes,
    faults=faults.TEXTS,
    account=OWN,
    default=ResourceRules(tags="labels"),
    limits=limits_of,
    failed_status="ERROR",
    healthy_status="RUNNING",
    autonames=True,
)
