"""What a team wants, without a word about which cloud provides it.

A blueprint is what a person wrote: frozen, strict, and free of machine types. The same text reads as the same
blueprint, and every field says its unit. Field names are camelCase in YAML and snake_case here.
"""

from typing import Annotated, Any, Literal, cast

from pydantic import AfterValidator, ConfigDict, Field, JsonValue, field_validator, model_validator

from wayfare.blueprints import patterns, rules
from wayfare.blueprints.base import ONCE_SCHEMA, Model, Once
from wayfare.blueprints.gateway import Gateway
from wayfare.blueprints.names import AcceleratorName, Area, CloudName, Purchase
from wayfare.blueprints.network import Access, Network
from wayfare.blueprints.operating import Admins, ControlException, Kubernetes, Monitoring, Secrets
from wayfare.blueprints.purchases import Reservation
from wayfare.blueprints.storage import Storage
from wayfare.blueprints.topology import CHIPS_IN_A_HOST, hosts
from wayfare.blueprints.workloads import Image, ServingWorkload, TrainingWorkload, Workload

API_VERSION = "wayfare.dev/v1"

#: Minor version of Kubernetes from which on images can be mounted as volumes everywhere (KEP-4639).
IMAGE_VOLUMES = 35

ClusterName = Annotated[
    str, Field(pattern=patterns.CLUSTER_NAME.regex, examples=["llm-pretrain"]), AfterValidator(rules.cluster_name)
]
LabelKey = Annotated[str, Field(pattern=patterns.LABEL_KEY.regex), AfterValidator(rules.label_key)]
LabelValue = Annotated[str, Field(pattern=patterns.LABEL_VALUE.regex)]


def _nodes_or_topology(schema: dict[str, JsonValue]) -> None:
    """In the JSON Schema: either says how much is wanted."""
    schema["required"] = ["name"]
    schema["anyOf"] = [{"required": ["nodes"]}, {"required": ["topology"]}]


class Accelerator(Model):
    """One alternative: a chip and how much of it is needed."""

    model_config = ConfigDict(json_schema_extra=_nodes_or_topology)

    name: AcceleratorName
    """The chip, such as H100. The machine type follows from it."""
    per_node: Annotated[int, Field(ge=1, le=16)] = 8
    """Accelerators in each node, exactly: a job is written for a node's shape. With a topology, 4 where it is unset."""
    nodes: Annotated[int, Field(ge=1, le=512)]
    """Number of nodes in the accelerator pool. All are had, or the placement has failed. With a topology it follows."""
    topology: Annotated[str, Field(pattern=patterns.TOPOLOGY.regex, examples=["16x16", "4x4x8"])] | None = None
    """The slice of a TPU as a grid of chips, such as 16x16; TPUs are had in slices, other chips have none."""
    memory_gib: Annotated[int | None, Field(alias="memoryGiB", ge=1, le=1024)] = None
    """Least memory of one accelerator, in GiB as vendors name it (A100 comes with 40 or 80)."""
    interconnect_gbps: Annotated[int, Field(ge=1, le=100_000)] | None = None
    """Least bandwidth between two nodes, in Gbit/s for each node. The fabric follows from the machine type. Of no
    effect with one node."""
    image: Image | None = None
    """Container image for this chip, in place of the workload's."""

    @model_validator(mode="before")
    @classmethod
    def _nodes_of_a_topology(cls, data: Any) -> Any:
        """Nodes follow from a topology; what is wrong with it is told by its own field."""
        if not isinstance(data, dict):
            return data
        given = cast("dict[str, Any]", data)
        topology = given.get("topology")
        if not isinstance(topology, str) or not patterns.TOPOLOGY.matches(topology):
            return given
        per_node = given.get("perNode", given.get("per_node", CHIPS_IN_A_HOST))
        filled = {"perNode": per_node, **{key: value for key, value in given.items() if key != "per_node"}}
        if "nodes" not in filled and type(per_node) is int and per_node > 0:
            filled["nodes"] = hosts(topology, per_node)
        return filled

    @model_validator(mode="after")
    def _topology_fits(self) -> "Accelerator":
        if self.name.is_tpu and self.topology is None:
            raise ValueError(f"{self.name} is had in slices; say which by `topology`, such as topology: 4x4")
        if self.topology is None:
            return self
        if not self.name.is_tpu:
            raise ValueError(f"{self.name} has no topology; say how many by `perNode` and `nodes`")
        if self.nodes != (expected := hosts(self.topology, self.per_node)):
            raise ValueError(
                f"topology {self.topology} takes {expected} nodes of {self.per_node}, not "
                f"{self.nodes}; leave `nodes` out"
            )
        return self


