"""A pod that wants to get at buckets: what it is, by its cluster's objects, and what it was given to sign in with."""

from collections.abc import Mapping
from dataclasses import dataclass

from wayfare.sandbox.behaviour import Properties
from wayfare.sandbox.pods import listed, part
from wayfare.sandbox.regions import cluster_key
from wayfare.sandbox.store import Resource, Store

_EKS, _AKS, _GKE = (
    "aws:eks/cluster:Cluster",
    "azure-native:containerservice:ManagedCluster",
    "gcp:container/cluster:Cluster",
)
_ACCOUNT = "kubernetes:core/v1:ServiceAccount"


@dataclass(frozen=True)
class Acting:
    """Who asks a cloud for a bucket's objects."""

    store: Store
    cluster: Resource
    namespace: str
    account: str
    """Its service account."""
    labels: Mapping[str, str]
    """The pod's."""
    environment: Mapping[str, str]
    files: Mapping[str, str]
    """By path, what is mounted from ConfigMaps."""
    tokens: Mapping[str, str]
    """By path, whom the service account's token there is for."""

    @property
    def subject(self) -> str:
        """As its tokens name it."""
        return f"system:serviceaccount:{self.namespace}:{self.account}"

    @property
    def issuer(self) -> str:
        """Of its tokens: the cluster's."""
        outputs = self.cluster.outputs
        match self.cluster.token:
            case "aws:eks/cluster:Cluster":
                found = (oidc for each in listed(outputs, "identities") for oidc in listed(each, "oidcs"))
                return next((str(oidc.get("issuer", "")) for oidc in found), "")
            case "azure-native:containerservice:ManagedCluster":
                profile = part(outputs, "oidcIssuerProfile")
                return str(profile.get("issuerURL", "")) if profile.get("enabled") else ""
            case _:
                return f"https://container.googleapis.com/v1/{self.cluster.id}"

    @property
    def annotations(self) -> Mapping[str, str]:
        """Of its service account."""
        rows = self.store.resources(
            "kubernetes", _ACCOUNT, f"{self.namespace}/{self.account}", cluster_key(self.cluster)
        )
        return part(part(rows[0].outputs, "metadata"), "annotations") if rows else {}

    @property
    def on_eks(self) -> bool:
        """Whether AWS gives it an identity by itself."""
        return self.cluster.token == _EKS

    @property
    def on_aks(self) -> bool:
        """Whether Azure does."""
        return self.cluster.token == _AKS

    @property
    def on_gke(self) -> bool:
        """Whether Google does."""
        return self.cluster.token == _GKE

    def rows(self, token: str) -> list[Properties]:
        """What a cloud holds of a type."""
        return [{**row.inputs, **row.outputs, "id": row.id} for row in self.store.resources(token=token)]
