"""Who gets to the API of an EKS cluster.

Amazon EKS user guide, "Cluster API server endpoint": the public endpoint is open to everybody unless access is limited
to CIDR blocks; the private one answers in the cluster's VPC and in networks that are connected to it.
"""

from wayfare.sandbox.behaviour import Endpoint, Properties
from wayfare.sandbox.clouds.aws.common import mapping, strings


def endpoint(outputs: Properties, host: str) -> Endpoint:  # noqa: ARG001 - it has one name
    """Of the cluster with these outputs, the endpoint under a host name."""
    network = mapping(outputs.get("vpcConfig"))
    return Endpoint(
        public=bool(network.get("endpointPublicAccess", True)),
        networks=tuple(strings(network.get("publicAccessCidrs"))) or None,
        private=bool(network.get("endpointPrivateAccess")),
    )
