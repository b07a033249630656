"""Charts that a cluster installs, each pinned, in one table.

The values keep a plugin on the accelerator pool and let it bear that pool's taint. Keys were read in each chart's own
values file in November 2026: nvidia-device-plugin selects nodes by labels of Node Feature Discovery unless `affinity`
says otherwise; amd-gpu has `node_selector`; aws-efa-k8s-device-plugin has `nodeSelector` and `supportedInstanceLabels`;
azurelustre-csi-driver has `node.tolerations`, local-csi-driver `daemonset.nodeSelector`; neuron-helm-chart installs a
node problem detector unless `npd.enabled` says otherwise; nvidia-dra-driver-gpu puts its controller on control-plane
nodes unless `controller.affinity` says otherwise.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from wayfare.components.agents import on_pool, tolerating
from wayfare.components.contract import ACCELERATOR_POOL, POOL_LABEL
from wayfare.components.pods import PodNeeds

Values = dict[str, Any]

#: What the exporter of accelerators' metrics shows: field of NVIDIA's DCGM → Prometheus' type, and words.
DCGM_FIELDS: Mapping[str, tuple[str, str]] = {
    "DCGM_FI_DEV_SM_CLOCK": ("gauge", "Clock of the multiprocessors (MHz)"),
    "DCGM_FI_DEV_GPU_TEMP": ("gauge", "Temperature of the chip (C)"),
    "DCGM_FI_DEV_MEMORY_TEMP": ("gauge", "Temperature of the memory (C)"),
    "DCGM_FI_DEV_POWER_USAGE": ("gauge", "Power (W)"),
    "DCGM_FI_DEV_GPU_UTIL": ("gauge", "Utilization of the chip (%)"),
    "DCGM_FI_DEV_FB_USED": ("gauge", "Memory in use (MiB)"),
    "DCGM_FI_DEV_FB_FREE": ("gauge", "Memory that is free (MiB)"),
    "DCGM_FI_DEV_XID_ERRORS": ("gauge", "Number of the last XID error"),
    "DCGM_FI_DEV_THERMAL_VIOLATION": ("counter", "Time held back for heat (ns)"),
    "DCGM_FI_DEV_POWER_VIOLATION": ("counter", "Time held back for power (ns)"),
    "DCGM_FI_DEV_PCIE_REPLAY_COUNTER": ("counter", "Retries on PCIe"),
    "DCGM_FI_DEV_NVLINK_BANDWIDTH_TOTAL": ("counter", "Traffic on NVLink"),
    "DCGM_FI_DEV_UNCORRECTABLE_REMAPPED_ROWS": ("counter", "Rows of memory remapped for errors"),
    "DCGM_FI_DEV_ROW_REMAP_FAILURE": ("gauge", "Whether remapping a row has failed"),
    "DCGM_FI_PROF_PIPE_TENSOR_ACTIVE": ("gauge", "Share of cycles with active tensor cores"),
    "DCGM_FI_PROF_DRAM_ACTIVE": ("gauge", "Share of cycles with active memory"),
}


#: Where plugins of the nodes are.
SYSTEM_NAMESPACE = "kube-system"


@dataclass(frozen=True)
class Chart:
    """A Helm chart, pinned."""

    repository: str
    name: str
    version: str
    values: Callable[[PodNeeds, str], Values]
    """From what pods need and the machine type, the chart's values."""
    namespace: str = SYSTEM_NAMESPACE
    """One other than this is made with the chart."""

    @property
    def in_registry(self) -> bool:
        """Whether it lies in an OCI registry, and not in a repository of charts."""
        return self.repository.startswith("oci://")

    @property
    def reference(self) -> str:
        """What Helm takes for the chart: its name in a repository, or its whole address in an OCI registry."""
        return f"{self.repository}/{self.name}" if self.in_registry else self.name


def _nvidia(pods: PodNeeds, _machine_type: str) -> Values:
    pool = {"key": POOL_LABEL, "operator": "In", "values": [ACCELERATOR_POOL]}
    return {
        "affinity": _affinity(pool),
        "tolerations": tolerating(pods.tolerations),
    }


def _amd(pods: PodNeeds, _machine_type: str) -> Values:
    # The chart's own selector wants a label of Node Feature Discovery, which it then has to bring along.
    return {"nfd": {"enabled": True}, "tolerations": tolerating(pods.tolerations)}


def _efa(pods: PodNeeds, machine_type: str) -> Values:
    return {
        **on_pool(pods.tolerations),
        "supportedInstanceLabels": {"keys": ["node.kubernetes.io/instance-type"], "values": [machine_type]},
    }


def _neuron(pods: PodNeeds, _machine_type: str) -> Values:
    # The chart's node problem detector asks AWS to replace nodes, which EKS's own node repair does for node groups.
    return {
        "npd": {"enabled": False},
        "devicePlugin": on_pool(pods.tolerations),
    }


