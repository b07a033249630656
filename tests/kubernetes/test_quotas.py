"""What the namespace's quotas refuse on a real API, and that the sandbox's own judgement of quotas is the same."""

import pytest

from tests.kubernetes.living import Living
from tests.unit.sandbox.test_kubernetes_quota import WRONG, quota
from wayfare.components.contract import NAMESPACE
from wayfare.sandbox.behaviour import Properties
from wayfare.sandbox.clouds.kubernetes_quota import check
from wayfare.sandbox.planes.api import ApiRefused

QUOTAS = f"/api/v1/namespaces/{NAMESPACE}/resourcequotas"


def service(**spec: object) -> Properties:
    metadata = {"name": "way", "namespace": NAMESPACE}
    return {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": {"ports": [{"port": 80}], **spec}}


def pod(name: str, **spec: object) -> Properties:
    container = {"name": "main", "image": "registry.example/agent:1"}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": {"containers": [container], **spec},
    }


@pytest.fixture
def counted(cluster: Living) -> Living:
    """With quotas whose controller has counted: until then none of them holds."""
    cluster.until(QUOTAS, {}, lambda found: all("used" in each.get("status", {}) for each in found.values()))
    return cluster


def test_nobody_opens_a_way_in_beside_the_gateway(counted: Living) -> None:
    counted.tried(service())
    said = "is forbidden: exceeded quota: within-the-namespace, requested: "
    with pytest.raises(
        ApiRefused, match=rf'services "way" {said}services\.loadbalancers=1,services\.nodeports=1, used'
    ):
        counted.tried(service(type="LoadBalancer"))
    with pytest.raises(ApiRefused, match=rf'services "way" {said}services\.nodeports=1, used: services\.nodeports=0, '):
        counted.tried(service(type="NodePort"))


@pytest.mark.parametrize("name", ["system-cluster-critical", "system-node-critical"])
def test_nobody_takes_a_node_past_the_queue_by_a_priority_of_the_systems(counted: Living, name: str) -> None:
    counted.tried(pod("usual"))
    with pytest.raises(ApiRefused, match="exceeded quota: priorities-of-the-system, requested: pods=1, used: pods=0, "):
        counted.tried(pod("urgent", priorityClassName=name))


def test_a_quota_that_is_wrong_is_refused_with_what_the_sandbox_says(cluster: Living) -> None:
    for spec, path, _ in WRONG:
        ((_, said),) = check(quota(spec))
        with pytest.raises(ApiRefused) as refused:
            cluster.tried(quota(spec))
        assert path in str(refused.value)
        assert said.rpartition(": ")[2] in str(refused.value)
