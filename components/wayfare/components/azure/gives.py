"""What a plan for Azure gives, in phrases that compare with the other clouds'."""

from wayfare.components.azure.plan import AzurePlan
from wayfare.components.azure.plan_compute import CapacityPlan
from wayfare.components.azure.plan_platform import ControlPlanePlan, MonitoringPlan, RegistryPlan
from wayfare.components.gives import Gives, StoreGives


def gives(plan: AzurePlan) -> Gives:
    """Read off a plan; nothing is decided here."""
    capacity, bucket, network, control_plane = plan.capacity, plan.bucket, plan.network, plan.control_plane
    return Gives(
        placement_domain=_domain(plan),
        hold=_hold(capacity),
        encryption=_encryption(plan),
        api=_api(control_plane),
        network=_network(plan),
        addresses=(*(() if network.existing else network.space), control_plane.pods, control_plane.services),
        kubernetes=control_plane.version or "AKS's default version",
        checkpoints=f"Blob Storage {bucket.sku}"
        + (", by a private endpoint alone" if bucket.private else "")
        + (f", deleted objects recoverable for {bucket.recover_days} days" if bucket.recover_days else "")
        + (f", objects expire after {bucket.expire_after_days} days" if bucket.expire_after_days else ""),
        identity=f"managed identity {plan.identity.name} by Entra Workload ID"
        + (f", reads {len(plan.identity.secrets)} secrets" if plan.identity.secrets else ""),
        driver=_driver(plan),
        scratch="none" if plan.pods.scratch is None else "local NVMe disks, striped by local-csi-driver",
        registry=_registry(plan.registry),
        monitoring=_monitoring(plan.monitoring),
        shared=_shared(plan),
    )


def _domain(plan: AzurePlan) -> str:
    if plan.pods.fabric:
        return "one scale set, which is one InfiniBand network"
    return "one scale set, which is to be one NVL72 domain" if plan.pods.compute_domain else "one scale set"


def _driver(plan: AzurePlan) -> str:
    charts = ", ".join(plan.pods.device_plugins)
    if plan.accelerator_pool.driver == "Install":
        return f"by AKS; by Helm: {charts}"
    if "gpu-operator" in plan.pods.device_plugins:
        return f"by NVIDIA's operator; by Helm: {charts}"
    return "from AMD's package repository, by a DaemonSet" + (f"; by Helm: {charts}" if charts else "")


def _hold(capacity: CapacityPlan) -> str:
    if capacity.existing is not None:
        return f"the reservation {capacity.existing.rpartition('/')[2]}"
    return "capacity reservation that a timer ends" if capacity.hold else "none"


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


def _encryption(plan: AzurePlan) -> str:
    whose = f"the account's own key in {plan.network.location}" if plan.own_key else "Azure's keys"
    return f"disks, blobs and Kubernetes' secrets by {whose}"


def _registry(registry: RegistryPlan | None) -> str:
    if registry is None:
        return "none"
    return f"{registry.sku} container registry" + (", by a private endpoint alone" if registry.private else "")


def _monitoring(monitoring: MonitoringPlan) -> str:
    audit = f"audit logs for {monitoring.audit.keep_days} days in a storage account"
    if monitoring.metrics is None:
        return audit
    told = f", mail to {', '.join(monitoring.metrics.notify)}" if monitoring.metrics.notify else ""
    return f"{audit}; Azure Monitor's managed Prometheus with alerts{told}"
