"""What collective libraries read to use the fabric between nodes: variables of the container. Pure.

A fabric that is there and is not used is worse than an error: a job runs on, at a fraction of what is paid for. So
where a library can be told to take the fabric or to fail, it is told so, and each table says where it cannot.

`LD_LIBRARY_PATH` is never set: it would replace the image's own. What an image must bring is in docs/workloads.md.
"""

from collections.abc import Mapping
from typing import Any

from wayfare.blueprints import Maker
from wayfare.components.catalog import Fabric, MachineType
from wayfare.components.contract import Request
from wayfare.components.fitting import fitted
from wayfare.components.pods import PodNeeds

Variables = Mapping[str, str]

#: EKS User Guide, "Run machine learning training on Amazon EKS with Elastic Fabric Adapter"; fi_efa(7). A pod that asks
#: for no huge pages gets none, and libfabric must not try: a fork fails when it finds too few.
#:
#: NCCL itself cannot be held to EFA: the plugin is in the image, and its network is called `AWS Libfabric` in older
#: versions and `Libfabric` in newer ones, of which `NCCL_NET` takes one.
_EFA: Variables = {"FI_PROVIDER": "efa", "FI_EFA_USE_HUGE_PAGE": "0"}

#: AWS Neuron, its examples of training on several nodes: processes are forked after the adapter is open.
#: `NEURON_RT_ROOT_COMM_ID` is left to torch-neuronx, which takes the first node of the rendezvous and a port that is
#: free there; nobody else knows one.
_NEURON: Variables = {**_EFA, "FI_EFA_FORK_SAFE": "1"}

#: Libfabric's own default differs by version; set, it refuses a device that cannot do it (fi_efa(7)).
_DEVICE_RDMA: Variables = {"FI_EFA_USE_DEVICE_RDMA": "1"}

#: Azure/aks-rdma-infiniband, tests/scenarios/k8s/values.yaml; the rest as Microsoft runs NCCL's tests on such machines.
#: RCCL reads the same variables (ROCm, "RCCL environment variables"). `IB` is NCCL's own network and needs no plugin:
#: without a card it ends with an error. A virtual machine hides how near a card is to an accelerator, so every distance
#: may use GPUDirect; the file that would tell it, `NCCL_TOPO_FILE`, lies on Microsoft's images for machines and not on
#: AKS's nodes. `UCX_TLS` is MPI's, which no launcher here uses.
_INFINIBAND: Variables = {
    "NCCL_NET": "IB",
    "NCCL_NET_GDR_LEVEL": "SYS",
    "NCCL_IB_PCI_RELAXED_ORDERING": "1",
    "NCCL_SOCKET_IFNAME": "eth0",
}

#: NCCL, "Environment Variables": with 1 it fails where nodes do not share memory over NVLink, with its default it goes
#: on without. A pool is one domain.
_NVL72: Variables = {"NCCL_MNNVL_ENABLE": "1", "NCCL_CUMEM_ENABLE": "1"}

#: GKE, "Fine-tune and scale reinforcement learning with verl on GKE", whose processes cannot source Google's own script
#: either; AI Hypercomputer, "Collect and understand NCCL logs for troubleshooting". The network is named beside the
#: file that brings it: without that name NCCL would go on over TCP. `libnccl-net_internal.so` is the network without
#: the checker around it, which ends a job whose variables are those of another version. The network of the cards
#: carries RDMA alone: processes find each other by `eth0`. Unsure: no page says the values for a version of the plugin.
_GIB: Variables = {
    "NCCL_NET": "gIB",
    "NCCL_IB_ADAPTIVE_ROUTING": "1",
    "NCCL_IB_QPS_PER_CONNECTION": "4",
    "NCCL_IB_TC": "52",
    "NCCL_IB_FIFO_TC": "84",
    "NCCL_SOCKET_IFNAME": "eth0",
    "GLOO_SOCKET_IFNAME": "eth0",
}
_ROCE: Variables = {
    **_GIB,
    "NCCL_NET_PLUGIN": "/usr/local/gib/lib64/libnccl-net_internal.so",
    "NCCL_CROSS_NIC": "0",
    "NCCL_NET_GDR_LEVEL": "PIX",
    "NCCL_P2P_NET_CHUNKSIZE": "131072",
    "NCCL_NVLS_CHUNKSIZE": "524288",
}

