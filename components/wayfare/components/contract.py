"""What the three clouds agree on: the placement that they are given and the outputs that they owe.

`Blueprint` (wanted) → `Request` (wanted, and where) → a cloud's own plan (frozen, pure) → components, which only
transcribe the plan. Each cloud's package exports one `CLOUD` value, which the type checker holds against `Cloud`.
"""

import hashlib
from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from wayfare.blueprints import (
    Accelerator,
    Blueprint,
    Checkpoint,
    CloudName,
    ExistingNetwork,
    Purchase,
    Reservation,
    TrainingWorkload,
)
from wayfare.components.along import Along
from wayfare.components.catalog import MachineType
from wayfare.components.failures import Rule
from wayfare.components.gives import Gives
from wayfare.components.pods import PodNeeds, Volume
from wayfare.components.trusting import Trusted, TrustRequest

if TYPE_CHECKING:
    # Whoever only plans does not wait for the engine's SDK.
    import pulumi

#: Namespace and service account of the workload, the same on every cloud.
NAMESPACE = "workload"
SERVICE_ACCOUNT = "workload"

#: Label that every accelerator node carries, so that a workload finds them without a cloud's own words.
POOL_LABEL = "wayfare.dev/pool"
ACCELERATOR_POOL = "accelerator"
SYSTEM_POOL = "system"

#: The environment in which an account is asked, where that is not the process's own: the sandbox's. A question that
#: does not go through a provider finds its endpoint here, and so never leaves the sandbox.
ENVIRONMENT: ContextVar[Mapping[str, str]] = ContextVar("ENVIRONMENT")


@dataclass(frozen=True)
class Placement:
    """Where a cluster's accelerators are had, and how."""

    cloud: CloudName
    region: str
    zone: str
    """As the account names it: `us-east-1a`, `1`, `us-east4-b`."""
    machine_type: str
    purchase: Purchase
    reservation: str | None = None
    """Id of the blueprint's reservation that it uses, for the purchases `reserved` and `block`."""


class Holding(StrEnum):
    """Whether the accelerators' capacity is held in advance of the pool."""

    HELD = "held"
    """A reservation bounded in time is part of the stack."""
    RELEASED = "released"
    """The pool runs; the reservation is given back."""
    NONE = "none"
    """This purchase cannot be held."""


@dataclass(frozen=True)
class Request:
    """All that a plan depends on. Plans are pure: the same request gives the same plan."""

    blueprint: Blueprint
    digest: str
    """Digest of the blueprint, a tag on everything."""
    placement: Placement
    machine: MachineType
    accelerator: Accelerator
    """The blueprint's alternative that this placement fulfils."""
    holding: Holding
    hold_until: datetime
    """When a held reservation ends by itself, UTC."""
    waiting: bool = False
    """Whether the dated reservation has not begun, so that the pool has no nodes yet."""
    complete: bool = False
    """Whether the cluster stands, so that what protects it from being deleted may be set."""
    held: bool = False
    """Whether the queue is closed: nothing is admitted, and a training that runs ends within its grace period."""
    along: Along = field(default_factory=Along)
    """What a move has brought along."""

    @property
    def name(self) -> str:
        """The cluster's name."""
        return self.blueprint.metadata.name

    @property
    def image(self) -> str:
        """The image for this accelerator; its copy, where a move has made one."""
        return self.along.image(self.accelerator.image or self.blueprint.spec.workload.image)

    @property
    def checkpoint(self) -> Checkpoint | None:
        """The contract about a training's checkpoints; None where there is none, or nothing is trained."""
        workload = self.blueprint.spec.workload
        return workload.checkpoint if isinstance(workload, TrainingWorkload) else None

    @property
    def training(self) -> bool:
        """Whether one job spans all nodes, so that they belong into one placement domain."""
        return self.blueprint.kind == "TrainingCluster"

    @property
    def nodes(self) -> int:
        """Nodes that the accelerator pool has now: none before its dated reservation begins."""
        return 0 if self.waiting else self.accelerator.nodes

    @property
    def reservation(self) -> Reservation | None:
        """The blueprint's reservation that the placement uses, or None."""
        wanted = (self.placement.cloud, self.placement.reservation)
        return next((each for each in self.blueprint.spec.reservations if (each.cloud, each.id) == wanted), None)

    @property
    def existing_network(self) -> ExistingNetwork | None:
        """The network that the blueprint names in the placement's region, or None where Wayfare makes one."""
        return self.blueprint.spec.network.within(self.placement.cloud, self.placement.region)

    @property
    def protected(self) -> bool:
        """Whether the cloud shall refuse to delete control plane and durable stores."""
        return self.complete and self.blueprint.spec.deletion_protection

    @property
    def resource_name(self) -> str:
        """`<cluster>-<4 hex digits>`, at most 29 characters: unique for cluster, cloud and region in an account."""
        return resource_name(self.name, self.placement.cloud, self.placement.region)

    @property
    def tags(self) -> dict[str, str]:
        """The tags of every resource: the cluster, the blueprint's digest, and the blueprint's labels."""
        return {
            **self.blueprint.metadata.labels,
            "wayfare-cluster": self.name,
            "wayfare-region": self.placement.region,
            "wayfare-blueprint": self.digest[:16],
        }


