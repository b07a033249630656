"""What the components declare on each cloud is a training that a local process stands for in the sandbox."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.contract.dry_run import DryRun, Edit, changed, dry_run
from tests.golden.cases import TRAINING, request
from tests.unit.sandbox.trained import CLAIM, VOLUME, Driven
from wayfare.blueprints import CloudName
from wayfare.components.contract import NAMESPACE, Request
from wayfare.sandbox.behaviour import Properties
from wayfare.sandbox.training.contract import objects_in
from wayfare.sandbox.training.jobs import JOB_SET, jobs

#: Where the volume that a test adds is mounted, whatever else the cluster mounts.
PATH, VOLUME_NAME = "/rehearsed", "rehearsed"
CONTRACT = {
    "WAYFARE_CHECKPOINT_PATH": PATH,
    "WAYFARE_CHECKPOINT_COMPLETE": "step-*/DONE",
    "WAYFARE_CHECKPOINT_STEP": r"step-(\d+)/",
}
POD = "spec.replicatedJobs[0].template.spec.template.spec"


def with_checkpoints(**pace: str) -> Edit:
    """A set whose container is told a contract and its pace, and mounts a volume to write to."""

    def edit(type: str, name: str, inputs: Properties) -> Properties:  # noqa: ARG001 - the form of an edit
        if type != JOB_SET:
            return inputs
        pod = inputs["spec"]["replicatedJobs"][0]["template"]["spec"]["template"]["spec"]
        (container,) = pod["containers"]
        variables = [{"name": name, "value": value} for name, value in {**CONTRACT, **pace}.items()]
        inputs = changed(inputs, f"{POD}.containers[0].env", [*container["env"], *variables])
        mounts = [*container["volumeMounts"], {"name": VOLUME_NAME, "mountPath": PATH}]
        inputs = changed(inputs, f"{POD}.containers[0].volumeMounts", mounts)
        volume = {"name": VOLUME_NAME, "persistentVolumeClaim": {"claimName": VOLUME_NAME}}
        return changed(inputs, f"{POD}.volumes", [*pod["volumes"], volume])

    return edit


def mount(run: DryRun, cloud: CloudName) -> Path:
    """Mount the cluster's own bucket; its directory."""
    match cloud:
        case CloudName.AWS:
            name = _only(run, "aws:s3/bucket:Bucket")
            csi: dict[str, Any] = {"driver": "s3.csi.aws.com", "volumeHandle": "own"}
            csi["volumeAttributes"] = {"bucketName": name}
            place = run.store.bucket("aws", name)
        case CloudName.AZURE:
            *_, account, _, _, _, container = _only(run, "azure-native:storage:BlobContainer").split("/")
            csi = {"driver": "blob.csi.azure.com", "volumeHandle": "own"}
            csi["volumeAttributes"] = {"storageAccount": account, "containerName": container}
            place = run.store.bucket("azure-native", f"{account}/{container}")
        case CloudName.GCP:
            name = _only(run, "gcp:storage/bucket:Bucket")
            csi = {"driver": "gcsfuse.csi.storage.gke.io", "volumeHandle": f"{name}:own"}
            place = run.store.bucket("gcp", name)
    spec = {"accessModes": ["ReadWriteMany"], "storageClassName": ""}
    size = {"storage": "1Gi"}
    metadata = {"name": VOLUME_NAME}
    run.make(VOLUME, "volume", {"metadata": metadata, "spec": {**spec, "capacity": size, "csi": csi}})
    claim = {**spec, "volumeName": VOLUME_NAME, "resources": {"requests": size}}
    run.make(CLAIM, "claim", {"metadata": {**metadata, "namespace": NAMESPACE}, "spec": claim})
    return place


def _only(run: DryRun, type: str) -> str:
    (found,) = (row.id for row in run.resources if row.type == type)
    return found


def wanted(cloud: CloudName) -> Request:
    return request(cloud, TRAINING)


@pytest.mark.parametrize("cloud", CloudName)
def test_it_trains_into_the_cluster_s_own_bucket(tmp_path: Path, cloud: CloudName) -> None:
    to_its_end = with_checkpoints(WAYFARE_TRAINING_PACE="0", WAYFARE_TRAINING_UNTIL="12")
    with dry_run(tmp_path, wanted(cloud), to_its_end) as run:
        assert run.refusals == []
        bucket, driven = mount(run, cloud), Driven(run.store)
        try:
            driven.runs.look()
            driven.until("completed")
        finally:
            driven.runs.close()
        (row,) = driven.runs.rows()
        assert (row["cluster"], row["cloud"], row["wanted"]) == ("llm-pretrain", cloud, 16)
        assert row["stack"] == f"llm-pretrain.{cloud}-{run.region}"
        assert (row["step"], row["whole"], row["restarts"]) == (12, 12, 0)
    names = ("DONE", "log", "state.json", "weights.bin")
    assert sorted(objects_in(bucket)) == [f"step-12/{name}" for name in names]


def test_a_set_goes_after_its_pods(tmp_path: Path) -> None:
    with dry_run(tmp_path, wanted(CloudName.AWS), with_checkpoints(WAYFARE_TRAINING_PACE="0.001")) as run:
        bucket = mount(run, CloudName.AWS)
        run.trainings.turn(on=True)
        begun = run.trainings.await_row("llm-pretrain", frozenset({"running"}), beyond=3, timeout=20.0)
        assert begun is not None
        run.delete(JOB_SET, "workload/llm-pretrain")
        assert run.trainings.rows() == []
        kinds = [event["kind"] for event in run.store.events() if event["token"] == JOB_SET]
        assert kinds[-4:] == ["delete", "told to end", "ended", "deleted"]
        # What it had counted by then is whole.
        steps = [int(name.split("/")[0].removeprefix("step-")) for name in objects_in(bucket) if name.endswith("/DONE")]
        assert max(steps) >= begun["step"]


@pytest.mark.parametrize("cloud", CloudName)
def test_in_a_queue_that_is_held_it_waits(tmp_path: Path, cloud: CloudName) -> None:
    with dry_run(tmp_path, replace(wanted(cloud), held=True)) as run:
        (job,) = jobs(run.store).values()
        assert job.evicted == "the queue accelerators is held and drained"


def test_a_cluster_that_serves_has_none(tmp_path: Path) -> None:
    with dry_run(tmp_path, request(CloudName.AWS, "serve-small")) as run:
        assert jobs(run.store) == {}
