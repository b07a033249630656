"""A cluster that the program declared on a sandboxed cloud, with a real control plane behind it.

Nothing here waits on a clock: the API server tells what happens, and how long it is listened to at most.
"""

import json
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.contract.dry_run import DryRun, dry_run
from tests.golden.cases import TRAINING, request
from wayfare.blueprints import CloudName
from wayfare.components.clouds import cloud
from wayfare.components.contract import NAMESPACE, Request
from wayfare.components.pods import PodNeeds
from wayfare.sandbox.behaviour import Properties
from wayfare.sandbox.clouds.kubernetes import RELEASE
from wayfare.sandbox.planes.api import APPLY, Api

#: Seconds of real time after which what is waited for does not come; it comes within two.
PATIENCE = 60

JOB_SET = "kubernetes:jobset.x-k8s.io/v1alpha2:JobSet"
JOBS = f"/apis/batch/v1/namespaces/{NAMESPACE}/jobs"
WORKLOADS = f"/apis/kueue.x-k8s.io/v1beta2/namespaces/{NAMESPACE}/workloads"
PODS = f"/api/v1/namespaces/{NAMESPACE}/pods"
NODES = "/api/v1/nodes"


_BEFORE_ITS_CLAIM = "waiting for ephemeral volume controller to create the persistentvolumeclaim"


@dataclass(frozen=True)
class Living:
    """A training cluster and its API."""

    cloud: CloudName
    request: Request
    pods: PodNeeds
    run: DryRun
    api: Api
    job_set: Properties
    """The blueprint's own, which ran and is gone: the nodes are free."""

    def apply(self, item: Properties) -> Properties:
        """Server-side apply, which refuses every field that it does not know."""
        return self.api.apply(self.path(item), item)

    def tried(self, item: Properties) -> Properties:
        """What would become of an object: every judge is asked, and nothing is kept. Raises `ApiRefused`."""
        query = {"fieldManager": "tried", "fieldValidation": "Strict", "force": "true", "dryRun": "All"}
        return self.api.ask("PATCH", self.path(item), item, query, APPLY)

    def delete(self, job_set: Properties) -> None:
        """Delete a set and wait until its jobs, their pods and what the queue holds for it are gone.

        Its owner's deletion would do it too: within the half minute after which the garbage collector knows new kinds.
        """
        workloads = _of_job(self._uid(job_set))
        self.api.delete(self.path(job_set))
        for path, query in ((JOBS, _of_set(job_set)), (WORKLOADS, workloads)):
            self.api.ask("DELETE", path, {"propagationPolicy": "Foreground"}, query)
            self.until(path, query, lambda found: not found)
        self.until(PODS, _of_set(job_set), lambda found: not found)

    def path(self, item: Properties) -> str:
        """Where an object is."""
        kind = self.api.kind(item["apiVersion"], item["kind"])
        assert kind is not None, f"the cluster has no {item['apiVersion']} {item['kind']}"
        return kind.at(item["metadata"].get("namespace"), item["metadata"]["name"])

    def until(
        self, path: str, query: Mapping[str, str], holds: Callable[[Mapping[str, Properties]], bool]
    ) -> Mapping[str, Properties]:
        """The objects of a collection by name, as soon as something holds of them. Fails where it never does."""
        there = self.api.ask("GET", path, query=query)
        found = {str(item["metadata"]["name"]): item for item in there["items"]}
        since = {**query, "resourceVersion": there["metadata"]["resourceVersion"]}
        events = self.api.watch(path, since, PATIENCE)
        while not holds(found):
            happened = next(events, None)
            assert happened is not None, f"it did not come to it within {PATIENCE} s: {_states(found)}"
            event, item = happened
            name = str(item["metadata"]["name"])
            found = {other: each for other, each in found.items() if other != name}
            if event != "DELETED":
                found[name] = item
        return found

    def runs(self, job_set: Properties) -> Mapping[str, Properties]:
        """A set's pods, once every one of them runs."""
        wanted = job_set["spec"]["replicatedJobs"][0]["template"]["spec"]["parallelism"]
        return self.run_all(_of_set(job_set), wanted)

    def run_all(
        self, query: Mapping[str, str], wanted: int, holds: Callable[[Properties], bool] = lambda _pod: True
    ) -> Mapping[str, Properties]:
        """So many pods, once they are all that a query finds, every one of them runs, and something holds of each."""

        def run(pods: Mapping[str, Properties]) -> bool:
            return _phases(pods)["Running"] == len(pods) == wanted and all(holds(pod) for pod in pods.values())

        return self.until(PODS, query, run)

    def refused_by_scheduler(self, job_set: Properties, waiting: int, running: int = 0) -> Mapping[str, int]:
        """Why no node takes so many of a set's pods; see `not_scheduled`."""
        return self.not_scheduled(_of_set(job_set), waiting, running)

    def not_scheduled(self, query: Mapping[str, str], waiting: int, running: int = 0) -> Mapping[str, int]:
        """Why no node takes so many of the pods, with how many nodes each reason is of, once all were tried.

        The others run.
        """

        def tried(pods: Mapping[str, Properties]) -> bool:
            said = [_reasons(message) for message in _refusals(pods)]
            # Pods of one template differ only while others still go away from the nodes.
            same = all(each == said[0] for each in said)
            return len(said) == waiting and same and _phases(pods)["Running"] == running

        pods = self.until(PODS, query, tried)
        assert len(pods) == waiting + running
        return _reasons(next(_refusals(pods)))

    def refused_by_queue(self, job_set: Properties) -> str:
        """Why Kueue does not admit a set, once it has said so."""

        def refused(workloads: Mapping[str, Properties]) -> bool:
            return any(_refusal(each) for each in workloads.values())

        (workload,) = self.until(WORKLOADS, _of_job(self._uid(job_set)), refused).values()
        assert not self.api.ask("GET", PODS, query=_of_set(job_set))["items"]
        return _refusal(workload)

    def condition(self, job_set: Properties, type: str) -> Properties:
        """A condition of a set's workload in Kueue, once it is true."""

        def true(workloads: Mapping[str, Properties]) -> bool:
            return any(conditions(each).get(type, {}).get("status") == "True" for each in workloads.values())

        (workload,) = self.until(WORKLOADS, _of_job(self._uid(job_set)), true).values()
        return conditions(workload)[type]

    def nodes(self) -> Mapping[str, Properties]:
        """Every node by its name."""
        return {str(each["metadata"]["name"]): each for each in self.api.ask("GET", NODES)["items"]}

    def _uid(self, job_set: Properties) -> str:
        found = self.api.get(self.path(job_set))
        assert found is not None
        return found["metadata"]["uid"]


