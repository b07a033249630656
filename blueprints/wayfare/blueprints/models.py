"""What a team wants, without a word about which cloud provides it.

A blueprint is what a person wrote: frozen, strict, and free of machine types. The same text reads as the same
blueprint, and every field says its unit. Field names are camelCase in YAML and snake_case here.
"""

from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue, field_validator, model_validator
from pydantic.alias_generators import to_camel

from wayfare.blueprints import patterns, rules
from wayfare.blueprints.quantities import Duration

API_VERSION = "wayfare.dev/v1"

ClusterName = Annotated[
    str, Field(pattern=patterns.CLUSTER_NAME.regex, examples=["llm-pretrain"]), AfterValidator(rules.cluster_name)
]
LabelKey = Annotated[str, Field(pattern=patterns.LABEL_KEY.regex), AfterValidator(rules.label_key)]
LabelValue = Annotated[str, Field(pattern=patterns.LABEL_VALUE.regex)]
Cidr = Annotated[
    str, Field(pattern=patterns.CIDR.regex, examples=["203.0.113.0/24"]), AfterValidator(rules.public_network)
]
Image = Annotated[str, Field(pattern=patterns.IMAGE.regex, max_length=512, examples=["vllm/vllm-openai:v0.22.1"])]
Argument = Annotated[str, Field(pattern=patterns.ARGUMENT.regex)]

#: A list in which nothing may stand twice.
_Once = AfterValidator(rules.once)
_ONCE_SCHEMA: dict[str, JsonValue] = {"uniqueItems": True}


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
    GB200 = "GB200"
    GB300 = "GB300"
    RTXPRO4500 = "RTXPRO4500"
    RTXPRO6000 = "RTXPRO6000"
    MI300X = "MI300X"


class Accelerator(Model):
    """One alternative: a chip and how much of it is needed."""

    name: AcceleratorName
    """The chip, such as H100. The machine type follows from it."""
    per_node: Annotated[int, Field(ge=1, le=16)] = 8
    """Accelerators in each node, exactly: a job is written for a node's shape."""
    nodes: Annotated[int, Field(ge=1, le=512)]
    """Number of nodes in the accelerator pool. All are had, or the placement has failed."""
    memory_gib: Annotated[int | None, Field(alias="memoryGiB", ge=1, le=1024)] = None
    """Least memory of one accelerator, in GiB as vendors name it (A100 comes with 40 or 80)."""
    interconnect_gbps: Annotated[int, Field(ge=1, le=100_000)] | None = None
    """Least bandwidth between two nodes, in Gbit/s for each node. The fabric follows from the machine type. Of no
    effect with one node."""
    image: Image | None = None
    """Container image for this chip, in place of the workload's."""


class Budget(Model):
    """The most that a placement may cost."""

    per_hour: Annotated[float, Field(gt=0, allow_inf_nan=False)]
    """USD for each hour, for all nodes of the accelerator pool."""
    unknown_price: Literal["refuse", "allow"] = "refuse"
    """What to do with a placement whose price is not known: leave it out, or take it all the same."""


class PlacementWish(Model):
    """Where the cluster may be."""

    clouds: Annotated[tuple[CloudName, ...], Field(min_length=1, json_schema_extra=_ONCE_SCHEMA), _Once] = tuple(
        CloudName
    )
    """The clouds to look at, most wanted first among equal prices."""
    within: Annotated[tuple[Area, ...], Field(json_schema_extra=_ONCE_SCHEMA), _Once] = ()
    """Parts of the world; empty means anywhere."""
    avoid: Annotated[
        tuple[Annotated[str, Field(pattern=patterns.CLOUD_OR_REGION.regex, examples=["azure", "aws/us-east-1"])], ...],
        Field(json_schema_extra=_ONCE_SCHEMA),
        _Once,
    ] = ()
    """Clouds (`azure`) or regions (`aws/us-east-1`) to leave out."""

    @model_validator(mode="after")
    def _leaves_a_cloud(self) -> "PlacementWish":
        if all(cloud in self.avoid for cloud in self.clouds):
            raise ValueError("`avoid` leaves out every cloud of `clouds`")
        return self


