"""What a plan for Azure gives, in phrases that compare with the other clouds'."""

from wayfare.components.azure.plan import AzurePlan
from wayfare.components.azure.plan_compute import CapacityPlan
from wayfare.components.azure.plan_platform import ControlPlanePlan
from wayfare.components.gives import Gives, StoreGives


def gives(plan: AzurePlan) -> Gives:
    """Read off a plan; nothing is decided here."""
    capacity, bucket, network, control_plane = plan.capacity, plan.bucket, plan.network, plan.control_plane
    return Gives(
        placement_domain="one scale set",
        hold=_hold(capacity),
        encryption="disks, blobs and Kubernetes' data by Azure's keys",
        api=_api(control_plane),
        network=_network(plan),
        addresses=(*(() if network.existing else network.space), control_plane.pods, control_plane.services),
        kubernetes=control_plane.version or "AKS's default version",
        checkpoints=f"Blob Storage {bucket.sku}"
        + (f", objects expire after {bucket.expire_after_days} days" if bucket.expire_after_days else ""),
        identity=f"managed identity {plan.identity.name} by Entra Workload ID"
        + (f", reads {len(plan.identity.secrets)} secrets" if plan.identity.secrets else ""),
        driver="by AKS; device plugins by Helm: " + ", ".join(plan.pods.device_plugins),
        scratch="none",
        registry="none",
        monitoring="none",
        shared=_shared(plan),
    )


def _hold(capacity: CapacityPlan) -> str:
    if capacity.existing is not None:
        return f"the reservation {capacity.existing.rpartition('/')[2]}"
    return f"capacity reservation until {capacity.hold.until}" if capacity.hold else "none"


def _shared(plan: AzurePlan) -> StoreGives | None:
    """Without a price: none was confirmed."""
    if (store := plan.shared_store) is None:
        return None
    return StoreGives(
        kind=f"Azure Managed Lustre {store.size.sku}",
        capacity_gib=store.size.tib * 1024,
        throughput=store.size.megabytes_per_second / 1000,
        usd_per_hour=None,
    )


def _api(control_plane: ControlPlanePlan) -> str:
    if control_plane.private:
        return "private endpoint for whoever is connected to the network"
    return f"public endpoint for {', '.join(control_plane.allow)}"


def _network(plan: AzurePlan) -> str:
    if plan.network.existing is None:
        return "a virtual network of its own with a NAT gateway"
    way_out = "NAT gateway" if plan.control_plane.outbound == "userAssignedNATGateway" else "route table"
    return f"subnet {plan.network.existing.nodes} with its {way_out}"
