"""The controllers' webhooks judge and complete what the API server is given, as in a cluster that runs them inside."""

from copy import deepcopy

import pytest

from tests.kubernetes.living import Living
from tests.kubernetes.queued import job_set
from wayfare.sandbox.behaviour import Properties
from wayfare.sandbox.planes.api import ApiRefused


def test_a_queued_set_is_suspended_before_anything_of_it_starts(cluster: Living) -> None:
    item = job_set(cluster, "queued")
    assert "suspend" not in item["spec"]
    assert cluster.tried(item)["spec"]["suspend"] is True
    assert not cluster.tried(job_set(cluster, "alone", queued=False))["spec"].get("suspend")


def test_a_set_gets_its_defaults_from_its_controller(cluster: Living) -> None:
    made = cluster.tried(job_set(cluster, "defaults"))["spec"]
    assert made["successPolicy"]["operator"] == "All"
    assert made["network"]["enableDNSHostnames"] is True


def test_a_set_that_its_controller_cannot_run_is_refused(cluster: Living) -> None:
    item = job_set(cluster, "wrong")
    item["spec"]["successPolicy"] = {"operator": "All", "targetReplicatedJobs": ["nobody"]}
    with pytest.raises(ApiRefused, match="nobody"):
        cluster.tried(item)


def test_a_set_of_pods_that_lead_each_other_is_completed_too(cluster: Living) -> None:
    container = {"name": "main", "image": "registry.example/serve:1"}
    item: Properties = {
        "apiVersion": "leaderworkerset.x-k8s.io/v1",
        "kind": "LeaderWorkerSet",
        "metadata": {"name": "serve", "namespace": "default"},
        "spec": {"leaderWorkerTemplate": {"size": 2, "workerTemplate": {"spec": {"containers": [container]}}}},
    }
    assert cluster.tried(item)["spec"]["rolloutStrategy"]["type"] == "RollingUpdate"
    item["spec"]["leaderWorkerTemplate"]["size"] = 0
    with pytest.raises(ApiRefused, match="size"):
        cluster.tried(item)


def test_a_queue_that_is_no_sense_is_refused(cluster: Living) -> None:
    (row,) = (row for row in cluster.run.resources if row.type.endswith(":ClusterQueue"))
    item = deepcopy(row.inputs)
    item["spec"]["resourceGroups"] *= 2
    with pytest.raises(ApiRefused, match="resourceGroups"):
        cluster.tried(item)


def test_an_older_version_of_a_queue_is_converted(cluster: Living) -> None:
    found = cluster.api.get("/apis/kueue.x-k8s.io/v1beta1/clusterqueues/accelerators")
    assert found is not None
    assert found["apiVersion"] == "kueue.x-k8s.io/v1beta1"
