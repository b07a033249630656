"""What the workload becomes in Kubernetes, whatever the cloud: mounts, claims, queues, and what keeps it apart."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.golden import cases
from tests.golden.graph import Graph
from tests.unit.components.declaring import declaring
from wayfare.blueprints import Checkpoint, CloudName
from wayfare.components.clouds import cloud
from wayfare.components.kubernetes.checkpointing import environment
from wayfare.components.kubernetes.layers import Given, layers, untold
from wayfare.components.pods import PodNeeds, Scratch, Volume

SHARED = Volume("shared", "/shared", "fsx.csi.aws.com", "fs-1", {"dnsname": "fs-1.fsx"}, capacity_gib=4800)
DATA = Volume("data-0", "/data", "s3.csi.aws.com", "corpus", {"bucketName": "corpus"}, read_only=True)


def declared(blueprint: str, pods: dict[str, Any], *volumes: Volume) -> Graph:
    """The workload of a plan with other needs, in a cluster of no cloud's."""
    plan = cloud(CloudName.AWS).plan(cases.request(CloudName.AWS, blueprint))
    plan = replace(plan, pods=replace(PodNeeds(accelerators={"nvidia.com/gpu": 8}, fabric={}), **pods))
    return declaring(plan, *volumes)


def one(graph: Graph, kind: str) -> Any:
    (found,) = [row.inputs for row in graph.values() if row.type.endswith(f":{kind}")]
    return found


def pod(graph: Graph) -> Any:
    (job,) = one(graph, "JobSet")["spec"]["replicatedJobs"]
    return job["template"]["spec"]["template"]


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


def test_queued_nodes_are_asked_for_together_when_a_job_would_be_admitted() -> None:
    """GKE, "Run a large-scale workload with flex-start with queued provisioning"."""
    graph = declared(cases.TRAINING, {"provisioning_class": "queued-provisioning.gke.io"})
    wanted = one(graph, "ProvisioningRequestConfig")
    assert wanted["spec"] == {
        "provisioningClassName": "queued-provisioning.gke.io",
        "managedResources": ["nvidia.com/gpu"],
        "parameters": {"maxRunDurationSeconds": "604800"},
    }
    check = one(graph, "AdmissionCheck")
    assert check["spec"]["parameters"]["name"] == wanted["metadata"]["name"]
    (asked,) = one(graph, "ClusterQueue")["spec"]["admissionChecksStrategy"]["admissionChecks"]
    assert asked == {"name": check["metadata"]["name"], "onFlavors": [one(graph, "ResourceFlavor")["metadata"]["name"]]}


def test_the_queue_holds_the_whole_pool_and_every_resource_that_a_pod_asks_for() -> None:
    graph = declared(cases.TRAINING, {"fabric": {"vpc.amazonaws.com/efa": 32}})
    (group,) = one(graph, "ClusterQueue")["spec"]["resourceGroups"]
    (flavor,) = group["flavors"]
    quota = {each["name"]: each["nominalQuota"] for each in flavor["resources"]}
    assert quota == {
        # 16 machines of p5.48xlarge (EC2: "P5 instances").
        "cpu": str(16 * 192),
        "memory": f"{16 * 2048}Gi",
        "nvidia.com/gpu": "128",
        "vpc.amazonaws.com/efa": "512",
    }
    resources = pod(graph)["spec"]["containers"][0]["resources"]
    assert {*resources["limits"], *resources["requests"]} == set(group["coveredResources"]) == set(quota)
    assert one(graph, "ClusterQueue")["spec"]["namespaceSelector"] == {
        "matchLabels": {"kubernetes.io/metadata.name": "workload"}
    }
    queue = one(graph, "LocalQueue")
    assert one(graph, "JobSet")["metadata"]["labels"]["kueue.x-k8s.io/queue-name"] == queue["metadata"]["name"]
    assert queue["spec"] == {"clusterQueue": one(graph, "ClusterQueue")["metadata"]["name"]}


def test_room_is_looked_for_near_each_other_where_the_cloud_tells_what_is_near() -> None:
    graph = declared(cases.TRAINING, {"topology": ("example.com/block", "example.com/rack")})
    levels = [each["nodeLabel"] for each in one(graph, "Topology")["spec"]["levels"]]
    assert levels == ["example.com/block", "example.com/rack", "kubernetes.io/hostname"]
    assert one(graph, "ResourceFlavor")["spec"]["topologyName"] == one(graph, "Topology")["metadata"]["name"]
    annotations = pod(graph)["metadata"]["annotations"]
    assert annotations == {"kueue.x-k8s.io/podset-preferred-topology": "example.com/rack"}


