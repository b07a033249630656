"""How far a copy's Job is: asked of its cluster's API, or of the sandbox where that stands for it.

Job, pods and ends of their logs ── `seen` (pure) ──▶ shares that are done, progress, why it waits, last words
"""

import importlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from wayfare.components.contract import NAMESPACE
from wayfare.components.kubernetes.carrying import LABELS
from wayfare.stacks import doing
from wayfare.stacks.copying.events import Progress, Trouble, parsed
from wayfare.stacks.doing import Unanswered
from wayfare.stacks.project import StackName
from wayfare.stacks.redaction import redacted
from wayfare.stacks.session import Session

#: Seconds that a control plane may take to answer one question, and lines of each log that are asked for.
_PATIENCE, _LINES = 10.0, 100

_INDEX = "batch.kubernetes.io/job-completion-index"

Object = Mapping[str, Any]


@dataclass(frozen=True)
class Seen:
    """A Job of a copy, at one look."""

    name: str
    wanted: int
    """Pods that must succeed, one for each share."""
    succeeded: int
    failed: str
    """Shares that are not tried again, as Kubernetes writes them: `0-2,4`."""
    ended: str
    """`Complete` or `Failed`; empty while it goes on."""
    progress: Mapping[str, Progress] = field(default_factory=dict[str, Progress])
    """By pod, as far as its log is there."""
    words: Sequence[str] = ()
    """What pods that failed said last."""
    waits: str = ""
    """Why a pod does not run yet, in the words of whoever holds it back."""

    @property
    def whole(self) -> Progress:
        """All pods together."""
        each = list(self.progress.values())
        return Progress(
            objects=sum(one.objects for one in each),
            objects_to_copy=sum(one.objects_to_copy for one in each),
            bytes=sum(one.bytes for one in each),
            bytes_to_copy=sum(one.bytes_to_copy for one in each),
            compared=sum(one.compared for one in each),
            bytes_per_second=sum(one.bytes_per_second for one in each),
            seconds=max((one.seconds for one in each), default=0.0),
        )


def look(session: Session, stack: StackName) -> list[Seen]:
    """Every copy in a cluster. Raises Unanswered: that nobody tells of any does not mean that there are none."""
    exported = session.stacks.outputs(str(stack), show_secrets=True)
    into = doing.access(session, str(exported.get("kubeconfig") or ""))
    if into is None:
        rows = [] if session.sandbox is None else session.sandbox.copies()
        return [seen(row["job"], row["pods"], row["logs"], row["waits"]) for row in rows if row["stack"] == str(stack)]
    try:
        return _asked(into)
    except Exception as error:
        said = str(error).strip().splitlines() or [type(error).__name__]
        raise Unanswered(redacted(f"its API did not answer: {said[0]}")) from None


def seen(job: Object, pods: Sequence[Object], logs: Mapping[str, str], waits: str = "") -> Seen:
    """A Job by what its API tells. Pure. `logs`: by pod, the lines of its end."""
    status: Object = job.get("status") or {}
    conditions: Iterable[Object] = status.get("conditions") or ()
    true = [str(each["type"]) for each in conditions if each.get("status") == "True"]
    last = {pod: found for pod, log in logs.items() if (found := _progress(log)) is not None}
    return Seen(
        name=str(job["metadata"]["name"]),
        wanted=int(job["spec"].get("completions") or 1),
        succeeded=int(status.get("succeeded") or 0),
        failed=str(status.get("failedIndexes") or ""),
        ended=next((type for type in ("Complete", "Failed") if type in true), ""),
        progress=last,
        words=[line for pod in pods for line in _words(pod)],
        waits=waits or next((why for pod in pods if (why := _held(pod))), ""),
    )


def _progress(log: str) -> Progress | None:
    found = (parsed(line) for line in reversed(log.splitlines()))
    return next((each for each in found if isinstance(each, Progress)), None)


def _words(pod: Object) -> Iterable[str]:
    """What a pod that failed said last, without what rclone counts."""
    for state in _states(pod):
        ended: Object = state.get("terminated") or {}
        if ended.get("exitCode"):
            for line in str(ended.get("message") or ended.get("reason") or "").splitlines():
                if isinstance(said := parsed(line), Trouble):
                    yield f"{said.name}: {said.said}" if said.name else said.said


def _held(pod: Object) -> str:
    """Why a pod has no node, or its container does not begin."""
    for each in pod.get("status", {}).get("conditions") or ():
        if each.get("type") == "PodScheduled" and each.get("status") == "False":
            return str(each.get("message", ""))
    waiting: Iterable[Object] = (state.get("waiting") or {} for state in _states(pod))
    return next((f"{each['reason']}: {each.get('message', '')}" for each in waiting if _stuck(each)), "")


def _stuck(waiting: Object) -> bool:
    return waiting.get("reason") not in (None, "ContainerCreating", "PodInitializing")


def _states(pod: Object) -> Iterable[Object]:
    return (each.get("state") or {} for each in pod.get("status", {}).get("containerStatuses") or ())


def _asked(into: Object) -> list[Seen]:
    client: Any = importlib.import_module("kubernetes.client")
    config: Any = importlib.import_module("kubernetes.config")
    settings = client.Configuration()
    # Whoever does not answer once is asked again at the next look.
    settings.retries = False
    api = config.new_client_from_config_dict(dict(into), client_configuration=settings)
    chosen = {"label_selector": ",".join(f"{key}={value}" for key, value in LABELS.items())}
    core, found = client.CoreV1Api(api), list[Seen]()
    jobs = client.BatchV1Api(api).list_namespaced_job(NAMESPACE, **chosen, _request_timeout=_PATIENCE).items
    listed = core.list_namespaced_pod(NAMESPACE, **chosen, _request_timeout=_PATIENCE).items
    pods: list[dict[str, Any]] = [api.sanitize_for_serialization(each) for each in listed]
    for job in (api.sanitize_for_serialization(each) for each in jobs):
        uid = job["metadata"]["uid"]
        own = [pod for pod in pods if any(each["uid"] == uid for each in pod["metadata"].get("ownerReferences", ()))]
        names = [str(pod["metadata"]["name"]) for pod in own]
        found.append(seen(job, own, {name: log for name in names if (log := _log(client, core, name))}))
    return found


def _log(client: Any, core: Any, pod: str) -> str:
    """The end of a pod's log; empty where it has none, or whoever asks may not read it."""
    try:
        return str(core.read_namespaced_pod_log(pod, NAMESPACE, tail_lines=_LINES, _request_timeout=_PATIENCE))
    except client.ApiException:
        return ""
