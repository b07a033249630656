"""Who issues the tokens of the sandbox's clusters: what clouds find at the addresses of the three clouds' issuers."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast
from urllib.parse import urlsplit

from wayfare.sandbox.behaviour import StoreView

_EKS = "aws:eks/cluster:Cluster"
_AKS = "azure-native:containerservice:ManagedCluster"
_GKE = "gcp:container/cluster:Cluster"

#: How the hosts of clusters' issuers end: EKS, AKS, GKE.
_HOSTS = (".amazonaws.com", ".prod-aks.azure.com", "container.googleapis.com")


def is_clusters(url: str) -> bool:
    """Whether an address is one of clusters' issuers, so that the sandbox knows whether there is such a one."""
    return (urlsplit(url).hostname or "").endswith(_HOSTS)


def issuers(store: StoreView) -> frozenset[str]:
    """URLs of the issuers of all clusters that there are."""
    return frozenset(_all(store))


def _all(store: StoreView) -> Iterator[str]:
    for row in store.rows(_EKS):
        for identity in _parts(row.outputs, "identities"):
            yield from (str(oidc["issuer"]) for oidc in _parts(identity, "oidcs"))
    for row in store.rows(_AKS):
        profile: Mapping[str, Any] = row.outputs.get("oidcIssuerProfile") or {}
        if profile.get("enabled"):
            yield str(profile["issuerURL"])
    for row in store.rows(_GKE):
        yield f"https://container.googleapis.com/v1/{row.id}"


def _parts(value: Mapping[str, Any], key: str) -> Sequence[Mapping[str, Any]]:
    return cast("Sequence[Mapping[str, Any]]", value.get(key) or ())
