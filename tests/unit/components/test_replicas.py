"""Replicas: on one node a Deployment's, on several a LeaderWorkerSet's; when they have answered, and how they go."""

import shlex
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.schemas.judge import misfits
from tests.unit.components import published
from wayfare.blueprints import CloudName, InferenceCluster, Purchase, ServedModel, TrainingCluster
from wayfare.components.catalog import shipped_rows
from wayfare.components.contract import Holding, NotFeasible, Placement, Request
from wayfare.components.kubernetes.answering import UNTIL_NOBODY_SENDS
from wayfare.components.kubernetes.replicas import objects
from wayfare.components.pods import ClusterObject

MACHINE = shipped_rows(CloudName.AWS).machine_type("p5.48xlarge")
PLACE = Placement(CloudName.AWS, "us-east-1", "us-east-1a", MACHINE.name, Purchase.ON_DEMAND, None)
VLLM = "vllm serve meta/llama"


def request(words: str = VLLM, model: ServedModel | None = published.LLAMA_70B, nodes: int = 2, **more: Any) -> Request:
    blueprint = InferenceCluster.model_validate(
        {
            "apiVersion": "wayfare.dev/v1",
            "kind": "InferenceCluster",
            "metadata": {"name": "llm"},
            "spec": {
                "accelerators": [{"name": "H100", "perNode": 8, "nodes": nodes}],
                "access": {"allow": ["203.0.113.0/24"]},
                "workload": {
                    "image": "vllm/vllm-openai:v0.22.1",
                    "command": shlex.split(words),
                    "model": model and model.model_dump(by_alias=True),
                    **more,
                },
            },
        },
        strict=False,
    )
    pool = blueprint.spec.accelerators[0]
    return Request(blueprint, "0" * 64, PLACE, MACHINE, pool, Holding.NONE, datetime(2026, 1, 1, tzinfo=UTC))


def template(words: str = VLLM) -> dict[str, Any]:
    container = {"name": "main", "image": "vllm/vllm-openai:v0.22.1", "command": shlex.split(words)}
    labels = {"app.kubernetes.io/name": "llm"}
    return {"metadata": {"labels": labels}, "spec": {"restartPolicy": "Always", "containers": [container]}}


def made(wanted: Request, words: str = VLLM) -> dict[str, ClusterObject]:
    return {each.kind: each for each in objects(wanted, template(words))}


def answers(wanted: Request, words: str = VLLM) -> dict[str, Any]:
    return made(wanted, words)["Deployment"].spec["template"]["spec"]["containers"][0]


TWO_NODES = request(model=published.LLAMA_405B, nodes=4)


def test_a_model_on_one_node_is_a_pod_of_a_deployment() -> None:
    deployment = made(request(nodes=3))["Deployment"]
    assert deployment.spec["replicas"] == 3
    assert deployment.spec["progressDeadlineSeconds"] == 3900, "its start, and the end of the one before it"
    command = deployment.spec["template"]["spec"]["containers"][0]["command"]
    assert command[:4] == ["vllm", "serve", "meta/llama", "--tensor-parallel-size=8"]
    assert not [argument for argument in command if argument.startswith("--nnodes")]


def test_a_model_on_several_nodes_is_a_group_of_a_leader_worker_set() -> None:
    workers = made(TWO_NODES)["LeaderWorkerSet"].spec
    assert (workers["replicas"], workers["leaderWorkerTemplate"]["size"]) == (2, 2)
    assert workers["leaderWorkerTemplate"]["restartPolicy"] == "RecreateGroupOnPodRestart"
    leader, worker = (
        workers["leaderWorkerTemplate"][each]["spec"]["containers"][0] for each in ("leaderTemplate", "workerTemplate")
    )
    shared = ["--tensor-parallel-size=8", "--pipeline-parallel-size=2", "--nnodes=2"]
    assert all(option in container["command"] for container in (leader, worker) for option in shared)
    assert leader["command"][-2:] == ["--node-rank=0", "--master-addr=$(LWS_LEADER_ADDRESS)"]
    assert worker["command"][-3:] == [
        "--node-rank=$(LWS_WORKER_INDEX)",
        "--master-addr=$(LWS_LEADER_ADDRESS)",
        "--headless",
    ]
    assert leader["env"] == [{"name": "VLLM_HOST_IP", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}}]


def test_only_those_that_answer_are_asked_and_sent_requests() -> None:
    found = made(TWO_NODES)
    template = found["LeaderWorkerSet"].spec["leaderWorkerTemplate"]
    leader, worker = template["leaderTemplate"], template["workerTemplate"]
    selector = found["Service"].spec["selector"].items()
    assert selector <= leader["metadata"]["labels"].items()
    assert not selector <= worker["metadata"]["labels"].items()
    assert "startupProbe" in leader["spec"]["containers"][0]
    assert "startupProbe" not in worker["spec"]["containers"][0]


def test_another_program_lays_itself_out_and_is_told_nothing() -> None:
    words = "python3 -m sglang.launch_server --model m --tp 16"
    template = made(request(words, published.LLAMA_405B, 2), words)["LeaderWorkerSet"].spec["leaderWorkerTemplate"]
    for each in ("leaderTemplate", "workerTemplate"):
        assert template[each]["spec"]["containers"][0]["command"] == shlex.split(words)


