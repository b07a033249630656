"""What a sandboxed cloud does beyond its schema: the seam between the provider protocol and each cloud's rules.

The servicer checks inputs against the SDK's schema, then hands a call to the cloud's `Behaviour`. A behaviour is made
of tables keyed by resource type token and of plain functions; it keeps no state of its own: all state is the `Store`'s.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from wayfare.sandbox.visitors import Visitor

Properties = dict[str, Any]
"""Wire-named (camelCase) properties, plain JSON values: no secret envelopes."""

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""What the engine sends in a preview for a value that is known only later. Only `ResourceRules.check` and invokes can
meet it; a violation that is reported at an unknown value is dropped by the servicer."""


class Row(Protocol):
    """A resource as the store keeps it."""

    @property
    def token(self) -> str:
        """Resource type without an API version."""
        ...

    @property
    def id(self) -> str:
        """The cloud's id."""
        ...

    @property
    def region(self) -> str:
        """Region, location or cluster that it was made in; empty for what is global."""
        ...

    @property
    def inputs(self) -> Properties:
        """What was asked for."""
        ...

    @property
    def outputs(self) -> Properties:
        """What the cloud holds."""
        ...

    @property
    def tags(self) -> Mapping[str, str]:
        """Its tags or labels."""
        ...

    @property
    def failed(self) -> bool:
        """Whether it is half-made."""
        ...


@dataclass(frozen=True)
class Plane:
    """A real control plane on loopback, as a cloud tells of it."""

    host: str
    """Address and port, such as `127.0.0.1:40213`."""
    authority: str
    """Its certificate authority, PEM in base64."""

    @property
    def inside(self) -> str:
        """Another name of the same place, for a cloud that tells an address inside of its network apart."""
        return self.host.replace("127.0.0.1", "localhost")


class StoreView(Protocol):
    """What a behaviour may ask the sandbox's store."""

    def now(self) -> datetime:
        """Virtual time, UTC."""
        ...

    def new_id(self, digits: int = 17) -> str:
        """A fresh lower-case hex string, repeatable after a reset."""
        ...

    def rows(self, token: str | None = None) -> Sequence[Row]:
        """Resources of one type, of whatever package; or all of this behaviour's cloud."""
        ...

    def row(self, token: str, id: str) -> Row | None:
        """One resource of this behaviour's cloud."""
        ...

    def deleted(self, token: str, id: str) -> datetime | None:
        """When a resource of this cloud with that id was deleted last, virtual time; None where none ever was."""
        ...

    def zones(self, region: str) -> Sequence[str]:
        """Zones of a region as this cloud names them; empty for a region that it does not have."""
        ...

    def offered(self, region: str, zone: str, machine_type: str) -> bool:
        """Whether a zone has this machine type at all, whatever its capacity."""
        ...

    def plane(self, token: str, region: str, id: str) -> Plane | None:
        """The real control plane of a cluster, made when it is first asked for; None in a sandbox without them."""
        ...

    def bucket_made(self, name: str) -> None:
        """Make the directory that holds a bucket's bytes."""
        ...

    def bucket_empty(self, name: str) -> bool:
        """Whether a bucket holds no object."""
        ...

    def bucket_removed(self, name: str) -> None:
        """Delete a bucket's directory and its bytes."""
        ...


class Refused(Exception):
    """The cloud refuses a call and leaves nothing behind. The message is the cloud's own text."""


class NotThere(Refused):
    """What is asked for over HTTP is not there."""


class HalfMade(Exception):
    """The cloud made a resource that does not work, and keeps it (EKS node groups, GKE node pools)."""

    def __init__(self, id: str, outputs: Properties, reasons: Sequence[str]) -> None:
        super().__init__("; ".join(reasons))
        self.id, self.outputs, self.reasons = id, outputs, tuple(reasons)


class Died(Exception):
    """The provider's process ends in the middle of a call. The message is what is left in the cloud's timeline."""


class Operation(StrEnum):
    """What is asked of a cloud."""

    CREATE = "create"
    READ = "read"
    UPDATE = "update"
    DELETE = "delete"
    INVOKE = "invoke"


class FaultKind(StrEnum):
    """What can go wrong on request, in each cloud's own words."""

    THROTTLED = "throttled"
    SERVER_ERROR = "server-error"
    EXPIRED_CREDENTIALS = "expired-credentials"
    STOCKOUT = "stockout"
    """No machine is left for this call: the same as a shortage, with what that leaves behind."""


