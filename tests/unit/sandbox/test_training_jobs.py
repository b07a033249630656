"""What a cluster's objects say of its training: as a queue, a scheduler and a kubelet would read them."""

from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest

from tests.unit.sandbox.trained import (
    CHART,
    CLAIM,
    CLUSTER,
    CLUSTER_QUEUE,
    LOCAL_QUEUE,
    POOL,
    VOLUME,
    add,
    change,
    hold,
    key,
    row,
    training,
)
from wayfare.sandbox.store import Store
from wayfare.sandbox.training.jobs import JOB_SET, Job, jobs


@pytest.fixture
def store(tmp_path: Path) -> Generator[Store]:
    made = Store(tmp_path)
    training(made)
    yield made
    made.close()


def only(store: Store) -> Job:
    (found,) = jobs(store).values()
    return found


def test_a_training_is_read_from_its_set_and_what_that_names(store: Store) -> None:
    job = only(store)
    assert (job.key, job.stack, job.name, job.pods) == (key(), "llm.aws-us-east-1", "workload/llm", 2)
    assert (job.grace, job.restarts) == (7.0, 3)
    assert (job.evicted, job.closed, job.unmounted) == ("", "", "")
    assert job.bucket == store.bucket("aws", "checkpoints-us-east-1")
    assert job.environment["WAYFARE_CHECKPOINT_STEP"] == r"step-(\d+)/"


