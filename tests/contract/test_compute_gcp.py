"""What Google's clusters have beyond the usual, run against the sandbox: reservations, flex-start, slices, stores."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.contract.asked import DATES, blueprint, request
from tests.contract.dry_run import DryRun, Edit, MadeOne, changed, dry_run
from wayfare.blueprints import CloudName, Purchase
from wayfare.components.catalog import shipped_rows
from wayfare.components.contract import NotFeasible, Request
from wayfare.components.failures import FailureKind, classify
from wayfare.components.gcp import CLOUD
from wayfare.components.gcp.planning_storage import TIERS, lustre
from wayfare.sandbox.behaviour import Properties

POOL, POLICY = "gcp:container/nodePool:NodePool", "gcp:compute/resourcePolicy:ResourcePolicy"
RESERVATION = "gcp:compute/reservation:Reservation"


def asked(
    machine_type: str,
    purchase: Purchase = Purchase.ON_DEMAND,
    *,
    nodes: int = 2,
    kind: str = "TrainingCluster",
    storage: dict[str, Any] | None = None,
) -> Request:
    machine = shipped_rows(CloudName.GCP).machine_type(machine_type)
    wanted = blueprint((machine,), nodes=nodes, kind=kind)
    if storage is not None:
        data = wanted.model_dump(by_alias=True, exclude_unset=True)
        data["spec"]["storage"] = storage
        wanted = type(wanted).model_validate(data, strict=False)
    return request(CloudName.GCP, machine, purchase, wanted=wanted)


def bought(wanted: Request, machines: int, name: str | None = None) -> Callable[[DryRun], object]:
    """What makes a reservation of somebody's in the account, before the cluster is."""
    inputs: Properties = {
        "name": name or wanted.placement.reservation,
        "zone": wanted.placement.zone,
        "specificReservationRequired": True,
        "specificReservation": {
            "count": machines,
            "instanceProperties": {"machineType": wanted.machine.name},
        },
    }
    return lambda run: run.make(RESERVATION, "bought", inputs)


def pool(run: DryRun) -> MadeOne:
    """The accelerator pool, as Google has it."""
    (made,) = [row for row in run.resources if row.type == POOL and row.name.endswith("accelerator-pool")]
    return made


def of(run: DryRun, type: str) -> list[MadeOne]:
    return [row for row in run.resources if row.type == type]


def fewer(type: str, name: str, inputs: Properties) -> Properties:
    """One node less than the slice has."""
    wrong = type == POOL and name.endswith("accelerator-pool")
    return changed(inputs, "nodeCount", inputs["nodeCount"] - 1) if wrong else inputs


def without_policy(type: str, name: str, inputs: Properties) -> Properties:  # noqa: ARG001 - an `Edit`
    return changed(inputs, "placementPolicy.policyName", ...) if "placementPolicy" in inputs else inputs


@pytest.mark.parametrize("machine_type", ["a3-highgpu-8g", "a4-highgpu-8g", "ct5p-hightpu-4t"])
def test_a_pool_goes_into_its_reservation_and_into_no_other(tmp_path: Path, machine_type: str) -> None:
    wanted = asked(machine_type, Purchase.RESERVED)
    with dry_run(tmp_path, wanted, before=bought(wanted, wanted.accelerator.nodes)) as run:
        assert run.refusals == []
        # GKE: "Consume reserved zonal resources".
        assert pool(run).inputs["nodeConfig"]["reservationAffinity"] == {
            "consumeReservationType": "SPECIFIC_RESERVATION",
            "key": "compute.googleapis.com/reservation-name",
            "values": [wanted.placement.reservation],
        }
        assert pool(run).inputs["nodeCount"] == wanted.accelerator.nodes
        assert of(run, RESERVATION) == []


