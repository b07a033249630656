"""What runs on every accelerator node, whatever else does: drivers, device plugins, exporters. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from wayfare.components.contract import ACCELERATOR_POOL, POOL_LABEL
from wayfare.components.pods import ClusterObject, Toleration


def tolerating(taints: Sequence[Toleration]) -> list[Mapping[str, str]]:
    """Tolerations of a pod that bears the pool's taints, whatever value they have."""
    return [{"key": taint.key, "operator": "Exists", "effect": "NoSchedule"} for taint in taints]


def on_pool(taints: Sequence[Toleration]) -> dict[str, Any]:
    """What keeps a pod on the accelerator pool and lets it be there."""
    return {"nodeSelector": {POOL_LABEL: ACCELERATOR_POOL}, "tolerations": tolerating(taints)}


def daemon_set(name: str, taints: Sequence[Toleration], pod: Mapping[str, Any]) -> ClusterObject:
    """An agent that no chart brings. `pod` is the rest of its pods' specification; they know nothing of the API."""
    labels = {"app.kubernetes.io/name": name}
    spec = {
        **on_pool(taints),
        "automountServiceAccountToken": False,
        "securityContext": {"seccompProfile": {"type": "RuntimeDefault"}},
        **pod,
    }
    pods = {"selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}, "spec": spec}}
    return ClusterObject("apps/v1", "DaemonSet", name, pods, namespace="kube-system")
