"""Google Cloud's accelerator nodes, after its documentation and not after the catalog.

Drivers and types: GKE, "Run GPUs in GKE Standard node pools" and Compute Engine, "GPU machine types". Wiring: GKE,
"Configure automated networking for accelerator VMs" and "Allocate network resources by using GKE managed DRANET".
NVLink domains: AI Hypercomputer, "Create a custom AI-optimized GKE cluster which uses A4X". TPUs: GKE, "Plan TPUs in
GKE" and "Deploy TPU workloads in GKE Standard". Sales: GKE, "About accelerator consumption options", Compute Engine,
"About future reservation requests in calendar mode", Cloud TPU, "Consumption options".
"""

from collections.abc import Mapping
from typing import Any

from tests.contract.asked import RESERVATIONS
from tests.contract.matrix import Node, charts, one_of, requests_of_the_pod, workload_of
from tests.golden.cases import pod_template
from tests.golden.graph import Graph, Properties
from wayfare.blueprints import CloudName, Purchase

_POOL = "accelerator-pool"
_EFFECTS = {"NO_SCHEDULE": "NoSchedule", "NO_EXECUTE": "NoExecute", "PREFER_NO_SCHEDULE": "PreferNoSchedule"}
_POOL_LABEL = "wayfare.dev/pool"
_DRANET = {"cloud.google.com/gke-networking-dra-driver": "true"}

_EVERY = frozenset(Purchase)
_ANY_TIME = frozenset({Purchase.ON_DEMAND, Purchase.SPOT, Purchase.RESERVED, Purchase.FLEX})
_NEVER_ON_DEMAND = _EVERY - {Purchase.ON_DEMAND}


def _gpu(
    type: str, count: int, *, driver: str = "DEFAULT", claims: str = "", disk: str, domain: str = "none", ssds: int = 0
) -> Node:
    """`nics`: boot disk, the profile of the fabric's networks, and the class of devices that a pod claims."""
    return Node(
        image="COS_CONTAINERD",
        driver=driver,
        nics=(disk, f"{ssds} local SSDs", *(("profile auto", f"claims all {claims}") if claims else ())),
        domain=domain,
        taints=("nvidia.com/gpu=present:NoSchedule",),
        pod={"nvidia.com/gpu": count},
        plugins=("nvidia-dra-driver-gpu",) if domain == "1x72" else (),
        labels={"type": type, **(_DRANET if claims else {})},
    )


def _tpu(label: str, chips: int, domain: str, *, disk: str = "pd-balanced", selects: str) -> Node:
    return Node(
        image="COS_CONTAINERD",
        driver="none",
        nics=(disk, "0 local SSDs"),
        domain=domain,
        taints=("google.com/tpu=present:NoSchedule",),
        pod={"google.com/tpu": chips},
        plugins=(),
        labels={"gke-tpu-accelerator": label, "gke-tpu-topology": selects},
    )


_RDMA, _TCP = "mrdma.google.com", "netdev.google.com"
_HYPERDISK = "hyperdisk-balanced"

#: As a training cluster of two nodes has them; the smallest slice of two nodes, or of one where a machine is a slice.
NODES: Mapping[str, Node] = {
    "a2-highgpu-8g": _gpu("nvidia-tesla-a100", 8, disk="pd-balanced"),
    "a2-ultragpu-8g": _gpu("nvidia-a100-80gb", 8, disk="pd-balanced", ssds=8),
    "a3-highgpu-8g": _gpu("nvidia-h100-80gb", 8, claims=_TCP, disk="pd-balanced", ssds=16),
    "a3-megagpu-8g": _gpu("nvidia-h100-mega-80gb", 8, claims=_TCP, disk="pd-balanced", ssds=16),
    # Neither is sold on demand: the first way to buy them is spot, which is placed compactly.
    "a3-ultragpu-8g": _gpu(
        "nvidia-h200-141gb", 8, driver="LATEST", claims=_RDMA, disk=_HYPERDISK, domain="COMPACT", ssds=32
    ),
    "a4-highgpu-8g": _gpu("nvidia-b200", 8, driver="LATEST", claims=_RDMA, disk=_HYPERDISK, domain="COMPACT", ssds=32),
    "a4x-highgpu-4g": _gpu("nvidia-gb200", 4, driver="LATEST", claims=_RDMA, disk=_HYPERDISK, domain="1x72"),
    "g2-standard-4": _gpu("nvidia-l4", 1, disk="pd-balanced"),
    "g2-standard-96": _gpu("nvidia-l4", 8, disk="pd-balanced"),
    "g4-standard-48": _gpu("nvidia-rtx-pro-6000", 1, driver="LATEST", disk=_HYPERDISK),
    "ct5lp-hightpu-1t": _tpu("tpu-v5-lite-podslice", 1, "none", selects="1x1"),
    "ct5lp-hightpu-4t": _tpu("tpu-v5-lite-podslice", 4, "COMPACT 2x4", selects="2x4"),
    "ct5lp-hightpu-8t": _tpu("tpu-v5-lite-podslice", 8, "none", selects="2x4"),
    "ct5p-hightpu-4t": _tpu("tpu-v5p-slice", 4, "COMPACT 2x2x2", selects="2x2x2"),
    "ct6e-standard-1t": _tpu("tpu-v6e-slice", 1, "none", disk=_HYPERDISK, selects="1x1"),
    "ct6e-standard-4t": _tpu("tpu-v6e-slice", 4, "COMPACT 2x4", disk=_HYPERDISK, selects="2x4"),
    "ct6e-standard-8t": _tpu("tpu-v6e-slice", 8, "none", disk=_HYPERDISK, selects="2x4"),
    "tpu7x-standard-4t": _tpu("tpu7x", 4, "2x2x2 2x2x2", disk=_HYPERDISK, selects="2x2x2"),
}