@pytest.mark.parametrize(("machines", "name"), [(1, None), (2, "another")])
def test_a_reservation_that_is_full_or_missing_is_told(tmp_path: Path, machines: int, name: str | None) -> None:
    wanted = asked("a3-highgpu-8g", Purchase.RESERVED)
    with dry_run(tmp_path, wanted, before=bought(wanted, machines, name)) as run:
        (refusal,) = run.refusals
        kind = classify(refusal.text, CLOUD.failures).kind
        assert kind is (FailureKind.RESERVATION_FULL if name is None else FailureKind.UNKNOWN), refusal


def test_a_dated_reservation_is_waited_for_without_anybody(tmp_path: Path) -> None:
    wanted = replace(asked("a3-ultragpu-8g", Purchase.BLOCK), waiting=True)
    with dry_run(tmp_path, wanted, before=bought(wanted, 0)) as run:
        assert run.refusals == []
        made = pool(run).inputs
        assert "nodeCount" not in made
        assert made["autoscaling"] == {"totalMinNodeCount": 0, "totalMaxNodeCount": 2, "locationPolicy": "ANY"}
    begun = replace(wanted, waiting=False)
    with dry_run(tmp_path / "begun", begun, before=bought(begun, 2)) as run:
        assert run.refusals == []
        assert pool(run).inputs["nodeCount"] == 2
        assert "autoscaling" not in pool(run).inputs


def test_a_dated_reservation_says_when_it_ends() -> None:
    hold = CLOUD.gives(CLOUD.plan(asked("a3-ultragpu-8g", Purchase.BLOCK))).hold
    assert f"{DATES['end']:%Y-%m-%d}" in hold
    assert datetime(2026, 3, 1, tzinfo=UTC) == DATES["start"]


@pytest.mark.parametrize(
    ("machine_type", "kind", "queued"),
    [
        ("a3-highgpu-8g", "TrainingCluster", True),
        ("a3-highgpu-8g", "InferenceCluster", False),
        ("g2-standard-4", "InferenceCluster", False),
        # A slice comes as a whole without a queue.
        ("ct6e-standard-4t", "TrainingCluster", False),
    ],
)
def test_flex_start_is_asked_for_as_gke_wants_it(tmp_path: Path, machine_type: str, kind: str, queued: bool) -> None:
    wanted = asked(machine_type, Purchase.FLEX, kind=kind)
    with dry_run(tmp_path, wanted) as run:
        assert run.refusals == []
        made = pool(run).inputs
        # GKE: "Run a large-scale workload with flex-start with queued provisioning"; "Run a small batch workload with
        # GPUs and flex-start provisioning mode".
        assert made["nodeConfig"]["flexStart"] is True
        assert made["nodeConfig"]["reservationAffinity"] == {"consumeReservationType": "NO_RESERVATION"}
        assert made["management"] == {"autoRepair": False, "autoUpgrade": not queued}
        assert made.get("queuedProvisioning") == ({"enabled": True} if queued else None)
        assert "nodeCount" not in made
        assert made["autoscaling"]["totalMaxNodeCount"] == wanted.accelerator.nodes
    plan = CLOUD.plan(wanted)
    assert (plan.pods.provisioning_class == "queued-provisioning.gke.io") == queued
    assert any(each.key == "cloud.google.com/gke-queued" for each in plan.pods.tolerations) == queued
    assert "7 days" in CLOUD.gives(plan).hold


@pytest.mark.parametrize("machine_type", ["ct5lp-hightpu-4t", "ct5p-hightpu-4t", "ct6e-standard-4t"])
def test_a_slice_is_one_pool_of_its_topology(tmp_path: Path, machine_type: str) -> None:
    wanted = asked(machine_type, nodes=4)
    with dry_run(tmp_path, wanted) as run:
        assert run.refusals == []
        made = pool(run).inputs
        assert made["placementPolicy"] == {"type": "COMPACT", "tpuTopology": wanted.accelerator.topology}
        assert "guestAccelerators" not in made["nodeConfig"]
        assert made["nodeConfig"]["taints"] == [{"key": "google.com/tpu", "value": "present", "effect": "NO_SCHEDULE"}]
        assert of(run, POLICY) == []


