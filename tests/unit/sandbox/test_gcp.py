"""Google Cloud's rules in the sandbox: what is refused, what is filled in, and how a shortage reads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from wayfare.components.failures import FailureKind, classify
from wayfare.components.gcp.failures import RULES as FAILURES
from wayfare.sandbox.behaviour import UNKNOWN, Call, Nodes, Properties, Refused
from wayfare.sandbox.clouds.gcp import BEHAVIOUR, compute, storage

ZONES = {"us-central1": ("us-central1-a", "us-central1-b", "us-central1-c")}
POOL: dict[str, Any] = {
    "name": "accelerator",
    "cluster": "projects/wayfare-sandbox/locations/us-central1/clusters/llm",
    "location": "us-central1",
    "nodeLocations": ["us-central1-b"],
    "nodeCount": 2,
    "nodeConfig": {
        "machineType": "a3-highgpu-8g",
        "guestAccelerators": [{"type": "nvidia-h100-80gb", "count": 8}],
        "reservationAffinity": {"consumeReservationType": "ANY_RESERVATION"},
        "taints": [{"key": "nvidia.com/gpu", "value": "present", "effect": "NO_SCHEDULE"}],
    },
}
CLUSTER = {"name": "llm", "location": "us-central1", "datapathProvider": "ADVANCED_DATAPATH"}


@dataclass(frozen=True)
class FakeRow:
    token: str
    id: str
    inputs: Properties
    outputs: Properties
    tags: Mapping[str, str] = field(default_factory=dict[str, str])
    region: str = "us-central1"
    failed: bool = False


@dataclass
class FakeStore:
    """Resources and buckets in memory."""

    held: list[FakeRow] = field(default_factory=list[FakeRow])
    buckets: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    ids: int = 0

    def now(self) -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC)

    def new_id(self, digits: int = 17) -> str:
        self.ids += 1
        return f"{self.ids:x}".ljust(digits, "a")[:digits]

    def rows(self, token: str | None = None) -> Sequence[FakeRow]:
        return [row for row in self.held if token in (None, row.token)]

    def row(self, token: str, id: str) -> FakeRow | None:
        return next((row for row in self.held if (row.token, row.id) == (token, id)), None)

    def zones(self, region: str) -> Sequence[str]:
        return ZONES.get(region, ())

    def offered(self, region: str, zone: str, machine_type: str) -> bool:
        return zone in ZONES.get(region, ()) and machine_type == "a3-highgpu-8g"

    def bucket_made(self, name: str) -> None:
        self.buckets[name] = []

    def bucket_empty(self, name: str) -> bool:
        return not self.buckets[name]

    def bucket_removed(self, name: str) -> None:
        del self.buckets[name]


def call(store: FakeStore, token: str, inputs: Mapping[str, Any], id: str | None = None) -> Call:
    return Call(token, "r", "urn", dict(inputs), {"region": "us-central1"}, store, id)


def make(store: FakeStore, token: str, inputs: Mapping[str, Any], tags: Mapping[str, str] | None = None) -> FakeRow:
    create = BEHAVIOUR.rules[token].create
    assert create is not None
    made = create(call(store, token, inputs))
    row = FakeRow(token, made.id, dict(inputs), {**inputs, **made.outputs}, tags or {})
    store.held.append(row)
    return row


def delete(store: FakeStore, row: FakeRow) -> None:
    rule = BEHAVIOUR.rules[row.token].delete
    if rule is not None:
        rule(call(store, row.token, row.inputs, row.id))
    store.held.remove(row)


def violations(token: str, inputs: Mapping[str, Any]) -> list[str]:
    check = BEHAVIOUR.rules[token].check
    assert check is not None
    return [path for path, _ in check(call(FakeStore(), token, inputs))]


@pytest.mark.parametrize(
    ("token", "inputs", "path"),
    [
        (compute.NETWORK, {"name": "Llm"}, "name"),
        (compute.SUBNETWORK, {"name": "n", "ipCidrRange": "10.0.0.1/20"}, "ipCidrRange"),
        (compute.RESERVATION, {"name": "r", "specificReservation": {"count": 1}}, "specificReservation"),
        (
            compute.RESERVATION,
            {
                "name": "r",
                "deleteAtTime": "2026-01-01T00:00:00Z",
                "deleteAfterDuration": {"seconds": "7200"},
                "specificReservation": {"count": 1, "instanceProperties": {"machineType": "g2-standard-4"}},
            },
            "deleteAtTime",
        ),
        (compute.CLUSTER, {"name": "l" * 41}, "name"),
        (compute.CLUSTER, {"name": "l", "resourceLabels": {"Team": "x"}}, "resourceLabels"),
        (compute.CLUSTER, {"name": "l", "removeDefaultNodePool": True}, "initialNodeCount"),
        (compute.NODE_POOL, {**POOL, "nodeLocations": ["us-east4-a"]}, "nodeLocations[0]"),
        (
            compute.NODE_POOL,
            {**POOL, "nodeLocations": ["us-central1-a", "us-central1-b"], "placementPolicy": {"type": "COMPACT"}},
            "nodeLocations",
        ),
        (compute.NODE_POOL, {**POOL, "upgradeSettings": {"maxSurge": 0, "maxUnavailable": 0}}, "upgradeSettings"),
        (
            compute.NODE_POOL,
            {**POOL, "nodeConfig": {"machineType": "a4-highgpu-8g", "diskType": "pd-balanced"}},
            "nodeConfig.diskType",
        ),
        (
            compute.NODE_POOL,
            {**POOL, "nodeConfig": {"taints": [{"key": "a", "value": "b", "effect": "NoSchedule"}]}},
            "nodeConfig.taints[0].effect",
        ),
        (storage.BUCKET, {"name": "my-google-bucket", "location": "US"}, "name"),
        (
            storage.BUCKET,
            {"name": "b-1", "location": "US", "softDeletePolicy": {"retentionDurationSeconds": 60}},
            "softDeletePolicy.retentionDurationSeconds",
        ),
        (storage.ACCOUNT, {"accountId": "short"}, "accountId"),
    ],
)
def test_what_the_schema_allows_and_google_refuses(token: str, inputs: Mapping[str, Any], path: str) -> None:
    assert violations(token, inputs) == [path]


def test_what_is_not_known_yet_is_not_refused() -> None:
    assert violations(compute.NODE_POOL, {**POOL, "cluster": UNKNOWN, "nodeConfig": UNKNOWN}) == []
    assert violations(storage.BUCKET, {"name": UNKNOWN, "location": "US"}) == []


def test_two_clusters_have_two_endpoints() -> None:
    store = FakeStore()
    endpoints = {make(store, compute.CLUSTER, {**CLUSTER, "name": name}).outputs["endpoint"] for name in "abc"}
    assert len(endpoints) == 3


def test_a_pool_needs_its_cluster_and_takes_machines_in_its_zone() -> None:
    store = FakeStore()
    with pytest.raises(Refused, match="Not found"):
        make(store, compute.NODE_POOL, POOL)
    make(store, compute.CLUSTER, CLUSTER)
    pool = make(store, compute.NODE_POOL, POOL)
    assert pool.id == "projects/wayfare-sandbox/locations/us-central1/clusters/llm/nodePools/accelerator"
    rule = BEHAVIOUR.rules[compute.NODE_POOL]
    assert rule.half_made
    assert rule.nodes is not None
    assert rule.nodes(call(store, compute.NODE_POOL, POOL)) == Nodes(
        "us-central1-b", "a3-highgpu-8g", "on-demand", 2, reserves=False
    )
    system = {**POOL, "nodeConfig": {"machineType": "e2-standard-4"}}
    assert rule.nodes(call(store, compute.NODE_POOL, system)) is None


@pytest.mark.parametrize("reserves", [True, False])
def test_shortages_read_as_the_failure_texts_expect(reserves: bool) -> None:
    nodes = Nodes("us-central1-b", "a3-highgpu-8g", "on-demand", 2, reserves)
    assert classify(BEHAVIOUR.stockout(nodes, "us-central1"), FAILURES).kind is FailureKind.STOCKOUT
    text = BEHAVIOUR.over_quota(nodes, "us-central1", "NVIDIA_H100_GPUS", 8, 16)
    assert classify(text, FAILURES).kind is FailureKind.QUOTA


def test_only_an_empty_bucket_is_deleted_unless_it_may_be_emptied() -> None:
    store = FakeStore()
    kept = make(store, storage.BUCKET, {"name": "kept", "location": "us-central1"})
    store.buckets["kept"].append("step-1")
    with pytest.raises(Refused, match="without `force_destroy`"):
        delete(store, kept)
    scratch = make(store, storage.BUCKET, {"name": "scratch", "location": "us-central1", "forceDestroy": True})
    store.buckets["scratch"].append("step-1")
    delete(store, scratch)
    assert set(store.buckets) == {"kept"}
    with pytest.raises(Refused, match="409"):
        make(store, storage.BUCKET, {"name": "kept", "location": "us-central1"})


def test_a_network_goes_after_what_is_in_it() -> None:
    store = FakeStore()
    network = make(store, compute.NETWORK, {"name": "llm", "autoCreateSubnetworks": False})
    subnetwork = make(
        store,
        compute.SUBNETWORK,
        {"name": "llm", "network": network.id, "ipCidrRange": "10.0.0.0/20", "region": "us-central1"},
    )
    with pytest.raises(Refused, match="already being used"):
        delete(store, network)
    delete(store, subnetwork)
    delete(store, network)
    assert store.held == []


def test_a_reservation_targeted_by_name_stays_while_it_is_consumed() -> None:
    store = FakeStore()
    inputs = {
        "name": "r",
        "zone": "us-central1-b",
        "specificReservation": {"count": 2, "instanceProperties": {"machineType": "a3-highgpu-8g"}},
    }
    make(store, compute.CLUSTER, CLUSTER)
    affinity = {"consumeReservationType": "SPECIFIC_RESERVATION", "values": ["r"]}
    make(store, compute.NODE_POOL, {**POOL, "nodeConfig": {**POOL["nodeConfig"], "reservationAffinity": affinity}})
    named = make(store, compute.RESERVATION, {**inputs, "specificReservationRequired": True})
    with pytest.raises(Refused, match="already being used"):
        delete(store, named)
    delete(store, make(store, compute.RESERVATION, inputs))


def test_a_grant_to_pods_needs_the_project_s_identity_pool() -> None:
    store = FakeStore()
    make(store, storage.BUCKET, {"name": "b-1", "location": "us-central1"})
    member = "principalSet://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p.svc.id.goog/x"
    grant = {"bucket": "b-1", "role": "roles/storage.objectUser", "member": member}
    token = "gcp:storage/bucketIAMMember:BucketIAMMember"  # noqa: S105 - a type
    with pytest.raises(Refused, match="Identity Pool does not exist"):
        make(store, token, grant)
    make(store, compute.CLUSTER, {**CLUSTER, "workloadIdentityConfig": {"workloadPool": "p.svc.id.goog"}})
    assert make(store, token, grant).id == f"b/b-1/roles/storage.objectUser/{member}"


def test_the_inventory_finds_labels_and_names() -> None:
    store = FakeStore()
    tags = {"wayfare-cluster": "llm"}
    make(store, compute.CLUSTER, {**CLUSTER, "name": "llm-1234"}, tags)
    make(store, compute.NETWORK, {"name": "llm-1234"})
    make(store, compute.NETWORK, {"name": "other"})
    search = BEHAVIOUR.invokes["gcp:cloudasset/getSearchAllResources:getSearchAllResources"]

    def found(query: str) -> set[str]:
        results = search({"query": query, "scope": "projects/wayfare-sandbox"}, {}, store)["results"]
        return {each["assetType"] for each in results}

    assert found('labels.wayfare-cluster="llm"') == {"container.googleapis.com/Cluster"}
    assert found('name:"llm-1234"') == {"container.googleapis.com/Cluster", "compute.googleapis.com/Network"}


def test_zones_and_machine_types_are_the_store_s() -> None:
    store = FakeStore()
    zones = BEHAVIOUR.invokes["gcp:compute/getZones:getZones"]({"region": "us-central1"}, {}, store)
    assert zones["names"] == list(ZONES["us-central1"])
    asked = {"zone": "us-central1-a", "filter": '(name = "a3-highgpu-8g") OR (name = "g2-standard-4")'}
    types = BEHAVIOUR.invokes["gcp:compute/getMachineTypes:getMachineTypes"](asked, {}, store)
    assert [each["name"] for each in types["machineTypes"]] == ["a3-highgpu-8g"]
