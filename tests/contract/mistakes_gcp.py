"""Mistakes that Google Cloud would notice."""

from collections.abc import Mapping
from typing import Any

from tests.contract.planted import Mistake
from tests.golden.cases import INFERENCE
from wayfare.blueprints import CloudName, Purchase

_POOL = "accelerator-pool"
_AFFINITY = "nodeConfig.reservationAffinity"
_PROPERTIES = "specificReservation.instanceProperties"


def _mistake(title: str, type: str, edits: Mapping[str, Any], path: str, said: str, **more: Any) -> Mistake:
    return Mistake(title, CloudName.GCP, type, edits, path, said, **more)


#: Noticed without a look at anything else: by the schema, Google's documents, or a rule between two properties.
_ALONE = (
    _mistake(
        "a pool of a fixed size that is a number in a text",
        "NodePool",
        {"nodeCount": "16"},
        "nodeCount",
        "expected a whole number, got a string",
        name=_POOL,
    ),
    _mistake(
        "a taint's effect in Kubernetes' spelling",
        "NodePool",
        {"nodeConfig.taints[0].effect": "NoSchedule"},
        "nodeConfig.taints[0].effect",
        "is not one of NO_SCHEDULE, PREFER_NO_SCHEDULE, NO_EXECUTE (container.v1 NodeTaint.effect)",
        name=_POOL,
    ),
    _mistake(
        "a monitoring component that there is not",
        "Cluster",
        {"monitoringConfig.enableComponents[1]": "DCMG"},
        "monitoringConfig.enableComponents[1]",
        "(container.v1 MonitoringComponentConfig.enableComponents)",
    ),
    _mistake(
        "packets larger than a network carries",
        "Network",
        {"mtu": 9000},
        "mtu",
        "9000 is more than 8896 (compute.v1 Network.mtu)",
    ),
    _mistake(
        "a network's name in capitals",
        "Network",
        {"name": "LLM-pretrain"},
        "name",
        "does not match [a-z](?:[-a-z0-9]{0,61}[a-z0-9])?",
    ),
    _mistake(
        "a NAT for all ranges under another service's word",
        "RouterNat",
        {"subnetworks[0].sourceIpRangesToNats[0]": "ALL_RANGES"},
        "subnetworks[0].sourceIpRangesToNats[0]",
        "is not one of ALL_IP_RANGES",
    ),
    _mistake(
        "a placement that GKE does not have",
        "NodePool",
        {"placementPolicy": {"type": "SPREAD"}},
        "placementPolicy.type",
        "is not one of COMPACT",
        name=_POOL,
    ),
    _mistake(
        "a compact pool over two zones",
        "NodePool",
        {"placementPolicy": {"type": "COMPACT"}, "nodeLocations": ["us-east4-b", "us-east4-c"]},
        "nodeLocations",
        "Compact placement is only available for node pools operating in a single zone",
        name=_POOL,
    ),
    _mistake(
        "half of a machine's accelerators",
        "NodePool",
        {"nodeConfig.guestAccelerators[0].count": 4},
        "nodeConfig.guestAccelerators[0].count",
        "the number of accelerators of a3-megagpu-8g is 8, got 4",
        name=_POOL,
    ),
    _mistake(
        "the accelerator of a machine type with another fabric",
        "NodePool",
        {"nodeConfig.guestAccelerators[0].type": "nvidia-h100-80gb"},
        "nodeConfig.guestAccelerators[0].type",
        "[a3-megagpu-8g, nvidia-h100-80gb] features are not compatible for creating instance",
        name=_POOL,
    ),
    _mistake(
        "fewer local SSDs than the machine type has",
        "NodePool",
        {"nodeConfig.ephemeralStorageLocalSsdConfig.localSsdCount": 8},
        "nodeConfig.ephemeralStorageLocalSsdConfig.localSsdCount",
        "the number of local SSDs of a3-megagpu-8g is 16, got 8",
        name=_POOL,
    ),
    _mistake(
        "a Persistent Disk on a machine type that takes Hyperdisk",
        "NodePool",
        {"nodeConfig.diskType": "pd-balanced"},
        "nodeConfig.diskType",
        "pd-balanced disk type cannot be used by a3-ultragpu-8g machine type",
        name=_POOL,
        machine_type="a3-ultragpu-8g",
        purchase=Purchase.SPOT,
    ),
    _mistake(
        "a spot pool that would consume reservations",
        "NodePool",
        {f"{_AFFINITY}.consumeReservationType": "ANY_RESERVATION"},
        f"{_AFFINITY}.consumeReservationType",
        "Spot VMs cannot consume reservations",
        name=_POOL,
        purchase=Purchase.SPOT,
    ),
    _mistake(
        "a reservation that is targeted and not named",
        "NodePool",
        {f"{_AFFINITY}.consumeReservationType": "SPECIFIC_RESERVATION"},
        f"{_AFFINITY}.key",
        'SPECIFIC_RESERVATION needs the key "compute.googleapis.com/reservation-name"',
        name=_POOL,
    ),
    _mistake(
        "flex-start with automatic repair",
        "NodePool",
        {"nodeConfig.flexStart": True, _AFFINITY: ..., "nodeCount": ...},
        "management.autoRepair",
        "flex_start needs node auto_repair set to false",
        name=_POOL,
    ),
    _mistake(
        "queued capacity with automatic upgrades",
        "NodePool",
        {"queuedProvisioning": {"enabled": True}, _AFFINITY: ..., "nodeCount": ...},
        "management.autoUpgrade",
        "queued_provisioning needs node auto_upgrade set to false",
        name=_POOL,
    ),
    _mistake(
        "upgrades without a node that may go or come",
        "NodePool",
        {"upgradeSettings.maxUnavailable": 0},
        "upgradeSettings",
        "at least one of max_surge and max_unavailable must be greater than 0",
        name=_POOL,
    ),
    _mistake(
        "a fabric's networks for a machine type without a fabric",
        "NodePool",
        {"networkConfig.acceleratorNetworkProfile": "auto"},
        "networkConfig.acceleratorNetworkProfile",
        "is not supported for machine type g2-standard-4",
        name=_POOL,
        blueprint=INFERENCE,
    ),
    _mistake(
        "several networks for pods without Dataplane V2",
        "Cluster",
        {"enableMultiNetworking": True, "datapathProvider": "LEGACY_DATAPATH"},
        "enableMultiNetworking",
        "needs datapath_provider = ADVANCED_DATAPATH",
    ),
    _mistake(
        "an Autopilot cluster whose first pool goes",
        "Cluster",
        {"enableAutopilot": True, "enableShieldedNodes": ...},
        "removeDefaultNodePool",
        '"remove_default_node_pool": conflicts with enable_autopilot',
    ),
    _mistake(
        "another project's identity pool",
        "Cluster",
        {"workloadIdentityConfig.workloadPool": "other-project.svc.id.goog"},
        "workloadIdentityConfig.workloadPool",
        "the only supported identity namespace is the project's default",
    ),
    _mistake(
        "the internet's addresses at an endpoint that is private only",
        "Cluster",
        {
            "privateClusterConfig.enablePrivateEndpoint": True,
            "masterAuthorizedNetworksConfig.cidrBlocks[0].cidrBlock": "8.8.8.0/24",
        },
        "masterAuthorizedNetworksConfig.cidrBlocks[0].cidrBlock",
        'Invalid master authorized networks: network "8.8.8.0/24" is not a reserved network',
    ),
    _mistake(
        "pods in the addresses of the nodes",
        "Subnetwork",
        {"secondaryIpRanges[0].ipCidrRange": "10.128.0.0/14"},
        "secondaryIpRanges[0].ipCidrRange",
        "Invalid IPCidrRange: 10.128.0.0/14 overlaps with another range of the subnetwork",
    ),
    _mistake(
        "a service account's name of more than thirty characters",
        "Account",
        {"accountId": "nodes-of-the-cluster-llm-pretrain"},
        "accountId",
        "doesn't match regexp",
    ),
    _mistake(
        "a bucket's name of more than 63 characters",
        "Bucket",
        {"name": "wayfare-sandbox-checkpoints-of-the-training-of-a-very-large-model"},
        "name",
        "can have at most 63 characters",
    ),
    _mistake(
        "a bucket with folders and with versions",
        "Bucket",
        {"hierarchicalNamespace": {"enabled": True}, "versioning": {"enabled": True}},
        "versioning.enabled",
        "Object versioning is not supported with hierarchical namespace",
    ),
    _mistake(
        "deleted objects kept for a day",
        "Bucket",
        {"softDeletePolicy.retentionDurationSeconds": 86400},
        "softDeletePolicy.retentionDurationSeconds",
        "must be 0, or between 604800 and 7776000",
    ),
    _mistake(
        "a reservation with two ends",
        "Reservation",
        {"deleteAtTime": "2027-01-01T00:00:00Z"},
        "deleteAtTime",
        '"delete_at_time": conflicts with delete_after_duration.0.seconds',
    ),
    _mistake(
        "a reservation without the machine type's local SSDs",
        "Reservation",
        {f"{_PROPERTIES}.localSsds": [{"diskSizeGb": 375, "interface": "NVME"}]},
        f"{_PROPERTIES}.localSsds",
        "the number of local SSDs of a3-megagpu-8g is 16, got 1",
    ),
)