def test_a_slice_of_tpu7x_is_made_by_a_workload_policy(tmp_path: Path) -> None:
    wanted = asked("tpu7x-standard-4t", nodes=16)
    with dry_run(tmp_path, wanted) as run:
        assert run.refusals == []
        (policy,) = of(run, POLICY)
        assert policy.inputs["workloadPolicy"] == {"type": "HIGH_THROUGHPUT", "acceleratorTopology": "4x4x4"}
        assert pool(run).inputs["placementPolicy"] == {
            "type": "COMPACT",
            "policyName": policy.inputs["name"],
            "tpuTopology": "4x4x4",
        }


def test_a_slice_of_one_node_needs_no_policy(tmp_path: Path) -> None:
    for number, machine_type in enumerate(("ct6e-standard-1t", "ct6e-standard-8t", "tpu7x-standard-4t")):
        with dry_run(tmp_path / str(number), asked(machine_type, kind="InferenceCluster")) as run:
            assert run.refusals == []
            assert "placementPolicy" not in pool(run).inputs


def test_an_nvlink_domain_is_one_pool_and_one_compute_domain(tmp_path: Path) -> None:
    wanted = asked("a4x-highgpu-4g", Purchase.RESERVED, nodes=18)
    with dry_run(tmp_path, wanted, before=bought(wanted, 18)) as run:
        assert run.refusals == []
        (policy,) = of(run, POLICY)
        assert policy.inputs["workloadPolicy"] == {"type": "HIGH_THROUGHPUT", "acceleratorTopology": "1x72"}
        made = pool(run).inputs
        assert made["placementPolicy"] == {"type": "COMPACT", "policyName": policy.inputs["name"]}
        assert made["nodeConfig"]["diskType"] == "hyperdisk-balanced"
        assert made["networkConfig"]["acceleratorNetworkProfile"] == "auto"
        assert [row.inputs["spec"]["numNodes"] for row in run.resources if row.type.endswith(":ComputeDomain")] == [18]


@pytest.mark.parametrize(
    ("machine_type", "edit", "path"),
    [
        ("ct6e-standard-4t", fewer, "placementPolicy.tpuTopology"),
        ("tpu7x-standard-4t", without_policy, "placementPolicy.policyName"),
    ],
)
def test_half_of_a_domain_is_refused(tmp_path: Path, machine_type: str, edit: Edit, path: str) -> None:
    with dry_run(tmp_path, asked(machine_type, nodes=4), edit) as run:
        assert [refusal.path for refusal in run.refusals] == [path]


def test_a_policy_stays_while_a_pool_is_placed_by_it(tmp_path: Path) -> None:
    with dry_run(tmp_path, asked("tpu7x-standard-4t", nodes=4)) as run:
        (policy,) = of(run, POLICY)
        with pytest.raises(Exception, match="is already being used by"):
            run.delete(POLICY, policy.id)
        run.delete(POOL, pool(run).id)
        run.delete(POLICY, policy.id)


LUSTRE, CONNECTION = "gcp:lustre/instance:Instance", "gcp:servicenetworking/connection:Connection"
GRANT = "gcp:storage/bucketIAMMember:BucketIAMMember"