class Budget(Model):
    """The most that a placement may cost."""

    per_hour: Annotated[float, Field(gt=0, allow_inf_nan=False)]
    """USD for each hour, for all nodes of the accelerator pool."""
    unknown_price: Literal["refuse", "allow"] = "refuse"
    """What to do with a placement whose price is not known: leave it out, or take it all the same."""


class PlacementWish(Model):
    """Where the cluster may be."""

    clouds: Annotated[tuple[CloudName, ...], Field(min_length=1, json_schema_extra=ONCE_SCHEMA), Once] = tuple(
        CloudName
    )
    """The clouds to look at, most wanted first among equal prices."""
    within: Annotated[tuple[Area, ...], Field(json_schema_extra=ONCE_SCHEMA), Once] = ()
    """Parts of the world; empty means anywhere."""
    avoid: Annotated[
        tuple[Annotated[str, Field(pattern=patterns.CLOUD_OR_REGION.regex, examples=["azure", "aws/us-east-1"])], ...],
        Field(json_schema_extra=ONCE_SCHEMA),
        Once,
    ] = ()
    """Clouds (`azure`) or regions (`aws/us-east-1`) to leave out."""

    @model_validator(mode="after")
    def _leaves_a_cloud(self) -> "PlacementWish":
        if all(cloud in self.avoid for cloud in self.clouds):
            raise ValueError("`avoid` leaves out every cloud of `clouds`")
        return self


class Metadata(Model):
    """What names the cluster and marks its resources."""

    name: ClusterName
    """Name of the cluster; with cloud and region it names the stack."""
    labels: Annotated[dict[LabelKey, LabelValue], Field(max_length=40), AfterValidator(rules.apart_in_lower_case)] = {}  # noqa: RUF012 - Pydantic copies it
    """Tags put on every resource that can carry them. Google allows lower case only: they are lowered there. At most
    40: AWS and Azure allow 50 on a resource, and Wayfare and the clouds add their own."""


class Spec(Model):
    """What the cluster consists of."""

    accelerators: Annotated[tuple[Accelerator, ...], Field(min_length=1)]
    """Alternatives, most wanted first."""
    purchase: Annotated[tuple[Purchase, ...], Field(min_length=1, json_schema_extra=ONCE_SCHEMA), Once] = (
        Purchase.ON_DEMAND,
    )
    """Ways to pay, most wanted first."""
    reservations: Annotated[tuple[Reservation, ...], Field(max_length=40, json_schema_extra=ONCE_SCHEMA), Once] = ()
    """Reservations that exist already, for the purchases `reserved` and `block`."""
    budget: Budget | None = None
    """The most that a placement may cost; unset accepts any price."""
    placement: PlacementWish = PlacementWish()
    """Where the cluster may be; unset means anywhere on any cloud."""
    storage: Storage = Storage()
    """What the cluster stores."""
    encryption: Literal["cloud", "own"] = "cloud"
    """Whose keys everything at rest is encrypted with: the cloud's, or the account's own, which `wayfare bootstrap`
    makes and the cloud rotates."""
    network: Network = Network()
    """How the cluster is connected."""
    access: Access
    """Who may reach the Kubernetes API. There is no default: an open endpoint is never an oversight."""
    admins: Admins = Admins()
    """Who administers the cluster, besides whoever created it."""
    secrets: Secrets = Secrets()
    """Secrets that the workload may read, by reference."""
    registry: Literal["none", "private"] = "none"
    """`private`: a container registry in the cluster's region, which its nodes and its workload may pull from."""
    kubernetes: Kubernetes = Kubernetes()
    """The control plane."""
    monitoring: Monitoring = Monitoring()
    """What is watched."""
    deletion_protection: bool = False
    """Whether the cloud refuses to delete control plane and durable stores until it is told otherwise. It is set when
    the cluster stands; `wayfare destroy` lifts it where this is set to false first."""
    exceptions: Annotated[tuple[ControlException, ...], Field(max_length=40)] = ()
    """Controls of the policy pack that this cluster does not fulfil, each with a reason."""
    workload: Workload
    """The container that runs on the accelerator pool."""

    @model_validator(mode="after")
    def _reservations_are_used(self) -> "Spec":
        there = {reservation.purchase for reservation in self.reservations}
        for purchase in (Purchase.RESERVED, Purchase.BLOCK):
            if purchase in self.purchase and purchase not in there:
                dates = "with `start` and `end`" if purchase is Purchase.BLOCK else "without dates"
                raise ValueError(f"purchase {purchase} needs a reservation {dates} in `reservations`")
            if purchase in there and purchase not in self.purchase:
                raise ValueError(f"`reservations` holds one that serves purchase {purchase}, which is not wanted")
        return self

    @model_validator(mode="after")
    def _can_be_reached(self) -> "Spec":
        if self.access.api == "private":
            if not self.network.existing:
                raise ValueError(
                    "api: private needs a network that you are connected to; name it in `network.existing`, with "
                    "`reach`"
                )
            for network in self.network.existing:
                if network.reach is None:
                    raise ValueError(
                        f"api: private needs `reach` on the network in {network.cloud}/{network.region}: what answers "
                        "to whoever is connected to it"
                    )
        return self

    @field_validator("exceptions")
    @classmethod
    def _exceptions_differ(cls, value: tuple[ControlException, ...]) -> tuple[ControlException, ...]:
        rules.once(tuple(exception.control for exception in value))
        return value

    @field_validator("accelerators")
    @classmethod
    def _alternatives_differ(cls, value: tuple[Accelerator, ...]) -> tuple[Accelerator, ...]:
        first: dict[Accelerator, int] = {}
        for index, alternative in enumerate(value):
            need = alternative.model_copy(update={"image": None})
            if (earlier := first.setdefault(need, index)) != index:
                raise ValueError(f"[{index}] asks for the same as [{earlier}] and would never be chosen")
        return value


