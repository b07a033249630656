"""Pods of a cluster anywhere, as a cloud whose bucket they want to read meets them: by a token, or as what they are."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Visitor:
    """Who comes, and what they bring along."""

    issuer: str
    """URL of what issues their cluster's tokens."""
    subject: str
    """Their service account: `system:serviceaccount:NAMESPACE:NAME`."""
    audience: str | None
    """Whom their token is for; None where they bring none."""
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    """Variables by which the cloud's SDK signs in; without them it does as `identity`."""
    files: Mapping[str, str] = field(default_factory=dict[str, str])
    """What lies beside their token, by name."""
    identity: str = ""
    """What they are on their own cloud: a role's ARN, a client id or a principal."""