def resource_name(cluster: str, cloud: CloudName, region: str) -> str:
    """What a cluster is called in an account, where no request is at hand; see `Request.resource_name`."""
    return f"{cluster}-{short_digest(cluster, cloud, region, length=4)}"


def short_digest(*parts: str, length: int) -> str:
    """The first hex digits of a digest over the parts: for names that must be unique, short and repeatable."""
    return hashlib.sha256("/".join(parts).encode()).hexdigest()[:length]


@dataclass(frozen=True)
class Need:
    """Something that an account must have before a cluster can be made, and that no cluster makes."""

    kind: str
    """What it is, in words: `encryption key`, `network`, `feature`."""
    region: str
    id: str
    """How the account finds it: an alias, a resource id, a feature's name."""
    remedy: str
    """What to do where it is missing, in words that follow a semicolon."""


class ClusterPlan(Protocol):
    """The part of a cloud's plan that the rest of the project reads."""

    @property
    def request(self) -> Request:
        """What was planned for."""
        ...

    @property
    def pods(self) -> PodNeeds:
        """What a pod on the accelerator pool has to say."""
        ...

    @property
    def needs(self) -> tuple[Need, ...]:
        """What the account must have beforehand."""
        ...


@dataclass(frozen=True)
class ClusterOutputs:
    """What every cluster's stack exports, whichever cloud it is on."""

    endpoint: "pulumi.Input[str]"
    """URL of the Kubernetes API."""
    kubeconfig: "pulumi.Output[str]"
    """Secret. Holds no credential: it calls the cloud's own sign-in command."""
    checkpoints: "pulumi.Input[str]"
    """URL of the bucket: `s3://…`, `https://….blob.core.windows.net/…` or `gs://…`."""
    identity: "pulumi.Input[str]"
    """What the workload's service account acts as: a role ARN, a client id or a service account's address."""
    issuer: "pulumi.Input[str]"
    """URL of what issues the service accounts' tokens: what another cloud has to trust for them to be worth anything
    there. Anybody can read its keys."""
    network: "pulumi.Input[str]"
    """Id of the cluster's network."""
    node_pool: "pulumi.Input[str]"
    """The accelerator pool's name."""
    capacity: "pulumi.Input[str | None]"
    """Id of the held reservation, or None."""
    control_plane: "pulumi.Resource"
    """The Kubernetes control plane; what lives in it goes with it."""
    ready: "Sequence[pulumi.Resource]"
    """What must stand before anything is put into the cluster: the system pool and the admin's access."""
    registry: "pulumi.Input[str | None]" = None
    """Where images of the private registry are, such as `<account>.dkr.ecr.us-east-1.amazonaws.com/llm-1a2b`; None
    where the blueprint asks for none."""
    volumes: "Sequence[Volume]" = ()
    """What the workload mounts."""
    service_account_annotations: "Mapping[str, pulumi.Input[str]]" = field(default_factory=dict[str, Any])
    """What ties the workload's Kubernetes service account to `identity`; empty where the cloud keeps the tie itself."""


