"""As many replicas as the queue of requests needs, by KEDA. Pure.

KEDA asks the replicas themselves, each at its own `/metrics`: a Prometheus between them would be another one on every
cloud, with a login of its own. Replicas go to the pool's nodes; the pool keeps its size.
"""

from wayfare.blueprints import Scale
from wayfare.components.contract import NAMESPACE, Request
from wayfare.components.kubernetes.pod_template import labels
from wayfare.components.kubernetes.reaching import let_in, service_name
from wayfare.components.pods import ClusterObject

#: Where the chart puts KEDA.
SCALER = "keda"
#: vLLM's gauge of requests that wait for room in its cache.
WAITING = "vllm:num_requests_waiting"
#: Seconds between two looks, and for how long a lower number must do before a replica goes, as a new one loads long.
_LOOK, _CALM = 15, 600


def scaling(request: Request, asked: Scale, replicas: ClusterObject, most: int, port: int) -> tuple[ClusterObject, ...]:
    """What scales the replicas up to `most`. They answer on `port`."""
    trigger = {
        "type": "metrics-api",
        # The sum of all queues, divided by the replicas that there are.
        "metricType": "AverageValue",
        "metadata": {
            "format": "prometheus",
            # With the port of the pods, which are asked one by one (KEDA, "Metrics API").
            "url": f"http://{service_name(request)}.{NAMESPACE}.svc.cluster.local:{port}/metrics",
            "valueLocation": WAITING,
            "aggregateFromKubeServiceEndpoints": "true",
            "aggregationType": "sum",
            "targetValue": str(asked.waiting),
        },
    }
    one_by_one = {"stabilizationWindowSeconds": _CALM, "policies": [{"type": "Pods", "value": 1, "periodSeconds": 60}]}
    spec = {
        "scaleTargetRef": {"apiVersion": replicas.api_version, "kind": replicas.kind, "name": replicas.name},
        "minReplicaCount": min(asked.least, most),
        "maxReplicaCount": most,
        "pollingInterval": _LOOK,
        "advanced": {"horizontalPodAutoscalerConfig": {"behavior": {"scaleDown": one_by_one}}},
        "triggers": [trigger],
    }
    return (
        ClusterObject("keda.sh/v1alpha1", "ScaledObject", request.name, spec, NAMESPACE, labels(request)),
        let_in(request, SCALER, port),
    )
