"""Each planted mistake is refused with its path in the cloud's kind of words; what the components declare passes."""

from pathlib import Path

import pytest

from tests.contract import mistakes_aws, mistakes_azure, mistakes_gcp, mistakes_kubernetes
from tests.contract.dry_run import dry_run
from tests.contract.planted import Mistake
from tests.golden.cases import BLUEPRINTS, request
from wayfare.blueprints import CloudName, Purchase

MISTAKES = (
    *mistakes_aws.MISTAKES,
    *mistakes_azure.MISTAKES,
    *mistakes_gcp.MISTAKES,
    *mistakes_kubernetes.MISTAKES,
)


@pytest.mark.parametrize("purchase", list(Purchase))
@pytest.mark.parametrize("blueprint", BLUEPRINTS)
@pytest.mark.parametrize("cloud", list(CloudName))
def test_what_the_components_declare_is_refused_nowhere(
    tmp_path: Path, cloud: CloudName, blueprint: str, purchase: Purchase
) -> None:
    with dry_run(tmp_path, request(cloud, blueprint, purchase=purchase)) as run:
        assert run.refusals == []
        assert len(run.made) > 10


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: f"{mistake.cloud}: {mistake.title}")
def test_a_mistake_is_refused_where_it_is(tmp_path: Path, mistake: Mistake) -> None:
    asked = request(mistake.cloud, mistake.blueprint, purchase=mistake.purchase, machine_type=mistake.machine_type)
    planted: list[str] = []
    with dry_run(tmp_path, asked, mistake.plant(planted)) as run:
        assert planted, "no such resource is declared"
        assert run.refusals, "the sandbox took it"
        first = run.refusals[0]
        assert first.path == mistake.path, first
        assert mistake.said in first.text, first
        assert first.name.endswith(mistake.refused or mistake.name)
