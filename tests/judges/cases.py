"""What is judged: every library blueprint on each cloud that can have it, where `wayfare plan` would place it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from tests.golden.cases import NOW, ROOT
from tests.golden.graph import Graph, graph
from wayfare.blueprints import CloudName, load
from wayfare.components.catalog import shipped_catalog
from wayfare.components.clouds import cloud
from wayfare.components.contract import Holding, NotFeasible, Request, ZoneQuestion
from wayfare.stacks.placement import Candidate, Zones, candidates, questions
from wayfare.stacks.program import request_for
from wayfare.stacks.project import StackSettings

BLUEPRINTS = tuple(sorted(path.stem for path in (ROOT / "blueprints" / "library").glob("*.yaml")))


@dataclass(frozen=True, order=True)
class Case:
    """A library blueprint on a cloud."""

    cloud: CloudName
    blueprint: str

    def __str__(self) -> str:
        return f"{self.cloud}-{self.blueprint}"


@cache
def requests() -> Mapping[Case, Request]:
    """What the stack of each case asks for; without the clouds that cannot have a blueprint."""
    found = {Case(name, blueprint): _request(name, blueprint) for name in CloudName for blueprint in BLUEPRINTS}
    return {case: request for case, request in sorted(found.items()) if request is not None}


@cache
def declared(case: Case) -> Graph:
    """The resource graph of a case, made once in a process."""
    return graph(requests()[case])


def _request(name: CloudName, blueprint: str) -> Request | None:
    """The first of a cloud's ranked placements that the cloud's own plan takes, or None."""
    path = f"blueprints/library/{blueprint}.yaml"
    wanted, catalog = load(ROOT / path).blueprint, shipped_catalog()
    for candidate in candidates(wanted, catalog, _zones(name, questions(wanted, catalog).get(name, ()))):
        if candidate.cloud is not name or candidate.rejected is not None:
            continue
        request = request_for(_settings(candidate, path), ROOT, NOW)
        try:
            cloud(name).plan(request)
        except NotFeasible:
            continue
        return request
    return None


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
