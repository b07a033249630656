"""The pods that a training's process stands for: those that the sandbox imagines, or those of a real API server.

Behind a real one kwok plays the kubelets, and here is what it leaves open: a pod that is to go stays until the process
has ended, and one whose process has ended by itself has failed or succeeded.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

from wayfare.sandbox.behaviour import Properties
from wayfare.sandbox.planes.api import ApiRefused, Silent
from wayfare.sandbox.store import Store
from wayfare.sandbox.training.jobs import Job
from wayfare.sandbox.training.records import Record, tell_status

_LOG = logging.getLogger(__name__)

#: On a pod that a process stands for; `stages.yaml` has kwok leave it alone then.
STANDS = "sandbox.wayfare.dev/process"
_SET = "jobset.sigs.k8s.io/jobset-name"
_MERGE = "application/merge-patch+json"

#: Real seconds between two looks at an API server.
_LOOK = 0.2


class Unseen(Exception):
    """Nobody tells how the pods are."""


class Pods(Protocol):
    """The pods of trainings."""

    @property
    def look(self) -> float | None:
        """Real seconds after which they may have changed with nobody to tell of it; None for never."""
        ...

    def seen(self, job: Job, *, stood_for: bool) -> Job:
        """A job as its pods have it. Raises `Unseen`. `stood_for`: whether there is a process for it."""
        ...

    def take(self, job: Job) -> None:
        """A process stands for them from now on."""
        ...

    def ended(self, job: Job, kept: Record, code: int) -> None:
        """Their process has ended by itself, with a code."""
        ...


class Imagined:
    """Pods that are nowhere but in what the queue, the scheduler and the JobSet's controller would say of them."""

    look = None

    def __init__(self, store: Store) -> None:
        self._store = store

    def seen(self, job: Job, *, stood_for: bool) -> Job:  # noqa: ARG002 - the protocol's
        """As the objects have it."""
        return job

    def take(self, job: Job) -> None:
        """Nothing is to be told."""

    def ended(self, job: Job, kept: Record, code: int) -> None:  # noqa: ARG002 - the protocol's
        """The set has the status that its controller would give it."""
        tell_status(self._store, job, kept)


class ApiServer(Protocol):
    """What is asked of one."""

    def ask(
        self,
        method: str,
        path: str,
        body: object = None,
        query: Mapping[str, str] | None = None,
        content: str = "application/json",
    ) -> Any:
        """What it answers. Raises `ApiRefused` and `Silent`."""
        ...


class Planes(Protocol):
    """Where API servers are found."""

    def api(self, key: str) -> ApiServer | None:
        """A cluster's, if it runs."""
        ...


class Real:
    """Pods of real API servers, which real controllers make, let in, evict and count."""

    look = _LOOK

    def __init__(self, planes: Planes) -> None:
        self._planes = planes

    def seen(self, job: Job, *, stood_for: bool) -> Job:
        """It may run when all its pods do; what was to go is let go once no process stands for it any more."""
        pods = self._pods(job)
        if not stood_for:
            for pod in filter(_goes, pods):
                if STANDS in (pod["metadata"].get("annotations") or {}):
                    self._mark(job, pod, None)
        running = [pod for pod in pods if not _goes(pod) and pod.get("status", {}).get("phase") == "Running"]
        # A container has failed: its set begins again as one, and kills the others for it.
        whole = len(running) == len(pods) == job.pods
        held = "" if whole else f"{len(running)} of its {job.pods} pods run"
        return replace(job, evicted=held, closed="", uids=frozenset(str(pod["metadata"]["uid"]) for pod in running))

    def take(self, job: Job) -> None:
        """From now on they go when the process has ended."""
        for pod in self._pods(job):
            self._mark(job, pod, "stands for it")

    def ended(self, job: Job, kept: Record, code: int) -> None:  # noqa: ARG002 - the protocol's
        """All have succeeded, or the container of one has failed, as the kubelet would tell."""
        pods = self._pods(job)
        for pod in pods if code == 0 else pods[:1]:
            self._patch(job, pod, {"status": _status(pod, code)}, "/status")

    def _pods(self, job: Job) -> Sequence[Properties]:
        namespace, _, name = job.name.rpartition("/")
        if (api := self._planes.api(job.key)) is None:
            raise Unseen("its control plane does not run")
        try:
            found = api.ask("GET", f"/api/v1/namespaces/{namespace}/pods", query={"labelSelector": f"{_SET}={name}"})
        except (Silent, ApiRefused) as error:
            raise Unseen(str(error)) from None
        return sorted(found["items"], key=lambda pod: pod["metadata"]["name"])

    def _mark(self, job: Job, pod: Properties, value: str | None) -> None:
        self._patch(job, pod, {"metadata": {"annotations": {STANDS: value}}})

    def _patch(self, job: Job, pod: Properties, patch: Mapping[str, Any], part: str = "") -> None:
        api, metadata = self._planes.api(job.key), pod["metadata"]
        path = f"/api/v1/namespaces/{metadata['namespace']}/pods/{metadata['name']}{part}"
        try:
            if api is not None:
                api.ask("PATCH", path, patch, content=_MERGE)
        except ApiRefused as refused:
            if refused.code != 404:
                raise Unseen(str(refused)) from None
        except Silent as silent:
            raise Unseen(str(silent)) from None


def _goes(pod: Properties) -> bool:
    return "deletionTimestamp" in pod["metadata"]


def _status(pod: Properties, code: int) -> Properties:
    """What the kubelet tells of a pod whose containers have ended; a signal's number comes above 128 there."""
    exit_code = 128 - code if code < 0 else code
    ended = {"terminated": {"exitCode": exit_code, "reason": "Completed" if code == 0 else "Error"}}
    containers = [
        {**each, "ready": False, "state": ended} for each in pod.get("status", {}).get("containerStatuses") or ()
    ]
    return {"phase": "Succeeded" if code == 0 else "Failed", "containerStatuses": containers}
