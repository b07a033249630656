"""What a workload is doing follows from the objects of its namespace."""

from typing import Any

import pytest

from wayfare.stacks.doing import Doing, doing

NAME, UID = "llm", "0f1e"


def job_set(*conditions: dict[str, Any], nodes: int = 2) -> dict[str, Any]:
    job = {"name": "node", "replicas": 1, "template": {"spec": {"parallelism": nodes}}}
    return {
        "kind": "JobSet",
        "metadata": {"name": NAME, "uid": UID},
        "spec": {"replicatedJobs": [job]},
        "status": {"conditions": list(conditions)},
    }


def pods(*phases: str, refused: str = "", **metadata: Any) -> list[dict[str, Any]]:
    condition = {"type": "PodScheduled", "status": "False" if refused else "True", "message": refused}
    labels = {"labels": {"app.kubernetes.io/name": NAME}}
    return [
        {"metadata": {**labels, **metadata}, "status": {"phase": each, "conditions": [condition]}} for each in phases
    ]


def workload(owner: str = UID, *, admitted: bool = False, message: str = "") -> dict[str, Any]:
    conditions = [
        {"type": "QuotaReserved", "status": str(admitted), "message": message},
        {"type": "Admitted", "status": str(admitted)},
    ]
    return {"metadata": {"ownerReferences": [{"uid": owner}]}, "status": {"conditions": conditions}}


@pytest.mark.parametrize(
    ("found", "told"),
    [
        (doing([job_set()], pods("Running", "Running"), [workload(admitted=True)]), "running 2/2"),
        (doing([job_set()], pods("Running", "Pending"), [workload(admitted=True)]), "starting 1/2"),
        (
            doing([job_set()], [], [workload(message="insufficient quota for nvidia.com/gpu")]),
            "waiting 0/2: insufficient quota for nvidia.com/gpu",
        ),
        # Another job of the queue waits; this one's own is admitted.
        (doing([job_set()], [], [workload("other", message="full"), workload(admitted=True)]), "starting 0/2"),
        (
            doing(
                [job_set()], pods("Pending", "Pending", refused="0/4 nodes are available"), [workload(admitted=True)]
            ),
            "waiting 0/2: 0/4 nodes are available",
        ),
        (doing([job_set({"type": "Completed", "status": "True"})], pods("Succeeded", "Succeeded")), "completed 0/2"),
        (
            doing([job_set({"type": "Failed", "status": "True", "message": "jobset failed"})], []),
            "failed 0/2: jobset failed",
        ),
        (doing([], []), "absent: the namespace workload has no workload of Wayfare's"),
        # Those that go are no longer its own.
        (doing([job_set()], pods("Running", "Running", deletionTimestamp="2026-01-01T00:00:00Z")), "starting 0/2"),
    ],
)
def test_a_state_has_its_count_and_its_reason(found: Doing, told: str) -> None:
    assert str(found) == told


def test_replicas_over_several_nodes_count_every_pod() -> None:
    group = {
        "metadata": {"name": NAME},
        "spec": {"replicas": 2, "leaderWorkerTemplate": {"size": 3}},
    }
    assert doing([group], pods("Running", "Running")).as_data() == {
        "state": "starting",
        "pods": {"Running": 2},
        "wanted": 6,
        "reason": None,
    }
