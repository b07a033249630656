"""What Azure says when machines or quota are short."""

from wayfare.blueprints import CloudName
from wayfare.components.catalog import shipped_catalog
from wayfare.sandbox.behaviour import Nodes
from wayfare.sandbox.clouds.azure.names import error

_GUIDE = "Read more about improving likelihood of allocation success at http://aka.ms/allocation-guidance"
_ZONE_FULL = f"Allocation failed. We do not have sufficient capacity for the requested VM size in this zone. {_GUIDE}"
_REGION_FULL = (
    f"Allocation failed. We do not have sufficient capacity for the requested VM size in this region. {_GUIDE}"
)
_CONSTRAINED = (
    "Allocation failed. VM(s) with the following constraints cannot be allocated, because the condition is too "
    "restrictive. Please remove some constraints and try again. Constraints applied are:\\n  - Availability Zone\\n"
    "  - Low Priority VMs\\n  - Networking Constraints (such as Accelerated Networking or IPv6)\\n  - VM Size\\n"
)


def _wrapped(code: str, message: str) -> str:
    """AKS puts what Compute says into its own error."""
    inner = f'{{"code":"{code}","message":"{message}"}}'
    return error(
        "ReconcileVMSSAgentPoolFailed",
        'Code=\\"ResourceOperationFailure\\" Message=\\"The resource operation completed with terminal provisioning '
        f"state 'Failed'.\\\" Details=[{inner}]",
    )


def stockout(nodes: Nodes, region: str) -> str:
    """A shortage, as it surfaces from a reservation and from an agent pool."""
    del region
    code, message = ("ZonalAllocationFailed", _ZONE_FULL) if nodes.zone else ("AllocationFailed", _REGION_FULL)
    if nodes.reserves:
        return error(code, message)
    if nodes.purchase == "spot" and nodes.zone:
        return _wrapped("OverconstrainedZonalAllocationRequest", _CONSTRAINED)
    return _wrapped(code, message)


def over_quota(nodes: Nodes, region: str, family: str, limit: int, wanted: int) -> str:
    """A quota of vCPUs that does not suffice."""
    more = shipped_catalog()[CloudName.AZURE].machine_type(nodes.machine_type).vcpus * nodes.count
    kind = "LowPriorityCores" if nodes.purchase == "spot" else f"{family} Cores"
    message = (
        f"Operation could not be completed as it results in exceeding approved {kind} quota. Additional details - "
        f"Deployment Model: Resource Manager, Location: {region}, Current Limit: {limit}, Current Usage: "
        f"{wanted - more}, Additional Required: {more}, (Minimum) New Limit Required: {wanted}. Setup Alerts when "
        "Quota reaches threshold. Learn more at https://aka.ms/quotamonitoringalerting . Submit a request for Quota "
        "increase at https://aka.ms/ProdportalCRP by specifying parameters listed in the 'Details' section for "
        "deployment to succeed. Please read more about quota limits at "
        "https://docs.microsoft.com/en-us/azure/azure-supportability/per-vm-quota-requests"
    )
    if nodes.reserves:
        return error("OperationNotAllowed", message)
    return error(
        "InvalidTemplateDeployment",
        "The template deployment is not valid according to the validation procedure. See inner errors for details. "
        f'Details=[{{"code":"QuotaExceeded","message":"{message}"}}]',
    )
