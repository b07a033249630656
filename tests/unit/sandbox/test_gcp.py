"""Google Cloud's rules in the sandbox: what it makes, what it fills in, and how a shortage reads."""

import pytest

from tests.unit.sandbox.gcp_cloud import CLUSTER, POOL, ZONES, FakeStore, call, delete, make
from wayfare.components.failures import FailureKind, classify
from wayfare.components.gcp.failures import RULES as FAILURES
from wayfare.sandbox.behaviour import Nodes, Refused
from wayfare.sandbox.clouds.gcp import BEHAVIOUR, names


def test_two_clusters_have_two_endpoints() -> None:
    store = FakeStore()
    endpoints = {make(store, names.CLUSTER, {**CLUSTER, "name": name}).outputs["endpoint"] for name in "abc"}
    assert len(endpoints) == 3


def test_a_pool_needs_its_cluster_and_takes_machines_in_its_zone() -> None:
    store = FakeStore()
    with pytest.raises(Refused, match="Not found"):
        make(store, names.NODE_POOL, POOL)
    make(store, names.CLUSTER, CLUSTER)
    pool = make(store, names.NODE_POOL, POOL)
    assert pool.id == "projects/wayfare-sandbox/locations/us-central1/clusters/llm/nodePools/accelerator"
    rule = BEHAVIOUR.rules[names.NODE_POOL]
    assert rule.half_made
    assert rule.nodes is not None
    assert rule.nodes(call(store, names.NODE_POOL, POOL)) == Nodes(
        "us-central1-b", "a3-highgpu-8g", "on-demand", 2, reserves=False
    )
    system = {**POOL, "nodeConfig": {"machineType": "e2-standard-4"}}
    assert rule.nodes(call(store, names.NODE_POOL, system)) is None


def test_a_name_is_taken_once() -> None:
    store = FakeStore()
    for token, inputs in ((names.NETWORK, {"name": "llm"}), (names.CLUSTER, CLUSTER), (names.NODE_POOL, POOL)):
        make(store, token, inputs)
        with pytest.raises(Refused, match="lready exists"):
            make(store, token, inputs)


def test_ranges_are_unique_in_a_network_and_only_there() -> None:
    store = FakeStore()
    for name in ("one", "other"):
        make(store, names.NETWORK, {"name": name})
    inputs = {"name": "a", "network": "one", "ipCidrRange": "10.0.0.0/20"}
    make(store, names.SUBNETWORK, {**inputs, "region": "us-central1"})
    with pytest.raises(Refused, match=r"Invalid IPCidrRange: 10\.0\.8\.0/24 conflicts with existing subnetwork 'a'"):
        make(store, names.SUBNETWORK, {**inputs, "name": "b", "ipCidrRange": "10.0.8.0/24"})
    make(store, names.SUBNETWORK, {**inputs, "name": "b", "network": "other"})


def test_a_pool_takes_further_networks_where_its_cluster_does() -> None:
    store = FakeStore()
    make(store, names.CLUSTER, CLUSTER)
    make(store, names.NETWORK, {"name": "rdma"})
    networks = {"additionalNodeNetworkConfigs": [{"network": "rdma", "subnetwork": "rdma"}]}
    with pytest.raises(Refused, match=r"Error 404: The resource '.*/subnetworks/rdma' was not found"):
        make(store, names.NODE_POOL, {**POOL, "networkConfig": networks})
    make(store, names.SUBNETWORK, {"name": "rdma", "network": "rdma", "ipCidrRange": "10.1.0.0/24"})
    with pytest.raises(Refused, match="multi-networking enabled"):
        make(store, names.NODE_POOL, {**POOL, "networkConfig": networks})


def test_an_autopilot_cluster_takes_no_pool() -> None:
    store = FakeStore()
    make(store, names.CLUSTER, {**CLUSTER, "enableAutopilot": True})
    with pytest.raises(Refused, match="Autopilot clusters do not support mutating node pools"):
        make(store, names.NODE_POOL, POOL)


