"""What a change of the workload's objects is called."""

from typing import Any

import pytest

from wayfare.stacks.facts_workload import WORKLOAD
from wayfare.stacks.telling import Fact

WORKERS = "kubernetes:leaderworkerset.x-k8s.io/v1:LeaderWorkerSet"


def pod(image: str, *command: str) -> dict[str, Any]:
    return {"spec": {"containers": [{"name": "main", "image": image, "command": list(command)}]}}


def workers(replicas: int, size: int, image: str, *command: str) -> dict[str, Any]:
    template = {"size": size, "leaderTemplate": pod(image, *command), "workerTemplate": pod(image, *command)}
    return {"spec": {"replicas": replicas, "leaderWorkerTemplate": template}}


def covering(path: str) -> Fact:
    (fact,) = [fact for fact in WORKLOAD[WORKERS] if fact.covers.fullmatch(path)]
    return fact


@pytest.mark.parametrize(
    ("path", "after", "said"),
    [
        ("spec.replicas", workers(3, 2, "vllm:1", "serve"), "replicas: 2 → 3"),
        ("spec.leaderWorkerTemplate.size", workers(2, 4, "vllm:1", "serve"), "nodes of a replica: 2 → 4"),
        (
            "spec.leaderWorkerTemplate.leaderTemplate.spec.containers[0].image",
            workers(2, 2, "vllm:2", "serve"),
            "image vllm:1 → vllm:2",
        ),
        (
            "spec.leaderWorkerTemplate.workerTemplate.spec.containers[0].command[1]",
            workers(2, 2, "vllm:1", "serve", "m"),
            "another command",
        ),
    ],
)
def test_a_change_of_replicas_on_several_nodes_has_words(path: str, after: dict[str, Any], said: str) -> None:
    fact = covering(path)
    before = workers(2, 2, "vllm:1", "serve")
    assert fact.words(fact.read(before), fact.read(after)) == said


@pytest.mark.parametrize(
    ("index", "value", "said"),
    [(4, "step-*/OK", "another contract about checkpoints"), (0, "8", None)],
)
def test_a_change_of_the_contract_is_told_as_one_whatever_variable_it_is(
    index: int, value: str, said: str | None
) -> None:
    def job(changed: str | None) -> dict[str, Any]:
        env = [{"name": "PET_NNODES", "value": "4"}, *({"name": f"WAYFARE_{each}", "value": "a"} for each in range(4))]
        if changed is not None:
            env[index] = {**env[index], "value": changed}
        pod = {"spec": {"containers": [{"name": "main", "env": env}], "terminationGracePeriodSeconds": 30}}
        return {"spec": {"replicatedJobs": [{"template": {"spec": {"template": pod}}}]}}

    path = f"spec.replicatedJobs[0].template.spec.template.spec.containers[0].env[{index}].value"
    kind = "kubernetes:jobset.x-k8s.io/v1alpha2:JobSet"
    covers = [fact for fact in WORKLOAD[kind] if fact.covers.fullmatch(path)]
    changes = [(fact, fact.read(job(None)), fact.read(job(value))) for fact in covers]
    words = [fact.words(before, after) for fact, before, after in changes if before != after]
    assert words == ([said] if said else [])
