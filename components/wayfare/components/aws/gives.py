"""What a plan for AWS gives, in phrases that compare with the other clouds'."""

from wayfare.components.aws.plan import AwsPlan
from wayfare.components.aws.planning_storage import Size
from wayfare.components.gives import Gives, StoreGives


def gives(plan: AwsPlan) -> Gives:
    """Read off a plan; nothing is decided here."""
    bucket = plan.bucket
    network, control_plane = plan.network, plan.control_plane
    return Gives(
        placement_domain=_domain(plan),
        hold=_hold(plan),
        encryption=f"EBS, S3, logs and Kubernetes' data by {_whose(plan)}",
        api=f"public endpoint for {', '.join(control_plane.allow)}"
        if control_plane.allow
        else f"private endpoint for {', '.join(control_plane.allow_inside)}",
        network=_network(plan),
        addresses=(control_plane.services,) if network.existing else (network.cidr, control_plane.services),
        kubernetes=control_plane.version + (", protected from deletion" if control_plane.protected else ""),
        checkpoints="S3, "
        + ("versions kept" if bucket.versioned else "no versions")
        + (f", objects expire after {bucket.expire_days} days" if bucket.expire_days else ""),
        identity=f"IAM role {plan.identity.role} by EKS Pod Identity"
        + (f", which reads {len(plan.identity.secrets)} secrets" if plan.identity.secrets else ""),
        driver="in the EKS image; device plugins by Helm: " + ", ".join(plan.pods.device_plugins),
        scratch=_scratch(plan),
        registry="none" if plan.registry is None else f"ECR repository {plan.registry.name}, immutable tags, scanned",
        monitoring=_monitoring(plan),
        shared=_shared(plan),
    )


def _domain(plan: AwsPlan) -> str:
    bought = plan.accelerator_pool.bought
    if bought is not None and bought.market:
        return "EC2 UltraCluster of the Capacity Block"
    return "cluster placement group" if plan.capacity.placement_group else "none"


def _hold(plan: AwsPlan) -> str:
    """What holds capacity, and when that ends."""
    bought, held, reservation = plan.accelerator_pool.bought, plan.capacity.reservation, plan.request.reservation
    if reservation is not None and reservation.start is not None and reservation.end is not None:
        return (
            f"Capacity Block {reservation.id} from {reservation.start:%Y-%m-%d %H:%M %Z}; nodes are drained 40 minutes "
            f"before {reservation.end:%Y-%m-%d %H:%M %Z}"
        )
    if bought is not None:
        return f"capacity reservation {bought.id}, which the account has"
    return "capacity reservation that ends by itself" if held else "none"


def _scratch(plan: AwsPlan) -> str:
    if plan.accelerator_pool.user_data is None:
        return "none"
    wanted = plan.pods.scratch
    return "NVMe as RAID 0" + (f", {wanted.per_node_gib} GiB of it at /scratch" if wanted else "")


def _shared(plan: AwsPlan) -> StoreGives | None:
    if (store := plan.shared_store) is None:
        return None
    return StoreGives(
        kind=f"FSx for Lustre {store.deployment}, {store.per_tib} MB/s/TiB",
        capacity_gib=store.capacity_gib,
        throughput=Size(store.capacity_gib, store.per_tib).throughput,
        usd_per_hour=round(store.usd_per_hour, 2),
    )


def _monitoring(plan: AwsPlan) -> str:
    logs = f"control-plane and audit logs in CloudWatch for {plan.control_plane.log_days} days"
    if plan.monitoring is None:
        return logs
    told = f"mail to {len(plan.monitoring.notify)} addresses by SNS" if plan.monitoring.notify else "nobody told"
    return f"{logs}; Amazon Managed Service for Prometheus with the alert rules, {told}"


def _network(plan: AwsPlan) -> str:
    existing = plan.network.existing
    kind = f"the VPC {existing.vpc}, which exists already" if existing else "a VPC of its own with a NAT gateway"
    if plan.endpoints is None:
        return kind
    inside = "what bucket and registry hold is reached from inside of it alone"
    services = ", ".join(plan.endpoints.services)
    return f"{kind}; {inside}" + (f"; private endpoints for s3, {services}" if services else "")


def _whose(plan: AwsPlan) -> str:
    return "AWS's keys" if plan.key is None else f"the account's own key, {plan.key}, which KMS rotates yearly"