def _nvidia_dra(pods: PodNeeds, machine_type: str) -> Values:
    """NVLink domains alone: the accelerators themselves stay with the device plugin.

    Where the driver lies follows from the cloud's node image (AI Hypercomputer: "Create a custom AI-optimized GKE
    cluster which uses A4X"; elsewhere it is the chart's own default).
    """
    pool = {"key": POOL_LABEL, "operator": "In", "values": [ACCELERATOR_POOL]}
    elsewhere = {"key": POOL_LABEL, "operator": "NotIn", "values": [ACCELERATOR_POOL]}
    return {
        "nvidiaDriverRoot": _driver_root(pods, machine_type),
        "resources": {"gpus": {"enabled": False}, "computeDomains": {"enabled": True}},
        "controller": {"affinity": _affinity(elsewhere)},
        "kubeletPlugin": {"affinity": _affinity(pool), "tolerations": tolerating(pods.tolerations)},
    }


def _driver_root(pods: PodNeeds, machine_type: str) -> str:
    if "gpu-operator" in pods.device_plugins:
        return "/run/nvidia/driver"
    return "/home/kubernetes/bin/nvidia" if machine_type.startswith("a4x-") else "/"


def _gpu_operator(pods: PodNeeds, _machine_type: str) -> Values:
    """Driver, container toolkit and device plugin on nodes whose cloud installs none (Microsoft, "Use the NVIDIA GPU
    Operator on AKS", and Azure/aks-rdma-infiniband).
    """
    with_network = "network-operator" in pods.device_plugins
    tolerations = tolerating(pods.tolerations)
    return {
        # Two of them would fight over the nodes' labels.
        "nfd": {"enabled": not with_network},
        "node-feature-discovery": {"worker": on_pool(pods.tolerations)},
        # GPUDirect RDMA by nvidia-peermem, against the driver that the Network Operator brings.
        "driver": {"rdma": {"enabled": with_network}},
        "daemonsets": {"tolerations": tolerations},
        # containerd 2.3 says of itself that its configuration is newer than the file that it reads on AKS, and takes
        # nothing that is newer than the file.
        "toolkit": {"env": [{"name": "RUNTIME_CONFIG_SOURCE", "value": "file"}]},
        "migManager": {"enabled": False},
        # Where metrics are asked for, the exporter is a chart of its own.
        **({"dcgmExporter": {"enabled": False}} if "dcgm" in pods.device_plugins else {}),
    }


def _network_operator(pods: PodNeeds, _machine_type: str) -> Values:
    """What it puts on nodes is said by a NicClusterPolicy."""
    return {"nfd": {"enabled": True}, "node-feature-discovery": {"worker": on_pool(pods.tolerations)}}


