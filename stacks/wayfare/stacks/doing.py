"""What a cluster's workload is doing, asked of its Kubernetes API as whoever calls is signed in there.

objects of the namespace ── `doing` (pure) ──▶ a state in a word, pods by phase, and why it waits
"""

import importlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, cast

from ruamel.yaml import YAML

from wayfare.components.contract import NAMESPACE
from wayfare.components.kubernetes import probing
from wayfare.stacks.redaction import redacted

if TYPE_CHECKING:
    from wayfare.stacks.project import StackName
    from wayfare.stacks.session import Session

#: Seconds that a control plane may take to answer one question.
_PATIENCE = 5.0

Object = Mapping[str, Any]


@dataclass(frozen=True)
class Doing:
    """What a workload is doing."""

    state: str
    """`running`, `starting`, `waiting`, `ending`, `completed`, `failed`, `absent` or `unknown`."""
    pods: Mapping[str, int] = field(default_factory=dict[str, int])
    """How many of its pods are in each phase."""
    wanted: int = 0
    """How many pods it consists of."""
    reason: str = ""
    """Why it is not running, in the words of whoever holds it back; or what runs in its place."""

    def __str__(self) -> str:
        count = f" {self.pods.get('Running', 0)}/{self.wanted}" if self.wanted else ""
        return f"{self.state}{count}" + (f": {self.reason}" if self.reason else "")

    def as_data(self) -> dict[str, object]:
        """For JSON and YAML."""
        return {"state": self.state, "pods": dict(self.pods), "wanted": self.wanted, "reason": self.reason or None}


def ask(session: "Session", stack: "StackName") -> Doing:
    """Ask a standing cluster. Whatever keeps its API from answering becomes the reason of an unknown state."""
    exported = session.stacks.outputs(str(stack), show_secrets=True)
    into = access(session, str(exported.get("kubeconfig") or ""))
    if into is None:
        return _stood_for(session, stack)
    try:
        seen = doing(*_answer(into))
    except Unanswered as error:
        return Doing("unknown", reason=str(error))
    row = _training(session, stack)
    return seen if row is None or not row["pods"] else replace(seen, reason=_imitated(seen.reason))


class Unanswered(RuntimeError):
    """Nobody could tell what runs. The message says why."""


def present(session: "Session", stack: "StackName") -> int:
    """How many pods of a cluster's workload there are that have not ended, those that are asked to included.

    Raises Unanswered: that nobody tells of any does not mean that there are none.
    """
    exported = session.stacks.outputs(str(stack), show_secrets=True)
    into = access(session, str(exported.get("kubeconfig") or ""))
    if into is None:
        seen = _stood_for(session, stack)
        if seen.state == "unknown":
            raise Unanswered(seen.reason)
        return seen.pods.get("Running", 0)
    _, pods, _ = _answer(into)
    own = [pod for pod in pods if _label(pod) == stack.cluster]
    return sum(pod.get("status", {}).get("phase") not in ("Succeeded", "Failed") for pod in own)


def _answer(access: Object) -> tuple[list[Object], list[Object], list[Object]]:
    """What its API has. Raises Unanswered, whatever kept it from answering."""
    try:
        return _read(access)
    except Exception as error:
        said = str(error).strip().splitlines() or [type(error).__name__]
        raise Unanswered(redacted(f"its API did not answer: {said[0]}")) from None


def _stood_for(session: "Session", stack: "StackName") -> Doing:
    """What the sandbox's own process does that stands for a training's pods, if there is one."""
    row = _training(session, stack)
    if row is None:
        return Doing("unknown", reason="the sandbox runs no Kubernetes; start it with --kubernetes, or with --train")
    reason = str(row["reason"])
    if row["pods"]:
        reason = _imitated(reason)
    return Doing(str(row["state"]), {"Running": int(row["pods"])}, int(row["wanted"]), reason)


def _training(session: "Session", stack: "StackName") -> Object | None:
    """What the sandbox tells of the process that stands for a training's pods, if there is one."""
    rows = session.sandbox.trainings() if session.sandbox is not None else []
    return next((each for each in rows if each["stack"] == str(stack)), None)


def _imitated(reason: str) -> str:
    return f"a local process stands for the pods{f'; {reason}' if reason else ''}"


def doing(
    replicas: Sequence[Object],
    pods: Sequence[Object],
    queued: Sequence[Object] = (),
) -> Doing:
    """What the workload that Wayfare made is doing. Pure.

    `replicas` are JobSets, Deployments and LeaderWorkerSets with Wayfare's label, `queued` Kueue's workloads.
    """
    if not replicas:
        return Doing("absent", reason=f"the namespace {NAMESPACE} has no workload of Wayfare's")
    workload = replicas[0]
    wanted = _wanted(workload)
    own = [
        pod
        for pod in pods
        if _label(pod) == workload["metadata"]["name"] and "deletionTimestamp" not in pod["metadata"]
    ]
    phases = Counter(str(pod.get("status", {}).get("phase", "Pending")) for pod in own)
    for type, state in (("Completed", "completed"), ("Failed", "failed")):
        if (ended := _condition(workload, type)).get("status") == "True":
            why = (str(ended.get("message", "")), _refused_by_probe(own)) if state == "failed" else ()
            return Doing(state, phases, wanted, "; ".join(each for each in why if each))
    if phases["Running"] >= wanted:
        return Doing("running", phases, wanted)
    if reason := _held_back(workload, own, queued):
        return Doing("waiting", phases, wanted, reason)
    return Doing("starting", phases, wanted, _refused_by_probe(own) or _probed(own))


