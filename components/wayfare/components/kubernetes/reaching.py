"""How the replicas are found, and who but their own namespace reaches them. Pure."""

from wayfare.components.contract import NAMESPACE, Request
from wayfare.components.kubernetes.pod_template import labels
from wayfare.components.pods import ClusterObject

#: The label by which those pods are found that answer.
ROLE = "app.kubernetes.io/component"
ANSWERS, WORKS = "server", "worker"


def service_name(request: Request) -> str:
    """LeaderWorkerSet takes its own name for a Service by which its pods find each other."""
    return f"{request.name}-api"


def let_in(request: Request, namespace: str, port: int) -> ClusterObject:
    """The workload's namespace is closed to all others; this one reaches those that answer, on their port alone.

    By its number: not every cloud's network policies know the names of ports.
    """
    where = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace}}}
    return ClusterObject(
        "networking.k8s.io/v1",
        "NetworkPolicy",
        f"{request.name}-from-{namespace}",
        {
            "podSelector": {"matchLabels": {"app.kubernetes.io/name": request.name, ROLE: ANSWERS}},
            "policyTypes": ["Ingress"],
            "ingress": [{"from": [where], "ports": [{"protocol": "TCP", "port": port}]}],
        },
        NAMESPACE,
        labels(request),
    )
