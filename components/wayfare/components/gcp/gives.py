"""What a plan for Google Cloud gives, in phrases that compare with the other clouds'."""

from wayfare.components.gcp.plan import ControlPlanePlan, GcpPlan
from wayfare.components.gcp.plan_compute import AcceleratorPoolPlan
from wayfare.components.gcp.plan_platform import ExistingNetworkPlan, NetworkPlan
from wayfare.components.gives import Gives, StoreGives


def gives(plan: GcpPlan) -> Gives:
    """Read off a plan; nothing is decided here."""
    bucket, pool, network = plan.bucket, plan.accelerator_pool, plan.network
    reach = "private" if plan.control_plane.private else "public"
    return Gives(
        placement_domain=_domain(pool),
        hold=_hold(plan),
        encryption=_encryption(plan),
        api=f"{reach} endpoint for {', '.join(plan.control_plane.allow)}",
        network=_network(network) + _endpoints(plan),
        addresses=(network.nodes, network.pods, network.services) if isinstance(network, NetworkPlan) else (),
        kubernetes=_kubernetes(plan.control_plane),
        checkpoints="Cloud Storage"
        + (f", objects expire after {bucket.expire_after_days} days" if bucket.expire_after_days else ""),
        identity="Workload Identity Federation for GKE, the Kubernetes service account itself"
        + (f", reads {len(plan.identity.secrets)} secrets" if plan.identity.secrets else ""),
        driver=_driver(plan),
        scratch=_scratch(plan),
        registry=_registry(plan),
        monitoring=_monitoring(plan),
        shared=_shared(plan),
    )


def _domain(pool: AcceleratorPoolPlan) -> str:
    placement = pool.placement
    if placement is None:
        return "that of the reservation" if pool.reservation is not None else "none"
    if placement.tpu_topology is not None:
        return f"one slice of TPUs, {placement.tpu_topology}"
    if placement.policy is not None:
        return f"one NVLink domain, workload policy {placement.policy.topology}"
    return "compact placement"


def _hold(plan: GcpPlan) -> str:
    capacity, pool, reservation = plan.capacity, plan.accelerator_pool, plan.request.reservation
    if capacity.held:
        return f"reservation for {capacity.delete_after_seconds // 3600} hours"
    if pool.flex:
        how = "queued for together" if pool.queued else "made when pods ask for them"
        return f"none: flex-start, nodes {how}, each for 7 days at most"
    if pool.reservation is None:
        return "none"
    if reservation is None or reservation.start is None or reservation.end is None:
        return f"reservation {pool.reservation}"
    dates = f"from {reservation.start:%Y-%m-%d %H:%M %Z} until {reservation.end:%Y-%m-%d %H:%M %Z}"
    return f"reservation {pool.reservation}, {dates}, when Google deletes its machines"


def _scratch(plan: GcpPlan) -> str:
    pool, asked = plan.accelerator_pool, plan.pods.scratch
    disks = f"{pool.local_ssds} local SSDs of 375 GiB as one volume" if pool.local_ssds else "none"
    return disks if asked is None else f"{disks}, of which {asked.per_node_gib} GiB at /scratch"


def _shared(plan: GcpPlan) -> StoreGives | None:
    if (store := plan.shared_store) is None:
        return None
    return StoreGives(
        kind=f"Managed Lustre, {store.size.per_tib} MB/s/TiB",
        capacity_gib=store.size.capacity_gib,
        throughput=round(store.size.throughput, 2),
        usd_per_hour=None,
    )


def _driver(plan: GcpPlan) -> str:
    pool = plan.accelerator_pool
    driver = "by GKE, in the node image" if pool.gpus is None else f"by GKE, driver {pool.gpus.driver}"
    plugins = sorted(each.name for each in plan.pods.objects if each.name.startswith("nccl-"))
    brought = f"{driver}; NCCL's plugin by the DaemonSet {plugins[0]}" if plugins else driver
    return f"{brought}; NVIDIA's driver for NVLink domains by its chart" if plan.pods.compute_domain else brought


def _network(plan: NetworkPlan | ExistingNetworkPlan) -> str:
    if isinstance(plan, ExistingNetworkPlan):
        return f"the existing subnetwork {plan.subnetwork}"
    return "a VPC network of its own with Cloud NAT"


def _encryption(plan: GcpPlan) -> str:
    if plan.key is None:
        return "disks, objects and Kubernetes' data by Google's keys"
    # Cloud Logging takes a key for a whole organization or folder only, and Cloud Monitoring none at all.
    what = ["Kubernetes' secrets", "boot disks", "objects", *(["images"] if plan.registry else [])]
    what += ["the shared store"] if plan.shared_store else []
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


def _monitoring(plan: GcpPlan) -> str:
    audit = "Cloud Audit Logs of administration; managed Prometheus"
    if plan.monitoring is None:
        return f"{audit}, system components and DCGM"
    told = f", mail to {', '.join(plan.monitoring.notify)}" if plan.monitoring.notify else ""
    return f"{audit}, nodes and accelerators, {len(plan.monitoring.alerts)} alert rules{told}"
