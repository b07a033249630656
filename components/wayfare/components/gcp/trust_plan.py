"""How Google Cloud lets a cluster's pods read a bucket: by the tokens of their issuer, or as what they are. Pure."""

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from wayfare.blueprints import CloudName
from wayfare.components.contract import NotFeasible, resource_name, short_digest
from wayfare.components.trusting import CLOSED, TOKEN, TRUST_TAG, TrustRequest

#: Name of the file that tells Google's libraries how a token becomes a credential.
CREDENTIAL = "google.json"


#: Pools have no labels: what would be one stands in their description.
_DESCRIBED = f"{TRUST_TAG}: "


def trust_of(description: str) -> str | None:
    """The trust that something with such a description is part of, or None."""
    return description.removeprefix(_DESCRIBED) if description.startswith(_DESCRIBED) else None


@dataclass(frozen=True)
class FederationPlan:
    """A pool of identities with one issuer, of which one service account is let in."""

    pool: str
    """Its id: 4 to 32 lower-case letters, digits and dashes, `gcp-` not before them; one that was deleted is not free
    again for 30 days (IAM API reference, projects.locations.workloadIdentityPools)."""
    title: str
    """What the pool is shown as: at most 32 characters."""
    description: str
    issuer: str
    subject: str
    audience: str
    provider: str = "reader"

    @property
    def condition(self) -> str:
        """Whom the provider lets in, in CEL: this service account and no other of the issuer's."""
        return f"assertion.sub == {json.dumps(self.subject)}"


@dataclass(frozen=True)
class TrustPlan:
    """One bucket, and who reads it."""

    bucket: str
    federation: FederationPlan | None
    """None where the pods are on Google Cloud: their own principal gets the right."""
    reader: str
    """That principal."""
    role: str = "roles/storage.objectViewer"


def trust_plan(request: TrustRequest) -> TrustPlan:
    """What is made for a request. Raises `NotFeasible` where no right would let the pods in.

    What the project's own key has encrypted, Cloud Storage decrypts for whoever may read.
    """
    if request.inside_only:
        raise NotFeasible(CLOSED)
    federation = FederationPlan(
        pool=f"wayfare-{short_digest(request.name, length=16)}",
        title=resource_name(request.cluster, CloudName.GCP, request.region),
        description=f"{_DESCRIBED}{request.name}",
        issuer=request.issuer,
        subject=request.subject,
        audience=f"https://wayfare.dev/trust/{request.name}",
    )
    own = request.reader is CloudName.GCP
    return TrustPlan(
        bucket=urlsplit(request.bucket).netloc, federation=None if own else federation, reader=request.identity
    )


def credential(provider: str) -> str:
    """What Google's libraries read to sign in with a token of the provider: nothing of it is secret.

    Google Cloud, "Configure Workload Identity Federation with other identity providers": the configuration of a
    credential that is read from a file.
    """
    wanted: dict[str, Any] = {
        "type": "external_account",
        "audience": f"//iam.googleapis.com/{provider}",
        "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
        "token_url": "https://sts.googleapis.com/v1/token",
        "credential_source": {"file": TOKEN, "format": {"type": "text"}},
    }
    return json.dumps(wanted)
