"""AWS's accelerator nodes, after its documentation and not after the catalog.

Interfaces: EC2 User Guide, "Maximize network bandwidth on instances with multiple network cards". Images and plug-ins:
EKS User Guide, "Use EKS-optimized accelerated AMIs" and "Install device plugins". Placement: EC2 User Guide, "Placement
strategies". Sales: EC2's pricing pages and "Capacity Blocks for ML", "Supported instance types and Regions".
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tests.contract.matrix import Node, charts, one_of, requests_of_the_pod
from tests.golden.graph import Graph, Properties
from wayfare.blueprints import Purchase

_NODES, _TEMPLATE = "accelerator-nodes", "accelerator-template"
_EFFECTS = {"NO_SCHEDULE": "NoSchedule", "NO_EXECUTE": "NoExecute", "PREFER_NO_SCHEDULE": "PreferNoSchedule"}

_IP = "interface 0/0"
_EVERY = frozenset({Purchase.ON_DEMAND, Purchase.SPOT, Purchase.RESERVED, Purchase.BLOCK})
_NO_BLOCK = _EVERY - {Purchase.BLOCK}


def _efa(count: int, first: int = 0) -> tuple[str, ...]:
    """`efa-only CARD/DEVICE`: device 1 beside the primary interface of card 0, device 0 on a card of its own."""
    return tuple(f"efa-only {card}/{1 if card == 0 else 0}" for card in range(first, first + count))


def _nvidia(gpus: int, nics: tuple[str, ...]) -> Node:
    efa = len(nics)
    return Node(
        image="AL2023_x86_64_NVIDIA",
        driver="image",
        nics=(_IP, *nics),
        domain="cluster",
        taints=("nvidia.com/gpu=present:NoSchedule",),
        pod={"nvidia.com/gpu": gpus, **({"vpc.amazonaws.com/efa": efa} if efa else {})},
        plugins=("aws-efa-k8s-device-plugin", "nvidia-device-plugin") if efa else ("nvidia-device-plugin",),
    )


def _neuron(chips: int, nics: tuple[str, ...]) -> Node:
    """EKS User Guide, "Manage Neuron devices": the taint and the resource are called the same."""
    efa = len(nics)
    return Node(
        image="AL2023_x86_64_NEURON",
        driver="image",
        nics=(_IP, *nics),
        domain="cluster",
        taints=("aws.amazon.com/neuron=present:NoSchedule",),
        pod={"aws.amazon.com/neuron": chips, **({"vpc.amazonaws.com/efa": efa} if efa else {})},
        plugins=("aws-efa-k8s-device-plugin", "neuron-helm-chart") if efa else ("neuron-helm-chart",),
    )


NODES: Mapping[str, Node] = {
    "p3dn.24xlarge": _nvidia(8, _efa(1)),
    "p4d.24xlarge": _nvidia(8, _efa(4)),
    "p4de.24xlarge": _nvidia(8, _efa(4)),
    "p5.4xlarge": _nvidia(1, _efa(1)),
    "p5.48xlarge": _nvidia(8, _efa(32)),
    # Sold in Capacity Blocks alone, and those are close together by themselves.
    "p5e.48xlarge": replace(_nvidia(8, _efa(32)), domain="none"),
    "p5en.48xlarge": _nvidia(8, _efa(16)),
    "p6-b200.48xlarge": _nvidia(8, _efa(8)),
    # 17 cards, of which the first carries ENA alone.
    "p6-b300.48xlarge": _nvidia(8, _efa(16, first=1)),
    "g5.48xlarge": _nvidia(8, _efa(1)),
    "g6.48xlarge": _nvidia(8, _efa(1)),
    "g6e.48xlarge": _nvidia(8, _efa(4)),
    "g7.48xlarge": _nvidia(8, _efa(2)),
    "g7e.48xlarge": _nvidia(8, _efa(4)),
    "g4dn.xlarge": _nvidia(1, ()),
    "g6.xlarge": _nvidia(1, ()),
    "trn1.32xlarge": _neuron(16, _efa(8)),
    "trn2.48xlarge": _neuron(16, _efa(16)),
    "inf2.48xlarge": _neuron(12, ()),
}

REFUSED: Mapping[str, str] = {}

SOLD: Mapping[str, frozenset[Purchase]] = {
    "p3dn.24xlarge": _NO_BLOCK,
    "p4d.24xlarge": _EVERY,
    "p4de.24xlarge": _EVERY,
    "p5.4xlarge": _EVERY,
    "p5.48xlarge": _EVERY,
    "p5e.48xlarge": frozenset({Purchase.BLOCK}),
    "p5en.48xlarge": _EVERY,
    "p6-b200.48xlarge": _EVERY,
    "p6-b300.48xlarge": _EVERY,
    "g5.48xlarge": _NO_BLOCK,
    "g6.48xlarge": _NO_BLOCK,
    "g6e.48xlarge": _NO_BLOCK,
    "g7.48xlarge": _NO_BLOCK,
    "g7e.48xlarge": _NO_BLOCK,
    "g4dn.xlarge": _NO_BLOCK,
    "g6.xlarge": _NO_BLOCK,
    "trn1.32xlarge": _EVERY,
    "trn2.48xlarge": _EVERY - {Purchase.SPOT},
    "inf2.48xlarge": _NO_BLOCK,
}

BOUGHT: Mapping[Purchase, Properties] = {
    Purchase.ON_DEMAND: {"capacityType": "ON_DEMAND", "market": None, "target": None},
    Purchase.SPOT: {"capacityType": "SPOT", "market": None, "target": None},
    Purchase.RESERVED: {"capacityType": "ON_DEMAND", "market": None, "target": "cr-0123456789abcdef0"},
    Purchase.BLOCK: {"capacityType": "CAPACITY_BLOCK", "market": "capacity-block", "target": "cr-0123456789abcdef1"},
}


def seen(graph: Graph) -> Node:
    """Read off the node group and its launch template."""
    nodes, template = one_of(graph, "NodeGroup", _NODES), one_of(graph, "LaunchTemplate", _TEMPLATE)
    groups = {row.inputs["name"]: row.inputs["strategy"] for row in graph.values() if "PlacementGroup" in row.type}
    interfaces: list[dict[str, Any]] = template.inputs["networkInterfaces"]
    return Node(
        image=nodes.inputs["amiType"],
        driver="image" if nodes.inputs["amiType"].endswith(("_NVIDIA", "_NEURON")) else "none",
        nics=tuple(f"{each['interfaceType']} {each['networkCardIndex']}/{each['deviceIndex']}" for each in interfaces),
        domain=groups[template.inputs["placement"]["groupName"]] if "placement" in template.inputs else "none",
        taints=tuple(f"{each['key']}={each['value']}:{_EFFECTS[each['effect']]}" for each in nodes.inputs["taints"]),
        pod=requests_of_the_pod(graph),
        plugins=charts(graph),
    )


def seen_purchase(graph: Graph) -> Properties:
    """Read off the node group and its launch template."""
    nodes, template = one_of(graph, "NodeGroup", _NODES), one_of(graph, "LaunchTemplate", _TEMPLATE)
    target = template.inputs.get("capacityReservationSpecification", {}).get("capacityReservationTarget", {})
    return {
        "capacityType": nodes.inputs["capacityType"],
        "market": template.inputs.get("instanceMarketOptions", {}).get("marketType"),
        "target": target.get("capacityReservationId"),
    }