class TrainingSpec(Spec):
    """What a cluster consists of that trains."""

    workload: TrainingWorkload  # pyright: ignore[reportIncompatibleVariableOverride] - frozen, so it may be narrower
    """The container that trains, on each node of the accelerator pool."""

    @model_validator(mode="after")
    def _mounts_checkpoints_apart(self) -> "TrainingSpec":
        if (checkpoint := self.workload.checkpoint) is None:
            return self
        for data in self.storage.data:
            one, other = checkpoint.path, data.mount
            if one == other or one.startswith(f"{other}/") or other.startswith(f"{one}/"):
                raise ValueError(
                    f"checkpoints are mounted at {one} and data at {other}, one within the other; choose another "
                    "`path` in `workload.checkpoint`, such as /checkpoints"
                )
        return self


class ServingSpec(Spec):
    """What a cluster consists of that serves."""

    workload: ServingWorkload  # pyright: ignore[reportIncompatibleVariableOverride] - frozen, so it may be narrower
    """The container that answers requests on each node of the accelerator pool."""
    gateway: Gateway | None = None
    """How requests from outside of the cluster reach it; unset lets none in."""

    @model_validator(mode="after")
    def _fits_into_a_node(self) -> "ServingSpec":
        served, most = self.workload.served, max(alternative.per_node for alternative in self.accelerators)
        if served is not None and (served.tensor_parallel or 1) > most:
            raise ValueError(
                f"tensorParallel {served.tensor_parallel} is more than the {most} accelerators of a node; every layer "
                "is shared within one node"
            )
        return self

    @model_validator(mode="after")
    def _has_its_weights(self) -> "ServingSpec":
        weights, version = self.workload.weights, self.kubernetes.version
        if weights is None:
            return self
        if weights.image is not None:
            if version is not None and int(version.partition(".")[2]) < IMAGE_VOLUMES:
                raise ValueError(f"weights from an image need Kubernetes 1.{IMAGE_VOLUMES} or newer, not {version}")
            return self
        if self.storage.scratch is None:
            raise ValueError("weights are copied to the nodes' disks: ask for them in `storage.scratch`")
        there = [*(data.mount for data in self.storage.data), *(["/shared"] if self.storage.shared else [])]
        if not any(weights.source == place or str(weights.source).startswith(f"{place}/") for place in there):
            raise ValueError(f"nothing is mounted at {weights.source}; name its bucket in `storage.data`")
        return self


class TrainingCluster(Model):
    """A cluster for one training job: all nodes in one zone and one placement domain."""

    api_version: Literal["wayfare.dev/v1"]
    """Version of this form."""
    kind: Literal["TrainingCluster"]
    """What the cluster is for."""
    metadata: Metadata
    """What names the cluster and marks its resources."""
    spec: TrainingSpec
    """What the cluster consists of."""


class InferenceCluster(Model):
    """A cluster that serves a model: one replica of the workload on each node, or on several that its model needs."""

    api_version: Literal["wayfare.dev/v1"]
    """Version of this form."""
    kind: Literal["InferenceCluster"]
    """What the cluster is for."""
    metadata: Metadata
    """What names the cluster and marks its resources."""
    spec: ServingSpec
    """What the cluster consists of."""


Blueprint = Annotated[TrainingCluster | InferenceCluster, Field(discriminator="kind")]
"""Any kind of blueprint, told apart by `kind`."""
