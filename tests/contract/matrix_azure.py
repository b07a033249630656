"""Azure's accelerator nodes, after Microsoft's documentation and not after the catalog.

Accelerators and InfiniBand cards: Azure Virtual Machines, "GPU accelerated virtual machine sizes", a page for each
series. Driver and device plugin: "Use GPUs on AKS", "Use AMD GPUs on AKS", "Use the NVIDIA GPU Operator on AKS".
InfiniBand in pods: Azure/aks-rdma-infiniband, which has each card as one `rdma/ib`. Sales: "On-demand capacity
reservation", supported series; "Azure Spot Virtual Machines".
"""

from collections.abc import Mapping
from typing import Any

from tests.contract.matrix import Node, charts, one_of, requests_of_the_pod
from tests.golden.graph import Graph, Properties
from wayfare.blueprints import Purchase

_USUAL = frozenset({Purchase.ON_DEMAND, Purchase.SPOT})


def _alone(gpus: int) -> Node:
    """Without InfiniBand: AKS brings the driver, and NVIDIA's device plugin is installed."""
    return Node(
        image="Ubuntu",
        driver="Install",
        nics=(),
        domain="none",
        taints=("nvidia.com/gpu=present:NoSchedule",),
        pod={"nvidia.com/gpu": gpus},
        plugins=("nvidia-device-plugin",),
    )


def _infiniband(gpus: int, cards: int) -> Node:
    """NVIDIA's operators bring both drivers; hardware attaches the cards, so that nothing is asked for them."""
    return Node(
        image="Ubuntu",
        driver="None",
        nics=(),
        domain="none",
        taints=("nvidia.com/gpu=present:NoSchedule",),
        pod={"nvidia.com/gpu": gpus, "rdma/ib": cards},
        plugins=("gpu-operator", "network-operator"),
    )


NODES: Mapping[str, Node] = {
    "Standard_NC4as_T4_v3": _alone(1),
    "Standard_NV36ads_A10_v5": _alone(1),
    "Standard_NC24ads_A100_v4": _alone(1),
    "Standard_NC40ads_H100_v5": _alone(1),
    "Standard_ND96asr_v4": _infiniband(8, 8),
    "Standard_ND96amsr_A100_v4": _infiniband(8, 8),
    "Standard_ND96isr_H100_v5": _infiniband(8, 8),
    "Standard_ND96isr_H200_v5": _infiniband(8, 8),
    "Standard_ND96isr_MI300X_v5": Node(
        image="Ubuntu",
        driver="None",
        nics=(),
        domain="none",
        taints=("amd.com/gpu=present:NoSchedule",),
        pod={"amd.com/gpu": 8, "rdma/ib": 8},
        plugins=("network-operator",),
    ),
}

#: Both need Ubuntu 24.04 and so a version of Kubernetes that the requests here do not ask for; with one they are looked
#: at in `test_compute_azure`.
REFUSED: Mapping[str, str] = {
    "Standard_ND128isr_NDR_GB200_v6": "needs Ubuntu 24.04, which AKS gives to Kubernetes 1.35 and later",
    "Standard_ND128isr_GB300_v6": "needs Ubuntu 24.04, which AKS gives to Kubernetes 1.35 and later",
}

SOLD: Mapping[str, frozenset[Purchase]] = {
    **dict.fromkeys(
        ("Standard_NC4as_T4_v3", "Standard_NV36ads_A10_v5", "Standard_NC24ads_A100_v4"), _USUAL | {Purchase.RESERVED}
    ),
    **dict.fromkeys(
        (
            *("Standard_NC40ads_H100_v5", "Standard_ND96asr_v4", "Standard_ND96amsr_A100_v4"),
            *("Standard_ND96isr_H100_v5", "Standard_ND96isr_H200_v5", "Standard_ND96isr_MI300X_v5"),
        ),
        _USUAL,
    ),
    "Standard_ND128isr_NDR_GB200_v6": frozenset({Purchase.ON_DEMAND}),
    "Standard_ND128isr_GB300_v6": frozenset({Purchase.ON_DEMAND}),
}

_SPOT = {
    "scaleSetPriority": "Spot",
    "scaleSetEvictionPolicy": "Delete",
    "spotMaxPrice": -1,
    "enableAutoScaling": True,
    "tainted": True,
}

BOUGHT: Mapping[Purchase, Properties] = {
    Purchase.ON_DEMAND: {"enableAutoScaling": False, "tainted": False},
    Purchase.SPOT: _SPOT,
    Purchase.RESERVED: {"enableAutoScaling": False, "tainted": False, "reservation": "bought"},
}


def seen(graph: Graph) -> Node:
    """The node that an agent pool, the charts and the workload describe."""
    pool = one_of(graph, "AgentPool", "pool").inputs
    return Node(
        image=pool["osSKU"],
        driver=pool["gpuProfile"]["driver"],
        nics=(),
        domain="none" if "proximityPlacementGroupID" not in pool else "proximity placement group",
        taints=tuple(pool["nodeTaints"]),
        pod=requests_of_the_pod(graph),
        plugins=charts(graph),
    )


def seen_purchase(graph: Graph) -> Properties:
    """What an agent pool says of its purchase; of a reservation, in which resource group it is if not the cluster's."""
    pool: Mapping[str, Any] = one_of(graph, "AgentPool", "pool").inputs
    found = {key: pool[key] for key in (*_SPOT, "enableAutoScaling") if key in pool}
    found["tainted"] = "kubernetes.azure.com/scalesetpriority=spot:NoSchedule" in pool["nodeTaints"]
    group = str(pool.get("capacityReservationGroupID", "")).partition("/resourceGroups/")[2].partition("/")[0]
    return {**found, **({"reservation": group} if group else {})}
