"""Inference as replicas that answer each for themselves. Pure."""

from wayfare.components.contract import NAMESPACE, Request
from wayfare.components.kubernetes.pod_template import labels, pod_template
from wayfare.components.pods import ClusterObject, PodNeeds, Volume


def deployment(request: Request, pods: PodNeeds, volumes: tuple[Volume, ...]) -> ClusterObject:
    """A Deployment with one replica on each node."""
    return ClusterObject(
        api_version="apps/v1",
        kind="Deployment",
        name=request.name,
        namespace=NAMESPACE,
        labels=labels(request),
        spec={
            "replicas": request.accelerator.nodes,
            "selector": {"matchLabels": {"app.kubernetes.io/name": request.name}},
            # Every accelerator node is taken: a surge pod would never find one.
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 0, "maxUnavailable": 1}},
            "template": pod_template(request, pods, volumes, (), restart="Always"),
        },
    )
