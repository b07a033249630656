"""What the nodes of a machine type need before pods get accelerators and fabric, and whose it is to bring it.

AKS installs NVIDIA's driver and no device plugin ("Use GPUs on AKS"). Where pods shall reach InfiniBand, or NVLink
across machines, the driver must be built against what joins them, so that NVIDIA's operators bring both ("Use the
NVIDIA GPU Operator on AKS"; Azure/aks-rdma-infiniband). AMD's driver nobody brings ("Use AMD GPUs on AKS").
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from wayfare.blueprints import Maker
from wayfare.components.agents import daemon_set, tolerating
from wayfare.components.catalog import Fabric
from wayfare.components.contract import ACCELERATOR_POOL, POOL_LABEL, Request
from wayfare.components.pods import ClusterObject, Toleration

#: Images that belong to version 25.10.0 of the Network Operator, as Azure/aks-rdma-infiniband has them together.
_OFED = "doca3.2.0-25.10-1.2.8.0-2"
_DEVICE_PLUGIN = "network-operator-v25.10.0"

#: AMD's driver, and its device plugin for Kubernetes (ROCm/k8s-device-plugin).
_AMD_DRIVER = "30.20.1"
_AMD_PLUGIN = "docker.io/rocm/k8s-device-plugin:1.25.2.4"

_NVIDIA, _AMD = "nvidia.com/gpu", "amd.com/gpu"


@dataclass(frozen=True)
class Software:
    """What a pool's nodes get."""

    resource: str
    """Extended resource of an accelerator."""
    driver: str
    """AKS's word: `Install`, or `None` where somebody else brings the driver."""
    plugins: tuple[str, ...]
    """Charts, by their names in `kubernetes/charts.py`."""
    infiniband: bool = False
    """Whether pods get the machine's InfiniBand cards."""
    domain: bool = False
    """Whether a job's pods share memory over NVLink across machines."""
    amd: bool = False
    """Whether the pool installs AMD's driver."""


def software(request: Request) -> Software:
    """What the nodes need for a job or for replicas. Replicas do not talk to each other, and need no fabric.

    It does not depend on the number of nodes: a pool whose driver comes from elsewhere is another pool.
    """
    fabric, training = request.machine.fabric, request.training
    if fabric is Fabric.NVL72:
        plugins = ("gpu-operator", "nvidia-dra") if training else ("gpu-operator",)
        return Software(_NVIDIA, "None", plugins, domain=training)
    infiniband = training and fabric is Fabric.INFINIBAND
    if request.machine.accelerator.maker is Maker.AMD:
        return Software(_AMD, "None", ("network-operator",) if infiniband else (), infiniband=infiniband, amd=True)
    if infiniband:
        return Software(_NVIDIA, "None", ("network-operator", "gpu-operator"), infiniband=True)
    return Software(_NVIDIA, "Install", ("nvidia",))


def objects(wanted: Software, tolerations: tuple[Toleration, ...]) -> tuple[ClusterObject, ...]:
    """What stands in the cluster beside the charts."""
    found: list[ClusterObject] = []
    if wanted.infiniband:
        spec = _nic_policy(tolerations)
        found.append(ClusterObject("mellanox.com/v1alpha1", "NicClusterPolicy", "nic-cluster-policy", spec))
    if wanted.amd:
        found.append(daemon_set("amd-gpu", tolerations, _amd()))
    return tuple(found)


def _nic_policy(tolerations: tuple[Toleration, ...]) -> Mapping[str, Any]:
    """The driver of the InfiniBand cards, and each card as `rdma/ib` (Azure/aks-rdma-infiniband)."""
    on_pool = {"key": POOL_LABEL, "operator": "In", "values": [ACCELERATOR_POOL]}
    cards = {"vendors": ["15b3"], "linkTypes": ["infiniband"], "isRdma": True}
    resources = {"resourceList": [{"resourcePrefix": "rdma", "resourceName": "ib", "selectors": cards}]}
    return {
        "nodeAffinity": {
            "requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [{"matchExpressions": [on_pool]}]}
        },
        "tolerations": tolerating(tolerations),
        "ofedDriver": {
            "repository": "nvcr.io/nvidia/mellanox",
            "image": "doca-driver",
            "version": _OFED,
            "forcePrecompiled": False,
            # An upgrade drains the node, and a training job with it.
            "upgradePolicy": {"autoUpgrade": False},
        },
        "sriovDevicePlugin": {
            "repository": "nvcr.io/nvidia/mellanox",
            "image": "sriov-network-device-plugin",
            "version": _DEVICE_PLUGIN,
            "config": json.dumps(resources),
        },
    }


def _amd() -> Mapping[str, Any]:
    """AMD's driver from its package repository, installed on the node, and then its device plugin.

    AMD's own operator compiles the driver into an image and needs a registry to push it to, and its chart selects nodes
    by a label that this machine's accelerators do not get.
    """
    paths = {
        "host": ("/", "/host"),
        "device-plugins": ("/var/lib/kubelet/device-plugins", "/var/lib/kubelet/device-plugins"),
        "sys": ("/sys", "/sys"),
    }
    mounts = {name: {"name": name, "mountPath": inside} for name, (_, inside) in paths.items()}
    install = {
        "name": "driver",
        "image": "mcr.microsoft.com/azurelinux/busybox:1.36",
        "command": ["chroot", "/host", "/bin/bash", "-euc", _AMD_SCRIPT],
        "securityContext": {"privileged": True},
        "volumeMounts": [mounts["host"]],
    }
    plugin = {
        "name": "plugin",
        "image": _AMD_PLUGIN,
        "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
        "volumeMounts": [mounts["device-plugins"], mounts["sys"]],
    }
    return {
        "priorityClassName": "system-node-critical",
        "initContainers": [install],
        "containers": [plugin],
        "volumes": [{"name": name, "hostPath": {"path": path}} for name, (path, _) in paths.items()],
    }


#: Runs in the node's own root. A node that has the driver already only loads it.
_AMD_SCRIPT = f"""\
. /etc/os-release
if ! dpkg-query --show amdgpu-dkms >/dev/null 2>&1; then
  mkdir -p /etc/apt/keyrings
  curl -fsSL https://repo.radeon.com/rocm/rocm.gpg.key -o /etc/apt/keyrings/rocm.asc
  echo "deb [arch=amd64 signed-by=/etc/apt/keyrings/rocm.asc] \
https://repo.radeon.com/amdgpu/{_AMD_DRIVER}/ubuntu $VERSION_CODENAME main" >/etc/apt/sources.list.d/amdgpu.list
  apt-get update
  DEBIAN_FRONTEND=noninteractive apt-get install -y "linux-headers-$(uname -r)" amdgpu-dkms
fi
modprobe amdgpu
"""
