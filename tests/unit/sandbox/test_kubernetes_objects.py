"""Kubernetes objects as the sandbox's API server takes them: by version, by kind, by its own rules, in its words."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from tests.contract.dry_run import changed
from tests.unit.sandbox.gcp_cloud import FakeRow, FakeStore
from wayfare.sandbox.behaviour import Call, Properties, Refused, Row
from wayfare.sandbox.clouds import kubernetes_schema as schema
from wayfare.sandbox.clouds.kubernetes import BEHAVIOUR, DEFINITION, NAMESPACE, RELEASE
from wayfare.sandbox.clouds.kubernetes_pods import quantity
from wayfare.sandbox.clouds.kubernetes_rules import check

CLUSTER = "gcp/us-central1/llm"
POD: Properties = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "p"},
    "spec": {
        "containers": [
            {
                "name": "main",
                "image": "registry.example/train:1",
                "resources": {"limits": {"cpu": "1", "memory": "1Gi"}, "requests": {"cpu": "500m"}},
                "volumeMounts": [{"name": "shm", "mountPath": "/dev/shm"}],  # noqa: S108 - a pod's
                "ports": [{"containerPort": 8080}],
                "env": [{"name": "A", "value": "b"}],
            }
        ],
        "volumes": [{"name": "shm", "emptyDir": {"medium": "Memory", "sizeLimit": "64Gi"}}],
        "tolerations": [{"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}],
    },
}
CLAIM: Properties = {
    "apiVersion": "v1",
    "kind": "PersistentVolumeClaim",
    "metadata": {"name": "c"},
    "spec": {"accessModes": ["ReadWriteMany"], "resources": {"requests": {"storage": "9Ti"}}},
}
MAIN = "spec.containers[0]"


def gke(version: str = "1.34.1-gke.2037000", **inputs: Any) -> Row:
    return FakeRow("gcp:container/cluster:Cluster", "llm", inputs, {"masterVersion": version})


def call(store: FakeStore, token: str, inputs: Mapping[str, Any], cluster: Row | None = None) -> Call:
    return Call(token, "r", "urn", dict(inputs), {}, store, region=CLUSTER, cluster=cluster or gke())


def make(store: FakeStore, token: str, inputs: Mapping[str, Any], cluster: Row | None = None) -> FakeRow:
    create = BEHAVIOUR.rules.get(token, BEHAVIOUR.default).create
    assert create is not None
    made = create(call(store, token, inputs, cluster))
    row = FakeRow(token, made.id, dict(inputs), made.outputs, region=CLUSTER)
    store.held.append(row)
    return row


def violations(token: str, inputs: Mapping[str, Any], cluster: Row | None = None) -> Sequence[tuple[str, str]]:
    rule = BEHAVIOUR.rules.get(token, BEHAVIOUR.default).check
    assert rule is not None
    return rule(call(FakeStore(), token, inputs, cluster))


@pytest.mark.parametrize(
    ("wanted", "taken"),
    [("1.34.1-gke.2037000", "1.34"), ("v1.33.5", "1.33"), ("1.99", "1.37"), ("", "1.37"), ("1.9", "1.25")],
)
def test_the_schemas_are_those_of_the_cluster_s_version_or_the_next_below(wanted: str, taken: str) -> None:
    assert schema.version_for(wanted) == taken


def test_a_kind_that_a_version_does_not_have_yet_is_refused() -> None:
    template: Properties = {"metadata": {"name": "t"}, "spec": {"spec": {"devices": {"requests": []}}}}
    token = "kubernetes:resource.k8s.io/v1:ResourceClaimTemplate"  # noqa: S105 - a type
    assert violations(token, template) == []
    said = 'no matches for kind "ResourceClaimTemplate" in version "resource.k8s.io/v1"'
    assert violations(token, template, gke("1.33.4-gke.100")) == [("kind", said)]
    with pytest.raises(Refused, match="no matches for kind"):
        make(FakeStore(), token, template, gke("1.33.4-gke.100"))


def test_a_custom_kind_comes_with_its_definition_in_the_version_that_it_serves() -> None:
    store, queue = FakeStore(), {"metadata": {"name": "q"}}
    with pytest.raises(Refused, match=r'no matches for kind "Queue" in version "example\.com/v1"'):
        make(store, "kubernetes:example.com/v1:Queue", queue)
    spec = {"group": "example.com", "names": {"kind": "Queue"}, "scope": "Cluster", "versions": [{"name": "v1"}]}
    make(store, DEFINITION, {"metadata": {"name": "queues.example.com"}, "spec": spec})
    assert make(store, "kubernetes:example.com/v1:Queue", queue).id == "q"
    with pytest.raises(Refused, match=r'no matches for kind "Queue" in version "example\.com/v2"'):
        make(store, "kubernetes:example.com/v2:Queue", queue)


def test_a_release_brings_the_kinds_that_its_chart_is_known_to_bring_and_no_others() -> None:
    store, queue = FakeStore(), {"metadata": {"name": "q"}}
    make(store, RELEASE, {"name": "plugin", "namespace": "kube-system", "chart": "nvidia-device-plugin"})
    with pytest.raises(Refused, match="no matches for kind"):
        make(store, "kubernetes:kueue.x-k8s.io/v1beta1:ClusterQueue", queue)
    chart = "oci://registry.k8s.io/kueue/charts/kueue"
    make(store, RELEASE, {"name": "kueue", "namespace": "kube-system", "chart": chart})
    assert make(store, "kubernetes:kueue.x-k8s.io/v1beta1:ClusterQueue", queue).id == "q"


def test_a_release_that_leaves_definitions_out_brings_no_kinds() -> None:
    store = FakeStore()
    make(store, RELEASE, {"name": "kueue", "namespace": "kube-system", "chart": "kueue", "skipCrds": True})
    with pytest.raises(Refused, match="no matches for kind"):
        make(store, "kubernetes:kueue.x-k8s.io/v1beta1:ClusterQueue", {"metadata": {"name": "q"}})


def test_helm_makes_a_charts_namespace_where_it_is_told_so() -> None:
    store, token = FakeStore(), "kubernetes:core/v1:Service"
    service = {"metadata": {"name": "s", "namespace": "elsewhere"}, "spec": {"ports": [{"port": 80}]}}
    with pytest.raises(Refused, match='namespaces "elsewhere" not found'):
        make(store, token, service)
    release = {"name": "g", "namespace": "elsewhere", "chart": "gateway-helm", "createNamespace": True}
    make(store, RELEASE, release)
    assert make(store, token, service).id == "elsewhere/s"


def test_gke_brings_the_gateway_kinds_with_their_channel() -> None:
    token, gateway = "kubernetes:gateway.networking.k8s.io/v1:Gateway", {"metadata": {"name": "g"}}
    with pytest.raises(Refused, match="no matches for kind"):
        make(FakeStore(), token, gateway)
    cluster = gke(gatewayApiConfig={"channel": "CHANNEL_STANDARD"})
    assert make(FakeStore(), token, gateway, cluster).id == "default/g"


def test_no_reason_repeats_what_may_be_secret() -> None:
    token, secret = "kubernetes:core/v1:Secret", {"metadata": {"name": "s"}}
    assert violations(token, {**secret, "stringData": {"key": "hunter2"}}) == []
    for wrong in ({"stringData": {"key": ["hunter2"]}}, {"data": ["hunter2"]}, {"immutable": "hunter2"}):
        found = violations(token, {**secret, **wrong})
        assert found
        assert not [said for _, said in found if "hunter2" in said]
    inside = changed(POD, f"{MAIN}.env[0].valueFrom", {"fieldRef": {"fieldPath": "metadata.name"}})
    assert [said for _, said in check(inside)] == ["Invalid value: may not be specified when `value` is not empty"]


def test_what_is_right_passes() -> None:
    assert violations("kubernetes:core/v1:Pod", POD) == []
    assert violations("kubernetes:core/v1:PersistentVolumeClaim", CLAIM) == []
    assert violations(NAMESPACE, {"metadata": {"name": "work"}}) == []
    patch = {"metadata": {"name": "d"}, "spec": {"replicas": 2}}
    assert violations("kubernetes:apps/v1:DeploymentPatch", patch) == []


@pytest.mark.parametrize(
    ("edits", "path", "said"),
    [
        ({"metadata.name": "P_1"}, "metadata.name", "a lowercase RFC 1123 subdomain"),
        ({"metadata.name": "p" * 254}, "metadata.name", "must be no more than 253 characters"),
        ({"metadata.labels": {"a b": "c"}}, "metadata.labels", "name part must consist of"),
        ({"spec.containers": []}, "spec.containers", "Required value"),
        ({"spec.restartPolicy": "Sometimes"}, "spec.restartPolicy", "Unsupported value"),
        ({"spec.dnsPolicy": "cluster"}, "spec.dnsPolicy", "Unsupported value"),
        ({"spec.nodeSelector": {"pool": "a b"}}, "spec.nodeSelector", "must be a label"),
        ({f"{MAIN}.name": "Main"}, f"{MAIN}.name", "a lowercase RFC 1123 label"),
        ({f"{MAIN}.image": ...}, f"{MAIN}.image", "Required value"),
        ({f"{MAIN}.imagePullPolicy": "IfMissing"}, f"{MAIN}.imagePullPolicy", "Unsupported value"),
        ({f"{MAIN}.resources.limits.memory": "1GiB"}, f"{MAIN}.resources.limits.memory", "quantities must match"),
        ({f"{MAIN}.resources.limits.memory": "-1"}, f"{MAIN}.resources.limits.memory", "greater than or equal to 0"),
        ({f"{MAIN}.resources.requests.cpu": "2"}, f"{MAIN}.resources.requests", "less than or equal to cpu limit of 1"),
        ({f"{MAIN}.ports[0].containerPort": 0}, f"{MAIN}.ports[0].containerPort", "must be between 1 and 65535"),
        ({f"{MAIN}.ports[0].protocol": "HTTP"}, f"{MAIN}.ports[0].protocol", "Unsupported value"),
        ({f"{MAIN}.volumeMounts[0].name": "memory"}, f"{MAIN}.volumeMounts[0].name", 'Not found: "memory"'),
        (
            {f"{MAIN}.volumeMounts[1]": {"name": "shm", "mountPath": "/dev/shm"}},  # noqa: S108 - a pod's
            f"{MAIN}.volumeMounts[1].mountPath",
            "must be unique",
        ),
        ({"spec.volumes[0].emptyDir.medium": "RAM"}, "spec.volumes[0].emptyDir.medium", "Unsupported value"),
        ({"spec.volumes[0].emptyDir.sizeLimit": "many"}, "spec.volumes[0].emptyDir.sizeLimit", "quantities must match"),
        ({"spec.volumes[0].emptyDir": ...}, "spec.volumes[0]", "must specify a volume type"),
        ({"spec.volumes[0].hostPath": {"path": "/"}}, "spec.volumes[0].hostPath", "more than 1 volume type"),
        ({"spec.tolerations[0].key": ...}, "", ""),
        ({"spec.tolerations[0].operator": "Is"}, "spec.tolerations[0].operator", "Unsupported value"),
        ({"spec.tolerations[0].tolerationSeconds": 30}, "spec.tolerations[0].effect", "must be 'NoExecute'"),
        ({"spec.securityContext.seccompProfile.type": "None"}, "spec.securityContext.seccompProfile.type", "supported"),
    ],
)
def test_a_pod_that_the_schema_takes_and_the_api_server_does_not(
    edits: Mapping[str, Any], path: str, said: str
) -> None:
    pod = POD
    for where, value in edits.items():
        pod = changed(pod, where, value)
    found = violations("kubernetes:core/v1:Pod", pod)
    assert [where for where, _ in found] == ([path] if path else []), found
    assert all(said in reason for _, reason in found)


@pytest.mark.parametrize(
    ("kind", "spec", "path"),
    [
        ("core/v1:Service", {"type": "Cluster", "ports": [{"port": 80}]}, "spec.type"),
        ("core/v1:Service", {}, "spec.ports"),
        ("core/v1:Service", {"ports": [{"port": 80, "name": "a"}, {"port": 81}]}, "spec.ports[1].name"),
        ("core/v1:PersistentVolumeClaim", {**CLAIM["spec"], "accessModes": ["Shared"]}, "spec.accessModes[0]"),
        ("core/v1:PersistentVolumeClaim", {"accessModes": ["ReadWriteOnce"]}, "spec.resources[storage]"),
        ("core/v1:ResourceQuota", {"hard": {"requests.nvidia.com/gpu": "eight"}}, "spec.hard"),
        ("batch/v1:CronJob", {"schedule": "daily", "jobTemplate": {}}, "spec.schedule"),
        (
            "resource.k8s.io/v1:ResourceClaimTemplate",
            {"spec": {"devices": {"requests": [{"name": "n", "exactly": {"allocationMode": "All"}}]}}},
            "spec.spec.devices.requests[0].exactly.deviceClassName",
        ),
    ],
)
def test_other_kinds(kind: str, spec: Mapping[str, Any], path: str) -> None:
    found = violations(f"kubernetes:{kind}", {"metadata": {"name": "x"}, "spec": spec})
    assert found
    assert found[0][0].startswith(path), found


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1", 1),
        ("500m", 0.5),
        ("1Ki", 1024),
        ("2Gi", 2 * 2**30),
        ("1.5k", 1500),
        ("1e3", 1000),
        ("12E", 12 * 10**18),
        (8, 8),
    ],
)
def test_a_quantity_is_a_number_with_a_suffix(text: object, number: float) -> None:
    assert quantity(text) == pytest.approx(number)


@pytest.mark.parametrize("text", ["", "1GB", "1 Gi", "Gi", "1.2.3", "0x10", "1ki", True, "8 GPUs"])
def test_what_is_no_quantity(text: object) -> None:
    assert quantity(text) is None
