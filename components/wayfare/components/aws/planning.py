"""From what is wanted to what AWS gets: the pure function, and what follows from a machine type."""

import base64
from functools import cache
from importlib.resources import files

from jinja2 import Environment, StrictUndefined

from wayfare.blueprints import Purchase, Spec
from wayfare.components import wishes
from wayfare.components.aws.plan import (
    AcceleratorPoolPlan,
    AwsPlan,
    BucketPlan,
    CapacityPlan,
    ControlPlanePlan,
    IdentityPlan,
    InterfacePlan,
    NetworkPlan,
    ReservationPlan,
    SystemPoolPlan,
    Tags,
    roles_path,
)
from wayfare.components.aws.planning_platform import (
    endpoints_plan,
    existing_network,
    existing_network_plan,
    key_alias,
    needs,
    own_addresses,
    registry_plan,
)
from wayfare.components.catalog import Fabric, MachineType
from wayfare.components.contract import (
    ACCELERATOR_POOL,
    NAMESPACE,
    POOL_LABEL,
    SERVICE_ACCOUNT,
    SYSTEM_POOL,
    Holding,
    NotFeasible,
    Request,
)
from wayfare.components.pods import PodNeeds, Toleration

#: EKS gives a version 14 months of standard support; encrypts all API data by default since 1.28.
KUBERNETES_VERSION = "1.36"

#: AWS allows 50 tags; EKS and the add-ons put some of their own on what they make.
MOST_TAGS = 40

CAPACITY_TYPES = {
    Purchase.ON_DEMAND: "ON_DEMAND",
    Purchase.SPOT: "SPOT",
    Purchase.RESERVED: "ON_DEMAND",
    Purchase.BLOCK: "CAPACITY_BLOCK",
}

ACCELERATOR_RESOURCE = "nvidia.com/gpu"
EFA_RESOURCE = "vpc.amazonaws.com/efa"

#: Zones in which EKS does not place a control plane (EKS User Guide, "VPC and subnet requirements").
ZONES_WITHOUT_EKS = ("use1-az3", "usw1-az2", "cac1-az3")


#: Wishes that this package does not fulfil yet.
NOT_YET = wishes.EVERY_WISH - {
    "a chosen Kubernetes version",
    "a private API",
    "administrators",
    "an existing network",
    "a private registry",
    "another address space",
    "deletion protection",
    "encryption with own keys",
    "private endpoints",
    "secrets",
}


def plan(request: Request) -> AwsPlan:
    """Decide everything about a cluster. Raises `NotFeasible` for what AWS cannot do."""
    wishes.refuse(request, NOT_YET)
    _check(request)
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
        pods=_pods(request.machine),
        capacity=_capacity(request),
        network=NetworkPlan(
            region=region,
            cidr=str(space.nodes),
            public_subnet=str(next(public.subnets(new_prefix=24))),
            cluster_subnets=(str(first), str(second)),
            zones_to_avoid=ZONES_WITHOUT_EKS,
            tags=tags,
            existing=existing_network_plan(network),
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
        accelerator_pool=_accelerator_pool(request, instance_tags),
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
        registry=registry_plan(request),
        endpoints=endpoints_plan(request),
    )


def _check(request: Request) -> None:
    machine, accelerator, placement = request.machine, request.accelerator, request.placement
    if not machine.sells(placement.purchase):
        raise NotFeasible(f"AWS does not sell {machine.name} as {placement.purchase}")
    if request.holding is not Holding.NONE and not machine.holds(placement.purchase):
        raise NotFeasible(f"AWS cannot hold {machine.name} beforehand when it is bought as {placement.purchase}")
    if (machine.accelerator, machine.accelerators) != (accelerator.name, accelerator.per_node):
        raise NotFeasible(
            f"{machine.name} has {machine.accelerators} {machine.accelerator}, not {accelerator.per_node}"
        )
    if not placement.zone.startswith(placement.region):
        raise NotFeasible(f"{placement.zone} is not a zone of {placement.region}")
    if len(request.tags) > MOST_TAGS:
        raise NotFeasible(f"{len(request.tags)} tags are more than the {MOST_TAGS} that AWS resources have room for")


