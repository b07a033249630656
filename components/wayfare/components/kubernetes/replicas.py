"""Inference: replicas that each answer for themselves, on one node or on several. Pure.

A replica on one node is a pod of a Deployment; one on several is a group of a LeaderWorkerSet, whose first pod answers
and which begins again as a whole. Pods take whole nodes, so that a new one needs a node that is free.
"""

from collections.abc import Mapping
from copy import deepcopy

from wayfare.blueprints import InferenceCluster, ServingWorkload
from wayfare.components.contract import NAMESPACE, Request
from wayfare.components.fitting import Fit, fitted
from wayfare.components.kubernetes.answering import answering, grace
from wayfare.components.kubernetes.pod_template import Manifest, labels
from wayfare.components.pods import ClusterObject
from wayfare.components.serving import added, joining

#: The label by which those pods are found that answer.
ROLE = "app.kubernetes.io/component"
ANSWERS, WORKS = "server", "worker"


def objects(request: Request, template: Manifest) -> tuple[ClusterObject, ...]:
    """The replicas, the name under which they are reached, and how many may be taken away at once.

    `template` is the pod as it is for every workload. Raises NotFeasible where the model does not fit.
    """
    blueprint = request.blueprint
    if not isinstance(blueprint, InferenceCluster):
        raise TypeError(f"{request.name} does not serve")
    workload = blueprint.spec.workload
    fit = fitted(blueprint, request.machine, request.accelerator)
    serving = _serving(request, workload, template, fit)
    return (serving, _service(request), _budget(request))


def service_name(request: Request) -> str:
    """LeaderWorkerSet takes its own name for a Service by which its pods find each other."""
    return f"{request.name}-api"


def _serving(request: Request, workload: ServingWorkload, template: Manifest, fit: Fit | None) -> ClusterObject:
    held = request.accelerator.nodes if fit is None else fit.replicas
    replicas = workload.replicas or held
    group = 1 if fit is None else fit.layout.nodes
    if group == 1:
        return _object(
            request,
            "apps/v1",
            "Deployment",
            request.name,
            {
                "replicas": replicas,
                "selector": {"matchLabels": dict(_selector(request))},
                "strategy": {"type": "RollingUpdate", "rollingUpdate": _update(replicas, held)},
                "template": _pod(request, workload, template, fit),
            },
        )
    return _object(
        request,
        "leaderworkerset.x-k8s.io/v1",
        "LeaderWorkerSet",
        request.name,
        {
            "replicas": replicas,
            # Those that wait for the first pod could not be scheduled beside it any more.
            "startupPolicy": "LeaderCreated",
            "rolloutStrategy": {"type": "RollingUpdate", "rollingUpdateConfiguration": _update(replicas, held)},
            "leaderWorkerTemplate": {
                "size": group,
                # A group that has lost a part cannot go on, and what is left of it waits for an answer.
                "restartPolicy": "RecreateGroupOnPodRestart",
                "leaderTemplate": _pod(request, workload, template, fit),
                "workerTemplate": _pod(request, workload, template, fit, worker=True),
            },
        },
    )


def _object(request: Request, api_version: str, kind: str, name: str, spec: Manifest) -> ClusterObject:
    return ClusterObject(api_version, kind, name, spec, NAMESPACE, labels(request))


def _update(replicas: int, held: int) -> Mapping[str, int]:
    """Into nodes that are free, so that none is taken away before another answers; else one after the other."""
    free = held - replicas
    return {"maxSurge": free, "maxUnavailable": 0} if free else {"maxSurge": 0, "maxUnavailable": 1}


def _pod(
    request: Request, workload: ServingWorkload, template: Manifest, fit: Fit | None, *, worker: bool = False
) -> Manifest:
    """The pod that answers, or one that works for it."""
    pod = deepcopy(template)
    pod["metadata"].setdefault("labels", {})[ROLE] = WORKS if worker else ANSWERS
    spec, container = pod["spec"], pod["spec"]["containers"][0]
    if fit is not None:
        options = (*added(request.blueprint, request.machine, fit), *joining(workload, fit, worker=worker))
        container["command"] = [*container.get("command", ()), *options]
        if fit.layout.nodes > 1:
            # Which of a pod's addresses vLLM's processes find each other by.
            own = {"name": "VLLM_HOST_IP", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}}
            container["env"] = [*container.get("env", ()), own]
    if not container.get("command"):
        container.pop("command", None)
    if not worker:
        container.update(answering(workload))
    spec["terminationGracePeriodSeconds"] = grace(workload)
    return pod


def _selector(request: Request) -> Mapping[str, str]:
    return {"app.kubernetes.io/name": request.name}


def _service(request: Request) -> ClusterObject:
    """One name and port for all replicas that are ready."""
    return _object(
        request,
        "v1",
        "Service",
        service_name(request),
        {
            "selector": {**_selector(request), ROLE: ANSWERS},
            "ports": [{"name": "http", "port": 80, "targetPort": "http", "appProtocol": "http"}],
        },
    )


def _budget(request: Request) -> ClusterObject:
    """A node that is drained waits until the replica before it answers again. A pod that is not ready never does."""
    return _object(
        request,
        "policy/v1",
        "PodDisruptionBudget",
        request.name,
        {
            "maxUnavailable": 1,
            "selector": {"matchLabels": dict(_selector(request))},
            "unhealthyPodEvictionPolicy": "AlwaysAllow",
        },
    )
