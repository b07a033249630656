"""How pods of one cluster read a bucket that is elsewhere, without a key: what is asked for, and what they are told.

The issuer of the cluster's service-account tokens is made known to the account of the bucket, for one service account
and for reading one bucket. Where the bucket is on the cluster's own cloud, what its pods act as anyway gets the right.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from wayfare.blueprints import CloudName

if TYPE_CHECKING:
    # Whoever only plans does not wait for the engine's SDK.
    import pulumi

#: The tag of all that a trust is made of.
TRUST_TAG = "wayfare-trust"

#: Where a pod finds the files that it is given, and its token. Both are mounted to be read.
FILES, TOKEN = "/etc/wayfare-trust", "/var/run/wayfare-trust/token"


@dataclass(frozen=True)
class TrustRequest:
    """Who shall read what."""

    name: str
    """Of what is made, and never used before: the move's id and a number. Lower-case letters, digits and dashes, 48 at
    most."""
    cluster: str
    """The cluster's name."""
    bucket: str
    """URL of the bucket, on the cloud that makes the trust."""
    region: str
    """The bucket's."""
    reader: CloudName
    """The cloud of the cluster whose pods read."""
    reader_region: str
    issuer: str
    """URL of what issues its service-account tokens."""
    subject: str
    """The service account, as tokens say it: `system:serviceaccount:NAMESPACE:NAME`."""
    identity: str
    """What that acts as on its own cloud, as the cluster's stack exports it."""
    own_key: bool = False
    """Whether the bucket is encrypted with the account's own key, which must be asked to decrypt."""
    inside_only: bool = False
    """Whether the bucket answers in its cluster's network alone."""

    @property
    def tags(self) -> dict[str, str]:
        """The tags of all that is made: the source's, whose inventory has it until it is gone, and the trust's own."""
        return {"wayfare-cluster": self.cluster, "wayfare-region": self.region, TRUST_TAG: self.name}


@dataclass(frozen=True)
class Trusted:
    """What the reading container is told. Nothing of it is secret."""

    environment: "Mapping[str, pulumi.Input[str]]" = field(default_factory=dict[str, Any])
    """Its variables: of AWS's, Azure's or Google's SDK, which rclone signs in by."""
    files: "Mapping[str, pulumi.Input[str]]" = field(default_factory=dict[str, Any])
    """By name, what lies in `FILES`."""
    audience: str | None = None
    """Of the token at `TOKEN`; None where none is wanted."""
    settings: Mapping[str, str] = field(default_factory=dict[str, str])
    """rclone's settings of the bucket, beside those that everybody has: `{"profile": "source"}`."""


#: Why a bucket that answers in its network alone is not opened for a reader elsewhere.
CLOSED = (
    "the bucket answers in its cluster's network alone (`network.endpoints: private`), and no right lets pods of "
    "another cluster in; copy through a machine in that network, or set `network.endpoints` to public before the move"
)
