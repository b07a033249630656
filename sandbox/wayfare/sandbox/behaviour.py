"""What a sandboxed cloud does beyond its schema: the seam between the provider protocol and each cloud's rules.

The servicer checks inputs against the SDK's schema, then hands a call to the cloud's `Behaviour`. A behaviour is made
of tables keyed by resource type token and of plain functions; it keeps no state of its own: all state is the `Store`'s.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Properties = dict[str, Any]
"""Wire-named (camelCase) properties, plain JSON values."""


class Refused(Exception):
    """The cloud refuses a call and leaves nothing behind. The message is the cloud's own text."""


class HalfMade(Exception):
    """The cloud made a resource that does not work, and keeps it (EKS node groups, GKE node pools)."""

    def __init__(self, id: str, outputs: Properties, reasons: Sequence[str]) -> None:
        super().__init__("; ".join(reasons))
        self.id, self.outputs, self.reasons = id, outputs, tuple(reasons)


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
class ResourceRules:
    """How one resource type behaves."""

    seconds: int = 0
    """Virtual time that a create takes."""
    delete_seconds: int = 0
    replace_on: frozenset[str] = frozenset()
    """Top-level input properties whose change replaces the resource; `*` for every property."""
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
    store: Any
    """The sandbox's `Store`."""
    id: str | None = None
    outputs: Properties = field(default_factory=dict[str, Any])


Invoke = Callable[[Mapping[str, Any], Mapping[str, str], Any], Properties]
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
    default_tags: Callable[[Properties], Mapping[str, str]] | None = None
