"""What Google's APIs and their provider refuse although the SDK's schema allows it, one wrong thing at a time."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.contract.dry_run import changed
from tests.unit.sandbox.gcp_cloud import FakeStore, call, make, violations
from wayfare.sandbox.behaviour import UNKNOWN, Properties
from wayfare.sandbox.clouds.gcp import BEHAVIOUR, names

RIGHT: Mapping[str, Properties] = {
    names.NETWORK: {"name": "n", "autoCreateSubnetworks": False, "mtu": 8896},
    names.SUBNETWORK: {
        "name": "n",
        "network": "n",
        "ipCidrRange": "10.0.0.0/20",
        "secondaryIpRanges": [
            {"rangeName": "pods", "ipCidrRange": "10.64.0.0/14"},
            {"rangeName": "services", "ipCidrRange": "10.32.0.0/20"},
        ],
    },
    names.ROUTER_NAT: {
        "name": "n",
        "router": "r",
        "natIpAllocateOption": "AUTO_ONLY",
        "sourceSubnetworkIpRangesToNat": "LIST_OF_SUBNETWORKS",
        "subnetworks": [{"name": "n", "sourceIpRangesToNats": ["ALL_IP_RANGES"]}],
    },
    names.RESERVATION: {
        "name": "r",
        "zone": "us-central1-b",
        "deleteAfterDuration": {"seconds": "7200", "nanos": 0},
        "specificReservation": {
            "count": 1,
            "instanceProperties": {
                "machineType": "a3-highgpu-8g",
                "guestAccelerators": [{"acceleratorType": "nvidia-h100-80gb", "acceleratorCount": 8}],
                "localSsds": [{"diskSizeGb": 375, "interface": "NVME"}] * 16,
            },
        },
    },
    names.CLUSTER: {
        "name": "llm",
        "location": "us-central1",
        "datapathProvider": "ADVANCED_DATAPATH",
        "enableMultiNetworking": True,
        "releaseChannel": {"channel": "REGULAR"},
        "workloadIdentityConfig": {"workloadPool": "wayfare-sandbox.svc.id.goog"},
        "privateClusterConfig": {"enablePrivateNodes": True, "enablePrivateEndpoint": True},
        "masterAuthorizedNetworksConfig": {"cidrBlocks": [{"cidrBlock": "10.9.0.0/16"}]},
        "ipAllocationPolicy": {"clusterSecondaryRangeName": "pods", "servicesSecondaryRangeName": "services"},
        "removeDefaultNodePool": True,
        "initialNodeCount": 1,
        "resourceLabels": {"team": "research"},
    },
    names.NODE_POOL: {
        "name": "accelerator",
        "cluster": "projects/wayfare-sandbox/locations/us-central1/clusters/llm",
        "location": "us-central1",
        "nodeLocations": ["us-central1-b"],
        "nodeCount": 2,
        "placementPolicy": {"type": "COMPACT"},
        "networkConfig": {"acceleratorNetworkProfile": "auto"},
        "nodeConfig": {
            "machineType": "a3-highgpu-8g",
            "diskType": "pd-balanced",
            "guestAccelerators": [{"type": "nvidia-h100-80gb", "count": 8}],
            "ephemeralStorageLocalSsdConfig": {"localSsdCount": 16},
            "reservationAffinity": {"consumeReservationType": "ANY_RESERVATION"},
            "taints": [{"key": "nvidia.com/gpu", "value": "present", "effect": "NO_SCHEDULE"}],
            "labels": {"wayfare.dev/pool": "accelerator"},
            "gvnic": {"enabled": True},
        },
    },
    names.BUCKET: {
        "name": "b-1",
        "location": "US-CENTRAL1",
        "uniformBucketLevelAccess": True,
        "hierarchicalNamespace": {"enabled": True},
        "softDeletePolicy": {"retentionDurationSeconds": 604800},
        "lifecycleRules": [{"action": {"type": "Delete"}, "condition": {"age": 30}}],
    },
    names.ACCOUNT: {"accountId": "llm-pretrain", "displayName": "Nodes of llm-pretrain"},
    names.LUSTRE: {
        "instanceId": "scratch",
        "filesystem": "scratch",
        "location": "us-central1-b",
        "network": "default",
        "perUnitStorageThroughput": "1000",
        "capacityGib": "18000",
    },
}
FLEX: dict[str, Any] = {
    "nodeCount": ...,
    "nodeConfig.flexStart": True,
    "nodeConfig.reservationAffinity": ...,
    "management": {"autoRepair": False, "autoUpgrade": False},
    "autoscaling": {"totalMinNodeCount": 0, "totalMaxNodeCount": 4},
    "placementPolicy": ...,
}
QUEUED: dict[str, Any] = {**FLEX, "queuedProvisioning": {"enabled": True}}
SPECIFIC = "nodeConfig.reservationAffinity"


def edited(token: str, edits: Mapping[str, Any]) -> Properties:
    inputs = RIGHT[token]
    for path, value in edits.items():
        inputs = changed(inputs, path, value)
    return inputs


@pytest.mark.parametrize("token", RIGHT)
def test_what_is_right_passes(token: str) -> None:
    assert violations(token, RIGHT[token]) == []


@pytest.mark.parametrize("edits", [FLEX, QUEUED])
def test_flexible_capacity_that_is_asked_for_as_documented_passes(edits: Mapping[str, Any]) -> None:
    assert violations(names.NODE_POOL, edited(names.NODE_POOL, edits)) == []


@pytest.mark.parametrize(
    ("token", "edits", "path"),
    [
        (names.NETWORK, {"name": "Llm"}, "name"),
        (names.NETWORK, {"name": "l" * 64}, "name"),
        (names.NETWORK, {"mtu": 9000}, "mtu"),
        (names.SUBNETWORK, {"ipCidrRange": "10.0.0.1/20"}, "ipCidrRange"),
        (names.SUBNETWORK, {"ipCidrRange": "10.0.0.0/30"}, "ipCidrRange"),
        (names.SUBNETWORK, {"secondaryIpRanges[1].ipCidrRange": "10.0.8.0/24"}, "secondaryIpRanges[1].ipCidrRange"),
        (names.SUBNETWORK, {"secondaryIpRanges[1].rangeName": "pods"}, "secondaryIpRanges[1].rangeName"),
        (names.SUBNETWORK, {"secondaryIpRanges[0].rangeName": "Pods"}, "secondaryIpRanges[0].rangeName"),
        (names.ROUTER_NAT, {"subnetworks": ...}, "subnetworks"),
        (names.ROUTER_NAT, {"natIpAllocateOption": "MANUAL_ONLY"}, "natIps"),
        (names.ROUTER_NAT, {"maxPortsPerVm": 128}, "maxPortsPerVm"),
        (names.RESERVATION, {"specificReservation.instanceProperties": ...}, "specificReservation"),
        (names.RESERVATION, {"deleteAtTime": "2027-01-01T00:00:00Z"}, "deleteAtTime"),
        (
            names.RESERVATION,
            {"deleteAfterDuration": ..., "deleteAtTime": "2025-01-01T00:00:00Z"},
            "deleteAtTime",
        ),
        (names.RESERVATION, {"deleteAfterDuration.seconds": "0"}, "deleteAfterDuration.seconds"),
        (names.RESERVATION, {"deleteAfterDuration.nanos": 1_000_000_000}, "deleteAfterDuration.nanos"),
        (names.RESERVATION, {"specificReservation.count": 0}, "specificReservation.count"),
        (
            names.RESERVATION,
            {"specificReservation.instanceProperties.guestAccelerators[0].acceleratorCount": 4},
            "specificReservation.instanceProperties.guestAccelerators[0].acceleratorCount",
        ),
        (
            names.RESERVATION,
            {"specificReservation.instanceProperties.guestAccelerators[0].acceleratorType": "nvidia-h100-mega-80gb"},
            "specificReservation.instanceProperties.guestAccelerators[0].acceleratorType",
        ),
        (
            names.RESERVATION,
            {"specificReservation.instanceProperties.localSsds": [{"diskSizeGb": 375, "interface": "NVME"}]},
            "specificReservation.instanceProperties.localSsds",
        ),
        (
            names.RESERVATION,
            {"specificReservation.instanceProperties": {"machineType": "a4-highgpu-8g"}},
            "specificReservation.instanceProperties.machineType",
        ),
        (names.CLUSTER, {"name": "l" * 41}, "name"),
        (names.CLUSTER, {"resourceLabels": {"Team": "x"}}, "resourceLabels"),
        (names.CLUSTER, {"initialNodeCount": ...}, "initialNodeCount"),
        (names.CLUSTER, {"datapathProvider": "LEGACY_DATAPATH"}, "enableMultiNetworking"),
        (names.CLUSTER, {"releaseChannel.channel": "WEEKLY"}, "releaseChannel.channel"),
        (names.CLUSTER, {"networkPolicy": {"enabled": True}}, "networkPolicy.enabled"),
        (names.CLUSTER, {"monitoringConfig": {"enableComponents": ["DCMG"]}}, "monitoringConfig.enableComponents[0]"),
        (
            names.CLUSTER,
            {"workloadIdentityConfig.workloadPool": "another.svc.id.goog"},
            "workloadIdentityConfig.workloadPool",
        ),
        (
            names.CLUSTER,
            {"masterAuthorizedNetworksConfig.cidrBlocks[0].cidrBlock": "8.8.8.0/24"},
            "masterAuthorizedNetworksConfig.cidrBlocks[0].cidrBlock",
        ),
        (
            names.CLUSTER,
            {"ipAllocationPolicy.clusterIpv4CidrBlock": "/14"},
            "ipAllocationPolicy.clusterSecondaryRangeName",
        ),
        (names.CLUSTER, {"enableAutopilot": True}, "removeDefaultNodePool"),
        (names.CLUSTER, {"nodeConfig": {"diskType": "hyperdisk-balanced"}}, "nodeConfig.diskType"),
        (names.NODE_POOL, {"nodeCount": -1}, "nodeCount"),
        (names.NODE_POOL, {"autoscaling": {"minNodeCount": 1, "maxNodeCount": 2}}, "nodeCount"),
        (
            names.NODE_POOL,
            {"nodeCount": ..., "autoscaling": {"minNodeCount": 3, "maxNodeCount": 2}},
            "autoscaling.minNodeCount",
        ),
        (names.NODE_POOL, {"maxPodsPerNode": 512}, "maxPodsPerNode"),
        (names.NODE_POOL, {"placementPolicy": ..., "nodeLocations": ["us-east4-a"]}, "nodeLocations[0]"),
        (names.NODE_POOL, {"nodeLocations": ["us-central1-a", "us-central1-b"]}, "nodeLocations"),
        (names.NODE_POOL, {"placementPolicy.type": "SPREAD"}, "placementPolicy.type"),
        (names.NODE_POOL, {"upgradeSettings": {"maxSurge": 0, "maxUnavailable": 0}}, "upgradeSettings"),
        (names.NODE_POOL, {"upgradeSettings": {"maxSurge": 20, "maxUnavailable": 1}}, "upgradeSettings"),
        (
            names.NODE_POOL,
            {"networkConfig.acceleratorNetworkProfile": "rdma"},
            "networkConfig.acceleratorNetworkProfile",
        ),
        (
            names.NODE_POOL,
            {"nodeConfig": {"machineType": "n2-standard-4"}},
            "networkConfig.acceleratorNetworkProfile",
        ),
        (names.NODE_POOL, {"nodeConfig.gvnic.enabled": False}, "nodeConfig.gvnic.enabled"),
        (names.NODE_POOL, {"nodeConfig.diskType": "pd-standard"}, "nodeConfig.diskType"),
        (names.NODE_POOL, {"nodeConfig.diskSizeGb": 8}, "nodeConfig.diskSizeGb"),
        (names.NODE_POOL, {"nodeConfig.guestAccelerators[0].count": 4}, "nodeConfig.guestAccelerators[0].count"),
        (
            names.NODE_POOL,
            {"nodeConfig.guestAccelerators[0].type": "nvidia-l4"},
            "nodeConfig.guestAccelerators[0].type",
        ),
        (
            names.NODE_POOL,
            {"nodeConfig.ephemeralStorageLocalSsdConfig.localSsdCount": 4},
            "nodeConfig.ephemeralStorageLocalSsdConfig.localSsdCount",
        ),
        (names.NODE_POOL, {"nodeConfig.localSsdCount": 16}, "nodeConfig.localSsdCount"),
        (names.NODE_POOL, {"nodeConfig.spot": True}, f"{SPECIFIC}.consumeReservationType"),
        (names.NODE_POOL, {f"{SPECIFIC}.consumeReservationType": "ANY"}, f"{SPECIFIC}.consumeReservationType"),
        (
            names.NODE_POOL,
            {f"{SPECIFIC}.consumeReservationType": "SPECIFIC_RESERVATION", f"{SPECIFIC}.values": ["r"]},
            f"{SPECIFIC}.key",
        ),
        (
            names.NODE_POOL,
            {
                f"{SPECIFIC}.consumeReservationType": "SPECIFIC_RESERVATION",
                f"{SPECIFIC}.key": "compute.googleapis.com/reservation-name",
            },
            f"{SPECIFIC}.values",
        ),
        (names.NODE_POOL, {"nodeConfig.taints[0].effect": "NoSchedule"}, "nodeConfig.taints[0].effect"),
        (
            names.NODE_POOL,
            {"nodeConfig.taints[1]": {"key": "nvidia.com/gpu", "value": "b", "effect": "NO_SCHEDULE"}},
            "nodeConfig.taints[1]",
        ),
        (names.NODE_POOL, {"nodeConfig.labels": {"wayfare.dev/pool": "a b"}}, "nodeConfig.labels"),
        (names.NODE_POOL, {**FLEX, "management.autoRepair": True}, "management.autoRepair"),
        (names.NODE_POOL, {key: FLEX[key] for key in FLEX if key not in ("nodeCount", "autoscaling")}, "nodeCount"),
        (names.NODE_POOL, {**FLEX, "nodeConfig.spot": True}, "nodeConfig.flexStart"),
        (names.NODE_POOL, {**QUEUED, "management.autoUpgrade": True}, "management.autoUpgrade"),
        (names.NODE_POOL, {**QUEUED, "placementPolicy": {"type": "COMPACT"}}, "placementPolicy.type"),
        (names.NODE_POOL, {**QUEUED, "autoscaling.totalMinNodeCount": 1}, "autoscaling"),
        (names.BUCKET, {"name": "my-google-bucket"}, "name"),
        (names.BUCKET, {"name": "b" * 64}, "name"),
        (names.BUCKET, {"name": "192.168.5.4"}, "name"),
        (names.BUCKET, {"storageClass": "HOT"}, "storageClass"),
        (names.BUCKET, {"lifecycleRules[0].action.type": "Remove"}, "lifecycleRules[0].action.type"),
        (names.BUCKET, {"versioning": {"enabled": True}}, "versioning.enabled"),
        (names.BUCKET, {"uniformBucketLevelAccess": False}, "uniformBucketLevelAccess"),
        (names.BUCKET, {"retentionPolicy": {"retentionPeriod": "3155760000"}}, "retentionPolicy.retentionPeriod"),
        (
            names.BUCKET,
            {"softDeletePolicy.retentionDurationSeconds": 60},
            "softDeletePolicy.retentionDurationSeconds",
        ),
        (names.ACCOUNT, {"accountId": "short"}, "accountId"),
        (names.ACCOUNT, {"accountId": "a" * 31}, "accountId"),
        (names.ACCOUNT, {"displayName": "n" * 101}, "displayName"),
        (names.LUSTRE, {"filesystem": "checkpoints"}, "filesystem"),
        (names.LUSTRE, {"location": "us-central1"}, "location"),
        (names.LUSTRE, {"perUnitStorageThroughput": "750"}, "perUnitStorageThroughput"),
        (names.LUSTRE, {"capacityGib": "20000"}, "capacityGib"),
        (names.LUSTRE, {"perUnitStorageThroughput": "125"}, "capacityGib"),
    ],
)
def test_one_wrong_thing_is_refused_where_it_is(token: str, edits: Mapping[str, Any], path: str) -> None:
    assert violations(token, edited(token, edits)) == [path]


def test_what_is_not_known_yet_is_not_refused() -> None:
    unknown = {"cluster": UNKNOWN, "nodeConfig": UNKNOWN, "networkConfig": ...}
    assert violations(names.NODE_POOL, edited(names.NODE_POOL, unknown)) == []
    assert violations(names.BUCKET, edited(names.BUCKET, {"name": UNKNOWN})) == []
    assert violations(names.LUSTRE, edited(names.LUSTRE, {"capacityGib": UNKNOWN})) == []


def test_a_bucket_with_uniform_access_takes_no_access_control_list() -> None:
    store, token = FakeStore(), "gcp:storage/bucketACL:BucketACL"
    make(store, names.BUCKET, {"name": "uniform", "location": "US", "uniformBucketLevelAccess": True})
    make(store, names.BUCKET, {"name": "fine-grained", "location": "US"})
    check = BEHAVIOUR.rules[token].check
    assert check is not None
    ((path, said),) = check(call(store, token, {"bucket": "uniform"}))
    assert path == "bucket"
    assert "Cannot use ACL API" in said
    assert not check(call(store, token, {"bucket": "fine-grained"}))
