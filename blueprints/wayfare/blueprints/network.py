"""How a cluster is connected: its addresses, networks that exist already, and who may reach the Kubernetes API."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, ValidationInfo, model_validator

from wayfare.blueprints import patterns, rules
from wayfare.blueprints.base import ONCE_SCHEMA, Model, Once
from wayfare.blueprints.names import CloudName


def _as_the_endpoint_sees_it(text: str, info: ValidationInfo) -> str:
    """A network in canonical form. `api` stands before `allow`, and is missing where it is wrong itself."""
    network = rules.network(text)
    match info.data.get("api"):
        case "restricted":
            rules.public(network)
        case "private":
            rules.private(network)
        case _:
            pass
    return network


Cidr = Annotated[
    str, Field(pattern=patterns.CIDR.regex, examples=["203.0.113.0/24"]), AfterValidator(_as_the_endpoint_sees_it)
]
Region = Annotated[str, Field(pattern=patterns.REGION.regex)]
Reach = Annotated[str, Field(pattern=patterns.HOST_AND_PORT.regex, examples=["10.20.0.2:443"])]
SubnetId = Annotated[str, Field(pattern=patterns.AWS_SUBNET.regex)]
AzureSubnetId = Annotated[str, Field(pattern=patterns.AZURE_SUBNET.regex)]


class ExistingAwsNetwork(Model):
    """A VPC that exists already, with its own way out (a NAT or transit gateway) and DNS."""

    cloud: Literal["aws"]
    """The cloud that it is on."""
    region: Region
    """The region that it is in."""
    vpc: Annotated[str, Field(pattern=patterns.AWS_VPC.regex)]
    """Its id, `vpc-…`."""
    cluster_subnets: Annotated[tuple[SubnetId, ...], Field(min_length=2, max_length=16), Once]
    """Private subnets in at least two zones for the control plane's interfaces and the system pool."""
    accelerator_subnets: Annotated[
        dict[Annotated[str, Field(pattern=patterns.ZONE.regex)], SubnetId], Field(min_length=1)
    ]
    """From a zone to the private subnet for accelerators in it; other zones are left out. /18 or wider: each pod takes
    an address."""
    reach: Reach | None = None
    """Host and port inside it that answer to whoever is connected to it (a bastion, a resolver); tried before anything
    is created. Needed with `api: private`."""


class ExistingAzureNetwork(Model):
    """A subnet of a virtual network that exists already, with its own way out (a NAT gateway or a firewall's route)."""

    cloud: Literal["azure"]
    """The cloud that it is on."""
    region: Region
    """The region that it is in."""
    nodes: AzureSubnetId
    """Resource id of the subnet for the nodes."""
    outbound: Literal["nat-gateway", "route-table"] = "nat-gateway"
    """The subnet's way out: a NAT gateway, or a route table that leads to a firewall."""
    endpoints: AzureSubnetId | None = None
    """Resource id of the subnet for private endpoints; the nodes' own where it is not set."""
    storage: AzureSubnetId | None = None
    """Resource id of the subnet for Managed Lustre, /24 or wider, which nothing else is in. Needed with
    `storage.shared`."""
    reach: Reach | None = None
    """Host and port inside it that answer to whoever is connected to it (a bastion, a resolver); tried before anything
    is created. Needed with `api: private`."""


class ExistingGcpNetwork(Model):
    """A subnetwork of a VPC network that exists already, with its own way out (Cloud NAT)."""

    cloud: Literal["gcp"]
    """The cloud that it is on."""
    region: Region
    """The region that the subnetwork is in."""
    subnetwork: Annotated[str, Field(pattern=patterns.GCP_SUBNETWORK.regex)]
    """`projects/PROJECT/regions/REGION/subnetworks/NAME`, with private Google access."""
    network: Annotated[str, Field(pattern=patterns.GCP_NETWORK.regex)]
    """`projects/PROJECT/global/networks/NAME`, the network of the subnetwork."""
    pods: Annotated[str, Field(pattern=patterns.RANGE_NAME.regex)]
    """Name of the subnetwork's secondary range for pods."""
    services: Annotated[str, Field(pattern=patterns.RANGE_NAME.regex)]
    """Name of the subnetwork's secondary range for services."""
    reach: Reach | None = None
    """Host and port inside it that answer to whoever is connected to it (a bastion, a resolver); tried before anything
    is created. Needed with `api: private`."""


ExistingNetwork = Annotated[
    ExistingAwsNetwork | ExistingAzureNetwork | ExistingGcpNetwork, Field(discriminator="cloud")
]


class Network(Model):
    """How the cluster is connected."""

    space: Annotated[str, Field(pattern=patterns.CIDR.regex), AfterValidator(rules.private_space)] = "10.0.0.0/8"
    """Private IPv4 network, /8 to /11, that addresses are taken from. Each cloud has a part of its own, so that the
    clouds of one fleet never overlap and can be connected. Give each fleet that shall be connected another one."""
    existing: Annotated[tuple[ExistingNetwork, ...], Field(max_length=40)] = ()
    """Networks that exist already, at most one in a region. A cloud that stands here is used in those regions alone;
    on the others Wayfare makes a network of the cluster's own."""
    endpoints: Literal["public", "private"] = "public"
    """`private`: the bucket and the registry are reached by private endpoints in the cluster's network, and by nobody
    from outside of it."""

    def within(self, cloud: CloudName, region: str) -> "ExistingNetwork | None":
        """The network that exists already in a region, or None."""
        return next((each for each in self.existing if (each.cloud, each.region) == (cloud.value, region)), None)

    @model_validator(mode="after")
    def _one_in_a_region(self) -> "Network":
        rules.once(tuple(f"{each.cloud}/{each.region}" for each in self.existing))
        return self


class Access(Model):
    """Who may reach the Kubernetes API."""

    api: Literal["restricted", "private"] = "restricted"
    """`restricted`: a public endpoint that answers only to the networks in `allow`. `private`: an endpoint inside of
    the network alone, for which each cloud's `network.existing` says by `reach` how it is got to."""
    allow: Annotated[tuple[Cidr, ...], Field(min_length=1, json_schema_extra=ONCE_SCHEMA), Once]
    """IPv4 networks in CIDR form that may reach the API, /8 or narrower: public ones, as the endpoint sees them; with
    `api: private` the private ones that are connected to the cluster's network."""
