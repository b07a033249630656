"""What is judged: blueprints on each cloud that can have them, where `wayfare plan` would place them.

The library's are what people begin with. Those beside this file ask for what the library leaves out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.golden.cases import NOW, ROOT
from tests.golden.graph import Graph, graph
from wayfare.blueprints import CloudName, load
from wayfare.components.catalog import shipped_catalog
from wayfare.components.clouds import cloud
from wayfare.components.contract import Holding, NotFeasible, Request, ZoneQuestion
from wayfare.stacks.placement import Candidate, Zones, candidates, questions
from wayfare.stacks.program import request_for
from wayfare.stacks.project import StackSettings

LIBRARY = ROOT / "blueprints" / "library"
BESIDE = Path(__file__).with_name("blueprints")

BLUEPRINTS: Mapping[str, Path] = {
    path.stem: path for folder in (LIBRARY, BESIDE) for path in sorted(folder.glob("*.yaml"))
}


@dataclass(frozen=True, order=True)
class Case:
    """A blueprint on a cloud."""

    cloud: CloudName
    blueprint: str

    def __str__(self) -> str:
        return f"{self.cloud}-{self.blueprint}"


@dataclass(frozen=True)
class Refused:
    """Why a cloud cannot have a blueprint."""

    reason: str


@cache
def requests() -> Mapping[Case, Request]:
    """What the stack of each case asks for; without the clouds that cannot have a blueprint."""
    return {case: found for case, found in _looked_at().items() if isinstance(found, Request)}


def refused() -> Mapping[Case, str]:
    """Why a cloud cannot have a blueprint, where it cannot."""
    return {case: found.reason for case, found in _looked_at().items() if isinstance(found, Refused)}


@cache
def declared(case: Case) -> Graph:
    """The resource graph of a case, made once in a process."""
    return graph(requests()[case])


@cache
def _looked_at() -> Mapping[Case, Request | Refused]:
    return {Case(name, blueprint): _request(name, path) for name in CloudName for blueprint, path in BLUEPRINTS.items()}


def _request(name: CloudName, path: Path) -> Request | Refused:
    """The first of a cloud's ranked placements that the cloud's own plan takes, or the first reason against them."""
    wanted, catalog = load(path).blueprint, shipped_catalog()
    why = [f"{name} has no machine type that fits"]
    for candidate in candidates(wanted, catalog, _zones(name, questions(wanted, catalog).get(name, ()))):
        if candidate.cloud is not name or candidate.rejected is not None:
            continue
        request = request_for(_settings(candidate, str(path.relative_to(ROOT))), ROOT, NOW)
        try:
            cloud(name).plan(request)
        except NotFeasible as error:
            why.append(str(error))
            continue
        return request
    return Refused(why[min(1, len(why) - 1)])


def _settings(candidate: Candidate, path: str) -> StackSettings:
    place = candidate.placement
    return StackSettings(
        blueprint=path,
        cloud=place.cloud,
        region=place.region,
        zone=place.zone,
        machine_type=place.machine_type,
        purchase=place.purchase,
        capacity=Holding.HELD,
    )


def _zones(name: CloudName, asked: Sequence[ZoneQuestion]) -> Zones:
    """Every region has the machine type in its first zone: no account is asked."""
    return {(name, question): (_first_zone(name, question.region),) for question in asked}


def _first_zone(name: CloudName, region: str) -> str:
    match name:
        case CloudName.AWS:
            return f"{region}a"
        case CloudName.AZURE:
            return "1"
        case CloudName.GCP:
            return f"{region}-a"