@dataclass(frozen=True)
class Item:
    """Something in a cloud's inventory."""

    kind: str
    """The cloud's own type name, such as `ec2:vpc` or `Microsoft.ContainerService/managedClusters`."""
    id: str
    retained: bool = False
    """Whether it is kept on purpose: a checkpoint bucket that was not destroyed with its cluster."""
    trust: str | None = None
    """The trust that it is part of; None for what is the cluster's own."""


@dataclass(frozen=True)
class Lost:
    """A resource that a cloud may have and no state records: whoever asked for it died before it was written down."""

    urn: str
    type: str
    name: str
    """Its logical name, such as `llm-capacity-reservation`."""
    inputs: Mapping[str, Any]
    """What was asked for, in wire names; what was not known then is missing."""


@dataclass(frozen=True)
class ZoneQuestion:
    """In which zones of this region does the account see this machine type?"""

    region: str
    machine_type: str


PlanT = TypeVar("PlanT", bound=ClusterPlan)


class Cloud(Protocol[PlanT]):
    """What a cloud's package provides. `plan` is pure; the others run inside a Pulumi program."""

    @property
    def name(self) -> CloudName:
        """Which cloud it is."""
        ...

    @property
    def failures(self) -> Sequence[Rule]:
        """How this cloud says what went wrong."""
        ...

    def configuration(self, region: str) -> Mapping[str, str]:
        """The Pulumi configuration that the cloud's provider needs for a region, such as `aws:region`."""
        ...

    def plan(self, request: Request) -> PlanT:
        """What this cloud will get for a request. Pure. Raises `NotFeasible` for what the cloud cannot do."""
        ...

    def gives(self, plan: PlanT) -> Gives:
        """What a cluster made by a plan gives, for people who compare clouds. Pure."""
        ...

    def build(self, plan: PlanT, opts: "pulumi.ResourceOptions") -> ClusterOutputs:
        """Declare the plan's resources as children of `opts.parent`."""
        ...

    def bootstrap(self, regions: Sequence[str]) -> "Mapping[str, pulumi.Input[Any]]":
        """Declare what is one per account or outlives clusters in some regions; gives what the stack exports."""
        ...

    def trust(self, request: TrustRequest) -> Trusted:
        """Declare what lets a cluster's pods read a bucket here. Raises `NotFeasible` where nothing could."""
        ...

    async def zones(self, questions: Sequence[ZoneQuestion]) -> Mapping[ZoneQuestion, Sequence[str]]:
        """Ask the account; a machine type that a region does not offer gives an empty sequence."""
        ...

    async def lacking(self, needs: Sequence[Need]) -> Mapping[Need, str]:
        """Ask the account for what clusters need beforehand; of those that are missing, the reason in a sentence."""
        ...

    async def inventory(self, cluster: str, region: str) -> Sequence[Item]:
        """Everything in the account's region that carries the cluster's tags."""
        ...

    async def ids(self, cluster: str, region: str, lost: Sequence[Lost]) -> Mapping[str, str]:
        """By URN, the id that each lost resource has if the cloud made it; without those that it cannot have made.

        An id says only where to look: whether there is something must be read.
        """
        ...


AnyCloud = Cloud[Any]


class NotFeasible(ValueError):
    """A cloud cannot do what is asked; the message is the reason, in a sentence without a full stop."""