def test_a_file_system_is_in_a_network_that_is_there() -> None:
    store = FakeStore()
    inputs = {"instanceId": "s", "filesystem": "scratch", "location": "us-central1-b", "network": "llm"}
    with pytest.raises(Refused, match=r"Error 404: The resource 'projects/wayfare-sandbox/global/networks/llm'"):
        make(store, names.LUSTRE, inputs)
    make(store, names.NETWORK, {"name": "llm"})
    with pytest.raises(Refused, match="Private services access is not configured"):
        make(store, names.LUSTRE, inputs)
    make(store, names.ADDRESS, {"name": "range", "network": "llm"})
    connection = {"network": "llm", "reservedPeeringRanges": ["range"], "service": "servicenetworking.googleapis.com"}
    made = make(store, names.CONNECTION, connection)
    with pytest.raises(Refused, match="Cannot modify allocated"):
        make(store, names.CONNECTION, connection)
    assert make(store, names.LUSTRE, inputs).outputs["mountPoint"].endswith(":/scratch")
    with pytest.raises(Refused, match="still using this connection"):
        delete(store, made)


@pytest.mark.parametrize("reserves", [True, False])
def test_shortages_read_as_the_failure_texts_expect(reserves: bool) -> None:
    nodes = Nodes("us-central1-b", "a3-highgpu-8g", "on-demand", 2, reserves)
    assert classify(BEHAVIOUR.stockout(nodes, "us-central1"), FAILURES).kind is FailureKind.STOCKOUT
    text = BEHAVIOUR.over_quota(nodes, "us-central1", "NVIDIA_H100_GPUS", 8, 16)
    assert classify(text, FAILURES).kind is FailureKind.QUOTA


def test_only_an_empty_bucket_is_deleted_unless_it_may_be_emptied() -> None:
    store = FakeStore()
    kept = make(store, names.BUCKET, {"name": "kept", "location": "us-central1"})
    store.buckets["kept"].append("step-1")
    with pytest.raises(Refused, match="without `force_destroy`"):
        delete(store, kept)
    scratch = make(store, names.BUCKET, {"name": "scratch", "location": "us-central1", "forceDestroy": True})
    store.buckets["scratch"].append("step-1")
    delete(store, scratch)
    assert set(store.buckets) == {"kept"}
    with pytest.raises(Refused, match="409"):
        make(store, names.BUCKET, {"name": "kept", "location": "us-central1"})


def test_a_network_goes_after_what_is_in_it() -> None:
    store = FakeStore()
    network = make(store, names.NETWORK, {"name": "llm", "autoCreateSubnetworks": False})
    subnetwork = make(
        store,
        names.SUBNETWORK,
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
    make(store, names.CLUSTER, CLUSTER)
    named = make(store, names.RESERVATION, {**inputs, "specificReservationRequired": True})
    affinity = {"consumeReservationType": "SPECIFIC_RESERVATION", "values": ["r"]}
    make(store, names.NODE_POOL, {**POOL, "nodeConfig": {**POOL["nodeConfig"], "reservationAffinity": affinity}})
    with pytest.raises(Refused, match="already being used"):
        delete(store, named)
    delete(store, make(store, names.RESERVATION, {**inputs, "name": "any"}))


def test_a_grant_to_pods_needs_the_project_s_identity_pool() -> None:
    store = FakeStore()
    make(store, names.BUCKET, {"name": "b-1", "location": "us-central1"})
    member = "principalSet://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p.svc.id.goog/x"
    grant = {"bucket": "b-1", "role": "roles/storage.objectUser", "member": member}
    token = "gcp:storage/bucketIAMMember:BucketIAMMember"  # noqa: S105 - a type
    with pytest.raises(Refused, match="Identity Pool does not exist"):
        make(store, token, grant)
    make(store, names.CLUSTER, {**CLUSTER, "workloadIdentityConfig": {"workloadPool": "p.svc.id.goog"}})
    assert make(store, token, grant).id == f"b/b-1/roles/storage.objectUser/{member}"


def test_the_inventory_finds_labels_and_names() -> None:
    store = FakeStore()
    tags = {"wayfare-cluster": "llm"}
    make(store, names.CLUSTER, {**CLUSTER, "name": "llm-1234"}, tags)
    make(store, names.NETWORK, {"name": "llm-1234"})
    make(store, names.NETWORK, {"name": "other"})
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
