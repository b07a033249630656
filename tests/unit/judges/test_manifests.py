"""Kubernetes objects as manifests, and the pods in what no judge knows."""

from typing import Any

import pytest

from tests.golden.graph import Graph, Resource
from tests.judges import manifests
from tests.judges.errors import NotConvertible

CONTAINERS = [{"name": "main", "image": "train:1"}]
TEMPLATE = {"spec": {"containers": CONTAINERS}}


def graph(*rows: Resource) -> Graph:
    return {row.key: row for row in rows}


def resource(type: str, **inputs: Any) -> Resource:
    return Resource(f"kubernetes:{type}", "one", None, frozenset(), (), inputs)


def custom(api_version: str, kind: str, spec: dict[str, Any]) -> Resource:
    metadata = {"name": "job", "namespace": "workload"}
    return resource(f"{api_version}:{kind}", apiVersion=api_version, kind=kind, metadata=metadata, spec=spec)


NAMESPACE = resource("core/v1:Namespace", apiVersion="v1", kind="Namespace", metadata={"name": "workload"})
JOB_SET = custom(
    "jobset.x-k8s.io/v1alpha2",
    "JobSet",
    {
        "replicatedJobs": [
            {"name": "a", "template": {"spec": {"template": {"metadata": {"labels": {"x": "y"}}, **TEMPLATE}}}},
            {"name": "b", "template": {"spec": {"template": TEMPLATE}}},
        ]
    },
)
GROUP = custom(
    "leaderworkerset.x-k8s.io/v1",
    "LeaderWorkerSet",
    {"leaderWorkerTemplate": {"workerTemplate": TEMPLATE}},
)
SERVICE = custom("serving.kserve.io/v1beta1", "InferenceService", {"predictor": {"containers": CONTAINERS}})
QUEUE = custom("kueue.x-k8s.io/v1beta1", "ClusterQueue", {"preemption": {"containers": "not a list"}})


def test_what_kubernetes_brings_is_written_as_it_is() -> None:
    assert manifests.manifests(graph(NAMESPACE)) == [NAMESPACE.inputs]


def test_each_pod_that_a_custom_object_describes_is_a_pod() -> None:
    first, second = manifests.manifests(graph(JOB_SET))
    assert first == {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": "job-jobset-spec-replicatedJobs-0-template-spec-template",
            "namespace": "workload",
            "labels": {"x": "y"},
        },
        "spec": {"containers": CONTAINERS},
    }
    assert second["metadata"]["name"] == "job-jobset-spec-replicatedJobs-1-template-spec-template"


@pytest.mark.parametrize("row", [GROUP, SERVICE], ids=lambda row: row.type)
def test_pods_are_found_at_any_depth(row: Resource) -> None:
    (pod,) = manifests.manifests(graph(row))
    assert (pod["kind"], pod["spec"]) == ("Pod", {"containers": CONTAINERS})


def test_a_custom_object_without_pods_is_listed() -> None:
    assert manifests.manifests(graph(QUEUE)) == []
    assert manifests.unread(graph(QUEUE, JOB_SET, NAMESPACE)) == ["ClusterQueue"]


@pytest.mark.parametrize(
    ("api_version", "kind", "known"),
    [
        ("apps/v1", "Deployment", True),
        ("networking.k8s.io/v1", "NetworkPolicy", True),
        ("jobset.x-k8s.io/v1alpha2", "JobSet", False),
        ("batch.volcano.sh/v1", "Job", False),
    ],
)
def test_built_in_kinds(api_version: str, kind: str, known: bool) -> None:
    assert manifests.built_in({"apiVersion": api_version, "kind": kind}) is known


def test_charts_are_listed() -> None:
    chart = resource("helm.sh/v3:Release", chart="nvidia-device-plugin", version="0.18.2")
    assert manifests.manifests(graph(chart)) == []
    assert manifests.unread(graph(chart, NAMESPACE)) == ["chart nvidia-device-plugin"]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (resource("yaml/v2:ConfigGroup", files=["a.yaml"]), "the objects that it makes are not in the graph"),
        (resource("core/v1:Namespace", apiVersion="v1", kind="Namespace"), "has no metadata"),
    ],
    ids=["a collection", "no metadata"],
)
def test_what_cannot_be_converted_is_an_error(row: Resource, said: str) -> None:
    with pytest.raises(NotConvertible, match=said):
        manifests.manifests(graph(row))


def test_a_file_has_one_document_for_each_object() -> None:
    text = manifests.text([NAMESPACE.inputs, {"apiVersion": "v1", "kind": "Pod"}])
    assert text.count("---\n") == 2


def test_a_field_that_the_api_does_not_have_is_a_violation() -> None:
    assert manifests.violation(NAMESPACE.inputs) is None
    said = manifests.violation({**NAMESPACE.inputs, "specs": {}})
    assert said is not None
    assert "specs" in said
