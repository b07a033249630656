"""How long a spot node has from its notice until it is gone, and what that means for a training's grace. Pure."""

from collections.abc import Mapping
from datetime import timedelta

from wayfare.blueprints import Checkpoint, CloudName

#: What the workload's pods have of it.
#: EC2 User Guide, "Spot Instance interruption notices": two minutes, in which EKS drains the nodes of a managed group.
#: Azure, "Use Azure Spot Virtual Machines": 30 seconds at most, in which AKS tries to drain ("Node auto-drain").
#: GKE, "Spot VMs": 30 seconds, of which pods other than the system's have the first 15, unless a pool says otherwise.
NOTICE: Mapping[CloudName, timedelta] = {
    CloudName.AWS: timedelta(seconds=120),
    CloudName.AZURE: timedelta(seconds=30),
    CloudName.GCP: timedelta(seconds=15),
}


def caution(cloud: CloudName, contract: Checkpoint) -> str | None:
    """What to know about spot nodes of a cloud where a training wants more time than they have; else None."""
    if contract.grace <= NOTICE[cloud]:
        return None
    wanted, given = (length // timedelta(seconds=1) for length in (contract.grace, NOTICE[cloud]))
    return (
        f"a spot node of {cloud} leaves its pods {given} seconds, not the {wanted} of `workload.checkpoint.grace`: "
        "what was not written by then is lost, back to the newest whole checkpoint"
    )
