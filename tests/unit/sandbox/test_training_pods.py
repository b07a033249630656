"""A process that stands for the pods of a real API server, here one that is played: it has pods, and a kubelet that
takes those away which are to go and for which no process stands.
"""

from collections.abc import Generator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.unit.sandbox.trained import QUICK, Driven, ended, training, watched
from wayfare.sandbox.behaviour import Wrong
from wayfare.sandbox.planes.api import Silent
from wayfare.sandbox.store import Store
from wayfare.sandbox.training.pods import STANDS, Real


class Played:
    """One API server with the pods of one set."""

    def __init__(self, count: int) -> None:
        self.silent, self._made = False, 0
        self.pods = dict[str, dict[str, Any]]()
        for _ in range(count):
            self.make()

    def api(self, key: str) -> "Played":  # noqa: ARG002 - there is one cluster
        return self

    def make(self) -> None:
        """A pod that runs."""
        self._made += 1
        name = f"pod-{self._made}"
        metadata: dict[str, Any] = {
            "name": name,
            "namespace": "workload",
            "uid": f"uid-{self._made}",
            "annotations": {},
        }
        status: dict[str, Any] = {"phase": "Running", "containerStatuses": [{"name": "main", "state": {"running": {}}}]}
        self.pods[name] = {"metadata": metadata, "status": status}

    def delete(self, *names: str) -> None:
        """Ask pods to go."""
        for name in names or tuple(self.pods):
            self.pods[name]["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
        self._go()

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        query: Mapping[str, str] | None = None,
        content: str = "application/json",  # noqa: ARG002 - as it is asked
    ) -> Any:
        if self.silent:
            raise Silent("it does not answer")
        if method == "GET":
            assert query is not None
            return {"items": [dict(pod) for pod in self.pods.values()]}
        pod = self.pods[path.removesuffix("/status").rpartition("/")[2]]
        pod["status"] |= body.get("status", {})
        for key, value in body.get("metadata", {}).get("annotations", {}).items():
            pod["metadata"]["annotations"].pop(key, None)
            if value is not None:
                pod["metadata"]["annotations"][key] = value
        self._go()
        return pod

    def _go(self) -> None:
        for name, pod in list(self.pods.items()):
            if "deletionTimestamp" in pod["metadata"] and STANDS not in pod["metadata"]["annotations"]:
                del self.pods[name]


@pytest.fixture
def played() -> Played:
    return Played(2)


@pytest.fixture
def driven(tmp_path: Path, played: Played) -> Generator[Driven]:
    store = Store(tmp_path)
    training(store, QUICK)
    driven = Driven(store, Real(played))
    yield driven
    driven.runs.close()
    store.close()


def test_it_begins_when_all_pods_run_and_they_go_when_it_has_ended(driven: Driven, played: Played) -> None:
    last = played.pods.pop("pod-2")
    driven.runs.look()
    assert driven.row()["reason"] == "1 of its 2 pods run"
    played.pods["pod-2"] = last
    driven.runs.look()
    assert driven.state() == ("running", 2)
    handle = watched(driven.row()["pid"])
    played.delete()
    driven.runs.look()
    assert driven.state()[0] == "ending"
    assert len(played.pods) == 2
    driven.until("waiting")
    assert ended(handle)
    assert played.pods == {}


def test_a_crash_is_the_failure_of_one_pod_and_others_begin_again(driven: Driven, played: Played) -> None:
    driven.runs.look()
    pid = driven.row()["pid"]
    driven.runs.disturb("llm", Wrong.CRASH)
    driven.until_ended(pid)
    assert [pod["status"]["phase"] for pod in played.pods.values()] == ["Failed", "Running"]
    (status,) = played.pods["pod-1"]["status"]["containerStatuses"]
    assert status["state"]["terminated"]["exitCode"] > 0
    driven.runs.look()
    assert driven.row()["pid"] is None
    # The set's controller takes all away, and makes others.
    played.delete()
    driven.runs.look()
    assert played.pods == {}
    played.make()
    played.make()
    driven.runs.look()
    assert driven.state() == ("running", 2)


def test_other_pods_in_their_place_are_another_run(driven: Driven, played: Played) -> None:
    driven.runs.look()
    pid = driven.row()["pid"]
    played.pods.clear()
    played.make()
    played.make()
    driven.runs.look()
    assert driven.state()[0] == "ending"
    driven.until_ended(pid)
    driven.until("running")
    assert driven.row()["pid"] != pid


def test_while_nobody_tells_how_they_are_it_goes_on_and_none_begins(driven: Driven, played: Played) -> None:
    played.silent = True
    driven.runs.look()
    assert driven.row()["reason"] == "it does not answer"
    played.silent = False
    driven.runs.look()
    played.silent = True
    driven.runs.look()
    assert driven.state() == ("running", 2)
