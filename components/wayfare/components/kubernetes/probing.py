"""The fabric is tried before a training starts: by an init container with the workload's own image. Pure.

What is tried is what the training will use: the framework and the collective library's plugin are the image's, devices
and mounts are those of the main container. What is measured is held against the catalog's bandwidth of the machine.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files

from wayfare.blueprints import Accelerator, AcceleratorName, Maker, Probe, TrainingWorkload, Workload
from wayfare.components.catalog import Fabric, MachineType
from wayfare.components.contract import NAMESPACE, Request
from wayfare.components.kubernetes.launching import first, own_index
from wayfare.components.kubernetes.pod_template import Manifest
from wayfare.components.pods import ClusterObject

#: Name of the container, of the script's ConfigMap and of its volume.
NAME = "fabric-probe"

#: Pods meet at it, and the framework's processes at the next: neither is that of the training, which follows at once.
PORT = 28500

#: Seconds that the last pod may come after the first one: nodes pull images of tens of GB, each at its own pace.
WAIT = 1800
#: Seconds that all measuring may take. A healthy fabric needs less than a minute; libraries start slowly.
LIMIT = 600

_FOLDER = "/opt/wayfare"
#: The first of them is run, in `_FOLDER`, and finds the others beside it.
_SCRIPTS = ("fabric_probe.py", "fabric_all_reduce.py", "fabric_frameworks.py", "fabric_figures.py")


@dataclass(frozen=True)
class Share:
    """The least part of a fabric's line rate that is taken for healthy."""

    least: float
    unsure: bool = False
    """Whether no published measurement stands behind it."""


#: Below what a healthy fabric measures, above what TCP over one of a machine's ordinary network cards can reach.
SHARES: Mapping[Fabric, Share] = {
    # 8 H100 with 3,200 Gbit/s: NVIDIA's cluster recipes ask 300 GB/s of an all-reduce on EKS, 0.75 of it. TCP has
    # 100 Gbit/s there, 0.03; on A100 0.25. Where one card of 100 Gbit/s is all, TCP may reach the share too.
    Fabric.EFA: Share(0.5),
    # Azure's node health checks ask 380 of 400 Gbit/s of each adapter. Ethernet has 80 Gbit/s, 0.03.
    Fabric.INFINIBAND: Share(0.5),
    # A published all-gather over GPUDirect-TCPX makes 50 GB/s, 0.4 of what is sold; Google expects 150 Gbit/s of each
    # 200 Gbit/s card. The card for all else has 200 Gbit/s, 0.2.
    Fabric.TCPX: Share(0.25),
    # A published all-reduce of 8 GiB between two A3 Mega moves 180 GB/s out of each, 0.8. TCP has 200 Gbit/s, 0.11.
    Fabric.TCPXO: Share(0.5),
    # Adapters are those of InfiniBand. TCP has 200 Gbit/s, 0.06.
    Fabric.ROCE: Share(0.5, unsure=True),
    # The catalog has the network's bandwidth, which NVLink between the nodes exceeds many times over.
    Fabric.NVL72: Share(0.5, unsure=True),
    # No other network is there to fall back to. A slice without links around its edges uses a part of them.
    Fabric.ICI: Share(0.1, unsure=True),
}

#: Neuron's collectives run over EFA alone; what they reach of it between nodes, AWS publishes for no machine type.
_NEURON = Share(0.2, unsure=True)

#: Processes for each chip: NeuronCores as the runtime shows them (AWS Neuron, "Trn1/Trn1n Architecture" and "Logical
#: NeuronCore configuration", which joins two physical cores of a Trainium2). Other chips are one device each.
_CORES: Mapping[AcceleratorName, int] = {AcceleratorName.TRAINIUM: 2, AcceleratorName.TRAINIUM2: 4}


