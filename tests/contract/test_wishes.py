"""No wish of a blueprint is passed over: on every cloud it changes the placements or the resources, or it is refused.

A field that is added to the blueprint has no row in `VARIATIONS` and fails here; one that a cloud does not look at
fails too, because two values of it lead to the same.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from typing import Any, get_args

import pytest
from pydantic import BaseModel
from ruamel.yaml import YAML

from tests.contract.asked import ZONES
from tests.contract.variations import BASE, ELSEWHERE, VARIATIONS
from tests.contract.variations_serving import SERVING_VARIATIONS
from tests.golden.graph import graph, text
from wayfare.blueprints import Blueprint, CloudName, InferenceCluster, TrainingCluster, loads
from wayfare.components.catalog import shipped_catalog
from wayfare.components.clouds import cloud
from wayfare.components.contract import Holding, NotFeasible, Request
from wayfare.stacks.placement import Candidate, candidates, questions

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def test_every_field_of_the_blueprint_has_two_values_here() -> None:
    fields = {*_fields(TrainingCluster, ""), *_fields(InferenceCluster, "")}
    shown = {*VARIATIONS, *SERVING_VARIATIONS, *ELSEWHERE}
    assert fields - shown == set(), "a field that nobody shows to have an effect"
    assert shown - fields == set(), "a row of a field that there is not"


@pytest.mark.parametrize(
    ("path", "name"), [(path, name) for path, row in VARIATIONS.items() for name in row.clouds], ids=str
)
def test_a_wish_changes_what_a_cloud_gets_or_is_refused(path: str, name: CloudName) -> None:
    row = VARIATIONS[path]
    names = ("llm", "other") if path == "metadata.name" else ("llm", "llm")
    labels = ("{team: a}", "{team: b}") if path == "metadata.labels" else ("{}", "{}")
    before = _outcome(_blueprint(row.before, names[0], labels[0]), name)
    after = _outcome(_blueprint(row.after, names[1], labels[1]), name)
    assert before != after, f"{name} gives the same whatever {path} says: {before[-1][:400]}"


@pytest.mark.parametrize(
    ("path", "name"), [(path, name) for path, row in SERVING_VARIATIONS.items() for name in row.clouds], ids=str
)
def test_a_wish_of_a_cluster_that_serves_changes_what_a_cloud_gets_or_is_refused(path: str, name: CloudName) -> None:
    row = SERVING_VARIATIONS[path]
    before, after = (
        _outcome(_blueprint(part, "llm", "{}", "InferenceCluster"), name) for part in (row.before, row.after)
    )
    assert before != after, f"{name} gives the same whatever {path} says: {before[-1][:400]}"


def _fields(annotation: Any, path: str) -> Iterator[str]:
    """The leaves of a model, by their names in YAML; a list's entry is written `[]`."""
    models = list(_models(annotation))
    if not models:
        yield path
    for model in models:
        for name, info in model.model_fields.items():
            below = f"{path}.{info.alias or name}" if path else str(info.alias or name)
            entries = "[]" if "tuple[" in str(info.annotation) and list(_models(info.annotation)) else ""
            yield from _fields(info.annotation, f"{below}{entries}")


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models(inner)


def _blueprint(part: str, name: str, labels: str, kind: str = "TrainingCluster") -> Blueprint:
    own = set(YAML(typ="safe").load(part) or {})  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType] - untyped
    spec = "\n".join([part, *(line for key, line in BASE.items() if key not in own)])
    head = f"apiVersion: wayfare.dev/v1\nkind: {kind}\nmetadata: {{name: {name}, labels: {labels}}}\nspec:\n"
    return loads(head + "".join(f"  {line}\n" for line in spec.splitlines() if line.strip()), "b.yaml").blueprint


def _outcome(blueprint: Blueprint, name: CloudName) -> tuple[str, ...]:
    """What a cloud does for a blueprint: its placements with their reasons, and the first one's resources."""
    zones = {
        (where, question): (ZONES[where][0].format(question.region),)
        for where, asked in questions(blueprint, shipped_catalog()).items()
        for question in asked
    }
    found = [each for each in candidates(blueprint, shipped_catalog(), zones) if each.cloud is name]
    ranked = [str(sorted(each.as_data(chosen=False).items())) for each in found]
    open = [each for each in found if each.rejected is None]
    planned = (_resources(blueprint, each) for each in open)
    # The first that can be planned; where none can, the reason against the first.
    reasons: list[str] = []
    for one in planned:
        if not one.startswith("refused: "):
            return (*ranked, one)
        reasons.append(one)
    return (*ranked, reasons[0] if reasons else "none")


def _resources(blueprint: Blueprint, candidate: Candidate) -> str:
    """The whole graph as text, or the reason against it. The digest, which tells of every change, is held still."""
    assert candidate.machine is not None
    reservation = candidate.reservation
    request = Request(
        blueprint=blueprint,
        digest="0" * 64,
        placement=candidate.placement,
        machine=candidate.machine,
        accelerator=candidate.accelerator,
        holding=Holding.RELEASED if candidate.machine.holds(candidate.purchase) else Holding.NONE,
        hold_until=NOW,
        waiting=reservation is not None and reservation.start is not None and reservation.start > NOW,
        complete=True,
    )
    return _declared(request.placement.cloud, _Case(request))


class _Case:
    """A request as a key of a cache, by what it says."""

    def __init__(self, request: Request) -> None:
        self.request = request

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Case) and other.request == self.request

    def __hash__(self) -> int:
        return hash(str(self.request.placement))


@cache
def _declared(name: CloudName, case: _Case) -> str:
    try:
        cloud(name).plan(case.request)
    except NotFeasible as refused:
        return f"refused: {refused}"
    return text(graph(case.request))
