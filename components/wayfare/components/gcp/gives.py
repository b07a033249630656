"""What a plan for Google Cloud gives, in phrases that compare with the other clouds'."""

from wayfare.components.gcp.plan import ControlPlanePlan, GcpPlan
from wayfare.components.gcp.plan_platform import ExistingNetworkPlan, NetworkPlan
from wayfare.components.gives import Gives


def gives(plan: GcpPlan) -> Gives:
    """Read off a plan; nothing is decided here."""
    capacity, bucket, pool, network = plan.capacity, plan.bucket, plan.accelerator_pool, plan.network
    reach = "private" if plan.control_plane.private else "public"
    return Gives(
        placement_domain="compact placement" if pool.compact else "none",
        hold=f"reservation for {capacity.delete_after_seconds // 3600} hours" if capacity.held else "none",
        encryption=_encryption(plan),
        api=f"{reach} endpoint for {', '.join(plan.control_plane.allow)}",
        network=_network(network) + _endpoints(plan),
        addresses=(network.nodes, network.pods, network.services) if isinstance(network, NetworkPlan) else (),
        kubernetes=_kubernetes(plan.control_plane),
        checkpoints="Cloud Storage"
        + (f", objects expire after {bucket.expire_after_days} days" if bucket.expire_after_days else ""),
        identity="Workload Identity Federation for GKE, the Kubernetes service account itself"
        + (f", reads {len(plan.identity.secrets)} secrets" if plan.identity.secrets else ""),
        driver=f"by GKE, driver {pool.driver}",
        scratch=f"{pool.local_ssds} local SSDs" if pool.local_ssds else "none",
        registry=_registry(plan),
        monitoring="Cloud Audit Logs of administration; managed Prometheus, system components and DCGM",
    )


def _network(plan: NetworkPlan | ExistingNetworkPlan) -> str:
    if isinstance(plan, ExistingNetworkPlan):
        return f"the existing subnetwork {plan.subnetwork}"
    return "a VPC network of its own with Cloud NAT"


def _encryption(plan: GcpPlan) -> str:
    if plan.key is None:
        return "disks, objects and Kubernetes' data by Google's keys"
    # Cloud Logging takes a key for a whole organization or folder only, and Cloud Monitoring none at all.
    what = ["Kubernetes' secrets", "boot disks", "objects", *(["images"] if plan.registry else [])]
    return f"{', '.join(what)} by the account's own key; local SSDs, logs and metrics by Google's keys"


def _kubernetes(plan: ControlPlanePlan) -> str:
    least = f"{plan.version} or later, " if plan.version else ""
    return f"{least}release channel {plan.release_channel}"


def _registry(plan: GcpPlan) -> str:
    return "Artifact Registry, tags are immutable, images are scanned" if plan.registry else "none"


def _endpoints(plan: GcpPlan) -> str:
    if plan.bucket.reached_from is None:
        return ""
    way = "private Google access" if plan.endpoints is None else f"a private endpoint at {plan.endpoints.address}"
    return f"; Google's APIs by {way}, the bucket for this network alone"
