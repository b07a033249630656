"""A scenario: a YAML file that sets the sandbox whole, so that a failover or a move can be rehearsed.

```yaml
zones: {aws: {us-east-1: [us-east-1a, us-east-1b]}}
capacity:
  - {cloud: aws, region: us-east-1, machineType: p5.48xlarge, nodes: 0}
  - {cloud: gcp, region: us-east4, zone: us-east4-b, machineType: a3-megagpu-8g, purchase: spot, nodes: 0, after: 8m}
quotas: [{cloud: azure, region: eastus, family: standardNDSv5Family, limit: 192}]
offered: [{cloud: aws, region: us-west-2, zone: us-west-2c, machineType: p5.48xlarge, offered: false}]
faults:
  - {cloud: aws, token: aws:eks/cluster:Cluster, kind: throttled, times: 2}
  - {cloud: gcp, token: gcp:container/nodePool:NodePool, operation: delete, after: 1, message: "…"}
  - {cloud: azure, token: azure-native:network:VirtualNetwork, slow: 20m}
operator: {address: 203.0.113.7, connected: [aws]}
```
"""

from ipaddress import IPv4Address
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic.alias_generators import to_camel
from pydantic_core import ErrorDetails

from wayfare.blueprints import CloudName, Problem, Purchase
from wayfare.blueprints.files import read_file
from wayfare.blueprints.problems import render
from wayfare.blueprints.quantities import Duration
from wayfare.blueprints.source import MAX_MISTAKES, Source
from wayfare.sandbox.behaviour import FaultKind, Operation, Wrong


class BadScenario(ValueError):
    """A scenario cannot be read. The message names the file and the place in it."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=to_camel, validate_by_name=True)


PartT = TypeVar("PartT", bound=_Part)


class CapacityRow(_Part):
    """How many nodes of a machine type there are, from a moment on."""

    cloud: CloudName
    region: str
    zone: str | None = None
    """None: every zone of the region, so many nodes in each."""
    machine_type: str
    purchase: Purchase | None = None
    """None: on demand and spot alike."""
    nodes: Annotated[int, Field(ge=0)]
    after: Duration | None = None
    """Virtual time since the sandbox began from which this holds; None from the start. A later row prevails."""


class QuotaRow(_Part):
    """The account's limit for a quota family in a region: vCPUs, or accelerators on GCP."""

    cloud: CloudName
    region: str
    family: str
    limit: Annotated[int, Field(ge=0)]


class OfferedRow(_Part):
    """Whether a zone, or a whole region, has a machine type at all."""

    cloud: CloudName
    region: str
    zone: str | None = None
    machine_type: str
    offered: bool = False


class FaultRow(_Part):
    """What goes wrong with the next calls on a resource type or function."""

    cloud: CloudName
    token: str
    """Type of the resource, or name of the function, without an API version."""
    operation: Operation = Operation.CREATE
    message: str | None = None
    """The call fails with this text."""
    kind: FaultKind | None = None
    """The call fails in the cloud's own words for this."""
    dead: bool = False
    """The package's provider dies in the call, as a plugin that crashes, and answers nobody until it is revived."""
    slow: Duration | None = None
    """Virtual time that the call takes beside its own, before it fails where it is to fail."""
    after: Annotated[int, Field(ge=0)] = 0
    """So many of these calls pass first. A call that an earlier row makes fail is not seen by the later ones."""
    times: Annotated[int, Field(ge=1)] = 1
    """So many calls are met."""

    @model_validator(mode="after")
    def _says_what_goes_wrong(self) -> "FaultRow":
        wrongs = [self.message is not None, self.kind is not None, self.dead]
        if sum(wrongs) > 1 or not (any(wrongs) or self.slow):
            raise ValueError("say what goes wrong: message, kind or dead, or slow with or without one of them")
        if self.kind is FaultKind.STOCKOUT and self.operation not in (Operation.CREATE, Operation.UPDATE):
            raise ValueError("only a create or an update takes machines: a stockout is no fault of the others")
        return self


class OperatorRow(_Part):
    """Where whoever runs the commands is, as control planes see it."""

    address: IPv4Address | None = None
    """The public address; None for one that every control plane lets in that lets in anybody from outside."""
    connected: tuple[CloudName, ...] = ()
    """Clouds whose private networks are reached, by a VPN or from a machine in them."""


class TrainingRow(_Part):
    """What goes wrong with the process that stands for a training's pods."""

    cluster: str
    """Name of the cluster, or of its stack."""
    wrong: Wrong
    times: Annotated[int, Field(ge=1)] = 1
    """So many runs crash; the others happen once."""


class Passing(_Part):
    """Virtual time that is to pass."""

    time: Duration


class Scenario(_Part):
    """Everything that can be set of the sandbox."""

    zones: dict[CloudName, dict[str, tuple[str, ...]]] = {}
    """Zones of a region in place of the usual ones; an empty list takes the region away."""
    capacity: tuple[CapacityRow, ...] = ()
    quotas: tuple[QuotaRow, ...] = ()
    offered: tuple[OfferedRow, ...] = ()
    faults: tuple[FaultRow, ...] = ()
    operator: OperatorRow = OperatorRow()


def read_scenario(file: Path) -> Scenario:
    """Read a scenario; an empty file sets nothing. Raises `BadScenario`."""
    source = read_file(file)
    if source.problems:
        raise BadScenario("\n".join(str(problem) for problem in source.problems))
    try:
        return Scenario.model_validate({} if source.data is None else source.data)
    except ValidationError as error:
        found = [_problem(source, details) for details in error.errors()[:MAX_MISTAKES]]
        raise BadScenario("\n".join(str(problem) for problem in found)) from error


def _problem(source: Source, error: ErrorDetails) -> Problem:
    loc = error["loc"]
    if error["type"] == "extra_forbidden":
        return Problem(source.name, *source.key(loc), render(loc), "unknown key")
    return Problem(source.name, *source.where(loc), render(loc), error["msg"])


def valid(part: type[PartT], data: dict[str, Any]) -> PartT:
    """A part of a scenario, from what a caller gave. Raises `BadScenario` with what is wrong."""
    try:
        return part.model_validate(data)
    except ValidationError as error:
        raise BadScenario("\n".join(problems(error))) from None


def problems(error: ValidationError) -> list[str]:
    """What is wrong, one line for each place."""
    return [f"{render(problem['loc']) or 'top level'}: {problem['msg']}" for problem in error.errors()]