#: GoogleCloudPlatform/container-engine-accelerators, release notes of GPUDirect-TCPXO of January 9, 2026, for the
#: versions in `gcp/software.py`, without what they log; `FasTrak` is what the plugin calls itself in NCCL's log.
_TCPXO: Variables = {
    "NCCL_NET": "FasTrak",
    "NCCL_FASTRAK_CTRL_DEV": "eth0",
    "NCCL_FASTRAK_IFNAME": "eth1,eth2,eth3,eth4,eth5,eth6,eth7,eth8",
    "NCCL_SOCKET_IFNAME": "eth0",
    "GLOO_SOCKET_IFNAME": "eth0",
    "NCCL_CROSS_NIC": "0",
    "NCCL_PROTO": "Simple,LL128",
    "NCCL_MIN_NCHANNELS": "4",
    "NCCL_TUNER_PLUGIN": "libnccl-tuner.so",
    "NCCL_TUNER_CONFIG_PATH": "/usr/local/tcpxo/lib64/a3plus_tuner_config.textproto",
    "NCCL_SHIMNET_GUEST_CONFIG_CHECKER_CONFIG_FILE": "/usr/local/tcpxo/lib64/a3plus_guest_config.textproto",
    "CUDA_VISIBLE_DEVICES": "0,1,2,3,4,5,6,7",
    "NCCL_NVLSTREE_MAX_CHUNKSIZE": "131072",
    "NCCL_P2P_NET_CHUNKSIZE": "524288",
    "NCCL_P2P_PCI_CHUNKSIZE": "524288",
    "NCCL_P2P_NVL_CHUNKSIZE": "1048576",
    "NCCL_FASTRAK_NUM_FLOWS": "2",
    "NCCL_FASTRAK_USE_SNAP": "1",
    "NCCL_FASTRAK_PLUGIN_ACCEPT_TIMEOUT_MS": "600000",
    "NCCL_FASTRAK_ENABLE_CONTROL_CHANNEL": "0",
    "NCCL_BUFFSIZE": "8388608",
    "NCCL_NET_GDR_LEVEL": "PIX",
    "NCCL_FASTRAK_ENABLE_HOTPATH_LOGGING": "0",
    "NCCL_FASTRAK_USE_LLCM": "1",
    "NCCL_FASTRAK_LLCM_DEVICE_DIRECTORY": "/dev/aperture_devices",
    "NCCL_NVLS_ENABLE": "1",
}

#: The same, release notes of GPUDirect-TCPX of June 22, 2026. Its network's name holds the version of NCCL's interface,
#: so that NCCL cannot be held to it. The daemon's sockets are not put over `/tmp`, where it looks otherwise.
_TCPX: Variables = {
    "NCCL_SOCKET_IFNAME": "eth0",
    "GLOO_SOCKET_IFNAME": "eth0",
    "NCCL_ALGO": "Ring,Tree",
    "NCCL_PROTO": "Simple",
    "NCCL_CROSS_NIC": "0",
    "NCCL_NET_GDR_LEVEL": "PIX",
    "NCCL_P2P_PXN_LEVEL": "0",
    "NCCL_GPUDIRECTTCPX_SOCKET_IFNAME": "eth1,eth2,eth3,eth4",
    "NCCL_GPUDIRECTTCPX_CTRL_DEV": "eth0",
    "NCCL_GPUDIRECTTCPX_UNIX_CLIENT_PREFIX": "/run/tcpx",
    "NCCL_DYNAMIC_CHUNK_SIZE": "524288",
    "NCCL_P2P_NET_CHUNKSIZE": "524288",
    "NCCL_P2P_PCI_CHUNKSIZE": "524288",
    "NCCL_P2P_NVL_CHUNKSIZE": "1048576",
    "NCCL_BUFFSIZE": "4194304",
    "NCCL_NSOCKS_PERTHREAD": "4",
    "NCCL_SOCKET_NTHREADS": "1",
    # Processors near each card, by the machine's own numbers.
    "NCCL_GPUDIRECTTCPX_TX_BINDINGS": "eth1:8-21,112-125;eth2:8-21,112-125;eth3:60-73,164-177;eth4:60-73,164-177",
    "NCCL_GPUDIRECTTCPX_RX_BINDINGS": "eth1:22-35,126-139;eth2:22-35,126-139;eth3:74-87,178-191;eth4:74-87,178-191",
    "NCCL_GPUDIRECTTCPX_PROGRAM_FLOW_STEERING_WAIT_MICROS": "500000",
}

