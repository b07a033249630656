"""A training job behind Kueue's queue, made of what a cluster's plan says, and edits of it."""

from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from typing import TYPE_CHECKING, Any

from wayfare.components.contract import ACCELERATOR_POOL, NAMESPACE, POOL_LABEL
from wayfare.components.pods import PodNeeds
from wayfare.sandbox.behaviour import Properties

if TYPE_CHECKING:
    from tests.kubernetes.living import Living

Edit = Callable[[Properties], object]
"""Changes a set that is right."""

QUEUE = "accelerators"
PRIORITIES = {"low": -1000, "high": 1000}
#: What a device's name ends in that no node has.
ANOTHER = "-of-another-make"
_KUEUE = "kueue.x-k8s.io/v1beta2"


def charts(pods: PodNeeds) -> Mapping[str, Properties]:
    """The charts whose controllers run beside the control plane, with their values.

    Kueue refuses claims of all devices of a class unless it is told to pass over claims.
    """
    integration = [f"KueueDRAIntegration{part}" for part in ("", "ExtendedResource", "PartitionableDevices")]
    gates = [*integration, "KueueDRARejectWorkloadsWhenDRADisabled"] if pods.device_classes else []
    values = {"controllerManager": {"featureGates": [{"name": gate, "enabled": False} for gate in gates]}}
    return {"jobset": {}, "lws": {}, "kueue": values}


def queue(cluster: "Living") -> list[Properties]:
    """A queue with room for all of the pool, and two classes of priority."""
    machine, nodes = cluster.request.machine, cluster.request.accelerator.nodes
    devices = {**cluster.pods.accelerators, **cluster.pods.fabric}
    amounts = {"cpu": str(machine.vcpus * nodes), "memory": f"{(machine.ram_gib or 0) * nodes}Gi"}
    amounts |= {name: str(count * nodes) for name, count in devices.items()}
    group = {
        "coveredResources": list(amounts),
        "flavors": [
            {"name": QUEUE, "resources": [{"name": name, "nominalQuota": amount} for name, amount in amounts.items()]}
        ],
    }
    flavor = {"nodeLabels": {POOL_LABEL: ACCELERATOR_POOL, **cluster.pods.node_selector}}
    spec = {"namespaceSelector": {}, "resourceGroups": [group], "preemption": {"withinClusterQueue": "LowerPriority"}}
    return [
        *(_object("WorkloadPriorityClass", name, value=value) for name, value in PRIORITIES.items()),
        _object("ResourceFlavor", QUEUE, spec=flavor),
        _object("ClusterQueue", QUEUE, spec=spec),
        _object("LocalQueue", QUEUE, NAMESPACE, spec={"clusterQueue": QUEUE}),
    ]


def job_set(cluster: "Living", name: str, *, queued: bool = True, priority: str | None = None) -> Properties:
    """The blueprint's job as a set, behind the queue or not."""
    (job,) = (row for row in cluster.run.resources if row.type == "kubernetes:batch/v1:Job")
    spec = deepcopy(job.inputs["spec"])
    labels = {"kueue.x-k8s.io/queue-name": QUEUE} if queued else {}
    if priority is not None:
        labels["kueue.x-k8s.io/priority-class"] = priority
    return {
        "apiVersion": "jobset.x-k8s.io/v1alpha2",
        "kind": "JobSet",
        "metadata": {"name": name, "namespace": NAMESPACE, "labels": labels},
        "spec": {"replicatedJobs": [{"name": "node", "replicas": 1, "template": {"spec": spec}}]},
    }


def pod(item: Properties) -> Properties:
    """The specification of a set's pods, to be edited."""
    return item["spec"]["replicatedJobs"][0]["template"]["spec"]["template"]["spec"]


def job(item: Properties) -> Properties:
    """The specification of a set's only job, to be edited."""
    return item["spec"]["replicatedJobs"][0]["template"]["spec"]


def renamed(resources: Iterable[str]) -> Edit:
    """Ask for devices under names that no plugin gives them."""

    def edit(item: Properties) -> None:
        for container in pod(item)["containers"]:
            for part in ("requests", "limits"):
                amounts: dict[str, str] = container["resources"][part]
                for name in set(resources) & amounts.keys():
                    amounts[f"{name}{ANOTHER}"] = amounts.pop(name)

    return edit


def _object(kind: str, name: str, namespace: str | None = None, **beside: Any) -> Properties:
    metadata = {"name": name, **({"namespace": namespace} if namespace else {})}
    return {"apiVersion": _KUEUE, "kind": kind, "metadata": metadata, **beside}
