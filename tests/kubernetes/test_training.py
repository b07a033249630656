"""A training job is admitted by Kueue and scheduled onto its pool; with one thing wrong, it waits for that alone."""

from collections import Counter
from collections.abc import Generator, Mapping
from copy import deepcopy
from typing import Any

import pytest

from tests.kubernetes.living import NODES, PODS, Living
from tests.kubernetes.queued import ANOTHER, Edit, job, job_set, pod, renamed
from wayfare.components.contract import ACCELERATOR_POOL, NAMESPACE, POOL_LABEL
from wayfare.components.kubernetes import probing
from wayfare.sandbox.behaviour import Properties

ELSEWHERE = "node(s) didn't match Pod's node affinity/selector"
TAINTED = "node(s) had untolerated taint(s)"
ZONE = "topology.kubernetes.io/zone"


@pytest.fixture
def pool(cluster: Living) -> Mapping[str, Properties]:
    """The accelerator nodes."""
    every = cluster.nodes().items()
    return {name: node for name, node in every if node["metadata"]["labels"].get(POOL_LABEL) == ACCELERATOR_POOL}


@pytest.fixture
def others(cluster: Living, pool: Mapping[str, Properties]) -> int:
    """How many nodes are not the pool's."""
    return len(cluster.nodes()) - len(pool)


class Submitted:
    """Sets that a test submits; they are gone when it ends."""

    def __init__(self, cluster: Living) -> None:
        self._cluster = cluster
        self._there: list[Properties] = []

    def __call__(self, name: str, *edits: Edit, **how: Any) -> Properties:
        item = job_set(self._cluster, name, **how)
        for edit in edits:
            edit(item)
        self._cluster.apply(item)
        self._there.append(item)
        return item

    def end(self) -> None:
        for item in self._there:
            self._cluster.delete(item)


@pytest.fixture
def submit(cluster: Living) -> Generator[Submitted]:
    made = Submitted(cluster)
    yield made
    made.end()


def test_it_runs_with_one_pod_on_each_node_of_the_pool(
    cluster: Living, submit: Submitted, pool: Mapping[str, Properties]
) -> None:
    item = submit("right")
    there = Counter(each["spec"]["nodeName"] for each in cluster.runs(item).values())
    assert there == dict.fromkeys(pool, 1)
    assert len(pool) == cluster.request.accelerator.nodes
    assert cluster.condition(item, "Admitted")["reason"] == "Admitted"


def test_the_probe_of_the_fabric_takes_nothing_beside_the_training(
    cluster: Living, submit: Submitted, pool: Mapping[str, Properties]
) -> None:
    """Both ask for all devices of a node. The queue and the scheduler count them once, or no pod would run."""
    item = submit("probed")
    (main,), (*_, probe) = pod(item)["containers"], pod(item)["initContainers"]
    assert probe["name"] == probing.NAME
    assert probe["resources"] == main["resources"]
    runs = cluster.runs(item)
    assert {each["spec"]["nodeName"] for each in runs.values()} == set(pool)
    assert all(run["spec"]["initContainers"][-1]["name"] == probing.NAME for run in runs.values())


def test_the_nodes_show_what_the_plan_foresees(cluster: Living, pool: Mapping[str, Properties]) -> None:
    """What a cloud's declared pool shows, without a look at the workload, is what the plan's pods ask for."""
    wanted = {**cluster.pods.accelerators, **cluster.pods.fabric}
    for node in pool.values():
        amounts, taints = node["status"]["allocatable"], node["spec"]["taints"]
        assert {name: int(amounts[name]) for name in wanted} == wanted
        assert taints
        assert {each["key"] for each in taints} == {each.key for each in cluster.pods.tolerations}
        assert node["metadata"]["labels"]["node.kubernetes.io/instance-type"] == cluster.request.machine.name
        assert node["metadata"]["labels"][ZONE].endswith(str(cluster.request.placement.zone))


