"""Replicas that follow the queue of requests."""

import pytest

from tests.schemas.judge import misfits
from tests.unit.components import published
from tests.unit.components.test_replicas import made, request
from wayfare.components.contract import NotFeasible
from wayfare.components.pods import ClusterObject

SCALED = request(nodes=3, scale={"waiting": 4})


def test_the_queue_is_asked_of_every_replica_and_shared_among_them() -> None:
    found = made(SCALED)
    scaler = found["ScaledObject"].spec
    (trigger,) = scaler["triggers"]
    assert trigger["metricType"] == "AverageValue"
    assert trigger["metadata"] == {
        "format": "prometheus",
        "url": "http://llm-api.workload.svc.cluster.local:8000/metrics",
        "valueLocation": "vllm:num_requests_waiting",
        "aggregateFromKubeServiceEndpoints": "true",
        "aggregationType": "sum",
        "targetValue": "4",
    }
    assert trigger["metadata"]["url"].startswith(f"http://{found['Service'].name}.{found['Service'].namespace}.")


def test_their_number_is_the_scalers_and_no_more_than_the_pool_holds() -> None:
    found = made(SCALED)
    assert "replicas" not in found["Deployment"].spec
    scaler = found["ScaledObject"].spec
    assert (scaler["minReplicaCount"], scaler["maxReplicaCount"]) == (1, 3)
    least = made(request(nodes=3, replicas=2, scale={"waiting": 4, "least": 2}))["ScaledObject"].spec
    assert (least["minReplicaCount"], least["maxReplicaCount"]) == (2, 2)


def test_what_is_scaled_is_what_serves() -> None:
    for wanted, kind in ((SCALED, "Deployment"), (request(model=published.LLAMA_405B, nodes=4, scale={"waiting": 1}),
                                                  "LeaderWorkerSet")):  # fmt: skip
        found = made(wanted)
        serves = found[kind]
        target = {"apiVersion": serves.api_version, "kind": kind, "name": serves.name}
        assert found["ScaledObject"].spec["scaleTargetRef"] == target


def test_a_fixed_number_needs_no_scaler() -> None:
    assert "ScaledObject" not in made(request())


def test_only_the_scaler_reaches_them_beside_their_own() -> None:
    (where,) = made(SCALED)["NetworkPolicy"].spec["ingress"][0]["from"]
    assert where == {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "keda"}}}


def test_more_than_the_pool_holds_cannot_stay() -> None:
    with pytest.raises(NotFeasible, match=r"the pool holds 3 replicas, not the 4 of scale\.least"):
        made(request(nodes=3, scale={"waiting": 4, "least": 4}))


@pytest.mark.parametrize("each", made(SCALED).values(), ids=lambda each: each.kind)
def test_every_object_is_what_its_definition_says(each: ClusterObject) -> None:
    assert misfits(each) == []