class Checkpoints(Model):
    """The bucket in the cluster's own region that holds checkpoints or model weights."""

    keep: Literal["durable", "scratch"] = "durable"
    """`durable`: kept when the cluster is destroyed, unless by `--delete-data`; `scratch`: deleted with the cluster."""
    expire_after: Duration | None = None
    """Objects older than this are deleted by the cloud, whole days such as `30d`; unset keeps them."""

    @field_validator("expire_after")
    @classmethod
    def _whole_days(cls, value: timedelta | None) -> timedelta | None:
        if value is not None and value % timedelta(days=1):
            raise ValueError("must be whole days, such as 30d: no cloud's lifecycle rule is finer")
        return value


class Storage(Model):
    """What the cluster stores."""

    checkpoints: Checkpoints = Checkpoints()
    """The bucket for checkpoints or model weights."""


class Access(Model):
    """Who may reach the Kubernetes API."""

    api: Literal["restricted"] = "restricted"
    """`restricted`: a public endpoint that answers only to the networks in `allow`."""
    allow: Annotated[tuple[Cidr, ...], Field(min_length=1, json_schema_extra=_ONCE_SCHEMA), _Once]
    """IPv4 networks in CIDR form that may reach the API: public ones, as the endpoint sees them, /8 or narrower."""


class Workload(Model):
    """The container that runs on the accelerator pool."""

    image: Image
    """Container image, such as `vllm/vllm-openai:v0.22.1`. A tag or a digest keeps every node on the same one."""
    command: tuple[Argument, ...] = ()
    """Command and its arguments, in place of the image's entry point; empty runs the image's own. No shell reads it."""

    @field_validator("command")
    @classmethod
    def _names_a_program(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if value and not value[0].strip():
            raise ValueError("the first entry is the program to run and must not be blank")
        return value


class Metadata(Model):
    """What names the cluster and marks its resources."""

    name: ClusterName
    """Name of the cluster; with cloud and region it names the stack."""
    labels: Annotated[dict[LabelKey, LabelValue], Field(max_length=40), AfterValidator(rules.apart_in_lower_case)] = {}
    """Tags put on every resource that can carry them. Google allows lower case only: they are lowered there. At most
    40: AWS and Azure allow 50 on a resource, and Wayfare and the clouds add their own."""


class Spec(Model):
    """What the cluster consists of."""

    accelerators: Annotated[tuple[Accelerator, ...], Field(min_length=1)]
    """Alternatives, most wanted first."""
    purchase: Annotated[tuple[Purchase, ...], Field(min_length=1, json_schema_extra=_ONCE_SCHEMA), _Once] = (
        Purchase.ON_DEMAND,
    )
    """Ways to pay, most wanted first."""
    budget: Budget | None = None
    """The most that a placement may cost; unset accepts any price."""
    placement: PlacementWish = PlacementWish()
    """Where the cluster may be; unset means anywhere on any cloud."""
    storage: Storage = Storage()
    """What the cluster stores."""
    access: Access
    """Who may reach the Kubernetes API. There is no default: an open endpoint is never an oversight."""
    workload: Workload
    """The container that runs on the accelerator pool."""

    @field_validator("accelerators")
    @classmethod
    def _alternatives_differ(cls, value: tuple[Accelerator, ...]) -> tuple[Accelerator, ...]:
        first: dict[Accelerator, int] = {}
        for index, alternative in enumerate(value):
            need = alternative.model_copy(update={"image": None})
            if (earlier := first.setdefault(need, index)) != index:
                raise ValueError(f"[{index}] asks for the same as [{earlier}] and would never be chosen")
        return value


class TrainingCluster(Model):
    """A cluster for one training job: all nodes in one zone and one placement domain."""

    api_version: Literal["wayfare.dev/v1"]
    """Version of this form."""
    kind: Literal["TrainingCluster"]
    """What the cluster is for."""
    metadata: Metadata
    """What names the cluster and marks its resources."""
    spec: Spec
    """What the cluster consists of."""


class InferenceCluster(Model):
    """A cluster that serves a model: one replica of the workload on each node."""

    api_version: Literal["wayfare.dev/v1"]
    """Version of this form."""
    kind: Literal["InferenceCluster"]
    """What the cluster is for."""
    metadata: Metadata
    """What names the cluster and marks its resources."""
    spec: Spec
    """What the cluster consists of."""


Blueprint = Annotated[TrainingCluster | InferenceCluster, Field(discriminator="kind")]
"""Any kind of blueprint, told apart by `kind`."""
