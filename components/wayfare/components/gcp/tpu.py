"""Slices of TPUs: which shapes each machine type has, and how GKE is told of one.

Google Kubernetes Engine, "Plan TPUs in GKE" (topologies by machine type) and "Deploy TPU workloads in GKE Standard".
"""

from collections.abc import Mapping

from wayfare.blueprints import Accelerator
from wayfare.components.catalog import MachineType
from wayfare.components.contract import NotFeasible

#: Two dimensions: every shape that there is. Machines of 1 and 8 chips are slices of their own, those of 4 are joined.
_JOINED = ("2x2", "2x4", "4x4", "4x8", "8x8", "8x16", "16x16")
_FLAT: Mapping[str, tuple[str, ...]] = {
    "ct5lp-hightpu-1t": ("1x1",),
    "ct5lp-hightpu-4t": _JOINED,
    "ct5lp-hightpu-8t": ("2x4",),
    "ct6e-standard-1t": ("1x1",),
    "ct6e-standard-4t": _JOINED,
    "ct6e-standard-8t": ("2x4",),
}
#: Three dimensions: the shapes below a cube of 64 chips; above, all of sides that are multiples of 4 in rising order.
_SMALL = ("2x2x1", "2x2x2", "2x2x4", "2x4x4")

#: Generations whose slices over several machines are made by a workload policy, not by GKE's own compact placement.
_BY_WORKLOAD_POLICY = ("tpu7x-",)


def refuse_topology(machine: MachineType, accelerator: Accelerator) -> None:
    """Raise `NotFeasible` for a slice that a machine type does not have."""
    topology = accelerator.topology or ""
    if (flat := _FLAT.get(machine.name)) is not None:
        if topology not in flat:
            raise NotFeasible(f"{machine.name} has no slice {topology}, but {', '.join(flat)}")
        return
    sides = [int(side) for side in topology.split("x")]
    cubes = len(sides) == 3 and sides == sorted(sides) and all(side % 4 == 0 for side in sides)
    if topology not in _SMALL and not cubes:
        raise NotFeasible(
            f"{machine.name} has no slice {topology}, but {', '.join(_SMALL)}, and from 4x4x4 on those of three sides "
            "that are multiples of 4, the shortest first"
        )


def node_selector(machine: MachineType, accelerator: Accelerator) -> Mapping[str, str]:
    """Labels that GKE puts on the nodes of a slice, and by which it knows whose pods they are."""
    return {
        "cloud.google.com/gke-tpu-accelerator": machine.cloud_name or "",
        "cloud.google.com/gke-tpu-topology": accelerator.topology or "",
    }


def by_workload_policy(machine: MachineType) -> bool:
    """Whether a slice over several of these machines needs a workload policy."""
    return machine.name.startswith(_BY_WORKLOAD_POLICY)