@contextmanager
def living(directory: Path, name: CloudName, programs: Path) -> Generator[Living]:
    """The library's training cluster on a cloud, with the controllers of its charts beside its control plane."""
    wanted = request(name, TRAINING)
    plan = cloud(name).plan(wanted)
    with dry_run(directory, wanted, kubernetes=programs) as run:
        assert run.refusals == []
        # Training needs no LeaderWorkerSet; the objects of other blueprints are judged here too.
        run.make(RELEASE, "lws", {"name": "lws", "chart": "lws", "namespace": "kube-system"})
        assert run.planes is not None
        (key,) = run.planes.kubeconfigs()
        api = run.planes.api(key)
        assert api is not None
        (own,) = (row.inputs for row in run.resources if row.type == JOB_SET)
        made = Living(name, wanted, plan.pods, run, api, own)
        made.delete(own)
        yield made


def conditions(item: Properties) -> Mapping[str, Properties]:
    """An object's conditions by type."""
    return {str(each["type"]): each for each in item.get("status", {}).get("conditions", ())}


def _refusal(workload: Properties) -> str:
    reserved = conditions(workload).get("QuotaReserved", {})
    return str(reserved["message"]) if reserved.get("status") == "False" else ""


def _refusals(pods: Mapping[str, Properties]) -> Iterator[str]:
    for pod in pods.values():
        scheduled = conditions(pod).get("PodScheduled", {})
        # A claim of a pod's own is made a moment after the pod, which is tried again then.
        if scheduled.get("reason") == "Unschedulable" and _BEFORE_ITS_CLAIM not in scheduled["message"]:
            yield str(scheduled["message"])


def _reasons(message: str) -> Mapping[str, int]:
    """`0/18 nodes are available: 2 Insufficient cpu, 16 node(s) had ….` with how preemption would not help after it."""
    _, _, said = message.partition(" nodes are available: ")
    parts = said.partition(". ")[0].removesuffix(".").split(", ")
    return {reason: int(count) for count, _, reason in (part.partition(" ") for part in parts)}


def _states(found: Mapping[str, Properties]) -> Counter[str]:
    return Counter(json.dumps(item.get("status")) for item in found.values())


def _phases(pods: Mapping[str, Properties]) -> Counter[str]:
    return Counter(str(pod["status"]["phase"]) for pod in pods.values())


def _of_set(job_set: Properties) -> dict[str, str]:
    return {"labelSelector": f"jobset.sigs.k8s.io/jobset-name={job_set['metadata']['name']}"}


def _of_job(uid: str) -> dict[str, str]:
    return {"labelSelector": f"kueue.x-k8s.io/job-uid={uid}"}
