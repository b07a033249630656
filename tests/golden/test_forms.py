"""Every resource of a golden graph has a form that a judge reads (`make test-judges`): nothing is dropped."""

import pytest

from tests.golden.cases import PLACEMENTS, declared
from tests.judges.inputs import Kind, inputs
from wayfare.blueprints import CloudName


@pytest.mark.parametrize(("cloud", "blueprint"), sorted(PLACEMENTS))
def test_every_golden_graph_has_its_forms(cloud: CloudName, blueprint: str) -> None:
    own = Kind.ARM if cloud is CloudName.AZURE else Kind.TERRAFORM
    made = inputs(declared(cloud, blueprint))
    assert {one.kind for one in made} == {own, Kind.KUBERNETES}
    clouds = {"azure-native", "aws", "gcp"}
    rows = [row for row in declared(cloud, blueprint).values() if row.type.partition(":")[0] in clouds]
    assert sum(one.types.total() for one in made if one.kind is own) == len(rows)
