"""What follows from a blueprint's wishes for the platform: networks, keys, and what must be there first."""

from wayfare.blueprints import CloudName, ExistingAwsNetwork
from wayfare.components.addresses import Addresses, addresses
from wayfare.components.aws.plan_platform import KEY_ALIAS, EndpointsPlan, ExistingNetworkPlan, RegistryPlan
from wayfare.components.contract import Need, NotFeasible, Request

#: Kinds of needs, which `account.lacking` knows how to ask for.
NETWORK, SUBNET, KEY, ENDPOINT = "network", "subnet", "encryption key", "private endpoint"

#: What nodes and pods call besides S3, which has a gateway (EKS User Guide, "Deploy private clusters").
ENDPOINTS = ("ec2", "ecr.api", "ecr.dkr", "eks-auth", "logs", "sts")

#: Days that an image without a tag is kept in the registry.
UNTAGGED_DAYS = 14


def own_addresses(request: Request) -> Addresses:
    """The part of the fleet's space that is AWS's."""
    return addresses(request.blueprint.spec.network.space, CloudName.AWS)


def existing_network(request: Request) -> ExistingAwsNetwork | None:
    """The VPC that the blueprint names in the placement's region.

    Raises `NotFeasible` for a zone in which it has no subnet for accelerators.
    """
    network = request.existing_network
    if not isinstance(network, ExistingAwsNetwork):
        return None
    zone = request.placement.zone
    if zone not in network.accelerator_subnets:
        there = ", ".join(sorted(network.accelerator_subnets))
        raise NotFeasible(f"the network {network.vpc} has no accelerator subnet in {zone}, only in {there}")
    return network


def existing_network_plan(network: ExistingAwsNetwork | None) -> ExistingNetworkPlan | None:
    """The part of it that stays the same wherever in the region the accelerators are."""
    return None if network is None else ExistingNetworkPlan(vpc=network.vpc, cluster_subnets=network.cluster_subnets)


def needs(request: Request) -> tuple[Need, ...]:
    """What the account must have before the cluster is made."""
    return (*_network_needs(request), *_endpoint_needs(request), *_key_needs(request))


def registry_plan(request: Request) -> RegistryPlan | None:
    """The repository for images, if the blueprint asks for one."""
    if request.blueprint.spec.registry == "none":
        return None
    return RegistryPlan(request.resource_name, UNTAGGED_DAYS, inside_only=_inside(request), tags=request.tags)


def endpoints_plan(request: Request) -> EndpointsPlan | None:
    """The private endpoints, if the blueprint asks for them. An existing network brings its own."""
    if not _inside(request):
        return None
    services = ENDPOINTS if request.existing_network is None else ()
    return EndpointsPlan(
        region=request.placement.region,
        services=services,
        cidr=str(own_addresses(request).nodes),
        operators=request.blueprint.spec.admins.aws,
        tags=request.tags,
    )


def _inside(request: Request) -> bool:
    return request.blueprint.spec.network.endpoints == "private"


def _endpoint_needs(request: Request) -> list[Need]:
    """What an existing network must have so that bucket and registry are reached from inside of it."""
    network = existing_network(request)
    if network is None or not _inside(request):
        return []
    names = ("s3", "ecr.api", "ecr.dkr") if request.blueprint.spec.registry == "private" else ("s3",)
    remedy = "make it in that network, or leave `network.endpoints` public"
    services = [f"com.amazonaws.{network.region}.{name}" for name in names]
    return [Need(ENDPOINT, network.region, f"{network.vpc}/{service}", remedy) for service in services]


def key_alias(request: Request) -> str | None:
    """Alias of the account's own key, if it is to encrypt everything at rest."""
    return KEY_ALIAS if request.blueprint.spec.encryption == "own" else None


def _key_needs(request: Request) -> list[Need]:
    region, alias = request.placement.region, key_alias(request)
    return [] if alias is None else [Need(KEY, region, alias, f"run `wayfare bootstrap aws --region {region}`")]


def _network_needs(request: Request) -> list[Need]:
    network, zone = existing_network(request), request.placement.zone
    if network is None:
        return []
    remedy = "correct `network.existing` in the blueprint, or make it"
    return [
        Need(NETWORK, network.region, network.vpc, remedy),
        *(Need(SUBNET, network.region, f"{network.vpc}/{subnet}", remedy) for subnet in network.cluster_subnets),
        Need(SUBNET, network.region, f"{network.vpc}/{network.accelerator_subnets[zone]}/{zone}", remedy),
    ]
