"""From what is wanted to what AWS gets: the pure function, and what follows from a machine type."""

from ipaddress import IPv4Network

from wayfare.blueprints import Checkpoints
from wayfare.components import wishes
from wayfare.components.aws import planning_compute as compute
from wayfare.components.aws.plan import (
    AwsPlan,
    BucketPlan,
    ControlPlanePlan,
    IdentityPlan,
    NetworkPlan,
    SystemPoolPlan,
    roles_path,
)
from wayfare.components.aws.plan_compute import Tags
from wayfare.components.contract import NAMESPACE, POOL_LABEL, SERVICE_ACCOUNT, SYSTEM_POOL, NotFeasible, Request

#: EKS gives a version 14 months of standard support; encrypts all API data by default since 1.28.
KUBERNETES_VERSION = "1.36"

#: AWS allows 50 tags; EKS and the add-ons put some of their own on what they make.
MOST_TAGS = 40

VPC = IPv4Network("10.0.0.0/16")
#: The upper half is the accelerator pool's: the VPC's network plug-in takes an address for each pod.
ACCELERATOR_SUBNET = IPv4Network("10.0.128.0/17")
CLUSTER_SUBNETS = (IPv4Network("10.0.0.0/20"), IPv4Network("10.0.16.0/20"))
PUBLIC_SUBNET = IPv4Network("10.0.32.0/24")
SERVICES = IPv4Network("172.20.0.0/16")

#: Zones in which EKS does not place a control plane (EKS User Guide, "VPC and subnet requirements").
ZONES_WITHOUT_EKS = ("use1-az3", "usw1-az2", "cac1-az3")


#: Wishes that this package does not fulfil yet.
NOT_YET = wishes.EVERY_WISH - {
    "reserved capacity",
    "dated reservations",
}


def plan(request: Request) -> AwsPlan:
    """Decide everything about a cluster. Raises `NotFeasible` for what AWS cannot do."""
    wishes.refuse(request, NOT_YET)
    _check(request)
    compute.check(request)
    name, region, tags = request.resource_name, request.placement.region, request.tags
    path = roles_path(request.name, region)
    # A changed launch template replaces every node: what may change while the pool runs stays out of it.
    instance_tags = {key: value for key, value in tags.items() if key != "wayfare-blueprint"}
    return AwsPlan(
        request=request,
        needs=(),
        pods=compute.pods(request),
        capacity=compute.capacity(request),
        network=NetworkPlan(
            region=region,
            cidr=str(VPC),
            public_subnet=str(PUBLIC_SUBNET),
            cluster_subnets=tuple(map(str, CLUSTER_SUBNETS)),
            zones_to_avoid=ZONES_WITHOUT_EKS,
            tags=tags,
        ),
        control_plane=ControlPlanePlan(
            name=name,
            region=region,
            version=KUBERNETES_VERSION,
            allow=request.blueprint.spec.access.allow,
            services=str(SERVICES),
            log_group=f"/aws/eks/{name}/cluster",
            log_days=30,
            roles_path=path,
            role=f"{name}-control-plane",
            node_role=f"{name}-node",
            interface_tags=instance_tags,
            tags=tags,
        ),
        system_pool=SystemPoolPlan(
            name=SYSTEM_POOL,
            template=f"{name}-{SYSTEM_POOL}",
            machine_type="m6i.large",
            nodes=2,
            disk_gib=50,
            labels={POOL_LABEL: SYSTEM_POOL},
            instance_tags=instance_tags,
            tags=tags,
        ),
        accelerator_pool=compute.accelerator_pool(request, instance_tags, str(ACCELERATOR_SUBNET)),
        bucket=_bucket(request.blueprint.spec.storage.checkpoints, name, region, tags),
        identity=IdentityPlan(
            role=f"{name}-workload",
            roles_path=path,
            namespace=NAMESPACE,
            service_account=SERVICE_ACCOUNT,
            tags=tags,
        ),
    )


def _check(request: Request) -> None:
    if len(request.tags) > MOST_TAGS:
        raise NotFeasible(f"{len(request.tags)} tags are more than the {MOST_TAGS} that AWS resources have room for")


def _bucket(checkpoints: Checkpoints, name: str, region: str, tags: Tags) -> BucketPlan:
    durable = checkpoints.keep == "durable"
    return BucketPlan(
        prefix=name,
        region=region,
        force_destroy=not durable,
        versioned=durable,
        expire_days=None if checkpoints.expire_after is None else checkpoints.expire_after.days,
        noncurrent_days=7,
        tags={**tags, "wayfare-keep": checkpoints.keep},
    )