def test_claimed_devices_are_not_counted_by_the_queue() -> None:
    """Kueue refuses jobs that claim devices of a class that it has no quota for."""
    graph = declared(cases.TRAINING, {})
    charts = {row.inputs["name"]: row.inputs for row in graph.values() if row.type.endswith(":Release")}
    assert not charts["kueue"].get("values")
    graph = declared(cases.TRAINING, {"device_classes": ("mrdma.google.com",)})
    charts = {row.inputs["name"]: row.inputs for row in graph.values() if row.type.endswith(":Release")}
    gates = charts["kueue"]["values"]["controllerManager"]["featureGates"]
    assert {gate["name"]: gate["enabled"] for gate in gates} == {
        "KueueDRAIntegration": False,
        # On by themselves, and refused beside the first one that is off.
        "KueueDRAIntegrationExtendedResource": False,
        "KueueDRAIntegrationPartitionableDevices": False,
        "KueueDRARejectWorkloadsWhenDRADisabled": False,
    }


def test_a_set_begins_again_as_one_and_what_the_cloud_takes_away_is_no_failure() -> None:
    spec = one(declared(cases.TRAINING, {}), "JobSet")["spec"]
    (job,) = [each["template"]["spec"] for each in spec["replicatedJobs"]]
    assert (job["parallelism"], job["completions"], job["completionMode"]) == (16, 16, "Indexed")
    assert job["backoffLimit"] == 0
    (rule,) = job["podFailurePolicy"]["rules"]
    assert rule == {"action": "FailJob", "onPodConditions": [{"type": "DisruptionTarget", "status": "True"}]}
    (forgiven,) = spec["failurePolicy"]["rules"]
    assert forgiven["action"] == "RestartJobSetAndIgnoreMaxRestarts"
    assert spec["failurePolicy"]["maxRestarts"] == 3
    # Kueue lets it start: whoever sets this too would stop it with the next change.
    assert "suspend" not in spec
    assert job["template"]["spec"]["restartPolicy"] == "Never"


def test_the_first_pod_is_found_by_the_name_that_jobset_gives_it() -> None:
    """JobSet, "Concepts": `<set>-<replicated job>-<index of the job>-<index of the pod>.<subdomain>`."""
    graph = declared(cases.TRAINING, {})
    spec = one(graph, "JobSet")["spec"]
    variables = {each["name"]: each.get("value") for each in pod(graph)["spec"]["containers"][0]["env"]}
    (job,) = spec["replicatedJobs"]
    assert variables["PET_MASTER_ADDR"] == f"llm-pretrain-{job['name']}-0-0.{spec['network']['subdomain']}"
    assert variables["PET_NNODES"] == "16"
    assert spec["network"]["enableDNSHostnames"] is True


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


def test_a_training_is_told_its_contract_and_has_its_grace() -> None:
    request = cases.request(CloudName.AWS, cases.TRAINING)
    plan = cloud(CloudName.AWS).plan(request)
    found = layers(plan, Given(checkpoints="s3://ours"))
    (job,) = found.workload.spec["replicatedJobs"]
    spec = job["template"]["spec"]["template"]["spec"]
    told = {each["name"]: each.get("value") for each in spec["containers"][0]["env"]}
    assert {name: value for name, value in told.items() if not name.startswith("PET_")} == {
        "WAYFARE_CHECKPOINTS": "s3://ours",
        "WAYFARE_CHECKPOINT_PATH": "/checkpoints",
        "WAYFARE_CHECKPOINT_COMPLETE": "step-*/DONE",
        "WAYFARE_CHECKPOINT_STEP": r"step-(\d+)/",
        "WAYFARE_GRACE_SECONDS": "300",
        "TORCH_ELASTIC_SHUTDOWN_TIMEOUT": "300",
    }
    assert spec["terminationGracePeriodSeconds"] == 300
    assert "the name of its checkpoint bucket" in untold(plan)


def test_without_a_contract_nothing_is_told_mounted_or_waited_for() -> None:
    request = cases.request(CloudName.GCP, cases.TRAINING)
    spec = request.blueprint.spec
    plain = spec.model_copy(update={"workload": spec.workload.model_copy(update={"checkpoint": None})})
    request = replace(request, blueprint=request.blueprint.model_copy(update={"spec": plain}))
    plan = cloud(CloudName.GCP).plan(request)
    assert plan.data.checkpoints is None
    assert plan.pods.annotations == {}
    assert untold(plan) == ()
    (job,) = layers(plan, Given(checkpoints="gs://ours")).workload.spec["replicatedJobs"]
    pod = job["template"]["spec"]["template"]["spec"]
    assert not [each for each in pod["containers"][0]["env"] if not each["name"].startswith("PET_")]
    assert "terminationGracePeriodSeconds" not in pod


def test_a_step_s_expression_reaches_the_container_as_it_was_written() -> None:
    request = cases.request(CloudName.AWS, cases.TRAINING)
    contract = Checkpoint(complete="run-*", step=r"run-(\d+)$", grace=timedelta(seconds=5))
    spec = request.blueprint.spec
    workload = spec.workload.model_copy(update={"checkpoint": contract})
    blueprint = request.blueprint.model_copy(update={"spec": spec.model_copy(update={"workload": workload})})
    told = environment(replace(request, blueprint=blueprint), None)
    (step,) = [each["value"] for each in told if each["name"] == "WAYFARE_CHECKPOINT_STEP"]
    assert step == r"run-(\d+)$$", "Kubernetes makes one `$` of two"
    assert "WAYFARE_CHECKPOINTS" not in {each["name"] for each in told}
