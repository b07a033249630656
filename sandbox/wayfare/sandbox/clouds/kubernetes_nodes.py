"""What the clouds' nodes have in common: how large machines are, what chips are called, and which plugins run."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from wayfare.blueprints import Maker
from wayfare.components.catalog import MachineType, shipped_catalog
from wayfare.sandbox.behaviour import Properties, Row
from wayfare.sandbox.clouds.kubernetes_drivers import RELEASE

_DAEMONS = "kubernetes:apps/v1:DaemonSet"
_NIC_POLICY = ":NicClusterPolicy"

RESOURCES: Mapping[Maker, str] = {
    Maker.NVIDIA: "nvidia.com/gpu",
    Maker.AMD: "amd.com/gpu",
    Maker.AWS: "aws.amazon.com/neuron",
    Maker.GOOGLE: "google.com/tpu",
}
"""What each maker's device plugin calls an accelerator (the plugins' own documentation)."""

PLUGINS: Mapping[Maker, tuple[str, ...]] = {
    Maker.NVIDIA: ("nvidia-device-plugin", "gpu-operator"),
    Maker.AMD: ("amd-gpu",),
    Maker.AWS: ("neuron-helm-chart",),
    Maker.GOOGLE: (),
}
"""Charts with that plugin."""

#: GiB for each vCPU by class of machine (EC2's c, m, r; Azure's F, D, E; Compute Engine's highcpu, standard, highmem).
_EC2 = re.compile(r"(?P<kind>[cmr])\d[a-z-]*\.(?P<size>large|(?P<times>\d*)xlarge)")
_AZURE = re.compile(r"standard_(?P<kind>[fde])(?P<vcpus>\d+)[a-z]*(_v\d+)?")
_COMPUTE = re.compile(r"[a-z]\d[a-z]?-(?P<kind>highcpu|standard|highmem)-(?P<vcpus>\d+)")
_PER_VCPU = {"c": 2, "m": 4, "r": 8, "f": 2, "d": 4, "e": 8, "highcpu": 1, "standard": 4, "highmem": 8}

#: What a machine has of which neither the catalog nor its name tells anything: the smallest that EKS runs pods on well.
_UNKNOWN = (2, 4)


def cataloged(machine_type: str) -> MachineType | None:
    """The catalog's row for a machine type with accelerators."""
    every = (row for cloud in shipped_catalog().values() for row in cloud.machine_types)
    return next((row for row in every if row.name.lower() == machine_type.lower()), None)


def size(machine_type: str) -> tuple[int, int]:
    """(vCPUs, GiB of memory) of a machine type: from the catalog, else from its name."""
    row = cataloged(machine_type)
    if row is not None:
        return row.vcpus, row.ram_gib or row.vcpus * 4
    name = machine_type.lower()
    if found := _EC2.fullmatch(name):
        vcpus = 2 if found["size"] == "large" else 4 * int(found["times"] or 1)
        return vcpus, vcpus * _PER_VCPU[found["kind"]]
    if found := _AZURE.fullmatch(name) or _COMPUTE.fullmatch(name):
        return int(found["vcpus"]), int(found["vcpus"]) * _PER_VCPU[found["kind"]]
    return _UNKNOWN


def charts(objects: Sequence[Row]) -> Mapping[str, Properties]:
    """The charts in a cluster by name, with what each was installed with."""
    releases = (row.inputs for row in objects if row.token == RELEASE and not row.failed)
    return {str(each.get("chart", "")).rpartition("/")[2]: each for each in releases}


def accelerators(row: MachineType | None, objects: Sequence[Row], *, plugged: bool = False) -> Mapping[str, int]:
    """The accelerators of a machine, if a plugin shows them: the cloud's own, a chart's, or AMD's as a daemon."""
    if row is None:
        return {}
    maker = row.accelerator.maker
    by_chart = not charts(objects).keys().isdisjoint(PLUGINS[maker])
    by_daemon = maker is Maker.AMD and any("rocm/k8s-device-plugin" in image for image in _daemons(objects))
    return {RESOURCES[maker]: row.accelerators} if plugged or by_chart or by_daemon else {}


def cards(row: MachineType | None, objects: Sequence[Row]) -> Mapping[str, int]:
    """Network cards of the fabric that NVIDIA's Network Operator shows, under the names that its policy gives them."""
    if row is None or "network-operator" not in charts(objects):
        return {}
    found: dict[str, int] = {}
    for policy in (each for each in objects if each.token.endswith(_NIC_POLICY)):
        spec = _part(policy.inputs, "spec")
        for plugin, prefix in (("sriovDevicePlugin", "nvidia.com"), ("rdmaSharedDevicePlugin", "rdma")):
            settings = json.loads(str(_part(spec, plugin).get("config") or "{}"))
            for each in settings.get("resourceList") or settings.get("configList") or ():
                name = f"{each.get('resourcePrefix', prefix)}/{each['resourceName']}"
                found[name] = row.fabric_interfaces
    return found


def _daemons(objects: Sequence[Row]) -> Iterator[str]:
    """Images of the containers of a cluster's daemons."""
    for row in (each for each in objects if each.token == _DAEMONS):
        pod = _part(_part(_part(row.inputs, "spec"), "template"), "spec")
        yield from (str(_map(each).get("image")) for each in pod.get("containers") or ())


def _part(value: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    return _map(value.get(key))


def _map(value: object) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, dict) else {}


#: AWS's own processors have a g after the generation, Azure's a p among the letters, Google's families a letter of
#: their own; the processors beside GB200 and GB300 are NVIDIA's Grace.
_ARM = re.compile(
    r"(a1|[a-z]+\d+[a-z]*g[a-z]*)\..+|standard_[a-z]+\d+[a-z]*p[a-z]*_.*|(c4a|t2a|n4a)-.+|.*gb[23]00.*|a4x.*"
)


def is_arm(machine_type: str) -> bool:
    """Whether a machine's processors are Arm's."""
    return _ARM.fullmatch(machine_type.lower()) is not None
