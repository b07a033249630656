"""Who gets to the API of a GKE cluster.

Google Cloud, "About network isolation in GKE": the DNS-based endpoint is open from outside where external traffic is
allowed; the IP-based ones can be off; the external one is off where the private endpoint alone is enabled, and open to
authorized networks alone where these are enabled.
"""

from wayfare.sandbox.behaviour import Endpoint, Properties
from wayfare.sandbox.clouds.gcp.names import part, parts


def endpoint(outputs: Properties, host: str) -> Endpoint:
    """Of the cluster with these outputs, the endpoint under a host name."""
    endpoints = part(outputs, "controlPlaneEndpointsConfig")
    named = part(endpoints, "dnsEndpointConfig")
    if host == named.get("endpoint"):
        return Endpoint(public=bool(named.get("allowExternalTraffic")), networks=None, private=True)
    if part(endpoints, "ipEndpointsConfig").get("enabled") is False:
        return Endpoint(public=False, networks=None, private=False)
    private = part(outputs, "privateClusterConfig")
    external = host != private.get("privateEndpoint") and not private.get("enablePrivateEndpoint")
    limited = outputs.get("masterAuthorizedNetworksConfig")
    networks = tuple(
        str(each["cidrBlock"]) for each in parts(part(outputs, "masterAuthorizedNetworksConfig"), "cidrBlocks")
    )
    return Endpoint(public=external, networks=None if limited is None else networks, private=True)