class Wrong(StrEnum):
    """What can go wrong with a training on request."""

    CRASH = "crash"
    """It ends with 1 in the midst of a checkpoint."""
    HANG = "hang"
    """It counts no more steps, and takes no notice of SIGTERM."""
    LATE = "late"
    """One more object of it comes after its pods have gone."""
    MEND = "mend"
    """Nothing of that, from now on."""


FaultText = Callable[[Operation, str], str]
"""What the cloud says, given the operation and the token of the resource type or function."""


@dataclass(frozen=True)
class Made:
    """A resource as the cloud made it."""

    id: str
    outputs: Properties
    """The cloud's values for every property, the input keys included."""


@dataclass(frozen=True)
class Nodes:
    """Machines that a resource holds (a reservation) or runs (a pool)."""

    zone: str
    machine_type: str
    purchase: str
    """`on-demand` or `spot`"""
    count: int
    reserves: bool
    """True for a reservation. A pool of the same zone, machine type and purchase fits into it and takes no more."""


@dataclass(frozen=True)
class Node:
    """A machine that has joined a cluster, as its kubelet and its cloud's controller describe it."""

    name: str
    machine_type: str
    region: str
    zone: str
    """As the cloud's controller labels it; empty where the machine is in none."""
    labels: Mapping[str, str] = field(default_factory=dict[str, str])
    """The pool's, and those that the cloud adds."""
    taints: tuple[tuple[str, str, str], ...] = ()
    """Key, value and effect in Kubernetes' words."""
    resources: Mapping[str, int] = field(default_factory=dict[str, int])
    """Extended resources that a plugin advertises: accelerators and fabric."""
    devices: Mapping[str, int] = field(default_factory=dict[str, int])
    """Devices of a class that a driver of dynamic resource allocation advertises."""


Rows = Callable[[str], Sequence["Row"]]
"""From a resource type's token to the resources of it."""

NodesOf = Callable[["Row", Sequence["Row"], Rows], Sequence[Node]]
"""From a cluster, its Kubernetes objects and all resources to the machines in it."""


@dataclass(frozen=True)
class Left:
    """What a controller in a Kubernetes cluster made in the cloud, and nobody deletes with the cluster."""

    token: str
    id: str
    outputs: Properties
    tags: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True)
class Deed:
    """What a resource does to another one by itself when its time has come."""

    at: datetime
    token: str
    id: str
    change: Properties
    """What becomes of the other one's inputs; objects in it are merged."""
    refused: str = ""
    """Why the cloud refuses it, in its own words; empty where it does not."""


@dataclass(frozen=True)
class ResourceRules:
    """How one resource type behaves."""

    seconds: int = 0
    """Virtual time that a create takes."""
    delete_seconds: int = 0
    replace_on: frozenset[str] = frozenset()
    """Input properties whose change replaces the resource: names, dotted paths, `*` for every property, and `-name` for
    one that replaces it where it is taken away."""
    check: Callable[["Call"], Sequence[tuple[str, str]]] | None = None
    """Rules beyond the schema: (property path, reason) for each violation."""
    create: Callable[["Call"], Made] | None = None
    """Make it: ids, outputs in the cloud's shape. Raises `Refused`. Unset: a generic id and the inputs echoed."""
    nodes: Callable[["Call"], Nodes | None] | None = None
    """Machines that it takes; the store's ledger grants them or the cloud's stockout text is raised."""
    half_made: bool = False
    """Whether a shortage leaves the resource behind, failed."""
    tags: str | None = "tags"
    """Input property that carries the tags; None for a type that cannot have any."""
    delete: Callable[["Call"], None] | None = None
    """Raises `Refused` when the cloud would not delete it now."""
    leaves: Callable[[Row, Sequence[Row]], Sequence[Left]] | None = None
    """What stays of a cluster that is deleted while these objects are in it."""
    update: Callable[["Call"], Properties] | None = None
    """All outputs after an update: `inputs` are the new ones, `outputs` those before. Unset: the changed inputs are
    echoed over the old outputs. Raises `Refused`."""
    deeds: Callable[[Row, StoreView, datetime, datetime], Sequence[Deed]] | None = None
    """What it does by itself after one moment of virtual time and until another, that one included."""
    unready: Callable[["Call"], str | None] | None = None
    """Why it does not become ready, asked each time that it is made, changed or read; None where it does."""


