"""The queue in front of the accelerator pool: Kueue's objects, made from the pool. Pure.

Kueue admits a job when all of its pods fit what is free, and none of them before: half a job never holds nodes that the
other half waits for. API: kueue.x-k8s.io/v1beta2 (Kueue, "API reference"); its definitions are those of the chart's
version in `charts.py`.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from wayfare.components.contract import ACCELERATOR_POOL, NAMESPACE, POOL_LABEL, Request
from wayfare.components.pods import ClusterObject, PodNeeds

#: What a job names to be queued (`kueue.x-k8s.io/queue-name`). Other jobs of the namespace may name it too.
QUEUE = "accelerators"
QUEUE_LABEL = "kueue.x-k8s.io/queue-name"
PRIORITY_LABEL = "kueue.x-k8s.io/priority-class"

#: Classes of a job's priority: a higher one makes room for itself where the pool is full.
PRIORITIES: Mapping[str, int] = {"low": -1000, "normal": 0, "high": 1000}
#: That of the blueprint's own workload.
PRIORITY = "normal"

#: GKE ends nodes of queued provisioning after this time ("Flex-start", maximum run duration).
QUEUED_FOR_SECONDS = 7 * 24 * 3600

_API = "kueue.x-k8s.io/v1beta2"
_CHECK = "provisioning"


def queue(request: Request, pods: PodNeeds) -> tuple[ClusterObject, ...]:
    """The objects, each after those that it names."""
    return tuple(_objects(request, pods))


def _objects(request: Request, pods: PodNeeds) -> Iterator[ClusterObject]:
    for name, value in PRIORITIES.items():
        yield ClusterObject(_API, "WorkloadPriorityClass", name, beside={"value": value})
    if pods.topology:
        levels = [{"nodeLabel": label} for label in (*pods.topology, "kubernetes.io/hostname")]
        yield ClusterObject(_API, "Topology", QUEUE, {"levels": levels})
    yield ClusterObject(_API, "ResourceFlavor", QUEUE, _flavor(pods))
    if pods.provisioning_class is not None:
        yield from _made_on_demand(pods, pods.provisioning_class)
    yield ClusterObject(_API, "ClusterQueue", QUEUE, _cluster_queue(request, pods))
    yield ClusterObject(_API, "LocalQueue", QUEUE, {"clusterQueue": QUEUE}, namespace=NAMESPACE)


def _flavor(pods: PodNeeds) -> Mapping[str, Any]:
    """The pool's nodes. Kueue gives what it admits the flavor's labels and tolerations."""
    return {
        "nodeLabels": {POOL_LABEL: ACCELERATOR_POOL, **pods.node_selector},
        **({"topologyName": QUEUE} if pods.topology else {}),
    }


def _cluster_queue(request: Request, pods: PodNeeds) -> Mapping[str, Any]:
    """As much as the whole pool has; a job of more is never admitted."""
    quota = [{"name": name, "nominalQuota": amount} for name, amount in _whole_pool(request, pods).items()]
    checks = {"admissionChecks": [{"name": _CHECK, "onFlavors": [QUEUE]}]}
    return {
        # Unset would select no namespace at all.
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": NAMESPACE}},
        "resourceGroups": [
            {
                "coveredResources": [each["name"] for each in quota],
                "flavors": [{"name": QUEUE, "resources": quota}],
            }
        ],
        "preemption": {"withinClusterQueue": "LowerPriority"},
        # Evicts what was admitted too ("Cluster Queue", stopPolicy): its pods get their grace period.
        **({"stopPolicy": "HoldAndDrain"} if request.held else {}),
        **({"admissionChecksStrategy": checks} if pods.provisioning_class is not None else {}),
    }


def _whole_pool(request: Request, pods: PodNeeds) -> Mapping[str, str]:
    """Every resource that a pod may ask for, over all nodes; a resource that is not named here is never admitted."""
    machine, nodes = request.machine, request.accelerator.nodes
    memory = {} if machine.ram_gib is None else {"memory": f"{machine.ram_gib * nodes}Gi"}
    devices = {name: str(count * nodes) for name, count in {**pods.accelerators, **pods.fabric}.items()}
    return {"cpu": str(machine.vcpus * nodes), **memory, **devices}


def _made_on_demand(pods: PodNeeds, provisioning_class: str) -> Iterator[ClusterObject]:
    """Nodes that a request has made together for a job that would be admitted (GKE, "Run a large-scale workload with
    flex-start with queued provisioning"; Kueue, "ProvisioningRequest")."""
    yield ClusterObject(
        _API,
        "ProvisioningRequestConfig",
        _CHECK,
        {
            "provisioningClassName": provisioning_class,
            "managedResources": list(pods.accelerators),
            "parameters": {"maxRunDurationSeconds": str(QUEUED_FOR_SECONDS)},
        },
    )
    yield ClusterObject(
        _API,
        "AdmissionCheck",
        _CHECK,
        {
            "controllerName": "kueue.x-k8s.io/provisioning-request",
            "parameters": {"apiGroup": "kueue.x-k8s.io", "kind": "ProvisioningRequestConfig", "name": _CHECK},
        },
    )
