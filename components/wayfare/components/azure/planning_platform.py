"""From what is wanted to the platform's part of an Azure plan. Pure."""

from collections.abc import Iterator
from dataclasses import replace
from ipaddress import IPv4Network

from wayfare.blueprints import ExistingAzureNetwork, Maker
from wayfare.components.addresses import addresses
from wayfare.components.alerts import alerts_for
from wayfare.components.azure.account_compute import RESOURCE_PROVIDER
from wayfare.components.azure.bootstrap_plan import KEY as KEY_NAME
from wayfare.components.azure.plan_platform import (
    KEY,
    SUBNET_FOR_ENDPOINTS,
    SUBNET_FOR_LUSTRE,
    SUBNET_WITH_GATEWAY,
    SUBNET_WITH_ROUTES,
    VAULT_ENTRY,
    AuditPlan,
    ControlPlanePlan,
    EndpointPlan,
    EndpointsPlan,
    ExistingSubnets,
    IdentityPlan,
    MetricsPlan,
    MonitoringPlan,
    NetworkPlan,
    RegistryPlan,
    identity_name,
)
from wayfare.components.contract import Need, NotFeasible, Request
from wayfare.components.pods import PodNeeds

#: What every cluster's resources are of.
_PROVIDERS = (
    *("Microsoft.Compute", "Microsoft.ContainerService", "Microsoft.Insights", "Microsoft.ManagedIdentity"),
    *("Microsoft.Network", "Microsoft.Storage"),
)

#: Charts of what tells the metrics of a maker's chips.
_EXPORTERS = {Maker.NVIDIA: "dcgm", Maker.AMD: "amd-metrics"}

#: Microsoft, "Azure private endpoint private DNS zone values".
_BLOB = EndpointPlan("blob", "privatelink.blob.core.windows.net")
_REGISTRY = EndpointPlan("registry", "privatelink.azurecr.io")

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
        metrics=spec.monitoring.metrics == "managed",
        locked=request.protected,
        tags=request.tags,
    )


def _dns(services: IPv4Network) -> str:
    """The tenth address: AKS keeps the first for the API."""
    return str(services[10])


def identity(request: Request) -> IdentityPlan:
    """What the workload acts as."""
    return IdentityPlan(
        name=identity_name(request.resource_name),
        location=request.placement.region,
        secrets=request.blueprint.spec.secrets.azure,
        tags=request.tags,
    )


def registry(request: Request, group: str) -> RegistryPlan | None:
    """The container registry, where one is asked for."""
    spec = request.blueprint.spec
    if spec.registry == "none":
        return None
    private = spec.network.endpoints == "private"
    return RegistryPlan(
        stem=_stem(request),
        group=group,
        location=request.placement.region,
        sku="Premium" if private or spec.encryption == "own" else "Standard",
        private=private,
        tags=request.tags,
    )


def endpoints(request: Request) -> EndpointsPlan:
    """Private endpoints for what the blueprint keeps from the internet."""
    spec = request.blueprint.spec
    private = spec.network.endpoints == "private"
    return EndpointsPlan(
        location=request.placement.region,
        bucket=_BLOB if private else None,
        registry=_REGISTRY if private and spec.registry == "private" else None,
        tags=request.tags,
    )


def monitoring(request: Request, group: str) -> MonitoringPlan:
    """Audit logs, and managed metrics where they are asked for."""
    wanted, location = request.blueprint.spec.monitoring, request.placement.region
    name = f"wf-{request.resource_name}"
    metrics = None
    if wanted.metrics == "managed":
        metrics = MetricsPlan(name, location, alerts_for(request.accelerator.name), wanted.notify, request.tags)
    return MonitoringPlan(AuditPlan(f"{_stem(request)[:12]}au", group, location, request.tags), metrics)


def watched(request: Request, pods: PodNeeds) -> PodNeeds:
    """With the exporter of the chip's maker where metrics are asked for: AKS brings none."""
    if request.blueprint.spec.monitoring.metrics == "none":
        return pods
    return replace(pods, device_plugins=(*pods.device_plugins, _EXPORTERS[request.accelerator.name.maker]))


def _stem(request: Request) -> str:
    """What names begin with that take letters and digits alone; 14 characters, of 24 that storage takes."""
    return f"wf{request.name.replace('-', '')}"[:14]


def needs(request: Request) -> tuple[Need, ...]:
    """What the subscription must have beforehand."""
    return (*_providers(request), *_keys(request), *_subnets(request), *_secrets(request))


def _providers(request: Request) -> Iterator[Need]:
    """Resource Manager refuses the types of a provider that is not registered (MissingSubscriptionRegistration)."""
    spec, region = request.blueprint.spec, request.placement.region
    asked = {
        "Microsoft.KeyVault": spec.encryption == "own",
        "Microsoft.ContainerRegistry": spec.registry == "private",
        # The timer that ends a hold.
        "Microsoft.Logic": request.machine.holds(request.placement.purchase),
        "Microsoft.Monitor": spec.monitoring.metrics == "managed",
        "Microsoft.AlertsManagement": spec.monitoring.metrics == "managed",
    }
    for namespace in (*_PROVIDERS, *(name for name, is_asked in asked.items() if is_asked)):
        yield Need(RESOURCE_PROVIDER, region, namespace, f"run `az provider register --namespace {namespace} --wait`")


def _keys(request: Request) -> Iterator[Need]:
    region = request.placement.region
    if request.blueprint.spec.encryption == "own":
        yield Need(KEY, region, KEY_NAME, f"run `wayfare bootstrap azure --region {region}`")


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