def test_variables_are_those_that_a_kubelet_sets(store: Store) -> None:
    env = [
        {"name": "A", "value": "a"},
        {"name": "B", "value": "$(A)$$(A)$$$(C)$(missing)"},
        {"name": "C", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
    ]
    changed(store, lambda pod: pod["containers"][0].update(env=env))
    assert dict(only(store).environment) == {"A": "a", "B": "a$(A)$$(C)$(missing)"}
    assert (only(store).bucket, only(store).unmounted) == (None, "")


@pytest.mark.parametrize(
    ("token", "field", "value", "evicted", "closed"),
    [
        (CLUSTER_QUEUE, "stopPolicy", "HoldAndDrain", "the queue accelerators is held and drained", ""),
        (CLUSTER_QUEUE, "stopPolicy", "Hold", "", "the queue accelerators is held"),
        (LOCAL_QUEUE, "stopPolicy", "HoldAndDrain", "the queue accelerators is held and drained", ""),
        (CLUSTER_QUEUE, "stopPolicy", "None", "", ""),
        (LOCAL_QUEUE, "clusterQueue", "other", "", "the cluster queue other is not there"),
    ],
)
def test_a_queue_closes_or_drains(store: Store, token: str, field: str, value: str, evicted: str, closed: str) -> None:
    change(store, token, spec={**row(store, token).outputs["spec"], field: value})
    assert (only(store).evicted, only(store).closed) == (evicted, closed)


def test_a_set_of_no_queue_begins_unless_it_is_suspended(store: Store) -> None:
    metadata = row(store, JOB_SET).outputs["metadata"]
    ours = {"app.kubernetes.io/managed-by": "wayfare"}
    change(store, JOB_SET, metadata={**metadata, "labels": ours})
    hold(store, "HoldAndDrain")
    assert only(store).evicted == ""
    change(store, JOB_SET, spec={**row(store, JOB_SET).outputs["spec"], "suspend": True})
    assert only(store).evicted == "its set is suspended"
    change(store, JOB_SET, metadata={**metadata, "labels": {**ours, "kueue.x-k8s.io/queue-name": "other"}})
    assert only(store).closed == "the queue other is not there"


@pytest.mark.parametrize(
    "other",
    [
        {"scalingConfig": {"desiredSize": 1}},
        {"labels": {"pool": "system"}},
        {"taints": [{"key": "other", "effect": "NO_SCHEDULE"}]},
        {"instanceTypes": ["m6i.xlarge"]},
    ],
)
def test_every_pod_wants_a_node_of_its_own(store: Store, other: dict[str, Any]) -> None:
    change(store, POOL, **other)
    count = other.get("scalingConfig", {"desiredSize": 0})["desiredSize"]
    assert only(store).evicted == f"its pods could run on {count} of 2 nodes that have joined"


def test_a_node_without_its_plugin_is_not_one(store: Store) -> None:
    (plugin,) = store.resources(token=CHART)
    store.remove(plugin.number)
    assert only(store).evicted == "its pods could run on 0 of 2 nodes that have joined"


def changed(store: Store, edit: Callable[[dict[str, Any]], object]) -> None:
    """Edit the pod of the set."""
    spec = row(store, JOB_SET).outputs["spec"]
    edit(spec["replicatedJobs"][0]["template"]["spec"]["template"]["spec"])
    change(store, JOB_SET, spec=spec)


@pytest.mark.parametrize(
    ("part", "other"),
    [
        ("container", {"volumeMounts": []}),
        ("mount", {"mountPath": "/other"}),
        ("mount", {"readOnly": True}),
        ("claim", {"readOnly": True}),
        ("claim", {"claimName": "other"}),
    ],
)
def test_without_a_volume_to_be_written_no_container_starts(store: Store, part: str, other: dict[str, Any]) -> None:
    def edit(pod: dict[str, Any]) -> None:
        container = pod["containers"][0]
        claim = pod["volumes"][0]["persistentVolumeClaim"]
        {"container": container, "mount": container["volumeMounts"][0], "claim": claim}[part].update(other)

    changed(store, edit)
    assert (only(store).bucket, only(store).unmounted) == (None, "no volume to be written is mounted at /checkpoints")


def test_a_path_belongs_to_a_contract(store: Store) -> None:
    changed(store, lambda pod: pod["containers"][0]["env"].pop(0))
    assert only(store).unmounted == "WAYFARE_CHECKPOINT_COMPLETE is set, and WAYFARE_CHECKPOINT_PATH is not"


def mounted(store: Store, **csi: Any) -> Job:
    change(store, VOLUME, spec={"csi": csi})
    return only(store)


def test_each_cloud_s_driver_names_its_bucket_in_its_way(store: Store) -> None:
    gone = mounted(store, driver="s3.csi.aws.com", volumeAttributes={"bucketName": "other"})
    assert (gone.bucket, gone.unmounted) == (None, "the bucket other is not there")
    disk = mounted(store, driver="ebs.csi.aws.com")
    assert disk.unmounted == "the volume at /checkpoints is no bucket: its driver is ebs.csi.aws.com"

    place = {"driver": "gcsfuse.csi.storage.gke.io", "volumeHandle": "bucket:checkpoints"}
    assert mounted(store, **place).unmounted == "the bucket bucket is not there"
    store.bucket("gcp", "bucket").mkdir(parents=True)
    assert mounted(store, **place).bucket == store.bucket("gcp", "bucket")

    attributes = {"storageAccount": "account", "containerName": "checkpoints"}
    place = {"driver": "blob.csi.azure.com", "volumeHandle": "x", "volumeAttributes": attributes}
    store.bucket("azure-native", "account").mkdir(parents=True)
    assert mounted(store, **place).unmounted == "the bucket account/checkpoints is not there"
    id = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/account"
    token = "azure-native:storage:BlobContainer"  # noqa: S105 - a type
    add(store, token, f"{id}/blobServices/default/containers/checkpoints", "eastus", {})
    assert mounted(store, **place).bucket == store.bucket("azure-native", "account/checkpoints")


def test_what_is_not_wayfare_s_and_what_has_no_cluster_is_none(store: Store) -> None:
    assert row(store, CLAIM).id == "workload/checkpoints"
    metadata = row(store, JOB_SET).outputs["metadata"]
    change(store, JOB_SET, metadata={**metadata, "labels": {}})
    assert jobs(store) == {}
    change(store, JOB_SET, metadata=metadata)
    assert len(jobs(store)) == 1
    store.remove(row(store, CLUSTER).number)
    assert jobs(store) == {}