def test_one_more_pod_than_nodes_is_not_admitted(cluster: Living, submit: Submitted) -> None:
    nodes = cluster.request.accelerator.nodes
    item = submit("count", lambda item: job(item).update(parallelism=nodes + 1, completions=nodes + 1))
    why = cluster.refused_by_queue(item)
    for name, count in {**cluster.pods.accelerators, **cluster.pods.fabric}.items():
        lacking = f"current podset request ({count * (nodes + 1)}) > maximum capacity ({count * nodes})"
        assert f"insufficient quota for {name} in flavor" in why
        assert lacking in why


def test_with_a_node_too_few_it_waits(cluster: Living, submit: Submitted, pool: Mapping[str, Properties]) -> None:
    """A queue that knows what is near counts the nodes too, and lets none of the pods start."""
    assert cluster.run.planes is not None
    cluster.api.delete(f"{NODES}/{next(iter(pool))}")
    left = len(pool) - 1
    try:
        item = submit("fewer")
        if cluster.pods.topology:
            why = cluster.refused_by_queue(item)
            assert why.endswith(f"allows to fit only {left} out of {len(pool)} pod(s)")
        else:
            full = {f"Insufficient {name}": left for name in cluster.pods.accelerators}
            assert full.items() <= cluster.refused_by_scheduler(item, 1, left).items()
    finally:
        cluster.run.planes.follow()


@pytest.mark.parametrize("kind", ["accelerators", "fabric"])
def test_a_device_that_no_node_has_is_not_admitted_and_not_scheduled(
    cluster: Living, submit: Submitted, kind: str, pool: Mapping[str, Properties], others: int
) -> None:
    devices: Mapping[str, int] = getattr(cluster.pods, kind)
    if not devices:
        assert cluster.pods.device_classes, "a fabric that pods say nothing of"
        return
    why = cluster.refused_by_queue(submit("queued", renamed(devices)))
    (name,) = devices
    assert why.endswith(f"resource {name}{ANOTHER} unavailable in ClusterQueue")
    said = cluster.refused_by_scheduler(submit("alone", renamed(devices), queued=False), len(pool))
    assert said == {f"Insufficient {name}{ANOTHER}": len(pool), ELSEWHERE: others}


def test_devices_of_a_class_that_no_node_has_are_not_scheduled(
    cluster: Living, submit: Submitted, pool: Mapping[str, Properties], others: int
) -> None:
    """Google's fabric, which pods claim."""
    if not cluster.pods.device_classes:
        assert "resourceClaims" not in pod(job_set(cluster, "claims-nothing"))
        return
    claim = _claim_of_another_make(cluster)
    claims = [{**pod(job_set(cluster, "claims"))["resourceClaims"][0], "resourceClaimTemplateName": claim}]
    item = submit("claims", lambda item: pod(item).update(resourceClaims=claims))
    assert cluster.refused_by_scheduler(item, len(pool)) == {"cannot allocate all claims": len(pool), ELSEWHERE: others}


def _claim_of_another_make(cluster: Living) -> str:
    """A template like the program's, for devices that no driver shows."""
    selector = {"cel": {"expression": 'device.driver == "another.make"'}}
    named: Properties = {
        "apiVersion": "resource.k8s.io/v1",
        "kind": "DeviceClass",
        "metadata": {"name": "another.make"},
    }
    cluster.apply({**named, "spec": {"selectors": [selector]}})
    own = f"/apis/resource.k8s.io/v1/namespaces/{NAMESPACE}/resourceclaimtemplates"
    right = next(each for each in cluster.api.ask("GET", own)["items"] if each["metadata"]["name"] != "another-make")
    spec = deepcopy(right["spec"])
    for each in spec["spec"]["devices"]["requests"]:
        each["exactly"]["deviceClassName"] = "another.make"
    name = "another-make"
    cluster.api.apply(
        f"{own}/{name}",
        {
            "apiVersion": "resource.k8s.io/v1",
            "kind": "ResourceClaimTemplate",
            "metadata": {"name": name, "namespace": NAMESPACE},
            "spec": spec,
        },
    )
    return name