#: Noticed when it should be made: what is referred to is not there, or is another kind of thing.
_AMONG_OTHERS = (
    _mistake(
        "a subnetwork of a network that is not there",
        "Subnetwork",
        {"network": "llm-pretrain"},
        "",
        "googleapi: Error 404: The resource 'projects/wayfare-sandbox/global/networks/llm-pretrain' was not found",
    ),
    _mistake(
        "a NAT of a router that is not there",
        "RouterNat",
        {"router": "llm-pretrain-router"},
        "",
        "googleapi: Error 404: The resource 'projects/wayfare-sandbox/regions/us-east4/routers/llm-pretrain-router'",
    ),
    _mistake(
        "a cluster in a subnetwork of another network",
        "Cluster",
        {"network": "default"},
        "",
        'is not valid for Network "default"., badRequest',
    ),
    _mistake(
        "a secondary range that the subnetwork does not have",
        "Cluster",
        {"ipAllocationPolicy.clusterSecondaryRangeName": "pod"},
        "",
        'secondary range "pod" does not exist in network',
    ),
    _mistake(
        "nodes that run as an account that is not there",
        "NodePool",
        {"nodeConfig.serviceAccount": "nodes@wayfare-sandbox.iam.gserviceaccount.com"},
        "",
        'The user does not have access to service account "nodes@wayfare-sandbox.iam.gserviceaccount.com"',
        name=_POOL,
    ),
    _mistake(
        "a pool in a zone that the region does not have",
        "NodePool",
        {"nodeLocations": ["us-east4-x"]},
        "",
        'googleapi: Error 400: Location "us-east4-x" does not exist., badRequest',
        name=_POOL,
    ),
    _mistake(
        "a pool of a cluster under its display name",
        "NodePool",
        {"cluster": "llm-pretrain"},
        "",
        "googleapi: Error 404: Not found: projects/wayfare-sandbox/locations/us-east4/clusters/llm-pretrain",
        name=_POOL,
    ),
    _mistake(
        "a fabric's networks in a cluster without Dataplane V2",
        "Cluster",
        {"datapathProvider": "LEGACY_DATAPATH"},
        "",
        "Accelerator network profile requires Dataplane V2",
        refused=_POOL,
    ),
    _mistake(
        "a reservation targeted by its name that the zone does not have",
        "NodePool",
        {
            f"{_AFFINITY}.consumeReservationType": "SPECIFIC_RESERVATION",
            f"{_AFFINITY}.key": "compute.googleapis.com/reservation-name",
            f"{_AFFINITY}.values": ["elsewhere"],
        },
        "",
        "googleapi: Error 404: The resource 'projects/wayfare-sandbox/zones/us-east4-b/reservations/elsewhere'",
        name=_POOL,
    ),
    _mistake(
        "a role for an account that is not there",
        "IAMMember",
        {"member": "serviceAccount:nodes@wayfare-sandbox.iam.gserviceaccount.com"},
        "",
        "googleapi: Error 400: Service account nodes@wayfare-sandbox.iam.gserviceaccount.com does not exist",
    ),
    _mistake(
        "a grant on a bucket that is not there",
        "BucketIAMMember",
        {"bucket": "llm-pretrain-checkpoints"},
        "",
        "404: The specified bucket does not exist., notFound",
    ),
)

MISTAKES: tuple[Mistake, ...] = (*_ALONE, *_AMONG_OTHERS)