def _affinity(expression: Mapping[str, Any]) -> Mapping[str, Any]:
    terms = {"nodeSelectorTerms": [{"matchExpressions": [expression]}]}
    return {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": terms}}


def _exporter(pods: PodNeeds, port: int) -> Values:
    """A maker's exporter for the cloud's managed Prometheus, which finds pods by these annotations; a ServiceMonitor is
    another operator's."""
    return {
        **on_pool(pods.tolerations),
        "podAnnotations": {"prometheus.io/scrape": "true", "prometheus.io/port": str(port)},
        "serviceMonitor": {"enabled": False},
    }


def _dcgm(pods: PodNeeds, _machine_type: str) -> Values:
    return {
        **_exporter(pods, 9400),
        # In place of the chart's own list, which leaves out what an alert looks at: time held back for heat.
        "customMetrics": "\n".join(f"{field}, {kind}, {words}" for field, (kind, words) in DCGM_FIELDS.items()),
    }


def _dcgm_gke(pods: PodNeeds, machine_type: str) -> Values:
    """GKE's driver is where no container runtime knows of it (Managed Service for Prometheus, "NVIDIA Data Center GPU
    Manager"), and its device plugin names accelerators by device.
    """
    return {
        **_dcgm(pods, machine_type),
        "securityContext": {"privileged": True},
        "extraHostVolumes": [{"name": "nvidia-install-dir-host", "hostPath": "/home/kubernetes/bin/nvidia"}],
        "extraVolumeMounts": [
            {"name": "nvidia-install-dir-host", "mountPath": "/usr/local/nvidia", "readOnly": True},
        ],
        "extraEnv": [
            {"name": "LD_LIBRARY_PATH", "value": "/usr/local/nvidia/lib64"},
            {"name": "DCGM_EXPORTER_KUBERNETES_GPU_ID_TYPE", "value": "device-name"},
        ],
    }


def _amd_metrics(pods: PodNeeds, _machine_type: str) -> Values:
    """AMD's Device Metrics Exporter; without a configuration of its own it shows every field that the driver has."""
    return _exporter(pods, 5000)


def _node_exporter(_pods: PodNeeds, _machine_type: str) -> Values:
    # It tolerates every taint by itself. The network's interfaces are all that an alert looks at.
    return {"extraArgs": ["--collector.disable-defaults", "--collector.netclass"]}


def _lustre(pods: PodNeeds, _machine_type: str) -> Values:
    # What is given replaces the chart's own tolerations, those of accelerators and spot nodes of AKS.
    return {"node": {"tolerations": tolerating(pods.tolerations)}}


def _local_disks(_pods: PodNeeds, _machine_type: str) -> Values:
    # It tolerates everything by itself.
    return {"daemonset": {"nodeSelector": {POOL_LABEL: ACCELERATOR_POOL}}}


def _kueue(pods: PodNeeds, _machine_type: str) -> Values:
    """Devices that pods claim are not counted: a pod takes a whole node, so that accelerators say it all, and Kueue
    knows no claim of all devices of a class (Kueue, "Dynamic Resource Allocation"). The gates below the first one are
    on by themselves, and Kueue does not start with one of them on and the first off (0.19, `kube_features.go`)."""
    if not (pods.device_classes or pods.compute_domain):
        return {}
    integration = [f"KueueDRAIntegration{part}" for part in ("", "ExtendedResource", "PartitionableDevices")]
    gates = (*integration, "KueueDRARejectWorkloadsWhenDRADisabled")
    return {"controllerManager": {"featureGates": [{"name": gate, "enabled": False} for gate in gates]}}


def _as_it_is(_pods: PodNeeds, _machine_type: str) -> Values:
    return {}


#: From a kind of object to the charts that bring it and run it; kinds of Kubernetes' own have none. They are installed
#: in the order of a workload's objects, each when the one before it stands: so JobSet comes before Kueue, which is to
#: know the kind when it starts. Otherwise its webhook answers only some time after Kueue is ready, and until then the
#: API server refuses every set of jobs.
BRINGS: Mapping[str, Mapping[str, Chart]] = {
    "JobSet": {
        "jobset": Chart("oci://registry.k8s.io/jobset/charts", "jobset", "0.12.0", _as_it_is, "jobset-system"),
    },
    "ClusterQueue": {
        "kueue": Chart("oci://registry.k8s.io/kueue/charts", "kueue", "0.19.2", _kueue, "kueue-system"),
    },
    "LeaderWorkerSet": {
        "lws": Chart("oci://registry.k8s.io/lws/charts", "lws", "0.9.0", _as_it_is, "lws-system"),
    },
    # What scales by something else than processors.
    "ScaledObject": {
        "keda": Chart("https://kedacore.github.io/charts", "keda", "2.20.0", _as_it_is, "keda"),
    },
    # Gateway API with its definitions, and proxies that ask for keys.
    "Gateway": {
        "gateway": Chart("oci://docker.io/envoyproxy", "gateway-helm", "v1.7.0", _as_it_is, "envoy-gateway-system"),
    },
}

DEVICE_PLUGINS: Mapping[str, Chart] = {
    "nvidia": Chart("https://nvidia.github.io/k8s-device-plugin", "nvidia-device-plugin", "0.18.2", _nvidia),
    "nvidia-dra": Chart("https://helm.ngc.nvidia.com/nvidia", "nvidia-dra-driver-gpu", "25.12.0", _nvidia_dra),
    "gpu-operator": Chart("https://helm.ngc.nvidia.com/nvidia", "gpu-operator", "v26.7.0", _gpu_operator),
    "network-operator": Chart("https://helm.ngc.nvidia.com/nvidia", "network-operator", "25.10.0", _network_operator),
    "dcgm-gke": Chart("https://nvidia.github.io/dcgm-exporter/helm-charts", "dcgm-exporter", "4.1.1", _dcgm_gke),
    "node-exporter": Chart(
        "https://prometheus-community.github.io/helm-charts", "prometheus-node-exporter", "4.45.3", _node_exporter
    ),
    "dcgm": Chart("https://nvidia.github.io/dcgm-exporter/helm-charts", "dcgm-exporter", "4.1.1", _dcgm),
    "amd-metrics": Chart(
        "https://rocm.github.io/device-metrics-exporter", "device-metrics-exporter-charts", "v1.5.4", _amd_metrics
    ),
    "amd": Chart("https://rocm.github.io/k8s-device-plugin", "amd-gpu", "0.20.0", _amd),
    "efa": Chart("https://aws.github.io/eks-charts", "aws-efa-k8s-device-plugin", "v0.5.30", _efa),
    "neuron": Chart("oci://public.ecr.aws/neuron", "neuron-helm-chart", "1.9.0", _neuron),
    "azure-lustre": Chart(
        "oci://mcr.microsoft.com/microsoft.azuremanagedlustre", "azurelustre-csi-driver", "0.6.0", _lustre
    ),
    "local-disks": Chart("oci://localcsidriver.azurecr.io/acstor/charts", "local-csi-driver", "0.2.9", _local_disks),
}
