"""What the workload becomes in Kubernetes, whatever the cloud: mounts, claims, queues, and what keeps it apart."""

from dataclasses import replace
from typing import Any

import pulumi
import pytest
from pulumi.runtime import mocks

from tests.golden import cases
from tests.golden.graph import Answers, Graph, Recorder
from tests.mocked import event_loop, settled
from wayfare.blueprints import CloudName
from wayfare.components.clouds import cloud
from wayfare.components.contract import ClusterOutputs
from wayfare.components.kubernetes.workload import Workload
from wayfare.components.pods import PodNeeds, Scratch, Volume

SHARED = Volume("shared", "/shared", "fsx.csi.aws.com", "fs-1", {"dnsname": "fs-1.fsx"}, capacity_gib=4800)
DATA = Volume("data-0", "/data", "s3.csi.aws.com", "corpus", {"bucketName": "corpus"}, read_only=True)


def declared(blueprint: str, pods: dict[str, Any], *volumes: Volume) -> Graph:
    """The workload of a plan with other needs, in a cluster of no cloud's."""
    plan = cloud(CloudName.AWS).plan(cases.request(CloudName.AWS, blueprint))
    plan = replace(plan, pods=replace(PodNeeds(accelerators={"nvidia.com/gpu": 8}, fabric={}), **pods))
    answers = Answers()
    recorder = Recorder(answers)

    async def declare() -> None:
        cluster = pulumi.ComponentResource("wayfare:index:Cluster", "cluster")
        outputs = ClusterOutputs(
            endpoint="https://c",
            kubeconfig=pulumi.Output.secret("{}"),
            checkpoints="s3://b",
            identity="i",
            network="n",
            node_pool="p",
            capacity=None,
            control_plane=cluster,
            ready=[cluster],
            volumes=volumes,
        )
        Workload("w", plan, outputs)
        await settled()

    with event_loop() as loop:
        mocks.set_mocks(answers, project="wayfare", stack="workload", preview=False, monitor=recorder)
        loop.run_until_complete(declare())
    return recorder.recorded


def one(graph: Graph, kind: str) -> Any:
    (found,) = [row.inputs for row in graph.values() if row.type.endswith(f":{kind}")]
    return found


def pod(graph: Graph) -> Any:
    return one(graph, "Job")["spec"]["template"]


def test_a_volume_is_bound_to_its_own_claim_and_mounted() -> None:
    graph = declared(cases.TRAINING, {}, SHARED)
    volume, claim = one(graph, "PersistentVolume"), one(graph, "PersistentVolumeClaim")
    assert volume["spec"]["csi"] == {
        "driver": "fsx.csi.aws.com",
        "volumeHandle": "fs-1",
        "volumeAttributes": {"dnsname": "fs-1.fsx"},
    }
    assert volume["spec"]["persistentVolumeReclaimPolicy"] == "Retain"
    assert volume["spec"]["capacity"] == {"storage": "4800Gi"}
    assert volume["spec"]["claimRef"] == {"name": claim["metadata"]["name"], "namespace": "workload"}
    assert claim["spec"]["volumeName"] == volume["metadata"]["name"]
    # No class: a default one would make a new disk instead.
    assert claim["spec"]["storageClassName"] == volume["spec"]["storageClassName"] == ""
    spec = pod(graph)["spec"]
    assert {"name": "shared", "persistentVolumeClaim": {"claimName": "shared"}} in spec["volumes"]
    assert {"name": "shared", "mountPath": "/shared"} in spec["containers"][0]["volumeMounts"]


def test_data_is_read_only_at_every_level() -> None:
    graph = declared(cases.TRAINING, {}, DATA)
    assert one(graph, "PersistentVolume")["spec"]["accessModes"] == ["ReadOnlyMany"]
    assert one(graph, "PersistentVolume")["spec"]["csi"]["readOnly"] is True
    spec = pod(graph)["spec"]
    assert {"name": "data-0", "persistentVolumeClaim": {"claimName": "data-0", "readOnly": True}} in spec["volumes"]
    assert {"name": "data-0", "mountPath": "/data", "readOnly": True} in spec["containers"][0]["volumeMounts"]


@pytest.mark.parametrize("storage_class", [None, "local"])
def test_scratch_is_the_nodes_ephemeral_storage_or_a_volume_of_the_pods_own(storage_class: str | None) -> None:
    graph = declared(cases.TRAINING, {"scratch": Scratch(6144, storage_class)})
    spec = pod(graph)["spec"]
    (volume,) = [each for each in spec["volumes"] if each["name"] == "scratch"]
    if storage_class is None:
        assert volume["emptyDir"] == {"sizeLimit": "6144Gi"}
    else:
        claim = volume["ephemeral"]["volumeClaimTemplate"]["spec"]
        assert claim["storageClassName"] == "local"
        assert claim["resources"] == {"requests": {"storage": "6144Gi"}}
    assert {"name": "scratch", "mountPath": "/scratch"} in spec["containers"][0]["volumeMounts"]


def test_an_nvlink_domain_spans_the_jobs_nodes_and_every_pod_claims_its_channel() -> None:
    graph = declared(cases.TRAINING, {"compute_domain": True})
    domain = one(graph, "ComputeDomain")
    assert domain["spec"] == {"numNodes": 16, "channel": {"resourceClaimTemplate": {"name": "compute-domain"}}}
    spec = pod(graph)["spec"]
    assert spec["resourceClaims"] == [{"name": "compute-domain", "resourceClaimTemplateName": "compute-domain"}]
    assert spec["containers"][0]["resources"]["claims"] == [{"name": "compute-domain"}]


def test_queued_nodes_are_asked_for_together_by_a_request_that_the_pods_name() -> None:
    graph = declared(cases.TRAINING, {"provisioning_class": "queued-provisioning.gke.io"})
    asked = one(graph, "ProvisioningRequest")
    assert asked["spec"] == {
        "provisioningClassName": "queued-provisioning.gke.io",
        "parameters": {"maxRunDurationSeconds": "604800"},
        "podSets": [{"count": 16, "podTemplateRef": {"name": "llm-pretrain"}}],
    }
    shape = one(graph, "PodTemplate")
    assert shape["metadata"] == {"name": "llm-pretrain", "namespace": "workload"}
    annotations = pod(graph)["metadata"]["annotations"]
    assert annotations["autoscaling.x-k8s.io/consume-provisioning-request"] == asked["metadata"]["name"]
    # The shape is what the nodes are made for; it must not wait for the nodes itself.
    assert "annotations" not in shape["template"]["metadata"]
    assert shape["template"]["spec"] == pod(graph)["spec"]


def test_labels_of_a_slice_select_its_nodes_beside_the_pool() -> None:
    graph = declared(cases.TRAINING, {"node_selector": {"cloud.google.com/gke-tpu-topology": "4x4"}})
    selector = pod(graph)["spec"]["nodeSelector"]
    assert selector == {"wayfare.dev/pool": "accelerator", "cloud.google.com/gke-tpu-topology": "4x4"}


def test_pods_are_reached_by_their_own_namespace_and_hold_no_token_of_the_api() -> None:
    graph = declared(cases.TRAINING, {})
    policy = one(graph, "NetworkPolicy")
    assert policy["metadata"]["namespace"] == "workload"
    assert policy["spec"] == {
        "podSelector": {},
        "policyTypes": ["Ingress"],
        "ingress": [{"from": [{"podSelector": {}}]}],
    }
    assert one(graph, "ServiceAccount")["automountServiceAccountToken"] is False
    assert pod(graph)["spec"]["automountServiceAccountToken"] is False