#: Every fabric, with the makers whose chips it joins. GKE tells processes on TPUs all that they read.
_OF_FABRIC: Mapping[tuple[Fabric, Maker], Variables] = {
    (Fabric.EFA, Maker.NVIDIA): _EFA,
    (Fabric.EFA, Maker.AWS): _NEURON,
    (Fabric.INFINIBAND, Maker.NVIDIA): _INFINIBAND,
    (Fabric.INFINIBAND, Maker.AMD): _INFINIBAND,
    (Fabric.TCPX, Maker.NVIDIA): _TCPX,
    (Fabric.TCPXO, Maker.NVIDIA): _TCPXO,
    (Fabric.ROCE, Maker.NVIDIA): _ROCE,
    (Fabric.NVL72, Maker.NVIDIA): _NVL72,
    (Fabric.ICI, Maker.GOOGLE): {},
}

#: What a series has beside it, by the beginning of its machine types' names. EC2 User Guide, "Elastic Fabric Adapter",
#: RDMA read. A4X has RoCE beside NVLink; these are what Google's script is seen to set there (unsure: no page lists
#: them), and its checker may hold a job to them: so NVLink is as that script has it.
_OF_SERIES: Mapping[str, Variables] = {
    **dict.fromkeys(("p4d.", "p4de.", "p5.", "p5e.", "p5en.", "p6-", "trn1.", "trn2."), _DEVICE_RDMA),
    "a3-ultragpu-": {"NCCL_TUNER_CONFIG_PATH": "/usr/local/gib/configs/tuner_config_a3u.txtpb"},
    "a4-": {"NCCL_TUNER_CONFIG_PATH": "/usr/local/gib/configs/tuner_config_a4.txtpb"},
    "a4x-": {
        **_GIB,
        "NCCL_MNNVL_ENABLE": "2",
        "NCCL_IB_GID_INDEX": "3",
        "NCCL_PXN_C2C": "1",
        "NCCL_NVLS_ENABLE": "0",
    },
}


def variables(machine: MachineType) -> Variables:
    """What processes on several machines of this type read; empty where nothing joins them but the network.

    Raises KeyError for a fabric that joins no chips of that maker.
    """
    if machine.fabric is Fabric.NONE:
        return {}
    series = [more for prefix, more in _OF_SERIES.items() if machine.name.startswith(prefix)]
    found = dict(_OF_FABRIC[machine.fabric, machine.accelerator.maker])
    for more in series:
        found |= more
    return found


def environment(request: Request, pods: PodNeeds) -> tuple[dict[str, Any], ...]:
    """Variables of the container. None where a pod is alone, or has nothing of the fabric: a library that is held to a
    fabric would then fail."""
    joined = bool(pods.fabric or pods.device_classes or pods.compute_domain)
    if not joined or _nodes_together(request) == 1:
        return ()
    return tuple({"name": name, "value": value} for name, value in variables(request.machine).items())


def _nodes_together(request: Request) -> int:
    """Nodes that compute as one: those of a job, or those of one replica."""
    if request.training:
        return request.accelerator.nodes
    fit = fitted(request.blueprint, request.machine, request.accelerator)
    return 1 if fit is None else fit.layout.nodes
