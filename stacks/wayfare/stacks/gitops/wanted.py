"""`placements/<cluster>.yaml`: where a cluster is wanted, and where capacity was short.

People and `wayfare propose` write it. Pure but for reading: the same document gives the same bytes.
"""

from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError
from pydantic.alias_generators import to_camel
from ruamel.yaml import YAML

from wayfare.blueprints import CloudName, Purchase
from wayfare.blueprints.files import read_file
from wayfare.blueprints.layers import is_mapping
from wayfare.blueprints.problems import printable
from wayfare.components.contract import Placement
from wayfare.components.failures import FailureKind, Meaning, Scope
from wayfare.stacks.failover import Shortage
from wayfare.stacks.placement import Candidate

_HEAD = """\
# Where {cluster} is wanted. A merge brings it up there and nowhere else; when capacity is short there, the pipeline
# proposes another place here and waits for somebody to agree. A cluster that stands is moved by `wayfare move`.
"""


class PlacementInvalid(ValueError):
    """A placement file does not say where its cluster is wanted. The message has a line for each mistake."""


class _Document(BaseModel):
    model_config = ConfigDict(
        extra="forbid", frozen=True, alias_generator=to_camel, validate_by_name=True, validate_by_alias=True
    )


class Place(_Document):
    """A placement as it is wanted."""

    cloud: CloudName
    region: str
    zone: str | None = None
    """None: any of the region."""
    machine_type: str
    purchase: Purchase = Purchase.ON_DEMAND
    reservation: str | None = None

    def against(self, candidate: Candidate) -> str | None:
        """Which of its parts a candidate is not, or None. What a candidate does not know is not held against it."""
        machine = candidate.machine.name if candidate.machine else None
        reservation = candidate.reservation.id if candidate.reservation else None
        parts = (
            ("cloud", self.cloud, candidate.cloud),
            ("region", self.region, candidate.region),
            ("zone", self.zone, candidate.zone),
            ("machineType", self.machine_type, machine),
            ("purchase", self.purchase, candidate.purchase),
            ("reservation", self.reservation, reservation),
        )
        return next(
            (f"{name} {wanted}" for name, wanted, has in parts if None not in (wanted, has) and wanted != has), None
        )

    @classmethod
    def of(cls, candidate: Candidate, *, zone: bool) -> "Place":
        """A candidate's place. Raises ValueError where it has no machine type or region.

        `zone`: with its zone; without, any of the region is as good.
        """
        if candidate.machine is None or candidate.region is None:
            raise ValueError("a candidate without a machine type or a region cannot be wanted")
        return cls(
            cloud=candidate.cloud,
            region=candidate.region,
            zone=candidate.zone if zone else None,
            machine_type=candidate.machine.name,
            purchase=candidate.purchase,
            reservation=candidate.reservation.id if candidate.reservation else None,
        )

    def __str__(self) -> str:
        where = "/".join(part for part in (self.cloud, self.region, self.zone) if part)
        return f"{where} {self.machine_type} {self.purchase}{f' {self.reservation}' if self.reservation else ''}"


class Short(_Document):
    """A shortage that an `up` met: until then nothing that it covers is proposed."""

    place: Place
    family: str
    kind: FailureKind
    scope: Scope
    until: datetime
    """RFC 3339, with its offset."""

    def shortage(self) -> Shortage:
        """The same, for candidates."""
        place = self.place
        here = Placement(
            place.cloud, place.region, place.zone or "", place.machine_type, place.purchase, place.reservation
        )
        return Shortage(here, self.family, Meaning(self.kind, self.scope, timedelta(0)), self.until)


class Wanted(_Document):
    """What one file says."""

    api_version: Literal["wayfare.dev/v1"] = "wayfare.dev/v1"
    kind: Literal["Placement"] = "Placement"
    cluster: str
    placement: Place
    short: tuple[Short, ...] = ()


def read(file: Path) -> Wanted:
    """What a placement file says. Raises PlacementInvalid."""
    source = read_file(file)
    if source.problems:
        raise PlacementInvalid("\n".join(str(problem) for problem in source.problems))
    try:
        return Wanted.model_validate(_with_zones_as_text(source.data))
    except ValidationError as error:
        lines: list[str] = []
        for problem in error.errors():
            line, col = source.where(problem["loc"])
            field = ".".join(str(part) for part in problem["loc"])
            lines.append(f"{printable(str(file))}:{line}:{col}: {printable(field)}: {problem['msg']}")
        raise PlacementInvalid("\n".join(lines)) from None


def wanted_place(file: Path, cluster: str) -> Place:
    """Where a cluster's file wants it. Raises PlacementInvalid, also where it is another cluster's."""
    wanted = read(file)
    if wanted.cluster != cluster:
        raise PlacementInvalid(f"{file} is for the cluster {wanted.cluster}, and the blueprint is {cluster}")
    return wanted.placement


def text(wanted: Wanted) -> str:
    """The file."""
    data = wanted.model_dump(mode="json", by_alias=True, exclude_none=True)
    yaml, out = YAML(typ="rt", pure=True), StringIO()
    yaml.width = 120
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.dump(data, out)  # pyright: ignore[reportUnknownMemberType] - ruamel is untyped
    return _HEAD.format(cluster=wanted.cluster) + out.getvalue()


def _with_zones_as_text(data: JsonValue, key: str = "") -> JsonValue:
    """YAML reads a zone of Azure's, `1`, as a number."""
    if is_mapping(data):
        return {inner: _with_zones_as_text(value, inner) for inner, value in data.items()}
    if isinstance(data, list):
        return [_with_zones_as_text(value) for value in data]
    return str(data) if key == "zone" and type(data) is int else data
