"""How requests from outside of the cluster reach what is served."""

from typing import Annotated

from pydantic import Field

from wayfare.blueprints import patterns
from wayfare.blueprints.base import ONCE_SCHEMA, Model, Once
from wayfare.blueprints.network import Cidr

#: A Secret of the namespace `workload`, which whoever issues it puts there; its content is never read by Wayfare.
SecretName = Annotated[str, Field(pattern=patterns.KUBERNETES_NAME.regex, max_length=253, examples=["api-tls"])]


class Gateway(Model):
    """A way in by HTTPS, for clients with a key."""

    host: Annotated[str, Field(pattern=patterns.HOST_NAME.regex, max_length=253, examples=["llm.example.com"])]
    """The name that clients call, which the certificate is for; its DNS record is yours to make."""
    certificate: SecretName
    """Secret in the namespace `workload` with the certificate and its key, of type `kubernetes.io/tls`."""
    keys: SecretName
    """Secret there with the clients' keys, an entry for each client; they are sent as `Authorization: Bearer`."""
    allow: Annotated[tuple[Cidr, ...], Field(min_length=1, json_schema_extra=ONCE_SCHEMA), Once]
    """IPv4 networks in CIDR form that reach it, /8 or narrower; with `access.api: private` the private ones that are
    connected to the cluster's network. There is no default."""
