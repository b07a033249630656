"""Training as one set of pods: they are admitted together, start together, and begin again together. Pure."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from wayfare.components.contract import NAMESPACE, Request
from wayfare.components.kubernetes import checkpointing
from wayfare.components.kubernetes.launching import environment
from wayfare.components.kubernetes.pod_template import Manifest, labels, pod_template
from wayfare.components.kubernetes.queues import PRIORITY, PRIORITY_LABEL, QUEUE, QUEUE_LABEL
from wayfare.components.pods import ClusterObject, PodNeeds, Volume

if TYPE_CHECKING:
    # Whoever only plans does not wait for the engine's SDK.
    import pulumi

#: The one replicated job of the set. JobSet's names: `<set>-<job>-<index of the job>-<index of the pod>`.
NODES = "node"

#: How often a set begins again after its container failed. What the cloud takes away, a node or a spot machine, does
#: not count.
MOST_RESTARTS = 3

#: In which of the cloud's units of nearness Kueue looks for room, the nearest first ("Topology Aware Scheduling").
_NEAR = "kueue.x-k8s.io/podset-preferred-topology"


def job_set(
    request: Request, pods: PodNeeds, volumes: tuple[Volume, ...], checkpoints: "pulumi.Input[str] | None" = None
) -> ClusterObject:
    """A JobSet (jobset.x-k8s.io/v1alpha2) with one pod on each node. `checkpoints` is the URL of the cluster's bucket.

    Kueue suspends it when it is made and lets it start when every pod has its node; so `suspend` is not said here.
    """
    variables = (*environment(request), *checkpointing.environment(request, checkpoints))
    return ClusterObject(
        api_version="jobset.x-k8s.io/v1alpha2",
        kind="JobSet",
        name=request.name,
        namespace=NAMESPACE,
        labels={**labels(request), QUEUE_LABEL: QUEUE, PRIORITY_LABEL: PRIORITY},
        spec={
            # Pods find the first of them by name before any is ready.
            "network": {"enableDNSHostnames": True, "subdomain": request.name, "publishNotReadyAddresses": True},
            "failurePolicy": {
                "maxRestarts": MOST_RESTARTS,
                "rules": [
                    {
                        "name": "takenAway",
                        "action": "RestartJobSetAndIgnoreMaxRestarts",
                        "onJobFailureReasons": ["PodFailurePolicy"],
                    }
                ],
            },
            "replicatedJobs": [
                {"name": NODES, "replicas": 1, "template": {"spec": _job(request, pods, volumes, variables)}}
            ],
        },
    )


def _job(
    request: Request, pods: PodNeeds, volumes: tuple[Volume, ...], variables: tuple[Manifest, ...]
) -> Mapping[str, Any]:
    nodes = request.accelerator.nodes
    template = pod_template(request, pods, volumes, variables, restart="Never")
    if request.checkpoint is not None:
        template["spec"]["terminationGracePeriodSeconds"] = checkpointing.seconds(request.checkpoint)
    if pods.topology:
        template["metadata"].setdefault("annotations", {})[_NEAR] = pods.topology[-1]
    return {
        "completionMode": "Indexed",
        "completions": nodes,
        "parallelism": nodes,
        # One pod that fails ends the job: the others would wait for it in a collective.
        "backoffLimit": 0,
        "podFailurePolicy": {
            "rules": [{"action": "FailJob", "onPodConditions": [{"type": "DisruptionTarget", "status": "True"}]}]
        },
        "template": template,
    }