@dataclass(frozen=True)
class Call:
    """One call on a resource, with what a rule may look at."""

    token: str
    """Resource type without an API version, such as `aws:eks/cluster:Cluster`."""
    name: str
    """The resource's logical name, from its URN."""
    urn: str
    inputs: Properties
    configuration: Mapping[str, str]
    """The provider's own configuration: region, location, project."""
    store: StoreView
    id: str | None = None
    outputs: Properties = field(default_factory=dict[str, Any])
    region: str = ""
    """Region that the call acts in, as the servicer found it; for a Kubernetes object, its cluster. Empty for what is
    global, and in `check`."""
    cluster: Row | None = None
    """For a Kubernetes object, the cluster that it goes to, where the kubeconfig tells it already."""
    live: bool = False
    """Whether a real API server judges and keeps the object."""
    namespaced: bool | None = None
    """Whether it says that the kind's objects are in namespaces; None where it does not say."""


@dataclass(frozen=True)
class Endpoint:
    """Who gets to a control plane."""

    public: bool
    """Whether it answers to whom comes from the internet."""
    networks: tuple[str, ...] | None
    """CIDR blocks that are let in from there; None lets all in."""
    private: bool
    """Whether it answers in the cloud's network, and in what is connected to it."""
    private_name: bool = False
    """Whether its name is known there alone."""


@dataclass(frozen=True)
class Limit:
    """What one property's value must be. None and empty say nothing."""

    source: str
    """Where it stands, such as `botocore eks CreateNodegroup.capacityType`."""
    values: tuple[str, ...] = ()
    """All that are allowed."""
    any_case: bool = False
    """Whether `values` are the same in upper and lower case, as those of Azure's APIs are."""
    pattern: str | None = None
    """A regular expression that the whole text matches."""
    shortest: int | None = None
    """Least characters of a text, or entries of a list or map."""
    longest: int | None = None
    """Most of them."""
    least: float | None = None
    most: float | None = None


Limits = Mapping[str, Limit]
"""By property path in wire names without list indices or map keys: `taints.effect`, `scalingConfig.maxSize`."""

LimitsOf = Callable[[str], Limits]
"""From a resource type's token to its limits; empty for a type whose model is not known."""


def no_limits(token: str) -> Limits:  # noqa: ARG001 - the form of `LimitsOf`
    """Limits of a cloud that has no model."""
    return {}


Invoke = Callable[[Mapping[str, Any], Mapping[str, str], StoreView], Properties]
"""(arguments, provider configuration, store) → result. Raises `Refused`."""


@dataclass(frozen=True)
class Behaviour:
    """One cloud in the sandbox."""

    package: str
    """Pulumi package: aws, azure-native, gcp or kubernetes."""
    rules: Mapping[str, ResourceRules]
    invokes: Mapping[str, Invoke]
    stockout: Callable[[Nodes, str], str]
    """The cloud's text for a shortage, given the nodes and the region."""
    over_quota: Callable[[Nodes, str, str, int, int], str]
    """Its text for a quota: nodes, region, family, limit and what was wanted (vCPUs; accelerators on GCP)."""
    account: Mapping[str, str]
    """Ids of the sandbox's own account: account id, subscription, project."""
    default: ResourceRules = ResourceRules()
    """The rules of a type that `rules` does not name."""
    limits: LimitsOf = no_limits
    """What the cloud's own API model says about a type's values, by path (see `limits`)."""
    faults: Mapping[FaultKind, FaultText] = field(default_factory=dict[FaultKind, FaultText])
    """Its words for what goes wrong on request. A stockout has those of a shortage."""
    failed_status: str = "CREATE_FAILED"
    """What the `status` output of a half-made resource says."""
    healthy_status: str = "Succeeded"
    """What it says once the resource is healed."""
    autonames: bool = False
    """Whether the provider gives a name to what has a `name` and was given none."""
    reads: Callable[[Visitor, str, StoreView], None] | None = None
    """Raises `Refused` where pods of a cluster anywhere may not read a bucket, given as its URL has it."""
    writes: Callable[[Visitor, str, StoreView], None] | None = None
    """The same where they may not read it and write into it."""
    rest: Callable[[str, str, Properties, StoreView], Properties] | None = None
    """Answers (method, path, query and body merged) for what is asked over HTTP and not through the provider, at
    `http://127.0.0.1:<port>/<package>/<path>`. Raises `Refused`."""
