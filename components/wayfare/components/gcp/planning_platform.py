"""From what is wanted to Google Cloud's networks, keys, endpoints, registry and administrators. Pure."""

from wayfare.blueprints import CloudName, ExistingGcpNetwork
from wayfare.components.addresses import addresses
from wayfare.components.contract import Need, Request
from wayfare.components.gcp import needs
from wayfare.components.gcp.plan_platform import ExistingNetworkPlan, NetworkPlan


def network(request: Request) -> NetworkPlan | ExistingNetworkPlan:
    """The network that the blueprint names in the region, else one of the cluster's own."""
    if (existing := _existing(request)) is not None:
        return ExistingNetworkPlan(
            network=existing.network,
            subnetwork=existing.subnetwork,
            pods_range=existing.pods,
            services_range=existing.services,
        )
    space = addresses(request.blueprint.spec.network.space, CloudName.GCP)
    # Nodes and services take the first /20 of their part: 4,092 nodes, of which the pods' /14 feeds 1,024.
    return NetworkPlan(
        name=request.resource_name,
        region=request.placement.region,
        nodes=str(next(space.nodes.subnets(new_prefix=20))),
        pods=str(space.pods),
        services=str(next(space.services.subnets(new_prefix=20))),
    )


def what_is_needed(request: Request) -> tuple[Need, ...]:
    """What the account must have before the cluster can be made."""
    found: list[Need] = []
    if (existing := _existing(request)) is not None:
        found += needs.of_network(existing)
    return tuple(found)


def _existing(request: Request) -> ExistingGcpNetwork | None:
    """The network of this cloud's kind: `within` looks by cloud already."""
    found = request.existing_network
    return found if isinstance(found, ExistingGcpNetwork) else None
