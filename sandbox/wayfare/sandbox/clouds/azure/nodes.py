"""The nodes of AKS's agent pools, as they join their cluster."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from wayfare.blueprints import Maker
from wayfare.sandbox.behaviour import Node, Row, Rows
from wayfare.sandbox.clouds.azure import names
from wayfare.sandbox.clouds.kubernetes_nodes import accelerators, cards, cataloged, charts


def nodes(cluster: Row, objects: Sequence[Row], rows: Rows) -> list[Node]:
    """Every node of a cluster: of the pools in its definition and of those beside it."""
    pools: list[Mapping[str, Any]] = list(names.parts(cluster.inputs, "agentPoolProfiles"))
    beside = [row for row in rows(names.POOL) if row.id.lower().startswith(f"{cluster.id}/".lower())]
    pools += [{"name": row.inputs.get("agentPoolName"), **row.inputs} for row in beside if not row.failed]
    return [node for pool in pools for node in _of_pool(pool, cluster, objects)]


def _of_pool(pool: Mapping[str, Any], cluster: Row, objects: Sequence[Row]) -> Iterator[Node]:
    """Labels and taints: Microsoft, "Use labels in AKS" (reserved system labels) and "Add a spot node pool"."""
    name, region = str(pool.get("name")), cluster.region
    machine_type = str(pool.get("vmSize"))
    zones = [f"{region}-{zone}" for zone in names.texts(pool, "availabilityZones")] or [""]
    spot = str(pool.get("scaleSetPriority")).lower() == "spot"
    labels = {
        **{str(key): str(value) for key, value in names.part(pool, "nodeLabels").items()},
        "agentpool": name,
        "kubernetes.azure.com/agentpool": name,
        "kubernetes.azure.com/mode": str(pool.get("mode", "User")).lower(),
        "kubernetes.azure.com/cluster": str(cluster.outputs.get("nodeResourceGroup")),
        **({"kubernetes.azure.com/scalesetpriority": "spot"} if spot else {}),
    }
    taints = [_taint(str(each)) for each in names.texts(pool, "nodeTaints")]
    own = ("kubernetes.azure.com/scalesetpriority", "spot", "NoSchedule")
    if spot and own not in taints:
        taints.append(own)
    resources = _resources(pool, machine_type, objects)
    suffix = str(cluster.outputs["resourceUID"])[:8]
    for index in range(int(pool.get("count") or 0)):
        host = f"aks-{name}-{suffix}-vmss{index:06d}"
        yield Node(host, machine_type, region, zones[index % len(zones)], labels, tuple(taints), resources)


def _resources(pool: Mapping[str, Any], machine_type: str, objects: Sequence[Row]) -> Mapping[str, int]:
    """Without a driver no plugin shows a card: AKS installs NVIDIA's unless told not to, or their operator does."""
    row = cataloged(machine_type)
    driven = str(names.part(pool, "gpuProfile").get("driver", "Install")).lower() != "none"
    shown = accelerators(row, objects)
    if (
        row is not None
        and row.accelerator.maker is Maker.NVIDIA
        and not driven
        and "gpu-operator" not in charts(objects)
    ):
        shown = {}
    return {**shown, **cards(row, objects)}


def _taint(text: str) -> tuple[str, str, str]:
    """`key=value:NoSchedule`"""
    pair, _, effect = text.rpartition(":")
    key, _, value = pair.partition("=")
    return key, value, effect
