"""Blueprints that ask for one machine type, whatever it is."""

from math import prod
from pathlib import Path

from wayfare.blueprints import CloudName, Purchase
from wayfare.components.catalog import Fabric, MachineType, Sale, shipped_rows

#: A slice of each generation that fills two nodes or more (Google Cloud, "TPU configurations").
_SLICES = {"TPUv5e": "4x4", "TPUv5p": "2x2x2", "TPUv6e": "4x4", "TPU7x": "2x2x2"}

#: Machines that are a slice by themselves.
_ALONE = {"1t": "1x1", "8t": "2x4"}

#: What needs no reservation, most wanted first.
_PLAIN = (Purchase.ON_DEMAND, Purchase.SPOT, Purchase.FLEX)

#: Nodes of an NVL72 domain.
_NVL72 = 18


def machines(cloud: CloudName) -> tuple[MachineType, ...]:
    """All rows of a cloud."""
    return shipped_rows(cloud).machine_types


def nodes(machine: MachineType) -> int:
    """Two nodes; a slice's or a domain's own number."""
    if machine.fabric is Fabric.NVL72:
        return _NVL72
    if machine.accelerator.is_tpu:
        return prod(int(side) for side in slice_of(machine).split("x")) // machine.accelerators
    return 2


def slice_of(machine: MachineType) -> str:
    """A slice that consists of such machines."""
    return _ALONE.get(machine.name.rpartition("-")[2], _SLICES[machine.accelerator])


def purchase(machine: MachineType) -> Purchase:
    """A way to buy it, without a reservation where there is one."""
    plain = next((each for each in _PLAIN if machine.sells(each)), None)
    if plain is not None:
        return plain
    return Purchase.RESERVED if Sale.RESERVED in machine.sales else Purchase.BLOCK


def zone(cloud: CloudName, region: str) -> str:
    """A zone as the cloud writes it, in the sandbox too."""
    return {CloudName.AWS: f"{region}a", CloudName.AZURE: "1", CloudName.GCP: f"{region}-a"}[cloud]


def reservation(cloud: CloudName, id: str, region: str, *, dated: tuple[str, str] | None = None) -> str:
    """A line of `spec.reservations`."""
    dates = f", start: '{dated[0]}', end: '{dated[1]}'" if dated else ""
    return f"[{{cloud: {cloud}, id: '{id}', region: {region}, zone: '{zone(cloud, region)}'{dates}}}]"


def write(folder: Path, cloud: CloudName, machine: MachineType, way: Purchase, *, reservations: str = "") -> Path:
    """A blueprint's file that asks for a machine type in one way."""
    size = f"perNode: {machine.accelerators}, nodes: {nodes(machine)}"
    if machine.accelerator.is_tpu:
        size = f"perNode: {machine.accelerators}, topology: {slice_of(machine)}"
    # The chip alone would lead to a cheaper machine type with a slower network.
    if machine.interconnect_gbps:
        size = f"{size}, interconnectGbps: {machine.interconnect_gbps}"
    file = folder / "wanted.yaml"
    lines = [
        "apiVersion: wayfare.dev/v1",
        "kind: TrainingCluster",
        "metadata: {name: wanted}",
        "spec:",
        f"  accelerators: [{{name: {machine.accelerator}, {size}, memoryGiB: {machine.memory_gib}}}]",
        f"  purchase: [{way}]",
        *([f"  reservations: {reservations}"] if reservations else []),
        # AKS runs these machines on no older version (docs/clouds/azure.md).
        *(["  kubernetes: {version: '1.35'}"] if machine.fabric is Fabric.NVL72 else []),
        f"  placement: {{clouds: [{cloud}]}}",
        "  access: {allow: [203.0.113.0/24]}",
        "  workload: {image: 'registry.example/train:1'}",
    ]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file