@dataclass(frozen=True)
class Threshold:
    """What a fabric must be measured to give before a training starts."""

    line_gbps: int
    """What the catalog says, Gbit/s; 0 where it says nothing, so that nothing is compared."""
    share: float
    """The least part of it."""
    each: str
    """Whose bandwidth it is: a `machine`'s, or a `chip`'s where chips are linked to each other directly."""

    @property
    def least_gbps(self) -> float:
        """The least, Gbit/s."""
        return self.line_gbps * self.share

    def __str__(self) -> str:
        if not self.line_gbps:
            return f"the bandwidth of each {self.each} is measured and compared with nothing: the catalog has no figure"
        return f"at least {self.least_gbps:,.0f} of {self.line_gbps:,} Gbit/s for each {self.each}"


def threshold(workload: Workload, machine: MachineType, accelerator: Accelerator) -> Threshold | None:
    """What a job's fabric is held against; None where nothing is probed."""
    probe = _probe(workload)
    if probe is None or accelerator.nodes == 1 or machine.fabric is Fabric.NONE:
        return None
    usual = _NEURON if machine.accelerator.maker is Maker.AWS else SHARES[machine.fabric]
    return Threshold(
        line_gbps=machine.interconnect_gbps,
        share=usual.least if probe.at_least is None else probe.at_least,
        # The links of a TPU are its own: Google states the bandwidth of one chip.
        each="chip" if machine.fabric is Fabric.ICI else "machine",
    )


def objects(request: Request) -> tuple[ClusterObject, ...]:
    """What the init container mounts; nothing where nothing is probed."""
    if threshold(request.blueprint.spec.workload, request.machine, request.accelerator) is None:
        return ()
    folder = files("wayfare.components.kubernetes.scripts")
    data = {name: folder.joinpath(name).read_text("utf-8") for name in _SCRIPTS}
    return (ClusterObject("v1", "ConfigMap", NAME, namespace=NAMESPACE, beside={"data": data}),)


def with_probe(spec: Manifest, request: Request) -> None:
    """Add to a pod's specification the container that tries the fabric, after all others that come before the main one.

    It has the main container's devices, which count once: Kubernetes takes the greater of the two, and hands on the
    same ones (kubernetes.io, "Init Containers", resource sharing).
    """
    probe = _probe(request.blueprint.spec.workload)
    wanted = threshold(request.blueprint.spec.workload, request.machine, request.accelerator)
    if probe is None or wanted is None:
        return
    container = spec["containers"][0]
    tried = {
        "name": NAME,
        "image": container["image"],
        "command": ["python3", f"{_FOLDER}/{_SCRIPTS[0]}"],
        "env": [*container.get("env", ()), *_environment(request, probe, wanted)],
        "resources": container["resources"],
        "securityContext": container["securityContext"],
        "volumeMounts": [*container["volumeMounts"], {"name": NAME, "mountPath": _FOLDER, "readOnly": True}],
        # What it found is told by `wayfare get`; where it could not say, the end of its log is.
        "terminationMessagePolicy": "FallbackToLogsOnError",
    }
    spec["initContainers"] = [*spec.get("initContainers", ()), tried]
    spec["volumes"] = [*spec.get("volumes", ()), {"name": NAME, "configMap": {"name": NAME}}]


def _probe(workload: Workload) -> Probe | None:
    return workload.probe if isinstance(workload, TrainingWorkload) else None


def _environment(request: Request, probe: Probe, wanted: Threshold) -> list[Manifest]:
    """What the script reads."""
    machine = request.machine
    values = {
        "NODES": request.accelerator.nodes,
        "FIRST": first(request),
        "PORT": PORT,
        "PROCESSES": machine.accelerators * _CORES.get(machine.accelerator, 1),
        "FRAMEWORK": probe.framework,
        "FABRIC": machine.fabric.value,
        "LINE": wanted.line_gbps,
        "SHARE": wanted.share,
        "EACH": wanted.each,
        "WAIT": WAIT,
        "LIMIT": LIMIT,
    }
    return [
        {"name": "WAYFARE_PROBE_NODE", "valueFrom": own_index()},
        *({"name": f"WAYFARE_PROBE_{name}", "value": str(value)} for name, value in values.items()),
    ]
