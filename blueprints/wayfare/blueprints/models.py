"""What a team wants, without a word about which cloud provides it.

A blueprint is what a person wrote: frozen, strict, and free of machine types. The same text reads as the same
blueprint, and every field says its unit. Field names are camelCase in YAML and snake_case here.
"""

from enum import StrEnum
from ipaddress import IPv4Network
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel

from wayfare.blueprints.quantities import Duration

API_VERSION = "wayfare.dev/v1"

#: DNS label, so that it fits into every derived name; 24 characters leave room for a suffix within the 30 of a
#: Google service account.
ClusterName = Annotated[str, Field(pattern=r"^[a-z]([a-z0-9-]{0,22}[a-z0-9])?$")]

#: AWS allows 128 characters for a tag key, Azure 512, Google 63: the shortest holds.
LabelKey = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,62}$")]
LabelValue = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{0,63}$")]


def _cidr(text: str) -> str:
    """Accept an IPv4 network in canonical form; raise ValueError for host bits or another syntax."""
    return str(IPv4Network(text))


Cidr = Annotated[str, AfterValidator(_cidr)]


class Model(BaseModel):
    """Base of every blueprint model: frozen, strict, unknown keys refused."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        strict=True,
        alias_generator=to_camel,
        validate_by_name=True,
        validate_by_alias=True,
        use_attribute_docstrings=True,
    )


class CloudName(StrEnum):
    """The clouds that can provide a cluster."""

    AWS = "aws"
    AZURE = "azure"
    GCP = "gcp"


class Purchase(StrEnum):
    """How accelerators are paid for."""

    ON_DEMAND = "on-demand"
    SPOT = "spot"


class Area(StrEnum):
    """Parts of the world that a placement may be held within."""

    US = "us"
    EU = "eu"
    UK = "uk"
    CANADA = "canada"
    ASIA = "asia"
    AUSTRALIA = "australia"
    SOUTH_AMERICA = "south-america"


class AcceleratorName(StrEnum):
    """Chips by the name that their vendor gives them, never by a machine type."""

    V100 = "V100"
    T4 = "T4"
    A10 = "A10"
    A10G = "A10G"
    L4 = "L4"
    L40S = "L40S"
    A100 = "A100"
    H100 = "H100"
    H100NVL = "H100NVL"
    H200 = "H200"
    B200 = "B200"
    B300 = "B300"
    RTXPRO6000 = "RTXPRO6000"
    MI300X = "MI300X"


class Accelerator(Model):
    """One alternative: a chip and how much of it is needed."""

    name: AcceleratorName
    """The chip, such as H100."""
    per_node: Annotated[int, Field(ge=1, le=16)] = 8
    """Accelerators in each node, exactly: a job is written for a node's shape."""
    nodes: Annotated[int, Field(ge=1, le=512)]
    """Number of nodes in the accelerator pool."""
    memory_gib: Annotated[int, Field(alias="memoryGiB", ge=1)] | None = None
    """Least memory of one accelerator, in GiB as vendors name it (A100 comes with 40 or 80)."""
    interconnect_gbps: Annotated[int, Field(ge=1)] | None = None
    """Least bandwidth between two nodes, in Gbit/s for each node. The fabric follows from the machine type."""
    image: Annotated[str, Field(min_length=1)] | None = None
    """Container image for this chip, in place of the workload's."""


class Budget(Model):
    """The most that a placement may cost."""

    per_hour: Annotated[float, Field(gt=0, strict=False)]
    """USD for each hour, for all nodes of the accelerator pool."""
    unknown_price: Literal["refuse", "allow"] = "refuse"
    """What to do with a placement whose price is not known."""


class PlacementWish(Model):
    """Where the cluster may be."""

    clouds: Annotated[tuple[CloudName, ...], Field(min_length=1)] = (CloudName.AWS, CloudName.AZURE, CloudName.GCP)
    """The clouds to look at, most wanted first among equal prices."""
    within: tuple[Area, ...] = ()
    """Parts of the world; empty means anywhere."""
    avoid: tuple[Annotated[str, Field(pattern=r"^(aws|azure|gcp)(/[a-z0-9-]+)?$")], ...] = ()
    """Clouds (`azure`) or regions (`aws/us-east-1`) to leave out."""


class Checkpoints(Model):
    """The bucket in the cluster's own region that holds checkpoints or model weights."""

    keep: Literal["durable", "scratch"] = "durable"
    """`durable`: kept when the cluster is destroyed while it holds data; `scratch`: deleted with the cluster."""
    expire_after: Duration | None = None
    """Objects older than this are deleted by the cloud, whole days; unset keeps them."""


class Storage(Model):
    """What the cluster stores."""

    checkpoints: Checkpoints = Checkpoints()


class Access(Model):
    """Who may reach the Kubernetes API."""

    api: Literal["restricted"] = "restricted"
    """`restricted`: a public endpoint that answers only to the networks in `allow`."""
    allow: Annotated[tuple[Cidr, ...], Field(min_length=1)]
    """IPv4 networks in CIDR form that may reach the API."""


class Workload(Model):
    """The container that runs on the accelerator pool."""

    image: Annotated[str, Field(min_length=1)]
    """Container image."""
    command: tuple[str, ...] = ()
    """Command and its arguments; empty runs the image's own."""


class Metadata(Model):
    """What names the cluster and marks its resources."""

    name: ClusterName
    """Name of the cluster; with cloud and region it names the stack."""
    labels: dict[LabelKey, LabelValue] = {}
    """Tags put on every resource that can carry them. Google allows lower case only: they are lowered there."""

    @model_validator(mode="after")
    def _labels_stay_apart_in_lower_case(self) -> "Metadata":
        lowered: dict[str, str] = {}
        for key in self.labels:
            if other := lowered.get(key.lower()):
                raise ValueError(f"labels {other!r} and {key!r} differ only in case, which Google cannot tell apart")
            if key.lower().startswith("wayfare"):
                raise ValueError(f"label {key!r}: names that begin with 'wayfare' are Wayfare's own")
            lowered[key.lower()] = key
        return self


class Spec(Model):
    """What the cluster consists of."""

    accelerators: Annotated[tuple[Accelerator, ...], Field(min_length=1)]
    """Alternatives, most wanted first."""
    purchase: Annotated[tuple[Purchase, ...], Field(min_length=1)] = (Purchase.ON_DEMAND,)
    """Ways to pay, most wanted first."""
    budget: Budget | None = None
    placement: PlacementWish = PlacementWish()
    storage: Storage = Storage()
    access: Access
    workload: Workload


class TrainingCluster(Model):
    """A cluster for one training job: all nodes in one zone and one placement domain."""

    api_version: Literal["wayfare.dev/v1"]
    kind: Literal["TrainingCluster"]
    metadata: Metadata
    spec: Spec


class InferenceCluster(Model):
    """A cluster that serves a model: one replica of the workload on each node."""

    api_version: Literal["wayfare.dev/v1"]
    kind: Literal["InferenceCluster"]
    metadata: Metadata
    spec: Spec


Blueprint = Annotated[TrainingCluster | InferenceCluster, Field(discriminator="kind")]
"""Any kind of blueprint, told apart by `kind`."""