def test_a_shared_store_is_a_lustre_instance_that_pods_mount(tmp_path: Path) -> None:
    wanted = asked("a3-megagpu-8g", storage={"shared": {"capacity": "20TiB", "throughputGBps": 10}})
    with dry_run(tmp_path, wanted) as run:
        assert run.refusals == []
        (store,) = of(run, LUSTRE)
        # 20 TiB are 20,480 GiB: of the cheapest tier that brings 10 GB/s, 500 MB/s for each TiB, in steps of 18,000.
        assert (store.inputs["capacityGib"], store.inputs["perUnitStorageThroughput"]) == ("36000", "500")
        assert store.inputs["location"] == wanted.placement.zone
        assert len(store.inputs["filesystem"]) <= 8
        # Managed Lustre: "Configure a VPC network".
        (connection,) = of(run, CONNECTION)
        (range,) = of(run, "gcp:compute/globalAddress:GlobalAddress")
        assert connection.inputs["reservedPeeringRanges"] == [range.inputs["name"]]
        (rule,) = of(run, "gcp:compute/firewall:Firewall")
        assert rule.inputs["sourceRanges"] == [f"{range.inputs['address']}/{range.inputs['prefixLength']}"]
        assert rule.inputs["allows"] == [{"protocol": "tcp", "ports": ["988"]}]
        (cluster,) = of(run, "gcp:container/cluster:Cluster")
        assert cluster.inputs["addonsConfig"]["lustreCsiDriverConfig"] == {"enabled": True}
        (volume,) = of(run, "kubernetes:core/v1:PersistentVolume")
        csi = volume.inputs["spec"]["csi"]
        # Managed Lustre: "Connect to an existing Managed Lustre instance from Google Kubernetes Engine".
        assert csi["driver"] == "lustre.csi.storage.gke.io"
        assert csi["volumeHandle"].split("/")[1:] == [wanted.placement.zone, store.inputs["instanceId"]]
        assert csi["volumeAttributes"] == {
            "ip": store.outputs["mountPoint"].partition("@")[0],
            "filesystem": store.inputs["filesystem"],
        }
    shared = CLOUD.gives(CLOUD.plan(wanted)).shared
    assert shared is not None
    assert shared.capacity_gib >= 20 * 1024
    assert shared.throughput >= 10


@pytest.mark.parametrize("keep", ["durable", "scratch"])
def test_a_store_is_kept_as_the_blueprint_says(tmp_path: Path, keep: str) -> None:
    with dry_run(tmp_path, asked("g2-standard-96", storage={"shared": {"capacity": "9TiB", "keep": keep}})) as run:
        assert run.refusals == []
        (store,) = of(run, LUSTRE)
        assert store.inputs["labels"]["wayfare-keep"] == keep
        for type, id in reversed(run.made):
            if type.startswith("gcp:"):
                run.delete(type, id)


def test_without_a_wish_there_is_no_store_and_no_way_to_one(tmp_path: Path) -> None:
    with dry_run(tmp_path, asked("g2-standard-96")) as run:
        assert {LUSTRE, CONNECTION} & {type for type, _ in run.made} == set()
        (cluster,) = of(run, "gcp:container/cluster:Cluster")
        assert "lustreCsiDriverConfig" not in cluster.inputs["addonsConfig"]


def test_data_is_read_from_exactly_its_bucket_and_prefix(tmp_path: Path) -> None:
    data = [
        {"from": "gs://corpus/tokens/v2", "mount": "/data"},
        {"from": "gs://corpus", "mount": "/all"},
    ]
    wanted = asked("g2-standard-96", storage={"data": data})
    bucket = {"name": "corpus", "location": "US", "uniformBucketLevelAccess": True}
    with dry_run(tmp_path, wanted, before=lambda run: run.make("gcp:storage/bucket:Bucket", "corpus", bucket)) as run:
        assert run.refusals == []
        below, whole = [row.inputs for row in of(run, GRANT) if row.inputs["bucket"] == "corpus"]
        assert below["role"] == whole["role"] == "roles/storage.objectViewer"
        # IAM: "Attribute reference", resource name and API attributes of Cloud Storage.
        assert below["condition"]["expression"] == (
            'resource.name.startsWith("projects/_/buckets/corpus/objects/tokens/v2/") || '
            'api.getAttribute("storage.googleapis.com/objectListPrefix", "").startsWith("tokens/v2/")'
        )
        assert "condition" not in whole
        volumes = [row.inputs["spec"] for row in of(run, "kubernetes:core/v1:PersistentVolume")]
        # GKE: "Mount Cloud Storage buckets as persistent volumes".
        assert {each["csi"]["driver"] for each in volumes} == {"gcsfuse.csi.storage.gke.io"}
        assert {each["csi"]["volumeHandle"].partition(":")[0] for each in volumes} == {"corpus"}
        assert len({each["csi"]["volumeHandle"] for each in volumes}) == 2
        assert all(each["csi"]["readOnly"] is True for each in volumes)
        assert "only-dir=tokens/v2" in volumes[0]["mountOptions"]
        (job,) = of(run, "kubernetes:batch/v1:Job")
        assert job.inputs["spec"]["template"]["metadata"]["annotations"]["gke-gcsfuse/volumes"] == "true"


