"""Whether whoever runs the commands reaches a control plane, as the provider of Kubernetes finds out."""

from dataclasses import dataclass
from ipaddress import IPv4Address, ip_network

from wayfare.sandbox.behaviour import Endpoint, Refused
from wayfare.sandbox.clouds.aws.endpoint import endpoint as eks
from wayfare.sandbox.clouds.azure.endpoint import endpoint as aks
from wayfare.sandbox.clouds.gcp.endpoint import endpoint as gke
from wayfare.sandbox.packages import CLOUDS
from wayfare.sandbox.scenario import OperatorRow
from wayfare.sandbox.store import Resource, Store

_ENDPOINTS = {
    "aws:eks/cluster:Cluster": eks,
    "azure-native:containerservice:ManagedCluster": aks,
    "gcp:container/cluster:Cluster": gke,
}
CLUSTERS = frozenset(_ENDPOINTS)
"""Resource types that are Kubernetes control planes."""

NO_HOST = ": lookup {}: no such host"

_KEY = "operator"


@dataclass(frozen=True)
class Reach:
    """Where the operator is, kept in the sandbox's store."""

    store: Store

    @property
    def operator(self) -> OperatorRow:
        """As it was last said; an operator of whom nothing is said is let in wherever anybody from outside is."""
        return OperatorRow.model_validate_json(self.store.meta(_KEY, "{}"))

    def place(self, operator: OperatorRow) -> None:
        """Say where the operator is from now on."""
        with self.store.transaction():
            self.store.set_meta(_KEY, operator.model_dump_json(by_alias=True))

    def require(self, cluster: Resource, host: str) -> None:
        """Refuse a call on a control plane that the operator does not reach under that host name."""
        operator, endpoint = self.operator, _ENDPOINTS[cluster.token](cluster.outputs, host)
        if endpoint.private and CLOUDS[cluster.package] in operator.connected:
            return
        if endpoint.public and _let_in(operator.address, endpoint):
            return
        raise Refused(unreachable(host, NO_HOST if endpoint.private_name else " {}:443: i/o timeout"))


def unreachable(host: str, why: str) -> str:
    """What the provider of Kubernetes says where it does not get to a cluster's API; `{}` in `why` is the host."""
    return (
        "configured Kubernetes cluster is unreachable: unable to load schema information from the API server: "
        f'Get "https://{host}/openapi/v2?timeout=32s": dial tcp{why.format(host)}'
    )


def _let_in(address: IPv4Address | None, endpoint: Endpoint) -> bool:
    if endpoint.networks is None:
        return True
    if address is None:
        return bool(endpoint.networks)
    return any(address in ip_network(network, strict=False) for network in endpoint.networks)
