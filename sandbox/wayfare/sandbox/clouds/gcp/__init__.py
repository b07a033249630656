"""Google Cloud in the sandbox: what its APIs and its provider do beyond the schema.

Replacements are those of the provider (arguments that force a new resource); the seconds are what creating takes in
practice, rounded.
"""

from collections.abc import Mapping

from wayfare.sandbox.behaviour import Behaviour, ResourceRules
from wayfare.sandbox.clouds.gcp import checks, compute, container, faults, storage, texts
from wayfare.sandbox.clouds.gcp.invokes import INVOKES
from wayfare.sandbox.clouds.gcp.names import ACCOUNT

#: In a node pool's `nodeConfig`: what the provider cannot change in place. Machine type, disk, labels, taints it can.
_NODE_CONFIG = (
    "ephemeralStorageLocalSsdConfig",
    "guestAccelerators",
    "localSsdCount",
    "minCpuPlatform",
    "oauthScopes",
    "preemptible",
    "reservationAffinity",
    "serviceAccount",
    "shieldedInstanceConfig",
    "spot",
)

RULES: Mapping[str, ResourceRules] = {
    compute.NETWORK: ResourceRules(
        seconds=12,
        delete_seconds=20,
        replace_on=frozenset({"name", "autoCreateSubnetworks", "description", "mtu", "networkProfile"}),
        check=checks.named,
        create=compute.network,
        delete=compute.delete_network,
        tags=None,
    ),
    compute.SUBNETWORK: ResourceRules(
        seconds=15,
        delete_seconds=15,
        replace_on=frozenset({"name", "network", "ipCidrRange", "purpose", "description"}),
        check=checks.subnetwork,
        create=compute.subnetwork,
        delete=compute.delete_subnetwork,
        tags=None,
    ),
    compute.ROUTER: ResourceRules(
        seconds=12,
        delete_seconds=12,
        replace_on=frozenset({"name", "network"}),
        check=checks.named,
        create=compute.router,
        tags=None,
    ),
    compute.ROUTER_NAT: ResourceRules(
        seconds=20,
        delete_seconds=12,
        replace_on=frozenset({"name", "router", "type"}),
        check=checks.router_nat,
        create=compute.router_nat,
        tags=None,
    ),
    compute.RESERVATION: ResourceRules(
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
            }
        ),
        check=checks.reservation,
        create=compute.reservation,
        nodes=compute.reserved,
        delete=compute.delete_reservation,
        tags=None,
    ),
    compute.CLUSTER: ResourceRules(
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
                "ipAllocationPolicy.servicesSecondaryRangeName",
                "initialNodeCount",
                "nodeConfig",
                "privateClusterConfig.masterIpv4CidrBlock",
                "enableMultiNetworking",
                "enableKubernetesAlpha",
                "enableAutopilot",
                "description",
            }
        ),
        check=checks.cluster,
        create=container.cluster,
        tags="resourceLabels",
    ),
    compute.NODE_POOL: ResourceRules(
        seconds=240,
        delete_seconds=180,
        replace_on=frozenset(
            {
                "name",
                "cluster",
                "initialNodeCount",
                "maxPodsPerNode",
                "placementPolicy",
                "networkConfig.acceleratorNetworkProfile",
                *(f"nodeConfig.{name}" for name in _NODE_CONFIG),
            }
        ),
        check=checks.node_pool,
        create=container.node_pool,
        update=container.update_node_pool,
        nodes=container.running,
        half_made=True,
        tags=None,
    ),
    storage.BUCKET: ResourceRules(
        seconds=2,
        delete_seconds=2,
        replace_on=frozenset({"name", "hierarchicalNamespace"}),
        check=checks.bucket,
        create=storage.bucket,
        delete=storage.delete_bucket,
        tags="labels",
    ),
    storage.ACCOUNT: ResourceRules(
        seconds=3,
        delete_seconds=1,
        replace_on=frozenset({"accountId"}),
        check=checks.account,
        create=storage.account,
        tags=None,
    ),
    "gcp:projects/iAMMember:IAMMember": ResourceRules(
        seconds=8, delete_seconds=8, replace_on=frozenset({"*"}), create=storage.project_member, tags=None
    ),
    "gcp:storage/bucketIAMMember:BucketIAMMember": ResourceRules(
        seconds=6, delete_seconds=6, replace_on=frozenset({"*"}), create=storage.bucket_member, tags=None
    ),
}

BEHAVIOUR = Behaviour(
    package="gcp",
    rules=RULES,
    invokes=INVOKES,
    stockout=texts.stockout,
    over_quota=texts.over_quota,
    faults=faults.TEXTS,
    account=ACCOUNT,
    default=ResourceRules(tags="labels"),
    failed_status="ERROR",
)