REFUSED: Mapping[str, str] = {}

SOLD: Mapping[str, frozenset[Purchase]] = {
    "a2-highgpu-8g": _ANY_TIME,
    "a2-ultragpu-8g": _ANY_TIME,
    "a3-highgpu-8g": _EVERY,
    "a3-megagpu-8g": _EVERY,
    "a3-ultragpu-8g": _NEVER_ON_DEMAND,
    "a4-highgpu-8g": _NEVER_ON_DEMAND,
    # By a reservation that Google's sales team makes.
    "a4x-highgpu-4g": frozenset({Purchase.RESERVED, Purchase.BLOCK}),
    "g2-standard-4": _ANY_TIME,
    "g2-standard-96": _ANY_TIME,
    "g4-standard-48": _ANY_TIME,
    "ct5lp-hightpu-1t": _EVERY,
    "ct5lp-hightpu-4t": _EVERY,
    "ct5lp-hightpu-8t": _EVERY,
    "ct5p-hightpu-4t": _EVERY,
    "ct6e-standard-1t": _EVERY,
    "ct6e-standard-4t": _EVERY,
    "ct6e-standard-8t": _EVERY,
    "tpu7x-standard-4t": _EVERY,
}


def _bought(
    *, spot: bool = False, flex: bool = False, reservation: str | None = None, repaired: bool = True
) -> Properties:
    return {"spot": spot, "flexStart": flex, "reservation": reservation, "autoRepair": repaired, "fixed": not flex}


BOUGHT: Mapping[Purchase, Properties] = {
    Purchase.ON_DEMAND: _bought(),
    Purchase.SPOT: _bought(spot=True),
    Purchase.RESERVED: _bought(reservation=RESERVATIONS[CloudName.GCP][Purchase.RESERVED]),
    Purchase.BLOCK: _bought(reservation=RESERVATIONS[CloudName.GCP][Purchase.BLOCK]),
    # Of flex-start GKE repairs no node, and takes no fixed number of them.
    Purchase.FLEX: _bought(flex=True, repaired=False),
}


def seen(graph: Graph) -> Node:
    pool = one_of(graph, "NodePool", _POOL).inputs
    config: dict[str, Any] = pool["nodeConfig"]
    gpus: list[dict[str, Any]] = config.get("guestAccelerators") or []
    claims = [
        f"claims all {request['exactly']['deviceClassName']}"
        for row in graph.values()
        if row.type.endswith(":ResourceClaimTemplate")
        for request in row.inputs["spec"]["spec"]["devices"]["requests"]
        if request["exactly"]["allocationMode"] == "All"
    ]
    network: dict[str, Any] = pool.get("networkConfig") or {}
    local: dict[str, Any] = config.get("ephemeralStorageLocalSsdConfig") or {}
    profile, disks = network.get("acceleratorNetworkProfile"), local.get("localSsdCount", 0)
    labels = {key: value for key, value in config["labels"].items() if key != _POOL_LABEL}
    selected = {key.rpartition("/")[2]: value for key, value in _selected(graph).items() if key != _POOL_LABEL}
    return Node(
        image=config["imageType"],
        driver=gpus[0]["gpuDriverInstallationConfig"]["gpuDriverVersion"] if gpus else "none",
        nics=(config["diskType"], f"{disks} local SSDs", *((f"profile {profile}",) if profile else ()), *claims),
        domain=_domain(graph, pool.get("placementPolicy") or {}),
        taints=tuple(f"{each['key']}={each['value']}:{_EFFECTS[each['effect']]}" for each in config["taints"]),
        pod=requests_of_the_pod(graph),
        plugins=charts(graph),
        labels={**({"type": gpus[0]["type"]} if gpus else {}), **labels, **selected},
    )


def _domain(graph: Graph, placement: Properties) -> str:
    """A policy by the topology that it has, or GKE's own compact placement; then the slice."""
    if not placement:
        return "none"
    by_policy = "policyName" in placement
    policies = [row.inputs["workloadPolicy"] for row in graph.values() if row.type.endswith(":ResourcePolicy")]
    kind = policies[0]["acceleratorTopology"] if by_policy else placement["type"]
    return f"{kind} {placement.get('tpuTopology', '')}".strip()


def _selected(graph: Graph) -> Mapping[str, str]:
    return pod_template(workload_of(graph).inputs)["spec"]["nodeSelector"]


def seen_purchase(graph: Graph) -> Properties:
    pool = one_of(graph, "NodePool", _POOL).inputs
    config: dict[str, Any] = pool["nodeConfig"]
    affinity: dict[str, Any] = config["reservationAffinity"]
    return {
        "spot": config["spot"],
        "flexStart": config.get("flexStart", False),
        "reservation": next(iter(affinity.get("values") or ()), None),
        "autoRepair": pool["management"]["autoRepair"],
        "fixed": "nodeCount" in pool,
    }