def _refused_by_probe(pods: Sequence[Object]) -> str:
    """What the probe of the fabric said where it let no training start; pods of one job say the same."""
    for state in _probes(pods):
        ended: Object = state.get("terminated") or {}
        if ended.get("exitCode", 0):
            said = str(ended.get("message") or ended.get("reason") or "it ended without a word").strip()
            return f"the fabric was refused: {said.splitlines()[-1]}"
    return ""


def _probed(pods: Sequence[Object]) -> str:
    """That the fabric is being tried, where it is."""
    trying = sum("running" in state for state in _probes(pods))
    return f"the fabric is being probed by {trying} of {len(pods)} pods" if trying else ""


def _probes(pods: Sequence[Object]) -> Iterator[Object]:
    """The states of the containers that try the fabric."""
    for pod in pods:
        for status in pod.get("status", {}).get("initContainerStatuses") or ():
            if status.get("name") == probing.NAME:
                yield status.get("state") or {}


def _held_back(workload: Object, pods: Sequence[Object], queued: Sequence[Object]) -> str:
    """What the queue says of the whole, or the scheduler of a pod."""
    uid = workload["metadata"].get("uid")
    for each in queued:
        owners = each["metadata"].get("ownerReferences", ())
        admitted = _condition(each, "Admitted").get("status") == "True"
        if not admitted and any(owner.get("uid") == uid for owner in owners):
            reserved = _condition(each, "QuotaReserved")
            return str(reserved.get("message") or "it is in the queue")
    scheduled = (_condition(pod, "PodScheduled") for pod in pods)
    return next((str(each.get("message", "")) for each in scheduled if each.get("status") == "False"), "")


def _wanted(workload: Object) -> int:
    """How many pods there are when all is up."""
    spec = workload["spec"]
    if "replicatedJobs" in spec:
        jobs: list[Any] = spec["replicatedJobs"]
        return sum(int(job.get("replicas", 1)) * int(job["template"]["spec"].get("parallelism", 1)) for job in jobs)
    return int(spec.get("replicas", 1)) * int(spec.get("leaderWorkerTemplate", {}).get("size", 1))


def _label(item: Object) -> str:
    return str(item["metadata"].get("labels", {}).get("app.kubernetes.io/name", ""))


def _condition(item: Object, type: str) -> Object:
    found: list[Any] = item.get("status", {}).get("conditions") or []
    none: Object = {}
    return next((each for each in found if each.get("type") == type), none)


def access(session: "Session", kubeconfig: str) -> Object | None:
    """What gets into the cluster's API. In the sandbox that is its control plane's own file: nobody signs in there.

    None where the sandbox has no control plane for it.
    """
    wanted = _loaded(kubeconfig)
    if session.sandbox is None:
        return wanted
    files = [_loaded(path.read_text(encoding="utf-8")) for path in session.sandbox.kubeconfigs().values()]
    return next((each for each in files if _servers(each) == _servers(wanted)), None)


def _loaded(text: str) -> Object:
    return cast("Object", YAML(typ="safe", pure=True).load(text) or {})  # pyright: ignore[reportUnknownMemberType] - untyped


def _servers(kubeconfig: Object) -> list[str]:
    return [each["cluster"]["server"] for each in kubeconfig.get("clusters", ())]


def _read(access: Object) -> tuple[list[Object], list[Object], list[Object]]:
    """(what runs the container, pods, what is queued). A kind that the cluster does not have counts as none."""
    client: Any = importlib.import_module("kubernetes.client")
    config: Any = importlib.import_module("kubernetes.config")
    ours = {"label_selector": "app.kubernetes.io/managed-by=wayfare", "_request_timeout": _PATIENCE}
    settings = client.Configuration()
    # Whoever does not answer once is not asked again and again: the next call of the command does it.
    settings.retries = False
    api = config.new_client_from_config_dict(dict(access), client_configuration=settings)
    custom = client.CustomObjectsApi(api)

    def listed(group: str, version: str, plural: str, **query: Any) -> list[Object]:
        try:
            return custom.list_namespaced_custom_object(group, version, NAMESPACE, plural, **query)["items"]
        except client.ApiException as error:
            if error.status == 404:
                return []
            raise

    sets = listed("jobset.x-k8s.io", "v1alpha2", "jobsets", **ours)
    groups = listed("leaderworkerset.x-k8s.io", "v1", "leaderworkersets", **ours)
    plain = listed("apps", "v1", "deployments", **ours)
    pods = [
        api.sanitize_for_serialization(each)
        for each in client.CoreV1Api(api).list_namespaced_pod(NAMESPACE, _request_timeout=_PATIENCE).items
    ]
    queued = listed("kueue.x-k8s.io", "v1beta2", "workloads", _request_timeout=_PATIENCE)
    return [*sets, *groups, *plain], pods, queued
