"""Every blueprint of the library fulfils every control, on every cloud that can have it."""

from collections.abc import Iterator
from functools import cache
from typing import Any, cast

import pytest

from tests.contract.asked import ZONES
from tests.golden.cases import NOW, ROOT
from tests.golden.graph import Graph, Secret, graph
from wayfare.blueprints import CloudName, load
from wayfare.components.catalog import shipped_catalog
from wayfare.components.clouds import cloud as package
from wayfare.components.contract import Holding, NotFeasible, Request
from wayfare.components.controls import CONTROLS, Resource, Terms, violations
from wayfare.components.controls.terms import terms_of
from wayfare.stacks.placement import candidates, questions

LIBRARY = sorted((ROOT / "blueprints" / "library").glob("*.yaml"))


def requests(file: str, cloud: CloudName) -> Iterator[Request]:
    """What the first placement of a library blueprint on a cloud asks for: while capacity is held, and afterwards."""
    loaded, catalog = load(ROOT / "blueprints" / "library" / file), shipped_catalog()
    asked = questions(loaded.blueprint, catalog)
    zones = {
        (each, question): tuple(zone.format(question.region) for zone in ZONES[each])
        for each, of_cloud in asked.items()
        for question in of_cloud
    }
    for candidate in candidates(loaded.blueprint, catalog, zones):
        if candidate.rejected is not None or candidate.cloud != cloud or candidate.machine is None:
            continue
        made = [
            Request(
                blueprint=loaded.blueprint,
                digest=loaded.digest,
                placement=candidate.placement,
                machine=candidate.machine,
                accelerator=candidate.accelerator,
                holding=holding,
                hold_until=NOW,
            )
            for holding in ((Holding.HELD, Holding.RELEASED) if candidate.machine.holds(candidate.purchase) else ())
            or (Holding.NONE,)
        ]
        try:
            package(cloud).plan(made[0])
        except NotFeasible:
            continue
        yield from made
        return


@cache
def asked_for(file: str, cloud: CloudName) -> tuple[Request, ...]:
    return tuple(requests(file, cloud))


def _plain(value: Any) -> Any:
    if isinstance(value, Secret):
        return _plain(value.value)
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in cast("dict[str, Any]", value).items()}
    return [_plain(item) for item in cast("list[Any]", value)] if isinstance(value, list) else value


def resources(declared: Graph) -> list[Resource]:
    """A graph as controls see it."""
    return [Resource(row.type, row.name, _plain(row.inputs)) for row in declared.values()]


@pytest.mark.parametrize("cloud", CloudName)
@pytest.mark.parametrize("file", [file.name for file in LIBRARY])
def test_a_library_blueprint_fulfils_every_control(file: str, cloud: CloudName) -> None:
    for request in asked_for(file, cloud):
        found = violations(resources(graph(request)), terms_of(request.blueprint))
        assert [str(violation) for violation in found] == []


def test_every_library_blueprint_and_every_cloud_is_looked_at() -> None:
    placed = {(file.name, cloud) for file in LIBRARY for cloud in CloudName if asked_for(file.name, cloud)}
    assert {file for file, _ in placed} == {file.name for file in LIBRARY}
    assert {cloud for _, cloud in placed} == set(CloudName)


def test_no_library_blueprint_excepts_what_it_fulfils() -> None:
    for file in LIBRARY:
        excepted = {each.control for each in load(file).blueprint.spec.exceptions}
        broken = {
            violation.control.name
            for cloud in CloudName
            for request in asked_for(file.name, cloud)
            for violation in violations(resources(graph(request)), Terms(terms_of(request.blueprint).wishes))
        }
        assert excepted <= broken & set(CONTROLS)