def _pods(machine: MachineType) -> PodNeeds:
    efa = machine.fabric is Fabric.EFA
    return PodNeeds(
        accelerators={ACCELERATOR_RESOURCE: machine.accelerators},
        fabric={EFA_RESOURCE: machine.fabric_interfaces} if efa else {},
        tolerations=(Toleration(ACCELERATOR_RESOURCE),),
        device_plugins=("nvidia", "efa") if efa else ("nvidia",),
    )


def _capacity(request: Request) -> CapacityPlan:
    placement = request.placement
    nodes = request.accelerator.nodes
    reservation = ReservationPlan(
        zone=placement.zone,
        machine_type=placement.machine_type,
        nodes=nodes,
        end_date=f"{request.hold_until:%Y-%m-%dT%H:%M:%SZ}",
    )
    machine = placement.machine_type.replace(".", "-")
    return CapacityPlan(
        # Only a job needs its nodes close, which makes capacity harder to find. A cluster placement group is bound to
        # one zone while anything is in it: another zone needs another name.
        placement_group=f"{request.resource_name}-{placement.zone}-{machine}" if request.training else None,
        reservation=reservation if request.holding is Holding.HELD else None,
        tags=request.tags,
    )


def _accelerator_pool(request: Request, instance_tags: Tags) -> AcceleratorPoolPlan:
    machine, placement = request.machine, request.placement
    local = bool(machine.local_ssd_gb)
    network = existing_network(request)
    # The upper half is the accelerator pool's: the VPC's network plug-in takes an address for each pod.
    _, upper = own_addresses(request).nodes.subnets()
    return AcceleratorPoolPlan(
        name=ACCELERATOR_POOL,
        template=f"{request.resource_name}-{ACCELERATOR_POOL}",
        zone=placement.zone,
        subnet=str(upper),
        existing_subnet=None if network is None else network.accelerator_subnets[placement.zone],
        machine_type=placement.machine_type,
        nodes=request.accelerator.nodes,
        capacity_type=CAPACITY_TYPES[placement.purchase],
        interfaces=interfaces(machine),
        user_data=base64.b64encode(user_data().encode()).decode() if local else None,
        # Images and scratch space go to the local disks where there are any.
        disk_gib=100 if local else 300,
        labels={POOL_LABEL: ACCELERATOR_POOL},
        taint=ACCELERATOR_RESOURCE,
        instance_tags=instance_tags,
        tags=request.tags,
    )


def interfaces(machine: MachineType) -> tuple[InterfacePlan, ...]:
    """The network interfaces of a machine, after the EC2 User Guide ("efa-acc-inst-types").

    The primary one (card 0, device 0) carries IP. Every card that has the fabric gets one `efa-only` interface: device
    1 on card 0, device 0 on the others. Cards without the fabric come first (card 0 of p6-b300).
    """
    first = machine.network_cards - machine.fabric_interfaces
    fabric = range(first, machine.network_cards) if machine.fabric is Fabric.EFA else range(0)
    return (
        InterfacePlan(card=0, device=0, kind="interface"),
        *(InterfacePlan(card=card, device=1 if card == 0 else 0, kind="efa-only") for card in fabric),
    )


@cache
def user_data() -> str:
    """Node configuration that joins the local NVMe disks for images and pods (EKS nodeadm, `localStorage`)."""
    text = files("wayfare.components.aws").joinpath("user_data.jinja").read_text(encoding="utf-8")
    # Not HTML: the result is MIME and YAML.
    environment = Environment(undefined=StrictUndefined, autoescape=False, keep_trailing_newline=True)  # noqa: S701
    return environment.from_string(text).render(boundary="wayfare", strategy="RAID0")


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
