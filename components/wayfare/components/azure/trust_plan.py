"""How Azure lets a cluster's pods read a container: by the tokens of their issuer, or by the identity that they have.

Pure.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from wayfare.blueprints import CloudName
from wayfare.components.azure.plan import groups_of
from wayfare.components.azure.plan_platform import identity_name
from wayfare.components.contract import NotFeasible, resource_name
from wayfare.components.trusting import CLOSED, TrustRequest

#: What Entra asks of a token (Microsoft, "Configure a user-assigned managed identity to trust an external identity
#: provider": the recommended audience).
AUDIENCE = "api://AzureADTokenExchange"


@dataclass(frozen=True)
class FederationPlan:
    """An identity in a resource group of its own, which one service account of one issuer gets."""

    group: str
    location: str
    name: str
    issuer: str
    subject: str
    tags: Mapping[str, str]


@dataclass(frozen=True)
class ReaderPlan:
    """The identity that a cluster's pods have on Azure."""

    group: str
    name: str


@dataclass(frozen=True)
class TrustPlan:
    """One container, and who reads it."""

    name: str
    group: str
    """Of the storage account."""
    account: str
    container: str
    reader: FederationPlan | ReaderPlan

    def scope(self, subscription: str) -> str:
        """The container's resource id."""
        return (
            f"/subscriptions/{subscription}/resourceGroups/{self.group}/providers/Microsoft.Storage"
            f"/storageAccounts/{self.account}/blobServices/default/containers/{self.container}"
        )


def trust_plan(request: TrustRequest) -> TrustPlan:
    """What is made for a request. Raises `NotFeasible` where no right would let the pods in.

    What the account's own key has encrypted, Azure decrypts for whoever may read.
    """
    if request.inside_only:
        raise NotFeasible(CLOSED)
    parts = urlsplit(request.bucket)
    return TrustPlan(
        name=request.name,
        group=groups_of(request.cluster, request.region).data,
        account=parts.netloc.partition(".")[0],
        container=parts.path.strip("/"),
        reader=_own(request) if request.reader is CloudName.AZURE else _federation(request),
    )


def _own(request: TrustRequest) -> ReaderPlan:
    """The stack exports the identity's client id, and rights are given to its principal, which its name tells."""
    cluster, region = request.cluster, request.reader_region
    own = resource_name(cluster, CloudName.AZURE, region)
    return ReaderPlan(group=groups_of(cluster, region).cluster, name=identity_name(own))


def _federation(request: TrustRequest) -> FederationPlan:
    return FederationPlan(
        group=f"wf-{request.name}",
        location=request.region,
        name=f"wf-{request.name}",
        issuer=request.issuer,
        subject=request.subject,
        tags=request.tags,
    )
