"""Who installs the accelerators' driver: the cloud on its nodes, or NVIDIA's operator. Never both.

NVIDIA's operator installs the driver in a pod on each node unless it is told not to ("Install NVIDIA GPU Operator",
`driver.enabled`: false on systems with pre-installed drivers). On a node that has one, that pod stays in its first
container, and nothing of the operator's becomes ready there; the container's words are in NVIDIA/gpu-operator, issue
381. Helm waits for what is in the chart, and the operator makes the driver's pods: the release is told all the same,
since nothing else that the engine waits for would show it.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, cast

from wayfare.sandbox.behaviour import Call, Row, StoreView

RELEASE = "kubernetes:helm.sh/v3:Release"
POLICY = "kubernetes:nvidia.com/v1:ClusterPolicy"
AKS, AKS_POOL = "azure-native:containerservice:ManagedCluster", "azure-native:containerservice:AgentPool"
_CHART = "gpu-operator"
_SKIP = "pulumi.com/skipAwait"

#: Labels of a node to which the operator brings nothing, or no driver (NVIDIA, "Preventing Installation of Operands on
#: Some Nodes", and the words of issue 381).
_KEPT_AWAY = ("nvidia.com/gpu.deploy.operands", "nvidia.com/gpu.deploy.driver")


def release_unready(call: Call) -> str | None:
    """Why a Helm release of the operator does not become available, in the provider's words."""
    if call.inputs.get("skipAwait") is True:
        return None
    if (why := _in_cluster(call, _brings(RELEASE, call.inputs))) is None:
        return None
    return (
        f'Helm release "{call.id}" was created, but failed to initialize completely. Use Helm CLI to investigate.: '
        f"failed to become available within allocated timeout. Error: Helm Release {call.id}: context deadline "
        f"exceeded: {why}"
    )


def policy_unready(call: Call) -> str | None:
    """Why the operator's policy does not become ready, in the provider's words."""
    if str(_part(_part(call.inputs, "metadata"), "annotations").get(_SKIP)).lower() == "true":
        return None
    if (why := _in_cluster(call, _brings(POLICY, call.inputs))) is None:
        return None
    return (
        f'the Kubernetes API server reported that "{call.id}" failed to fully initialize or become live: timed out '
        f"waiting for ClusterPolicy {call.id} to be ready (state: notReady): {why}"
    )


def aks_pool_unready(call: Call) -> str | None:
    """Why the nodes of an AKS pool do not become usable that is made beside an operator."""
    cluster = next((row for row in call.store.rows(AKS) if str(call.id).lower().startswith(f"{row.id.lower()}/")), None)
    pool = {"name": call.inputs.get("agentPoolName"), **call.inputs}
    if cluster is None or not _aks_installs(pool):
        return None
    key = f"azure-native/{cluster.region}/{cluster.id}"
    held = [row for token in (RELEASE, POLICY) for row in call.store.rows(token) if row.region == key]
    if not any(_brings(row.token, row.inputs) for row in held):
        return None
    return f"agent pool {pool['name']} was created, but its accelerators never show: {_said([str(pool['name'])], AKS)}"


def _brings(token: str, inputs: Mapping[str, Any]) -> bool:
    """Whether this is an operator that installs the driver."""
    if token == RELEASE and str(inputs.get("chart", "")).rpartition("/")[2] != _CHART:
        return False
    settings = _part(inputs, "values" if token == RELEASE else "spec")
    return str(_part(settings, "driver").get("enabled", True)).lower() != "false"


def _in_cluster(call: Call, brings: bool) -> str | None:
    """What the driver's pod says where nodes have a driver already."""
    cluster = call.cluster
    if not brings or cluster is None or cluster.token not in _INSTALLED:
        return None
    pools = sorted(set(_INSTALLED[cluster.token][0](cluster, call.store)))
    return _said(pools, cluster.token) if pools else None


def _said(pools: list[str], cluster: str) -> str:
    return (
        "DaemonSet nvidia-driver-daemonset is not ready: k8s-driver-manager: NVIDIA GPU driver is already "
        "pre-installed on the node, will not proceed with the containerized driver installation "
        f"(pools {', '.join(pools)}: {_INSTALLED[cluster][1]})"
    )


def _of_aks(cluster: Row, store: StoreView) -> Iterator[str]:
    """Pools on which AKS installs the driver, in the cluster's definition and beside it."""
    pools = [cast("Mapping[str, Any]", each) for each in cluster.inputs.get("agentPoolProfiles") or ()]
    rows = [row for row in store.rows(AKS_POOL) if row.id.lower().startswith(f"{cluster.id}/".lower())]
    pools += [{"name": row.inputs.get("agentPoolName"), **row.inputs} for row in rows]
    yield from (str(pool.get("name")) for pool in pools if _aks_installs(pool))


def _aks_installs(pool: Mapping[str, Any]) -> bool:
    """On Linux nodes of NVIDIA's sizes, unless `gpuProfile.driver` is None.

    Microsoft, "Use the NVIDIA GPU Operator on AKS": with the operator, the pool is made with `--gpu-driver none`. NVv4,
    V710 and MI300X are AMD's (Microsoft, "GPU accelerated virtual machine sizes").
    """
    size = str(pool.get("vmSize", "")).upper()
    of_amd = "MI300X" in size or "V710" in size or (size.startswith("STANDARD_NV") and size.endswith("AS_V4"))
    if not size.startswith("STANDARD_N") or of_amd or str(pool.get("osType", "Linux")).lower() == "windows":
        return False
    labels = _part(pool, "nodeLabels")
    kept_away = any(str(labels.get(label)).lower() == "false" for label in _KEPT_AWAY)
    return not kept_away and str(_part(pool, "gpuProfile").get("driver", "Install")).lower() != "none"


def _part(value: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    inner = value.get(key)
    return cast("Mapping[str, Any]", inner) if isinstance(inner, dict) else {}


#: By the cluster's type: the pools on which the cloud installs the driver, and how it is told not to.
_INSTALLED: Mapping[str, tuple[Callable[[Row, StoreView], Iterator[str]], str]] = {
    AKS: (_of_aks, "AKS installs it; set gpuProfile.driver to None, or the operator's driver.enabled to false")
}
