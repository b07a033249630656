"""Google Cloud's plan, its catalog and its failure texts."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.contract.asked import RESERVATIONS, much
from wayfare.blueprints import CloudName, InferenceCluster, Purchase, TrainingCluster
from wayfare.components.catalog import CloudCatalog, Sale, shipped_rows
from wayfare.components.contract import Holding, NotFeasible, Placement, Request
from wayfare.components.failures import FailureKind, Scope, classify
from wayfare.components.gcp.failures import RULES
from wayfare.components.gcp.plan import GcpPlan, labels_of
from wayfare.components.gcp.plan_compute import PlacementPlan
from wayfare.components.gcp.plan_platform import NetworkPlan
from wayfare.components.gcp.planning import plan

CATALOG: CloudCatalog = shipped_rows(CloudName.GCP)
MACHINES = [machine.name for machine in CATALOG.machine_types]
#: What depends on neither zone, machine type, purchase nor holding.
LASTING = ("network", "control_plane", "system_pool", "bucket", "identity")


def request(
    machine_type: str = "a3-highgpu-8g",
    purchase: Purchase = Purchase.ON_DEMAND,
    *,
    zone: str = "us-central1-a",
    nodes: int = 2,
    name: str = "llm-pretrain",
    kind: str = "TrainingCluster",
    holding: Holding | None = None,
    checkpoints: Mapping[str, Any] | None = None,
    labels: Mapping[str, str] | None = None,
    spec: Mapping[str, Any] | None = None,
) -> Request:
    machine = CATALOG.machine_type(machine_type)
    data = {
        "apiVersion": "wayfare.dev/v1",
        "kind": kind,
        "metadata": {"name": name, "labels": dict(labels or {})},
        "spec": {
            "accelerators": [much(machine, nodes, kind)],
            "access": {"allow": ["203.0.113.0/24"]},
            "workload": {"image": "registry.example/train:1"},
            "storage": {"checkpoints": dict(checkpoints or {})},
            **(spec or {}),
        },
    }
    model = TrainingCluster if kind == "TrainingCluster" else InferenceCluster
    blueprint = model.model_validate(data, strict=False)
    chosen = holding or (Holding.HELD if machine.holds(purchase) else Holding.NONE)
    return Request(
        blueprint=blueprint,
        digest="0123456789abcdef" * 4,
        placement=Placement(
            CloudName.GCP,
            zone.rpartition("-")[0],
            zone,
            machine_type,
            purchase,
            RESERVATIONS[CloudName.GCP].get(purchase),
        ),
        machine=machine,
        accelerator=blueprint.spec.accelerators[0],
        holding=chosen,
        hold_until=datetime(2026, 11, 24, tzinfo=UTC),
    )


def sold() -> list[tuple[str, Purchase]]:
    return [(m.name, purchase) for m in CATALOG.machine_types for purchase in Purchase if m.sells(purchase)]


def own_network(made: GcpPlan) -> NetworkPlan:
    assert isinstance(made.network, NetworkPlan)
    return made.network


def lasting(made: GcpPlan) -> list[object]:
    return [getattr(made, part) for part in LASTING]


@given(
    choice=st.sampled_from(sold()),
    nodes=st.integers(1, 512),
    kind=st.sampled_from(("TrainingCluster", "InferenceCluster")),
)
def test_never_fewer_accelerators_than_asked(choice: tuple[str, Purchase], nodes: int, kind: str) -> None:
    made = plan(request(*choice, nodes=nodes, kind=kind))
    asked = made.request.accelerator.nodes * made.request.accelerator.per_node
    assert made.accelerator_pool.nodes * made.pods.accelerators[made.accelerator_pool.taint[0]] >= asked
    assert made.capacity.count == made.accelerator_pool.nodes


@given(
    choice=st.sampled_from(sold()),
    zone=st.sampled_from(("us-central1-a", "us-central1-b", "us-central1-f")),
    released=st.booleans(),
)
def test_a_move_within_the_region_keeps_all_but_capacity_and_pool(
    choice: tuple[str, Purchase], zone: str, released: bool
) -> None:
    before = plan(request(nodes=4))
    wanted = request(*choice, zone=zone, nodes=4)
    if released and wanted.holding is Holding.HELD:
        wanted = replace(wanted, holding=Holding.RELEASED)
    # The same blueprint lists alternatives; what it asks for otherwise is the same.
    wanted = replace(wanted, blueprint=before.request.blueprint)
    assert lasting(plan(wanted)) == lasting(before)


@pytest.mark.parametrize(("machine_type", "purchase"), sold())
def test_releasing_capacity_does_not_touch_the_pool(machine_type: str, purchase: Purchase) -> None:
    asked = request(machine_type, purchase)
    before, after = plan(asked), plan(replace(asked, holding=Holding.RELEASED))
    assert before.accelerator_pool == after.accelerator_pool
    assert not after.capacity.held
    assert replace(before.capacity, held=False) == after.capacity


@pytest.mark.parametrize(("machine_type", "purchase"), sold())
def test_held_capacity_is_what_the_pool_takes(machine_type: str, purchase: Purchase) -> None:
    made = plan(request(machine_type, purchase))
    capacity, pool = made.capacity, made.accelerator_pool
    assert (capacity.zone, capacity.machine_type) == (pool.zone, pool.machine_type)
    if pool.gpus is not None:
        assert (capacity.accelerator_type, capacity.accelerators) == (pool.gpus.type, pool.gpus.count)
    assert capacity.local_ssds == pool.local_ssds
    if capacity.held:
        # A placement policy would keep the machines from consuming the reservation.
        assert pool.reservations == "ANY_RESERVATION"
        assert pool.placement is None
    assert pool.spot == (purchase is Purchase.SPOT)


@pytest.mark.parametrize("region", [row.name for row in CATALOG.regions])
def test_names_fit_the_longest_cluster_name(region: str) -> None:
    made = plan(request(name="a" + "b" * 23, zone=f"{region}-a"))
    assert len(made.capacity.name) <= 63
    assert len(own_network(made).name) <= 63
    assert len(made.control_plane.name) <= 40
    assert len(made.accelerator_pool.name) <= 40
    assert 6 <= len(made.control_plane.account_id) <= 30
    assert len("p" * 30 + "-" + made.bucket.suffix) <= 63  # a project id has at most 30 characters
    assert len(plan(request(name="a")).control_plane.account_id) >= 6


def test_two_regions_and_two_clusters_share_no_name() -> None:
    names = {
        own_network(plan(request(name=name, zone=zone))).name
        for name in ("llm", "llm-2")
        for zone in ("us-central1-a", "us-east4-a")
    }
    assert len(names) == 4


def test_labels_are_lower_case_on_everything_that_has_them() -> None:
    made = plan(request(labels={"costCenter": "R4711", "Team": "Research"}))
    for labels in (
        made.control_plane.labels,
        made.system_pool.labels,
        made.accelerator_pool.labels,
        made.bucket.labels,
    ):
        assert labels["costcenter"] == "r4711"
        assert labels["wayfare-cluster"] == "llm-pretrain"
        assert all(key == key.lower() and value == value.lower() for key, value in labels.items())


@given(st.dictionaries(st.text("abcXYZ-_", min_size=1, max_size=9), st.text("abcXYZ09-_", max_size=9), max_size=8))
def test_lowering_is_idempotent(tags: dict[str, str]) -> None:
    assert labels_of(labels_of(tags)) == labels_of(tags)


def test_only_a_job_over_several_spot_nodes_is_placed_compactly() -> None:
    def placement(purchase: Purchase, **more: Any) -> object:
        return plan(request("a3-highgpu-8g", purchase, **more)).accelerator_pool.placement

    assert placement(Purchase.SPOT, nodes=2) == PlacementPlan()
    assert placement(Purchase.SPOT, nodes=1) is None
    assert placement(Purchase.SPOT, kind="InferenceCluster") is None
    assert placement(Purchase.ON_DEMAND, nodes=2) is None


def test_the_fabric_is_claimed_where_a_job_spans_nodes() -> None:
    roce = plan(request("a4-highgpu-8g", Purchase.SPOT, zone="us-central1-b"))
    assert roce.pods.device_classes == ("mrdma.google.com",)
    assert roce.accelerator_pool.network_profile == "auto"
    assert roce.accelerator_pool.node_labels["cloud.google.com/gke-networking-dra-driver"] == "true"
    assert plan(request("a4-highgpu-8g", Purchase.SPOT, nodes=1)).pods.device_classes == ()
    plain = plan(request("g2-standard-96"))
    assert plain.pods.device_classes == ()
    assert plain.accelerator_pool.network_profile is None
    assert plain.pods.accelerators == {"nvidia.com/gpu": 8}
    assert plain.pods.device_plugins == ()


def test_only_scratch_checkpoints_are_deleted_with_the_cluster() -> None:
    durable = plan(request(checkpoints={"expireAfter": "30d"})).bucket
    assert not durable.force_destroy
    assert durable.expire_after_days == 30
    assert durable.soft_delete_seconds >= 7 * 86400
    scratch = plan(request(checkpoints={"keep": "scratch"})).bucket
    assert scratch.force_destroy
    assert scratch.expire_after_days is None


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        (request("a4-highgpu-8g", Purchase.ON_DEMAND, holding=Holding.NONE), "does not sell"),
        (request("a3-highgpu-8g", Purchase.SPOT, holding=Holding.HELD), "cannot be held"),
        (
            replace(
                request("a3-highgpu-8g", Purchase.RESERVED),
                placement=replace(request("a3-highgpu-8g", Purchase.RESERVED).placement, reservation=None),
            ),
            "the placement names none",
        ),
        (replace(request(), machine=CATALOG.machine_type("g2-standard-4")), "accelerators"),
        (replace(request(), placement=replace(request().placement, region="us-east4")), "not a zone"),
    ],
)
def test_what_cannot_be_is_refused_with_the_reason(asked: Request, reason: str) -> None:
    with pytest.raises(NotFeasible, match=reason):
        plan(asked)


@pytest.mark.parametrize("machine", CATALOG.machine_types, ids=MACHINES)
def test_the_catalog_names_what_the_cloud_must_be_told(machine: Any) -> None:
    assert machine.cloud_name
    assert set(machine.regions) <= {row.name for row in CATALOG.regions}
    assert set(machine.holdable) <= {Sale.ON_DEMAND} & set(machine.sales)
    assert machine.local_ssd_gb == round(machine.local_ssd_disks * 375 * 1.024**3)


TEXTS: list[tuple[str, FailureKind, Scope]] = [
    (
        "Error waiting to create Reservation: Error waiting for Creating Reservation: The zone 'projects/p/zones/us-"
        "central1-c' does not have enough resources available to fulfill the request.  '(resource type:compute)'.",
        FailureKind.STOCKOUT,
        Scope.ZONE,
    ),
    (
        "Error waiting for creating GKE NodePool: Google Compute Engine: Not all instances running in IGM after "
        "1m6.219216581s. Expected 40, running 1, transitioning 39. Current errors: [GCE_STOCKOUT]: Instance 'i' "
        "creation failed: The zone 'projects/p/zones/us-west1-b' does not have enough resources available to fulfill "
        "the request.  '(resource type:compute)'.; (truncated).",
        FailureKind.STOCKOUT,
        Scope.ZONE,
    ),
    ("code: ZONE_RESOURCE_POOL_EXHAUSTED_WITH_DETAILS", FailureKind.STOCKOUT, Scope.ZONE),
    (
        "A a2-highgpu-8g VM instance with 8 nvidia-tesla-a100 accelerator(s) is currently unavailable in the "
        "us-central1-b zone. Consider trying your request in the us-central1-a zone(s)",
        FailureKind.STOCKOUT,
        Scope.ZONE,
    ),
    (
        "error creating NodePool: googleapi: Error 403: Insufficient regional quota to satisfy request: resource "
        "\"NVIDIA_H100_GPUS\": request requires '16.0' and is short '8.0'. project has a quota of '8.0' with '8.0' "
        "available. View and manage quotas at https://console.cloud.google.com/iam-admin/quotas?usage=USED&project=p"
        "., forbidden",
        FailureKind.QUOTA,
        Scope.FAMILY,
    ),
    (
        "Error waiting to create Reservation: Error waiting for Creating Reservation: Quota 'NVIDIA_H100_GPUS' "
        "exceeded.  Limit: 8.0 in region us-central1.",
        FailureKind.QUOTA,
        Scope.FAMILY,
    ),
    (
        "Not all instances running in IGM after 20s. Expected 2, running 0, transitioning 2. Current errors: "
        "[QUOTA_EXCEEDED]: Instance 'i' creation failed: Quota 'NVIDIA_L4_GPUS' exceeded.  Limit: 1.0 in region r.",
        FailureKind.QUOTA,
        Scope.FAMILY,
    ),
    ("Quota 'GPUS_ALL_REGIONS' exceeded.  Limit: 0.0 globally.", FailureKind.QUOTA, Scope.CLOUD),
    (
        "ResponseError: code=429, message=Reservation does not have enough resources for the request: specific "
        'reservation "r" is insufficient for node pool "np4" at zone "us-central1-c": required 1 and short of 1 VM',
        FailureKind.RESERVATION_FULL,
        Scope.ZONE,
    ),
    (
        "googleapi: Error 400: Invalid value for field 'resource.machineType': Machine type with name 'a4-highgpu-8g' "
        "does not exist in zone 'us-east4-a'., invalid",
        FailureKind.NOT_OFFERED,
        Scope.ZONE,
    ),
    (
        "googleapi: Error 403: Required 'compute.reservations.create' permission for 'projects/p/zones/z', forbidden",
        FailureKind.CREDENTIALS,
        Scope.ZONE,
    ),
    (
        "google: could not find default credentials. See https://cloud.google.com/docs",
        FailureKind.CREDENTIALS,
        Scope.ZONE,
    ),
    (
        "googleapi: Error 403: Kubernetes Engine API has not been used in project 1 before or it is disabled.",
        FailureKind.CREDENTIALS,
        Scope.ZONE,
    ),
    (
        "[IP_SPACE_EXHAUSTED]: Instance 'i' creation failed: IP space of 'x' is exhausted.",
        FailureKind.ADDRESS_SPACE,
        Scope.ZONE,
    ),
    ("googleapi: Error 503: Service Unavailable, backendError", FailureKind.TRANSIENT, Scope.ZONE),
    (
        "googleapi: Error 429: Quota exceeded for quota metric 'Queries', rateLimitExceeded",
        FailureKind.TRANSIENT,
        Scope.ZONE,
    ),
    ("googleapi: Error 400: Invalid value for field 'resource.name': 'X'., invalid", FailureKind.UNKNOWN, Scope.ZONE),
]


@pytest.mark.parametrize(("text", "kind", "scope"), TEXTS, ids=[text[:40] for text, _, _ in TEXTS])
def test_what_the_cloud_says_is_understood(text: str, kind: FailureKind, scope: Scope) -> None:
    meaning = classify(text, RULES)
    assert (meaning.kind, meaning.scope) == (kind, scope)
