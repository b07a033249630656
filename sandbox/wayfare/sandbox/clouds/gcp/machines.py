"""What a machine type of Compute Engine has: accelerators, local SSDs, the boot disks that it takes.

Sources: the catalog for its own rows; for the rest Compute Engine's "GPU machine types" (the number of accelerators is
part of the name), "About Local SSD disks" and the disk types in "Accelerator-optimized machine family".
"""

import re
from collections.abc import Sequence

from wayfare.blueprints import CloudName
from wayfare.components.catalog import MachineType, shipped_rows

_COUNTED = re.compile(r"-(\d+)g(-metal)?$")
#: Series that accelerators can be part of; N1 alone takes them freely ("GPU machine types").
_WITH_ACCELERATORS = ("n1-", "a2-", "a3-", "a4-", "a4x-", "g2-", "g4-")
#: Series whose only network interface is gVNIC ("Networking and GPU machines").
_GVNIC_ONLY = ("a3-", "a4-", "a4x-", "g4-")
#: Series for which GKE makes the networks of their fabric (GKE: "Configure automated networking for accelerator VMs").
_FABRICS = ("a3-", "a4-", "a4x-", "ct6e-", "tpu7x-")
#: Series without compact placement (Compute Engine: "Placement policies overview").
_NEVER_COMPACT = ("e2-", "f1-", "g1-")
#: Series whose machines are TPU hosts, of so many chips as the end of the name says (Cloud TPU: "TPU machines").
_TPU = re.compile(r"(ct\w+|tpu\w+)-\w+-(\d+)t")
#: Series of which several machines are one domain by a workload policy alone (AI Hypercomputer: "Create a custom
#: AI-optimized GKE cluster which uses A4X"; GKE: "Deploy TPU workloads in GKE Standard", TPU7x).
_BY_WORKLOAD_POLICY = ("a4x-", "tpu7x-")
_PERSISTENT = ("pd-standard", "pd-balanced", "pd-ssd")
_HYPERDISK = ("hyperdisk-balanced", "hyperdisk-balanced-high-availability")
#: Boot disks by series; the first that fits counts, and a series that is not named takes any.
_BOOT_DISKS: Sequence[tuple[str, tuple[str, ...]]] = (
    ("a2-", _PERSISTENT),
    ("a3-ultragpu-", _HYPERDISK),
    ("a3-", ("pd-balanced", "pd-ssd", *_HYPERDISK)),
    ("a4-", _HYPERDISK),
    ("a4x-", _HYPERDISK),
    ("ct5", _PERSISTENT),
    ("ct6e-", _HYPERDISK),
    ("e2-", _PERSISTENT),
    ("g2-", ("pd-balanced", "pd-ssd")),
    ("g4-", _HYPERDISK),
    ("n1-", _PERSISTENT),
    ("tpu7x-", _HYPERDISK),
)
#: Local SSDs that can be added to what brings none along, by name.
_ADDED_SSDS: dict[str, tuple[int, ...]] = {
    "a2-highgpu-8g": (8,),
    "g2-standard-4": (1,),
    "g2-standard-96": (8,),
    "g4-standard-48": (1, 2, 3, 4),
}


def _row(machine_type: str) -> MachineType | None:
    rows = shipped_rows(CloudName.GCP).machine_types
    return next((row for row in rows if row.name == machine_type), None)


def takes_accelerators(machine_type: str) -> bool:
    """Whether a machine type of this series can have accelerators at all."""
    return machine_type.startswith(_WITH_ACCELERATORS)


def accelerator(machine_type: str) -> str | None:
    """What the API calls a machine type's accelerator; None where it is free or not known."""
    series = machine_type.rpartition("-")[0]
    rows = shipped_rows(CloudName.GCP).machine_types
    return next((row.cloud_name for row in rows if row.name.rpartition("-")[0] == series), None)


def accelerators(machine_type: str) -> int | None:
    """How many accelerators a machine type has; None where that is free or not known."""
    if (row := _row(machine_type)) is not None:
        return row.accelerators
    counted = _COUNTED.search(machine_type)
    return int(counted[1]) if counted else None


def local_ssds(machine_type: str) -> tuple[int, ...] | None:
    """The numbers of local SSDs that a machine type can have, none apart; None where they are not known."""
    row = _row(machine_type)
    if row is not None and row.local_ssd_disks:
        return (row.local_ssd_disks,)
    return _ADDED_SSDS.get(machine_type)


def boot_disks(machine_type: str) -> tuple[str, ...] | None:
    """The types of boot disk that a machine type takes; None for any."""
    return next((disks for series, disks in _BOOT_DISKS if machine_type.startswith(series)), None)


def only_gvnic(machine_type: str) -> bool:
    """Whether a machine type has no other kind of network interface."""
    return machine_type.startswith(_GVNIC_ONLY)


def has_fabric_profile(machine_type: str) -> bool:
    """Whether GKE can make the networks of a machine type's fabric."""
    return machine_type.startswith(_FABRICS)


def compact(machine_type: str) -> bool:
    """Whether machines of this type can be placed close to each other."""
    return not machine_type.startswith(_NEVER_COMPACT)


def chips(machine_type: str) -> int | None:
    """The chips of a TPU host; None for any other machine."""
    found = _TPU.fullmatch(machine_type)
    return int(found[2]) if found else None


def needs_workload_policy(machine_type: str) -> bool:
    """Whether several machines of this type are put together by a workload policy, and by nothing else."""
    return machine_type.startswith(_BY_WORKLOAD_POLICY)


def reserved_as(machine_type: str) -> str:
    """Whose machines a reservation has: those that are sold on demand, or those that are only ever reserved."""
    return "on-demand" if reserved_on_demand(machine_type) else "reserved"


def reserved_on_demand(machine_type: str) -> bool:
    """Whether a reservation of this machine type can be made at once (AI Hypercomputer: "Consumption options")."""
    row = _row(machine_type)
    return row is None or bool(row.holdable)
