"""What the workload's namespace never holds, whoever puts it there: quotas, made from the pool. Pure.

A quota refuses, where a queue and a scheduler let wait; it counts a pod until its node has let it go, and it does not
know whose a pod is ("Resource Quotas"). So these bound what must not be at all, and not what the queue and the nodes
bound already:

- Accelerators and devices of the fabric are left to the queue and the scheduler. While a job begins again, is updated
  or makes room for another, its old pods and the new ones are there together; and pods of others that wait would use a
  quota up, so that the workload's own could not be made any more.
- Jobs and sets of them are not counted: those that wait in the queue have no pods, and those that have ended would keep
  the workload from beginning again.
- Claims are not counted: a pod's own scratch volume is one of them, and what others bring is theirs to say.
- Processors and memory are not counted: a pod that says nothing of what is counted would be refused.
"""

from wayfare.components.contract import NAMESPACE, Request
from wayfare.components.pods import ClusterObject

#: The most pods that any of the clouds puts on a node: Google's figure (GKE, "Configure maximum Pods per node"). AKS
#: ("Azure CNI") and EKS ("Choosing an Amazon EC2 instance type", `max-pods`) stop at 250.
_PODS_PER_NODE = 256
#: Pods that go, and those that come in their place.
_TOGETHER = 2

#: Kubernetes' own classes of a pod's priority, which it gives to whatever a node cannot do without. The scheduler takes
#: away pods that run for them, and asks no queue ("Pod Priority and Preemption").
_OF_THE_SYSTEM = ("system-cluster-critical", "system-node-critical")


def quotas(request: Request) -> tuple[ClusterObject, ...]:
    """Two: what is in the namespace at all, and what is of a priority that is not its own to have."""
    most = request.accelerator.nodes * _PODS_PER_NODE * _TOGETHER
    return (
        _quota(
            "within-the-namespace",
            {
                # The gateway's is elsewhere. Another one would be a way in without a key, reached by nobody (the
                # namespace's network policy), and would outlive the cluster.
                "services.loadbalancers": "0",
                "services.nodeports": "0",
                # More than the pool could ever run: what makes pods without end ends here, and not the API server.
                "pods": str(most),
            },
        ),
        _quota("priorities-of-the-system", {"pods": "0"}, _OF_THE_SYSTEM),
    )


def _quota(name: str, hard: dict[str, str], priorities: tuple[str, ...] = ()) -> ClusterObject:
    """Of the pods of some priorities alone, where they are named."""
    among = {"scopeName": "PriorityClass", "operator": "In", "values": list(priorities)}
    scope = {"scopeSelector": {"matchExpressions": [among]}} if priorities else {}
    return ClusterObject("v1", "ResourceQuota", name, {"hard": hard, **scope}, NAMESPACE)