def test_scratch_space_lies_on_the_nodes_disks(tmp_path: Path) -> None:
    wanted = asked("g4-standard-48", nodes=1, storage={"scratch": {"perNode": "1TiB"}})
    with dry_run(tmp_path, wanted) as run:
        assert run.refusals == []
        assert pool(run).inputs["nodeConfig"]["ephemeralStorageLocalSsdConfig"] == {"localSsdCount": 4}
        (reservation,) = of(run, RESERVATION)
        assert len(reservation.inputs["specificReservation"]["instanceProperties"]["localSsds"]) == 4
        (job,) = of(run, "kubernetes:batch/v1:Job")
        volumes = {each["name"]: each for each in job.inputs["spec"]["template"]["spec"]["volumes"]}
        assert volumes["scratch"]["emptyDir"] == {"sizeLimit": "1024Gi"}


@pytest.mark.parametrize(
    ("machine_type", "storage", "reason"),
    [
        ("g2-standard-96", {"data": [{"from": "s3://corpus/tokens", "mount": "/data"}]}, "is on aws: copy it"),
        ("g4-standard-48", {"scratch": {"perNode": "2TiB"}}, "1,250 GiB of local disks"),
        ("ct6e-standard-4t", {"scratch": {"perNode": "1TiB"}}, "0 GiB of local disks"),
        ("a4x-highgpu-4g", {"scratch": {"perNode": "1TiB"}}, "not known for certain"),
        ("ct6e-standard-4t", {"shared": {"capacity": "9TiB"}}, "secure boot"),
        ("a3-megagpu-8g", {"shared": {"capacity": "9000TiB"}}, "has no instance of 9000 TiB"),
    ],
)
def test_what_storage_cannot_be_is_refused(machine_type: str, storage: dict[str, Any], reason: str) -> None:
    purchase = Purchase.RESERVED if machine_type.startswith("a4x") else Purchase.ON_DEMAND
    with pytest.raises(NotFeasible, match=reason):
        CLOUD.plan(asked(machine_type, purchase, storage=storage))


@given(
    capacity=st.integers(1, 8_000_000),
    throughput=st.none() | st.floats(0.01, 1_000, allow_nan=False),
)
def test_a_store_is_never_smaller_and_never_an_increment_too_large(capacity: int, throughput: float | None) -> None:
    try:
        size = lustre(capacity, throughput)
    except NotFeasible:
        # None of the tiers has it: the largest of each is too small or too slow.
        assert all(
            capacity > most or (throughput or 0) > most / 1024 * tier / 1000 for tier, (_, most) in TIERS.items()
        )
        return
    step, most = TIERS[size.per_tib]
    assert size.capacity_gib % step == 0
    assert capacity <= size.capacity_gib <= most
    assert size.throughput >= (throughput or 0) * (1 - 1e-9)
    smaller = size.capacity_gib - step
    fast_enough = smaller / 1024 * size.per_tib / 1000 >= (throughput or 0) * (1 + 1e-9)
    assert not (smaller >= max(capacity, step) and fast_enough)
