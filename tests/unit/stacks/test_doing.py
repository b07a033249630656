"""What a workload is doing follows from the objects of its namespace."""

import json
import socket
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, cast

import pytest

from wayfare.blueprints import CloudName
from wayfare.stacks.doing import Doing, ask, doing
from wayfare.stacks.project import StackName

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


RUNS: dict[str, Any] = {"running": {}}
WAITS: dict[str, Any] = {"waiting": {}}


def probing(*states: dict[str, Any]) -> list[dict[str, Any]]:
    """Pods whose init container that tries the fabric is in these states, after another one."""
    made = pods(*("Pending" for _ in states))
    for pod, state in zip(made, states, strict=True):
        other = {"name": "receive-daemon", "state": RUNS}
        pod["status"]["initContainerStatuses"] = [other, {"name": "fabric-probe", "state": state}]
    return made


def ended(code: int, message: str | None) -> dict[str, Any]:
    return {"terminated": {"exitCode": code, "message": message, "reason": "Error" if code else "Completed"}}


SLOW = "fabric probe: 76.1 Gbit/s for each machine, 1,600.0 of 3,200 wanted"


@pytest.mark.parametrize(
    ("states", "conditions", "told"),
    [
        ((RUNS, WAITS), (), "starting 0/2: the fabric is being probed by 1 of 2 pods"),
        ((ended(0, "fabric probe: enough"), ended(0, "fabric probe: enough")), (), "starting 0/2"),
        ((RUNS, ended(1, SLOW)), (), f"starting 0/2: the fabric was refused: {SLOW}"),
        # The end of a log, where the container could not say it.
        ((WAITS, ended(137, "a line\nKilled\n")), (), "starting 0/2: the fabric was refused: Killed"),
        ((WAITS, ended(1, None)), (), "starting 0/2: the fabric was refused: Error"),
        (
            (ended(1, SLOW), ended(1, SLOW)),
            ({"type": "Failed", "status": "True", "message": "jobset failed"},),
            f"failed 0/2: jobset failed; the fabric was refused: {SLOW}",
        ),
    ],
)
def test_what_the_probe_of_the_fabric_does_is_told(
    states: tuple[dict[str, Any], ...], conditions: tuple[dict[str, Any], ...], told: str
) -> None:
    assert str(doing([job_set(*conditions)], probing(*states), [workload(admitted=True)])) == told


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


KUBECONFIG = """
apiVersion: v1
kind: Config
clusters: [{name: c, cluster: {server: 'http://127.0.0.1:%d'}}]
users: [{name: u, user: {token: hush-hush-hush}}]
contexts: [{name: c, context: {cluster: c, user: u}}]
current-context: c
"""


@dataclass
class Stood:
    """A session of the clouds, with one stack that exports a kubeconfig."""

    kubeconfig: str
    sandbox: None = None

    @property
    def stacks(self) -> "Stood":
        return self

    def outputs(self, _stack: str, *, show_secrets: bool) -> dict[str, Any]:
        return {"kubeconfig": self.kubeconfig if show_secrets else "[secret]"}


def test_an_api_that_does_not_answer_leaves_the_state_unknown_and_says_why() -> None:
    with socket.socket() as taken:
        # Bound and not listened on: whoever connects is refused at once.
        taken.bind(("127.0.0.1", 0))
        session: Any = Stood(KUBECONFIG % taken.getsockname()[1])
        found = ask(session, StackName("llm", CloudName.AWS, "us-east-1"))
    assert found.state == "unknown"
    assert found.reason.startswith("its API did not answer: ")
    assert "hush" not in found.reason


@dataclass
class Rehearsed:
    """A session of the sandbox, which keeps no control plane, and these trainings."""

    rows: list[dict[str, Any]]

    @property
    def sandbox(self) -> "Rehearsed":
        return self

    stacks = sandbox

    def outputs(self, _stack: str, *, show_secrets: bool) -> dict[str, Any]:
        return {"kubeconfig": KUBECONFIG % 1 if show_secrets else "[secret]"}

    def kubeconfigs(self) -> dict[str, Path]:
        return {}

    def trainings(self) -> list[dict[str, Any]]:
        return self.rows


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ({"state": "running", "pods": 16, "reason": ""}, "running 16/16: a local process stands for the pods"),
        (
            {"state": "ending", "pods": 16, "reason": "it was told to end"},
            "ending 16/16: a local process stands for the pods; it was told to end",
        ),
        ({"state": "waiting", "pods": 0, "reason": "the queue is held"}, "waiting 0/16: the queue is held"),
        ({"state": "completed", "pods": 0, "reason": ""}, "completed 0/16"),
    ],
)
def test_in_the_sandbox_a_process_stands_for_the_pods_and_that_is_said(row: dict[str, Any], told: str) -> None:
    others = {"stack": "llm.gcp-us-east4", "state": "failed", "pods": 0, "wanted": 16, "reason": ""}
    session: Any = Rehearsed([others, {"stack": "llm.aws-us-east-1", "wanted": 16, **row}])
    assert str(ask(session, StackName("llm", CloudName.AWS, "us-east-1"))) == told


def test_a_sandbox_with_neither_says_what_it_could_have() -> None:
    found = ask(cast("Any", Rehearsed([])), StackName("llm", CloudName.AWS, "us-east-1"))
    said = "unknown: the sandbox runs no Kubernetes; start it with --kubernetes, or with --train"
    assert str(found) == said


class Answers(BaseHTTPRequestHandler):
    """An API server with one JobSet, its pods, and no LeaderWorkerSet."""

    def do_GET(self) -> None:
        plural = self.path.partition("?")[0].rpartition("/")[2]
        found = {"jobsets": [job_set()], "pods": pods("Running", "Running"), "workloads": [], "deployments": []}
        body = json.dumps({"items": found.get(plural, [])}).encode()
        self.send_response(200 if plural in found else 404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *_: Any) -> None:
        """Nothing is logged."""


def test_a_kind_that_the_cluster_does_not_have_counts_as_none() -> None:
    server = HTTPServer(("127.0.0.1", 0), Answers)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        session: Any = Stood(KUBECONFIG % server.server_port)
        assert str(ask(session, StackName("llm", CloudName.AWS, "us-east-1"))) == "running 2/2"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
