"""From what is wanted to what AWS gets: the pure function, and what follows from a machine type."""

from wayfare.blueprints import InferenceCluster, Spec
from wayfare.components.aws import planning_compute as compute
from wayfare.components.aws import planning_storage as storage
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
from wayfare.components.aws.plan_platform import FlowLogPlan
from wayfare.components.aws.planning_monitoring import monitoring_plan, watched
from wayfare.components.aws.planning_platform import (
    endpoints_plan,
    existing_network,
    existing_network_plan,
    key_alias,
    needs,
    own_addresses,
    registry_plan,
)
from wayfare.components.contract import NAMESPACE, POOL_LABEL, SERVICE_ACCOUNT, SYSTEM_POOL, NotFeasible, Request

#: EKS gives a version 14 months of standard support; encrypts all API data by default since 1.28.
KUBERNETES_VERSION = "1.36"

#: AWS allows 50 tags; EKS and the add-ons put some of their own on what they make.
MOST_TAGS = 40


#: Zones in which EKS does not place a control plane (EKS User Guide, "VPC and subnet requirements").
ZONES_WITHOUT_EKS = ("use1-az3", "usw1-az2", "cac1-az3")


def plan(request: Request) -> AwsPlan:
    """Decide everything about a cluster. Raises `NotFeasible` for what AWS cannot do."""
    _check(request)
    compute.check(request)
    name, region, tags = request.resource_name, request.placement.region, request.tags
    path = roles_path(request.name, region)
    spec, space, network = request.blueprint.spec, own_addresses(request), existing_network(request)
    first, second, public, *_ = space.nodes.subnets(new_prefix=20)
    private = spec.access.api == "private"
    # A changed launch template replaces every node: what may change while the pool runs stays out of it.
    instance_tags = {key: value for key, value in tags.items() if key != "wayfare-blueprint"}
    return AwsPlan(
        request=request,
        needs=needs(request),
        key=key_alias(request),
        pods=watched(request, compute.pods(request)),
        capacity=compute.capacity(request),
        network=NetworkPlan(
            region=region,
            cidr=str(space.nodes),
            public_subnet=str(next(public.subnets(new_prefix=24))),
            cluster_subnets=(str(first), str(second)),
            zones_to_avoid=ZONES_WITHOUT_EKS,
            tags=tags,
            balancer_tags=_for_balancers(request),
            existing=existing_network_plan(network),
        ),
        flow_log=None
        if network is not None
        else FlowLogPlan(
            log_group=f"/wayfare/{name}/rejected",
            log_days=30,
            role=f"{name}-flow-log",
            roles_path=path,
            tags=tags,
        ),
        control_plane=ControlPlanePlan(
            name=name,
            region=region,
            version=spec.kubernetes.version or KUBERNETES_VERSION,
            allow=() if private else spec.access.allow,
            allow_inside=spec.access.allow if private else (),
            admins=spec.admins.aws,
            protected=request.protected,
            services=str(space.services),
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
        accelerator_pool=compute.accelerator_pool(request, instance_tags),
        bucket=_bucket(spec, name, region, tags),
        identity=IdentityPlan(
            role=f"{name}-workload",
            roles_path=path,
            namespace=NAMESPACE,
            service_account=SERVICE_ACCOUNT,
            region=region,
            secrets=spec.secrets.aws,
            tags=tags,
        ),
        shared_store=storage.shared_store(request),
        data=storage.data(request),
        registry=registry_plan(request),
        monitoring=monitoring_plan(request),
        endpoints=endpoints_plan(request),
    )


def _check(request: Request) -> None:
    if len(request.tags) > MOST_TAGS:
        raise NotFeasible(f"{len(request.tags)} tags are more than the {MOST_TAGS} that AWS resources have room for")


def _for_balancers(request: Request) -> Tags:
    """How the controller of load balancers knows a public subnet (Amazon EKS user guide, "Network load balancing")."""
    blueprint = request.blueprint
    if not isinstance(blueprint, InferenceCluster) or blueprint.spec.gateway is None:
        return {}
    return {f"kubernetes.io/cluster/{request.resource_name}": "shared", "kubernetes.io/role/elb": "1"}


def _bucket(spec: Spec, name: str, region: str, tags: Tags) -> BucketPlan:
    checkpoints = spec.storage.checkpoints
    durable = checkpoints.keep == "durable"
    return BucketPlan(
        prefix=name,
        region=region,
        force_destroy=not durable,
        versioned=durable,
        expire_days=None if checkpoints.expire_after is None else checkpoints.expire_after.days,
        noncurrent_days=7,
        inside_only=spec.network.endpoints == "private",
        tags={**tags, "wayfare-keep": checkpoints.keep},
    )
