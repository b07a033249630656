"""What of Wayfare's own reaches into its node, or needs a right that no other container has, and why it must."""

from collections.abc import Mapping

#: Objects of Wayfare's own, by namespace and name, that reach into their node, and why they must.
AGENTS: Mapping[tuple[str, str], str] = {
    ("kube-system", "amd-gpu"): "it installs AMD's driver into the node's kernel",
    ("kube-system", "neuron-monitor"): "it reads the counters of the node's Neuron devices",
    ("kube-system", "nccl-tcpxo"): "it maps the memory of network cards, and loads the kernel's module for it",
    ("kube-system", "device-injector"): "it gives the node's accelerators to the daemon that receives for them",
}
BUT_FOR_AGENTS = tuple(f"{namespace}/{name}: {why}" for (namespace, name), why in AGENTS.items())

#: Those that only put files on their node, and need no right for it but to see the directory.
COPIES: Mapping[tuple[str, str], str] = {
    ("kube-system", name): "it puts NCCL's plugin where the node's containers look for it"
    for name in ("nccl-gib", "nccl-tcpx")
}
BUT_FOR_ALL = (*BUT_FOR_AGENTS, *(f"{namespace}/{name}: {why}" for (namespace, name), why in COPIES.items()))

#: Directories of the node that a workload's pod may see, and what for: NCCL's plugin and what it opens.
OF_NODE: Mapping[str, str] = {
    "/home/kubernetes/bin/gib": "NCCL's plugin for RoCE on Google Cloud",
    "/home/kubernetes/bin/tcpxo": "NCCL's plugin for GPUDirect-TCPXO",
    "/home/kubernetes/bin/tcpx": "NCCL's plugin for GPUDirect-TCPX",
    "/home/kubernetes/bin/nvidia/lib64": "the driver's libraries, for the daemon that receives for the accelerators",
    "/dev/aperture_devices": "the memory of the network cards, which GPUDirect-TCPXO writes to",
    "/run/tcpx": "the sockets between NCCL and that daemon",
    "/sys": "the daemon finds accelerators and cards there",
    "/proc/sys": "the daemon sets the network's buffers there",
}

#: What RDMA pins memory with; `baseline` lets no container have it (kubernetes.io, "Pod Security Standards").
RDMA = "IPC_LOCK"

#: What the daemon that receives for accelerators over TCP steers packets with (GKE, "Maximize GPU network bandwidth in
#: Standard mode clusters").
RECEIVER = ("NET_ADMIN", "NET_BIND_SERVICE")
