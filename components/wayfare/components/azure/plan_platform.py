"""The platform's part of an Azure plan: network, control plane, identity, and what stands around them.

What depends on the subscription's id, which only the components know, is named by functions: ids, and names that must
be unique in the world.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import NAMESPACE_URL, uuid5

from wayfare.components.alerts import Alert
from wayfare.components.contract import NAMESPACE, SERVICE_ACCOUNT, short_digest

#: Kinds of what a subscription must have beforehand.
SUBNET_WITH_GATEWAY = "subnet with a NAT gateway"
SUBNET_WITH_ROUTES = "subnet with a route table"
SUBNET_FOR_ENDPOINTS = "subnet for private endpoints"
SUBNET_FOR_LUSTRE = "subnet for Managed Lustre"
VAULT_ENTRY = "secret"
KEY = "encryption key"
SUBNETS = frozenset({SUBNET_WITH_GATEWAY, SUBNET_WITH_ROUTES, SUBNET_FOR_ENDPOINTS, SUBNET_FOR_LUSTRE})

#: API version by which each is asked for.
VERSIONS: Mapping[str, str] = {
    **dict.fromkeys(SUBNETS, "2024-05-01"),
    VAULT_ENTRY: "2024-11-01",
    KEY: "2024-03-02",
}


@dataclass(frozen=True)
class ExistingSubnets:
    """Subnets of a network that exists already, by resource id."""

    nodes: str
    endpoints: str
    """For private endpoints; the nodes' own where no other is named."""
    asks_way_out: bool
    """Whether the public addresses of its NAT gateway must be let in to the Kubernetes API."""


@dataclass(frozen=True)
class NetworkPlan:
    """A network of the cluster's own with one subnet for the nodes of all zones, or one that exists already."""

    name: str
    location: str
    space: tuple[str, ...]
    nodes: str
    """/20, 4,091 nodes: in the overlay, pods take no addresses of it."""
    endpoints: str | None
    """/24 for private endpoints; None where there are none."""
    existing: ExistingSubnets | None
    """Set where nothing is made and these are used."""
    tags: Mapping[str, str]


@dataclass(frozen=True)
class ControlPlanePlan:
    """An AKS cluster, and the identity that it acts as."""

    name: str
    location: str
    group: str
    node_group: str
    dns_prefix: str
    private: bool
    """Whether the API answers inside of the network alone."""
    allow: tuple[str, ...]
    """CIDRs that may reach a public API, besides the cluster's own way out; empty with a private one."""
    outbound: str
    """AKS's outbound type."""
    pods: str
    """/14: 1,024 nodes at the overlay's /24 for each."""
    services: str
    dns: str
    version: str | None
    """Minor version of Kubernetes; None takes AKS's default."""
    admins: tuple[str, ...]
    """Object ids of Entra groups that administer the cluster."""
    metrics: bool
    """Whether Azure's managed Prometheus collects in it."""
    locked: bool
    """Whether Azure refuses to delete it."""
    tags: Mapping[str, str]


@dataclass(frozen=True)
class IdentityPlan:
    """What the workload acts as, for which service account, and which secrets it may read."""

    name: str
    location: str
    secrets: tuple[str, ...]
    """Resource ids of secrets in key vaults."""
    tags: Mapping[str, str]
    subject: str = f"system:serviceaccount:{NAMESPACE}:{SERVICE_ACCOUNT}"


@dataclass(frozen=True)
class RegistryPlan:
    """A container registry in the cluster's region."""

    stem: str
    """What its name begins with."""
    group: str
    location: str
    sku: str
    """Premium where it has a private endpoint or a key of the account's own: the other tiers take neither."""
    private: bool
    """Whether it answers in the cluster's network alone."""
    tags: Mapping[str, str]


@dataclass(frozen=True)
class EndpointPlan:
    """A private endpoint of one service, and the zone in which its name is found."""

    service: str
    """Azure's group id: `blob`, `registry`."""
    zone: str


@dataclass(frozen=True)
class EndpointsPlan:
    """Private endpoints in the cluster's network."""

    location: str
    bucket: EndpointPlan | None
    registry: EndpointPlan | None
    tags: Mapping[str, str]


@dataclass(frozen=True)
class AuditPlan:
    """A storage account for what the control plane logs."""

    stem: str
    group: str
    location: str
    tags: Mapping[str, str]
    categories: tuple[str, ...] = ("kube-audit-admin", "guard")
    """Whatever changes an object, and who signed in. `kube-audit` would add every read, many times as much."""
    keep_days: int = 90
    recover_days: int = 7


@dataclass(frozen=True)
class MetricsPlan:
    """Azure's managed Prometheus, and the rules that it evaluates."""

    name: str
    location: str
    alerts: tuple[Alert, ...]
    notify: tuple[str, ...]
    """Mail addresses that are told of alerts."""
    tags: Mapping[str, str]


@dataclass(frozen=True)
class MonitoringPlan:
    """What is watched: audit logs always, metrics where they are asked for."""

    audit: AuditPlan
    metrics: MetricsPlan | None


def world_name(stem: str, subscription: str, group: str) -> str:
    """A name that must be unique in the world, of lower-case letters and digits: the same at every run."""
    return f"{stem}{short_digest(subscription, group, length=10)}"


def identity_name(resource_name: str) -> str:
    """Name of the identity that a cluster's workload acts as."""
    return f"wf-{resource_name}-workload"


def assignment_name(subscription: str, group: str, purpose: str) -> str:
    """A role assignment's name, a UUID: the same at every run."""
    return str(uuid5(NAMESPACE_URL, f"https://wayfare.dev/azure/{subscription}/{group}/{purpose}"))
