"""What a plan for Azure gives, in phrases that compare with the other clouds'."""

from wayfare.components.azure.plan import AzurePlan
from wayfare.components.azure.plan_compute import CapacityPlan
from wayfare.components.gives import Gives, StoreGives


def gives(plan: AzurePlan) -> Gives:
    """Read off a plan; nothing is decided here."""
    capacity, bucket, network = plan.capacity, plan.bucket, plan.network
    return Gives(
        placement_domain="one scale set",
        hold=_hold(capacity),
        encryption="disks, blobs and Kubernetes' data by Azure's keys",
        api=f"public endpoint for {', '.join(plan.control_plane.allow)}",
        network="a virtual network of its own with a NAT gateway",
        addresses=(network.space, plan.control_plane.pods, plan.control_plane.services),
        kubernetes="AKS's default version",
        checkpoints=f"Blob Storage {bucket.sku}"
        + (f", objects expire after {bucket.expire_after_days} days" if bucket.expire_after_days else ""),
        identity=f"managed identity {plan.identity.name} by Entra Workload ID",
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
