"""Who gets to the API of an AKS cluster.

Microsoft, "Create a private AKS cluster": its API has a private address alone, and unless a public name is asked for, a
name in a private zone. "Secure access to the API server using authorized IP address ranges": no range lets all in.
"""

from wayfare.sandbox.behaviour import Endpoint, Properties
from wayfare.sandbox.clouds.azure.names import part, texts


def endpoint(outputs: Properties, host: str) -> Endpoint:  # noqa: ARG001 - it has one name
    """Of the cluster with these outputs, the endpoint under a host name."""
    access = part(outputs, "apiServerAccessProfile")
    private = bool(access.get("enablePrivateCluster"))
    return Endpoint(
        public=not private,
        networks=tuple(map(str, texts(access, "authorizedIPRanges"))) or None,
        private=private,
        private_name=private and not access.get("enablePrivateClusterPublicFQDN"),
    )
