"""Inference: replicas that each answer for themselves, on one node or on several. Pure.

A replica on one node is a pod of a Deployment; one on several is a group of a LeaderWorkerSet, whose first pod answers
and which begins again as a whole. Pods take whole nodes, so that a new one needs a node that is free.
"""

from collections.abc import Mapping
from copy import deepcopy
from datetime import timedelta

from wayfare.blueprints import InferenceCluster, ServingWorkload
from wayfare.components.contract import NAMESPACE, Request
from wayfare.components.fitting import Fit, fitted
from wayfare.components.kubernetes.answering import answering, grace
from wayfare.components.kubernetes.pod_template import Manifest, labels
from wayfare.components.kubernetes.reaching import ANSWERS, ROLE, WORKS, service_name
from wayfare.components.kubernetes.scaling import scaling
from wayfare.components.kubernetes.weights import with_weights
from wayfare.components.pods import ClusterObject
from wayfare.components.serving import added, joining


def objects(request: Request, template: Manifest) -> tuple[ClusterObject, ...]:
    """The replicas, the name under which they are reached, and how many may be taken away at once.

    `template` is the pod as it is for every workload. Raises NotFeasible where the model does not fit.
    """
    blueprint = request.blueprint
    if not isinstance(blueprint, InferenceCluster):
        raise TypeError(f"{request.name} does not serve")
    workload = blueprint.spec.workload
    fit = fitted(blueprint, request.machine, request.accelerator)
    held = request.accelerator.nodes if fit is None else fit.replicas
    most = workload.replicas or held
    serving = _serving(request, workload, template, fit, most, held - most)
    scaled = () if workload.scale is None else scaling(request, workload.scale, serving, most, workload.answers_on)
    return (serving, _service(request), _budget(request), *scaled)


def _serving(
    request: Request, workload: ServingWorkload, template: Manifest, fit: Fit | None, most: int, free: int
) -> ClusterObject:
    # What scales them says how many there are.
    number = {} if workload.scale else {"replicas": most}
    group = 1 if fit is None else fit.layout.nodes
    if group == 1:
        return _object(
            request,
            "apps/v1",
            "Deployment",
            request.name,
            {
                **number,
                "selector": {"matchLabels": dict(_selector(request))},
                # A replica that takes its time has not failed.
                "progressDeadlineSeconds": (workload.start + workload.drain) // timedelta(seconds=1),
                "strategy": {"type": "RollingUpdate", "rollingUpdate": _update(free)},
                "template": _pod(request, workload, template, fit),
            },
        )
    return _object(
        request,
        "leaderworkerset.x-k8s.io/v1",
        "LeaderWorkerSet",
        request.name,
        {
            **number,
            # Those that wait for the first pod could not be scheduled beside it any more.
            "startupPolicy": "LeaderCreated",
            "rolloutStrategy": {"type": "RollingUpdate", "rollingUpdateConfiguration": _update(free)},
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


def _update(free: int) -> Mapping[str, int]:
    """Into nodes that are free, so that none is taken away before another answers; else one after the other."""
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
    with_weights(spec, workload.weights, scratch=request.blueprint.spec.storage.scratch is not None)
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