def test_a_replica_has_answered_when_it_has_written_a_token() -> None:
    container = answers(request())
    startup = container["startupProbe"]
    *python, script, port = startup["exec"]["command"]
    assert (python, port) == (["python3", "-c"], "8000")
    assert "/completions" in script
    assert startup["periodSeconds"] * startup["failureThreshold"] == 3600, "the hour that it has by default"
    assert container["readinessProbe"]["httpGet"] == {"path": "/health", "port": "http"}
    assert container["ports"] == [{"name": "http", "containerPort": 8000}]


@pytest.mark.parametrize(
    ("words", "model", "path"),
    [
        ("python3 -m sglang.launch_server", published.LLAMA_70B, "/v1/models"),
        ("vllm serve embedding", None, "/health"),
        ("vllm serve m --api-key=secret", published.LLAMA_70B, "/health"),
    ],
)
def test_where_no_token_can_be_asked_for_it_is_asked_over_http(
    words: str, model: ServedModel | None, path: str
) -> None:
    container = answers(request(words, model), words)
    assert container["startupProbe"]["httpGet"] == {"path": path, "port": "http"}
    assert container["readinessProbe"]["httpGet"] == {"path": path, "port": "http"}


def test_an_engine_that_has_died_is_begun_again_and_a_slow_one_is_not() -> None:
    probe = answers(request())["livenessProbe"]
    assert probe["periodSeconds"] * probe["failureThreshold"] >= 120
    words = "python3 -m sglang.launch_server"
    assert "livenessProbe" not in answers(request(words), words)


def test_the_port_is_the_commands_or_the_workloads() -> None:
    words = "vllm serve m --port 9000"
    assert answers(request(words), words)["ports"] == [{"name": "http", "containerPort": 9000}]
    words = "server"
    assert answers(request(words, port=9001), words)["ports"] == [{"name": "http", "containerPort": 9001}]


def test_a_replica_that_goes_finishes_its_requests_first() -> None:
    pod = made(request(drain="10m"))["Deployment"].spec["template"]["spec"]
    *_, script, port, pause, between = pod["containers"][0]["lifecycle"]["preStop"]["exec"]["command"]
    assert "num_requests_running" in script
    assert (port, pause, between) == ("8000", str(UNTIL_NOBODY_SENDS), "1")
    assert pod["terminationGracePeriodSeconds"] == 630


def test_where_nobody_knows_what_is_left_all_of_the_time_is_waited() -> None:
    words = "python3 -m sglang.launch_server"
    assert answers(request(words, drain="2m"), words)["lifecycle"]["preStop"] == {"sleep": {"seconds": 120}}


def test_a_full_pool_is_updated_one_by_one_and_a_free_node_lets_none_be_missing() -> None:
    full = made(request(nodes=3))["Deployment"].spec
    assert full["strategy"]["rollingUpdate"] == {"maxSurge": 0, "maxUnavailable": 1}
    spare = made(request(nodes=3, replicas=2))["Deployment"].spec
    assert spare["replicas"] == 2
    assert spare["strategy"]["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 0}
    groups = made(request(model=published.LLAMA_405B, nodes=4, replicas=1))["LeaderWorkerSet"].spec
    assert groups["rolloutStrategy"]["rollingUpdateConfiguration"] == {"maxSurge": 1, "maxUnavailable": 0}


def test_more_replicas_than_the_pool_holds_are_refused() -> None:
    with pytest.raises(NotFeasible, match="the pool holds 2 replicas, not 3"):
        made(request(nodes=2, replicas=3))


def test_nodes_are_drained_one_replica_at_a_time() -> None:
    found = made(TWO_NODES)
    template = found["LeaderWorkerSet"].spec["leaderWorkerTemplate"]
    for each in ("leaderTemplate", "workerTemplate"):
        selector = found["PodDisruptionBudget"].spec["selector"]["matchLabels"]
        assert selector.items() <= template[each]["metadata"]["labels"].items()
    assert found["PodDisruptionBudget"].spec["maxUnavailable"] == 1


@pytest.mark.parametrize("wanted", [request(), TWO_NODES], ids=["one node", "several"])
def test_every_object_is_what_its_definition_says(wanted: Request) -> None:
    for each in objects(wanted, template()):
        assert misfits(each) == []


def test_a_planted_mistake_is_found() -> None:
    workers = made(TWO_NODES)["LeaderWorkerSet"]
    workers.spec["leaderWorkerTemplate"]["sice"] = 2
    assert misfits(workers) == [
        "spec.leaderWorkerTemplate: Additional properties are not allowed ('sice' was unexpected)"
    ]


def test_a_training_has_no_replicas() -> None:
    training = TrainingCluster.model_validate(
        {
            "apiVersion": "wayfare.dev/v1",
            "kind": "TrainingCluster",
            "metadata": {"name": "llm"},
            "spec": {
                "accelerators": [{"name": "H100", "nodes": 1}],
                "access": {"allow": ["203.0.113.0/24"]},
                "workload": {"image": "registry.example/train:1"},
            },
        },
        strict=False,
    )
    pool = training.spec.accelerators[0]
    wanted = Request(training, "0" * 64, PLACE, MACHINE, pool, Holding.NONE, datetime(2026, 1, 1, tzinfo=UTC))
    with pytest.raises(TypeError):
        objects(wanted, template())
