"""From what is wanted to the platform's part of an Azure plan. Pure."""

from collections.abc import Iterator
from ipaddress import IPv4Network

from wayfare.blueprints import ExistingAzureNetwork
from wayfare.components.addresses import addresses
from wayfare.components.azure.plan_platform import (
    SUBNET_FOR_ENDPOINTS,
    SUBNET_FOR_LUSTRE,
    SUBNET_WITH_GATEWAY,
    SUBNET_WITH_ROUTES,
    VAULT_ENTRY,
    ControlPlanePlan,
    ExistingSubnets,
    IdentityPlan,
    NetworkPlan,
)
from wayfare.components.contract import Need, NotFeasible, Request

#: AKS's outbound types by a network's own way out (Microsoft, "Customize cluster egress with outbound types in AKS").
_OUTBOUND = {"nat-gateway": "userAssignedNATGateway", "route-table": "userDefinedRouting"}


def network(request: Request) -> NetworkPlan:
    """The network, made or used."""
    given = addresses(request.blueprint.spec.network.space, request.placement.cloud)
    private = request.blueprint.spec.network.endpoints == "private"
    (*_, for_endpoints) = given.storage.subnets(new_prefix=24)
    return NetworkPlan(
        name=f"wf-{request.resource_name}",
        location=request.placement.region,
        space=(str(given.nodes), str(given.storage)),
        nodes=str(next(given.nodes.subnets(new_prefix=20))),
        # The last of the storage's: file systems begin at the first.
        endpoints=str(for_endpoints) if private else None,
        existing=_existing(request),
        tags=request.tags,
    )


def _network_of(request: Request) -> ExistingAzureNetwork | None:
    network = request.existing_network
    return network if isinstance(network, ExistingAzureNetwork) else None


def _existing(request: Request) -> ExistingSubnets | None:
    network, api = _network_of(request), request.blueprint.spec.access.api
    if network is None:
        return None
    if network.outbound == "route-table" and api == "restricted":
        raise NotFeasible(
            "nodes behind a route table reach a public Kubernetes API from the firewall's address, which Azure does "
            "not tell; use api: private on this network, or a subnet with a NAT gateway"
        )
    return ExistingSubnets(network.nodes, network.endpoints or network.nodes, asks_way_out=api == "restricted")


def control_plane(request: Request, group: str, node_group: str) -> ControlPlanePlan:
    """The AKS cluster."""
    spec, name = request.blueprint.spec, f"wf-{request.resource_name}"
    given, existing = addresses(spec.network.space, request.placement.cloud), _network_of(request)
    private = spec.access.api == "private"
    return ControlPlanePlan(
        name=name,
        location=request.placement.region,
        group=group,
        node_group=node_group,
        dns_prefix=name,
        private=private,
        # AKS takes no list of networks for a private API: whoever is connected to the network is let in, as far as its
        # own security groups let them.
        allow=() if private else spec.access.allow,
        outbound=_OUTBOUND["nat-gateway" if existing is None else existing.outbound],
        pods=str(given.pods),
        services=str(given.services),
        dns=str(_dns(given.services)),
        version=spec.kubernetes.version,
        admins=spec.admins.azure,
        tags=request.tags,
    )


def _dns(services: IPv4Network) -> str:
    """The tenth address: AKS keeps the first for the API."""
    return str(services[10])


def identity(request: Request) -> IdentityPlan:
    """What the workload acts as."""
    return IdentityPlan(
        name=f"wf-{request.resource_name}-workload",
        location=request.placement.region,
        secrets=request.blueprint.spec.secrets.azure,
        tags=request.tags,
    )


def needs(request: Request) -> tuple[Need, ...]:
    """What the subscription must have beforehand."""
    return (*_subnets(request), *_secrets(request))


def _subnets(request: Request) -> Iterator[Need]:
    network = _network_of(request)
    if network is None:
        return
    remedy = "make it in that region, or correct `network.existing`"
    gateway = network.outbound == "nat-gateway"
    yield Need(SUBNET_WITH_GATEWAY if gateway else SUBNET_WITH_ROUTES, network.region, network.nodes, remedy)
    if network.endpoints is not None and request.blueprint.spec.network.endpoints == "private":
        yield Need(SUBNET_FOR_ENDPOINTS, network.region, network.endpoints, remedy)
    if network.storage is not None and request.blueprint.spec.storage.shared is not None:
        yield Need(SUBNET_FOR_LUSTRE, network.region, network.storage, remedy)


def _secrets(request: Request) -> Iterator[Need]:
    remedy = "make it, or correct `secrets.azure`"
    for secret in request.blueprint.spec.secrets.azure:
        # A vault may be in another region than its readers.
        yield Need(VAULT_ENTRY, request.placement.region, secret, remedy)
