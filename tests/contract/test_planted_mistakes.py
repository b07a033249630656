"""Each planted mistake is refused with its path in the cloud's kind of words; what the components declare passes."""

from collections.abc import Callable, Generator
from contextlib import ExitStack
from functools import cache
from pathlib import Path

import pytest

from tests.contract import (
    mistakes_aws,
    mistakes_azure,
    mistakes_azure_hold,
    mistakes_drivers,
    mistakes_gcp,
    mistakes_kubernetes,
    mistakes_volumes,
)
from tests.contract.dry_run import DryRun, Refusal, dry_run
from tests.contract.planted import Mistake, Right
from tests.golden.cases import BLUEPRINTS, request
from wayfare.blueprints import CloudName, Purchase

MISTAKES = (
    *mistakes_aws.MISTAKES,
    *mistakes_azure.MISTAKES,
    *mistakes_azure_hold.MISTAKES,
    *mistakes_drivers.MISTAKES,
    *mistakes_gcp.MISTAKES,
    *mistakes_kubernetes.MISTAKES,
    *mistakes_volumes.MISTAKES,
)
RIGHTS = (*mistakes_azure_hold.RIGHTS, *mistakes_drivers.RIGHTS, *mistakes_volumes.RIGHTS)

Whole = Callable[[CloudName, str, Purchase, str | None], DryRun]
"""A cluster that was made as the components declare it, kept for as long as the worker runs."""


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Generator[Whole]:
    with ExitStack() as runs:

        @cache
        def run(cloud: CloudName, blueprint: str, purchase: Purchase, machine_type: str | None) -> DryRun:
            asked = request(cloud, blueprint, purchase=purchase, machine_type=machine_type)
            return runs.enter_context(dry_run(tmp_path_factory.mktemp("whole"), asked))

        yield run


# What is bought beforehand, or for later, has tests of its own cloud.
@pytest.mark.parametrize("purchase", [Purchase.ON_DEMAND, Purchase.SPOT])
@pytest.mark.parametrize("blueprint", BLUEPRINTS)
@pytest.mark.parametrize("cloud", list(CloudName))
def test_what_the_components_declare_is_refused_nowhere(
    whole: Whole, cloud: CloudName, blueprint: str, purchase: Purchase
) -> None:
    run = whole(cloud, blueprint, purchase, None)
    assert run.refusals == []
    assert len(run.made) > 10


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: f"{mistake.cloud}: {mistake.title}")
def test_a_mistake_is_refused_where_it_is(whole: Whole, tmp_path: Path, mistake: Mistake) -> None:
    planted: list[str] = []
    refusals = refused(whole, tmp_path, mistake, planted)
    assert planted, "no such resource is declared"
    assert refusals, "the sandbox took it"
    first = refusals[0]
    assert first.path == mistake.path, first
    assert mistake.said in first.text, first
    assert first.name.endswith(mistake.refused or mistake.name)


@pytest.mark.parametrize("right", RIGHTS, ids=lambda right: f"{right.cloud}: {right.title}")
def test_its_right_counterpart_is_refused_nowhere(tmp_path: Path, right: Right) -> None:
    planted: list[str] = []
    asked = request(right.cloud, right.blueprint, purchase=right.purchase)
    with dry_run(tmp_path, asked, right.plant(planted)) as run:
        assert run.refusals == []
    assert set(planted) == set(right.edits)


def refused(whole: Whole, tmp_path: Path, mistake: Mistake, planted: list[str]) -> list[Refusal]:
    """What is refused of a cluster with the mistake in it."""
    asked = (mistake.cloud, mistake.blueprint, mistake.purchase, mistake.machine_type)
    if mistake.path and not mistake.refused:
        # What shows in the resource itself needs no second cluster.
        run, edit = whole(*asked), mistake.plant(planted)
        return [refusal for row in run.resources for refusal in run.check(row, edit)]
    alone = request(mistake.cloud, mistake.blueprint, purchase=mistake.purchase, machine_type=mistake.machine_type)
    with dry_run(tmp_path, alone, mistake.plant(planted)) as run:
        return run.refusals
