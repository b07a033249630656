"""A sandbox's store with what a training on EKS consists of, made by hand, and processes that are waited for."""

import os
import select
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from wayfare.sandbox.store import Resource, Store
from wayfare.sandbox.training.jobs import JOB_SET
from wayfare.sandbox.training.pods import Imagined, Pods
from wayfare.sandbox.training.runs import Runs

CLUSTER, POOL = "aws:eks/cluster:Cluster", "aws:eks/nodeGroup:NodeGroup"
LOCAL_QUEUE, CLUSTER_QUEUE = (f"kubernetes:kueue.x-k8s.io/v1beta2:{kind}" for kind in ("LocalQueue", "ClusterQueue"))
CLAIM, VOLUME = "kubernetes:core/v1:PersistentVolumeClaim", "kubernetes:core/v1:PersistentVolume"
CHART = "kubernetes:helm.sh/v3:Release"

#: Seconds of real time after which something does not come.
PATIENCE = 30.0

CONTRACT = {
    "WAYFARE_CHECKPOINT_PATH": "/checkpoints",
    "WAYFARE_CHECKPOINT_COMPLETE": "step-*/DONE",
    # As the API has it: the kubelet makes one `$` of two.
    "WAYFARE_CHECKPOINT_STEP": r"step-(\d+)/",
}

#: As many steps as one makes checkpoints in, and no time between them: whatever waits for one waits for a moment.
QUICK = {"WAYFARE_TRAINING_PACE": "0.001", "WAYFARE_TRAINING_EVERY": "5", "WAYFARE_TRAINING_BYTES": "100"}


def key(region: str = "us-east-1", cluster: str = "llm") -> str:
    return f"aws/{region}/{cluster}"


def training(store: Store, variables: Mapping[str, str] = CONTRACT, region: str = "us-east-1", grace: int = 7) -> Path:
    """A cluster with two nodes and a training of two pods; the directory of its bucket."""
    add(store, CLUSTER, "llm", region, {"name": "llm"}, tags={"wayfare-cluster": "llm"})
    pool = {
        "clusterName": "llm",
        "nodeGroupName": "gpu",
        "instanceTypes": ["p5.48xlarge"],
        "scalingConfig": {"desiredSize": 2},
        "labels": {"pool": "gpu"},
        "taints": [{"key": "nvidia.com/gpu", "value": "present", "effect": "NO_SCHEDULE"}],
    }
    add(store, POOL, "gpu", region, pool)
    add(store, CHART, "kube-system/plugin", key(region), {}, inputs={"chart": "nvidia-device-plugin"})
    attributes = {"bucketName": f"checkpoints-{region}"}
    csi = {"driver": "s3.csi.aws.com", "volumeHandle": "checkpoints", "volumeAttributes": attributes}
    add(store, VOLUME, "workload-checkpoints", key(region), {"spec": {"csi": csi}})
    add(store, CLAIM, "workload/checkpoints", key(region), {"spec": {"volumeName": "workload-checkpoints"}})
    add(store, CLUSTER_QUEUE, "accelerators", key(region), {"spec": {}})
    add(store, LOCAL_QUEUE, "workload/accelerators", key(region), {"spec": {"clusterQueue": "accelerators"}})
    add_set(store, region, grace, variables)
    bucket = store.bucket("aws", f"checkpoints-{region}")
    bucket.mkdir(parents=True)
    return bucket


def add_set(store: Store, region: str, grace: int, variables: Mapping[str, str], uid: str = "1") -> None:
    env = [{"name": name, "value": value} for name, value in {**CONTRACT, **variables}.items()]
    container = {
        "name": "main",
        "env": env,
        "resources": {"limits": {"nvidia.com/gpu": "8"}},
        "volumeMounts": [{"name": "checkpoints", "mountPath": "/checkpoints"}],
    }
    pod = {
        "nodeSelector": {"pool": "gpu"},
        "tolerations": [{"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}],
        "terminationGracePeriodSeconds": grace,
        "containers": [container],
        "volumes": [{"name": "checkpoints", "persistentVolumeClaim": {"claimName": "checkpoints"}}],
    }
    job = {"parallelism": 2, "template": {"spec": pod}}
    spec = {
        "failurePolicy": {"maxRestarts": 3},
        "replicatedJobs": [{"name": "node", "replicas": 1, "template": {"spec": job}}],
    }
    labels = {"app.kubernetes.io/managed-by": "wayfare", "kueue.x-k8s.io/queue-name": "accelerators"}
    metadata = {"name": "llm", "namespace": "workload", "uid": uid, "labels": labels}
    add(store, JOB_SET, "workload/llm", key(region), {"metadata": metadata, "spec": spec})


def add(
    store: Store,
    token: str,
    id: str,
    region: str,
    outputs: dict[str, Any],
    inputs: dict[str, Any] | None = None,
    tags: dict[str, str] | None = None,
) -> None:
    package = token.partition(":")[0]
    given: dict[str, Any] = {"inputs": outputs if inputs is None else inputs, "outputs": outputs, "tags": tags or {}}
    store.add(
        package=package, token=token, id=id, region=region, urn="", name=id, failed=False, nodes=None, at=0.0, **given
    )


def row(store: Store, token: str, region: str = "us-east-1") -> Resource:
    """The one resource of a type in a region or in the region's cluster."""
    (found,) = (each for each in store.resources(token=token) if each.region in (region, key(region)))
    return found


def change(store: Store, token: str, region: str = "us-east-1", **outputs: Any) -> None:
    """Change a resource's outputs."""
    was = row(store, token, region)
    store.change(
        was.number, inputs=was.inputs, outputs={**was.outputs, **outputs}, tags=was.tags, failed=False, nodes=None
    )


def hold(store: Store, policy: str | None, region: str = "us-east-1") -> None:
    """Set the cluster queue's policy; None opens it."""
    change(store, CLUSTER_QUEUE, region, spec={} if policy is None else {"stopPolicy": policy})


class Clock:
    """Real seconds that a test lets pass."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Driven:
    """Trainings that are looked after by hand."""

    def __init__(self, store: Store, pods: Pods | None = None) -> None:
        self.store, self.clock = store, Clock()
        self.runs = Runs(store, pods or Imagined(store), lambda: 0.0, self.clock)

    def row(self, stack: str = "llm.aws-us-east-1") -> dict[str, Any]:
        (found,) = (each for each in self.runs.rows() if each["stack"] == stack)
        return found

    def state(self) -> tuple[str, int]:
        """State and pods of the one training."""
        (found,) = self.runs.rows()
        return found["state"], found["pods"]

    def until_something(self) -> None:
        """Wait until a process has done something or has ended, and look."""
        found, _, _ = select.select(list(self.runs.pipes()), [], [], PATIENCE)
        assert found, "nothing came of it"
        self.runs.look()

    def until(self, state: str) -> None:
        """Wait until the one training is in a state."""
        while self.state()[0] != state:
            self.until_something()

    def until_ended(self, pid: int) -> None:
        """Wait until no process of that number is the training's any more, and it has been noted."""
        while any(each["pid"] == pid for each in self.runs.rows()):
            self.until_something()


def watched(pid: int) -> int:
    """A handle of a process, which becomes readable when it ends."""
    return os.pidfd_open(pid)


def ended(handle: int) -> bool:
    """Whether a process ends in time."""
    found, _, _ = select.select([handle], [], [], PATIENCE)
    os.close(handle)
    return bool(found)
