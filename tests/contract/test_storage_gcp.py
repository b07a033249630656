"""What Google's clusters store beyond checkpoints, run against the sandbox: shared stores, data sets, local disks."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.contract import platform_gcp
from tests.contract.dry_run import dry_run
from tests.contract.test_compute_gcp import RESERVATION, asked, of, pool
from tests.golden.cases import pod_template
from wayfare.blueprints import Purchase
from wayfare.components.contract import NotFeasible
from wayfare.components.gcp import CLOUD
from wayfare.components.gcp.planning_storage import TIERS, lustre
from wayfare.sandbox.behaviour import Refused

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


def test_a_store_is_encrypted_with_the_accounts_own_key_and_protected(tmp_path: Path) -> None:
    storage = {"shared": {"capacity": "9TiB", "keep": "durable"}}
    wanted = platform_gcp.asked(storage=storage, encryption="own", deletionProtection=True)
    wanted = replace(wanted, complete=True)
    with dry_run(tmp_path, wanted, before=platform_gcp.bootstrapped(platform_gcp.REGION)) as run:
        assert run.refusals == []
        (store,) = of(run, LUSTRE)
        assert store.inputs["kmsKey"].endswith(f"/locations/{platform_gcp.REGION}/keyRings/wayfare/cryptoKeys/wayfare")
        with pytest.raises(Refused, match="cannot destroy Instance without setting deletion_policy"):
            run.delete(LUSTRE, store.id)
    assert "the shared store" in CLOUD.gives(CLOUD.plan(wanted)).encryption


def test_an_existing_network_is_not_connected_to_anything() -> None:
    network = {"existing": [platform_gcp.EXISTING]}
    wanted = platform_gcp.asked(storage={"shared": {"capacity": "9TiB"}}, network=network)
    with pytest.raises(NotFeasible, match="changes no network of yours"):
        CLOUD.plan(wanted)


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
        grants = [row.inputs for row in of(run, GRANT) if row.inputs["bucket"] == "corpus"]
        whole, below = sorted(grants, key=lambda inputs: "condition" in inputs)
        assert below["role"] == whole["role"] == "roles/storage.objectViewer"
        # IAM: "Attribute reference", resource name and API attributes of Cloud Storage.
        assert below["condition"]["expression"] == (
            'resource.name.startsWith("projects/_/buckets/corpus/objects/tokens/v2/") || '
            'api.getAttribute("storage.googleapis.com/objectListPrefix", "").startsWith("tokens/v2/")'
        )
        assert "condition" not in whole
        rows = sorted(of(run, "kubernetes:core/v1:PersistentVolume"), key=lambda row: row.name)
        volumes = [row.inputs["spec"] for row in rows]
        # GKE: "Mount Cloud Storage buckets as persistent volumes".
        assert {each["csi"]["driver"] for each in volumes} == {"gcsfuse.csi.storage.gke.io"}
        assert {each["csi"]["volumeHandle"].partition(":")[0] for each in volumes} == {"corpus"}
        assert len({each["csi"]["volumeHandle"] for each in volumes}) == 2
        assert all(each["csi"]["readOnly"] is True for each in volumes)
        assert "only-dir=tokens/v2" in volumes[0]["mountOptions"]
        (job,) = of(run, "kubernetes:jobset.x-k8s.io/v1alpha2:JobSet")
        assert pod_template(job.inputs)["metadata"]["annotations"]["gke-gcsfuse/volumes"] == "true"


def test_scratch_space_lies_on_the_nodes_disks(tmp_path: Path) -> None:
    wanted = asked("g4-standard-48", nodes=1, storage={"scratch": {"perNode": "1TiB"}})
    with dry_run(tmp_path, wanted) as run:
        assert run.refusals == []
        assert pool(run).inputs["nodeConfig"]["ephemeralStorageLocalSsdConfig"] == {"localSsdCount": 4}
        (reservation,) = of(run, RESERVATION)
        assert len(reservation.inputs["specificReservation"]["instanceProperties"]["localSsds"]) == 4
        (job,) = of(run, "kubernetes:jobset.x-k8s.io/v1alpha2:JobSet")
        volumes = {each["name"]: each for each in pod_template(job.inputs)["spec"]["volumes"]}
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
