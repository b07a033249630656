"""What a plan for Google Cloud gives, in phrases that compare with the other clouds'."""

from wayfare.components.gcp.plan import GcpPlan
from wayfare.components.gcp.plan_platform import ExistingNetworkPlan, NetworkPlan
from wayfare.components.gives import Gives


def gives(plan: GcpPlan) -> Gives:
    """Read off a plan; nothing is decided here."""
    capacity, bucket, pool, network = plan.capacity, plan.bucket, plan.accelerator_pool, plan.network
    reach = "private" if plan.control_plane.private else "public"
    return Gives(
        placement_domain="compact placement" if pool.compact else "none",
        hold=f"reservation for {capacity.delete_after_seconds // 3600} hours" if capacity.held else "none",
        encryption="disks, objects and Kubernetes' data by Google's keys",
        api=f"{reach} endpoint for {', '.join(plan.control_plane.allow)}",
        network=_network(network),
        addresses=(network.nodes, network.pods, network.services) if isinstance(network, NetworkPlan) else (),
        kubernetes=f"release channel {plan.control_plane.release_channel}",
        checkpoints="Cloud Storage"
        + (f", objects expire after {bucket.expire_after_days} days" if bucket.expire_after_days else ""),
        identity="Workload Identity Federation for GKE, the Kubernetes service account itself",
        driver=f"by GKE, driver {pool.driver}",
        scratch=f"{pool.local_ssds} local SSDs" if pool.local_ssds else "none",
        registry="none",
        monitoring="managed Prometheus, system components and DCGM",
    )


def _network(plan: NetworkPlan | ExistingNetworkPlan) -> str:
    if isinstance(plan, ExistingNetworkPlan):
        return f"the existing subnetwork {plan.subnetwork}"
    return "a VPC network of its own with Cloud NAT"