def test_another_zone_is_not_scheduled(
    cluster: Living, submit: Submitted, pool: Mapping[str, Properties], others: int
) -> None:
    def elsewhere(item: Properties) -> None:
        pod(item)["nodeSelector"][ZONE] = "elsewhere"

    item = submit("alone", elsewhere, queued=False)
    assert cluster.refused_by_scheduler(item, len(pool)) == {ELSEWHERE: len(pool) + others}
    _waits(cluster, submit("queued", elsewhere), f"excluded: nodeSelector: {len(pool)}")


def test_without_its_toleration_it_is_not_scheduled(
    cluster: Living, submit: Submitted, pool: Mapping[str, Properties], others: int
) -> None:
    def intolerant(item: Properties) -> None:
        del pod(item)["tolerations"]

    item = submit("alone", intolerant, queued=False)
    assert cluster.refused_by_scheduler(item, len(pool)) == {TAINTED: len(pool), ELSEWHERE: others}
    (taint,) = {each["key"] for node in pool.values() for each in node["spec"]["taints"]}
    _waits(cluster, submit("queued", intolerant), f'excluded: taint "{taint}=present:NoSchedule": {len(pool)}')


def _waits(cluster: Living, item: Properties, excluded: str) -> None:
    """In the queue where that looks at nodes, to find those that are near; else it is admitted and not scheduled."""
    if cluster.pods.topology:
        assert cluster.refused_by_queue(item).endswith(f". Total nodes: {excluded.rpartition(' ')[2]}; {excluded}")
    else:
        assert cluster.condition(item, "Admitted")
        assert cluster.refused_by_scheduler(item, cluster.request.accelerator.nodes)


def test_pods_that_tolerate_nothing_keep_away_from_the_pool(cluster: Living, pool: Mapping[str, Properties]) -> None:
    """The pool has far more room, and would be chosen first."""
    container = {"name": "main", "image": "registry.example/agent:1", "resources": {"requests": {"cpu": "1"}}}
    item: Properties = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "agent", "namespace": "default"},
        "spec": {"containers": [container]},
    }
    cluster.apply(item)
    found = cluster.until("/api/v1/namespaces/default/pods", {}, lambda pods: "nodeName" in pods["agent"]["spec"])
    assert found["agent"]["spec"]["nodeName"] not in pool
    cluster.api.delete(cluster.path(item))


def test_pods_are_reached_by_each_other_alone(cluster: Living) -> None:
    (policy,) = cluster.api.ask("GET", f"/apis/networking.k8s.io/v1/namespaces/{NAMESPACE}/networkpolicies")["items"]
    assert policy["spec"]["podSelector"] == {}
    assert policy["spec"]["policyTypes"] == ["Ingress"]
    assert policy["spec"]["ingress"] == [{"from": [{"podSelector": {}}]}]


def test_a_higher_priority_takes_the_place_of_a_lower_one(cluster: Living, submit: Submitted) -> None:
    low = submit("first", priority="low")
    cluster.runs(low)
    high = submit("second", priority="high")
    cluster.runs(high)
    assert cluster.condition(low, "Evicted")["reason"] == "Preempted"
    assert "insufficient unused quota" in cluster.refused_by_queue(low)


def test_an_equal_priority_waits(cluster: Living, submit: Submitted) -> None:
    first = submit("first", priority="high")
    cluster.runs(first)
    second = submit("second", priority="high")
    assert "insufficient unused quota" in cluster.refused_by_queue(second)
    cluster.runs(first)


def test_it_begins_again_as_one_when_a_pod_fails(cluster: Living, submit: Submitted) -> None:
    """In a namespace whose quotas count the pods that go beside those that come."""
    item = submit("again")
    before = cluster.runs(item)
    failed = next(iter(before))
    status = {"status": {"phase": "Failed"}}
    cluster.api.ask("PATCH", f"{PODS}/{failed}/status", status, content="application/merge-patch+json")
    old = {each["metadata"]["uid"] for each in before.values()}
    query = {"labelSelector": f"jobset.sigs.k8s.io/jobset-name={item['metadata']['name']}"}
    after = cluster.run_all(query, len(before), lambda pod: pod["metadata"]["uid"] not in old)
    assert after.keys().isdisjoint(before)
    attempts = {each["metadata"]["labels"]["jobset.sigs.k8s.io/restart-attempt"] for each in after.values()}
    assert attempts == {"1"}
