"""From what is wanted to Google Cloud's networks, keys, endpoints and registry. Pure."""

from collections.abc import Mapping

from wayfare.blueprints import CloudName, ExistingGcpNetwork
from wayfare.components.addresses import addresses
from wayfare.components.contract import Need, NotFeasible, Request
from wayfare.components.gcp import needs
from wayfare.components.gcp.plan_platform import (
    EndpointsPlan,
    ExistingNetworkPlan,
    KeyPlan,
    NetworkPlan,
    RegistryPlan,
    ZonePlan,
    endpoint_name,
)

#: Domains under which Google answers for what a cluster uses: its APIs, and both forms of its registries.
_DOMAINS = ("googleapis.com.", "gcr.io.", "pkg.dev.")


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


def key(request: Request) -> KeyPlan | None:
    """The account's own key in the cluster's region, where the blueprint asks for it."""
    return KeyPlan(request.placement.region) if request.blueprint.spec.encryption == "own" else None


def endpoints(request: Request, labels: Mapping[str, str]) -> EndpointsPlan | None:
    """An endpoint in a network of the cluster's own.

    In an existing network there is none: names of Google's APIs would lead elsewhere for all that is in it. Its nodes
    reach them by private Google access, which it must have.
    """
    if not _private(request) or _existing(request) is not None:
        return None
    name = request.resource_name
    storage = addresses(request.blueprint.spec.network.space, CloudName.GCP).storage
    return EndpointsPlan(
        name=f"{name}-googleapis",
        rule=endpoint_name(name),
        # The first: file systems take their range from the end. It must not be in a subnetwork's range.
        address=str(storage.network_address + 1),
        zones=tuple(ZonePlan(f"{name}-{domain.partition('.')[0]}", domain) for domain in _DOMAINS),
        labels=labels,
    )


def reached_from(request: Request) -> tuple[str, ...] | None:
    """Which addresses of the cluster's network reach the bucket; of an existing network all of them."""
    if not _private(request):
        return None
    made = network(request)
    return ("0.0.0.0/0",) if isinstance(made, ExistingNetworkPlan) else (made.nodes, made.pods)


def registry(request: Request, labels: Mapping[str, str]) -> RegistryPlan | None:
    """A repository of the cluster's own, where the blueprint asks for it."""
    if request.blueprint.spec.registry != "private":
        return None
    return RegistryPlan(
        name=request.resource_name,
        region=request.placement.region,
        labels=labels,
        protected=request.protected,
    )


def refuse_what_cannot_be(request: Request) -> None:
    """Raise `NotFeasible` for wishes that exclude each other on Google Cloud."""
    if not _private(request):
        return
    if request.blueprint.spec.registry == "private":
        raise NotFeasible(
            "Artifact Registry has no way to close one repository to other networks: on Google Cloud only a perimeter "
            "of VPC Service Controls does that, which an organization sets up; use `registry: private` or "
            "`endpoints: private`"
        )
    if request.blueprint.spec.storage.checkpoints.keep == "scratch":
        raise NotFeasible(
            "a bucket that only the cluster's network reaches cannot be emptied from outside of it when the cluster is "
            "destroyed; use `keep: durable` with `endpoints: private`"
        )


def what_is_needed(request: Request) -> tuple[Need, ...]:
    """What the account must have before the cluster can be made."""
    found: list[Need] = []
    if (existing := _existing(request)) is not None:
        found += needs.of_network(existing)
    if (own := key(request)) is not None:
        found.append(needs.of_key(own))
    found += (needs.of_secret(request.placement.region, name) for name in request.blueprint.spec.secrets.gcp)
    return tuple(found)


def _private(request: Request) -> bool:
    return request.blueprint.spec.network.endpoints == "private"


def _existing(request: Request) -> ExistingGcpNetwork | None:
    """The network of this cloud's kind: `within` looks by cloud already."""
    found = request.existing_network
    return found if isinstance(found, ExistingGcpNetwork) else None
