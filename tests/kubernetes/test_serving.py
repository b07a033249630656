"""Replicas come onto the nodes of their pool, one pod on each; with one thing wrong, they wait for that alone.

kwok calls every pod ready; the kinds of KEDA and of Envoy Gateway are judged by their definitions (`test_objects.py`).
"""

from collections import Counter
from collections.abc import Generator, Mapping

import pytest

from tests.kubernetes.living import Living
from tests.kubernetes.queued import ANOTHER
from tests.kubernetes.served import Served, of_another_make, served, specifications
from tests.kubernetes.test_training import ELSEWHERE, TAINTED, ZONE
from wayfare.components.contract import NAMESPACE
from wayfare.components.kubernetes.reaching import ANSWERS, ROLE, WORKS, service_name
from wayfare.sandbox.behaviour import Properties

#: A replica on one node, and one on several.
BLUEPRINTS = ("serve-small", "serve-large")


@pytest.fixture(scope="module", params=BLUEPRINTS)
def standing(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, cluster: Living
) -> Generator[Served]:
    """The blueprint's cluster without its replicas."""
    with served(tmp_path_factory.mktemp("served"), cluster, request.param) as made:
        yield made


@pytest.fixture
def serving(standing: Served) -> Generator[Served]:
    """The same, for a test that begins its replicas: they are gone when it ends."""
    yield standing
    standing.end()


def test_each_pod_of_a_replica_has_a_node_of_the_pool_for_itself(serving: Served) -> None:
    serving.begin()
    pods = serving.cluster.run_all(serving.query, serving.most * serving.size)
    assert Counter(each["spec"]["nodeName"] for each in pods.values()) == dict.fromkeys(serving.pool, 1)
    assert len(serving.pool) == serving.request.accelerator.nodes
    roles = Counter(each["metadata"]["labels"][ROLE] for each in pods.values())
    assert roles == Counter({ANSWERS: serving.most, WORKS: serving.most * (serving.size - 1)})
    for node in serving.pool.values():
        taints = {each["key"] for each in node["spec"]["taints"]}
        assert taints
        assert taints == {each.key for each in serving.pods.tolerations}
    _its_service_leads_to_those_that_answer(serving, pods)
    _nobody_else_reaches_them(serving)


def _its_service_leads_to_those_that_answer(serving: Served, pods: Mapping[str, Properties]) -> None:
    answering = {name for name, each in pods.items() if each["metadata"]["labels"][ROLE] == ANSWERS}

    def led_to(slices: Mapping[str, Properties]) -> bool:
        ends = [end for each in slices.values() for end in each["endpoints"] or ()]
        return {end["targetRef"]["name"] for end in ends if end["conditions"]["ready"]} == answering

    query = {"labelSelector": f"kubernetes.io/service-name={service_name(serving.request)}"}
    serving.cluster.until(f"/apis/discovery.k8s.io/v1/namespaces/{NAMESPACE}/endpointslices", query, led_to)


def _nobody_else_reaches_them(serving: Served) -> None:
    """All pods of the namespace are closed to others; whoever is let in reaches those that answer, on one port."""
    path = f"/apis/networking.k8s.io/v1/namespaces/{NAMESPACE}/networkpolicies"
    found = {each["metadata"]["name"]: each["spec"] for each in serving.cluster.api.ask("GET", path)["items"]}
    closed = found.pop("within-the-namespace")
    assert closed["podSelector"] == {}
    assert closed["ingress"] == [{"from": [{"podSelector": {}}]}]
    spec = serving.request.blueprint.spec
    let_in = {"keda": getattr(spec.workload, "scale", None), "envoy-gateway-system": getattr(spec, "gateway", None)}
    assert found.keys() == {f"{serving.request.name}-from-{name}" for name, wanted in let_in.items() if wanted}
    for each in found.values():
        assert each["podSelector"]["matchLabels"][ROLE] == ANSWERS
        (rule,) = each["ingress"]
        assert len(rule["ports"]) == len(rule["from"]) == 1


def test_they_are_updated_one_after_the_other(serving: Served) -> None:
    """The quotas of the namespace leave room for those that come beside those that go."""
    serving.begin()
    before = serving.cluster.run_all(serving.query, serving.most * serving.size)

    def another_image(item: Properties) -> None:
        for spec in specifications(item):
            spec["containers"][0]["image"] = "registry.example/serve:2"

    serving.change(another_image)
    after = serving.cluster.run_all(
        serving.query,
        serving.most * serving.size,
        lambda pod: pod["spec"]["containers"][0]["image"] == "registry.example/serve:2",
    )
    assert {each["metadata"]["uid"] for each in before.values()}.isdisjoint(
        each["metadata"]["uid"] for each in after.values()
    )


def test_one_replica_more_than_nodes_waits_for_one(serving: Served) -> None:
    running = serving.most * serving.size
    serving.begin()
    serving.cluster.run_all(serving.query, running)
    serving.scale(serving.most + 1)
    said = serving.cluster.not_scheduled(serving.query, serving.size, running)
    full = {f"Insufficient {name}": len(serving.pool) for name in {**serving.pods.accelerators, **serving.pods.fabric}}
    # A pod asks for half of its node's processors and memory: what daemons take may leave less than another half.
    told = {why: count for why, count in said.items() if why not in ("Insufficient cpu", "Insufficient memory")}
    assert told == {**full, ELSEWHERE: serving.others}


def test_devices_that_no_node_has_are_waited_for(serving: Served) -> None:
    """Accelerators, and then those of the fabric, where the plan has pods ask for some."""
    kinds = [each for each in (serving.pods.accelerators, serving.pods.fabric) if each]
    for turn, devices in enumerate(kinds):
        if turn:
            serving.end()
        serving.begin(of_another_make(devices))
        said = serving.cluster.not_scheduled(serving.query, serving.most * serving.size)
        lacking = {f"Insufficient {name}{ANOTHER}": len(serving.pool) for name in devices}
        assert said == {**lacking, ELSEWHERE: serving.others}


def test_another_zone_is_waited_for(serving: Served) -> None:
    def elsewhere(item: Properties) -> None:
        for spec in specifications(item):
            spec["nodeSelector"][ZONE] = "elsewhere"

    serving.begin(elsewhere)
    said = serving.cluster.not_scheduled(serving.query, serving.most * serving.size)
    assert said == {ELSEWHERE: len(serving.pool) + serving.others}


def test_without_their_toleration_no_node_takes_them(serving: Served) -> None:
    def intolerant(item: Properties) -> None:
        for spec in specifications(item):
            del spec["tolerations"]

    serving.begin(intolerant)
    said = serving.cluster.not_scheduled(serving.query, serving.most * serving.size)
    assert said == {TAINTED: len(serving.pool), ELSEWHERE: serving.others}
