"""Which of several refusals decides what a failover does next."""

from pathlib import Path

import pytest

from wayfare.blueprints import Accelerator, AcceleratorName, CloudName, Purchase
from wayfare.components.catalog import shipped_rows
from wayfare.components.failures import FailureKind
from wayfare.stacks.engine.outcome import Refusal
from wayfare.stacks.ground import blueprint_path, decisive
from wayfare.stacks.placement import Candidate

URN = "urn:pulumi:llm.aws-us-east-1::wayfare::wayfare:index:Cluster$aws:eks/nodeGroup:NodeGroup::llm-nodes"
H100 = Accelerator(name=AcceleratorName.H100, nodes=16, per_node=8)
CANDIDATE = Candidate(
    CloudName.AWS,
    H100,
    Purchase.ON_DEMAND,
    (0, 0),
    "us-east-1",
    "us-east-1a",
    shipped_rows(CloudName.AWS).machine_type("p5.48xlarge"),
)
SHORT = Refusal(URN, "InsufficientInstanceCapacity: no capacity")
THROTTLED = Refusal(URN, "api error Throttling: Rate exceeded")
STRANGE = Refusal(URN, "InvalidParameterValue: the flux capacitor is not aligned")


@pytest.mark.parametrize(
    ("refusals", "kind"),
    [
        ((SHORT,), FailureKind.STOCKOUT),
        ((THROTTLED,), FailureKind.TRANSIENT),
        ((THROTTLED, SHORT), FailureKind.STOCKOUT),
        ((SHORT, STRANGE, THROTTLED), FailureKind.UNKNOWN),
    ],
)
def test_what_stops_decides_before_what_leads_on(refusals: tuple[Refusal, ...], kind: FailureKind) -> None:
    assert decisive(CANDIDATE, refusals).meaning.kind is kind


def test_a_mistake_of_the_program_is_never_a_shortage() -> None:
    failure = decisive(CANDIDATE, (Refusal(None, "KeyError: InsufficientInstanceCapacity"),))
    assert failure.meaning.kind is FailureKind.UNKNOWN


def test_the_type_of_a_refused_resource() -> None:
    assert SHORT.type == "aws:eks/nodeGroup:NodeGroup"
    assert Refusal(None, "").type == ""


def test_a_blueprint_in_the_project_is_named_relative_to_it(tmp_path: Path) -> None:
    inside, outside = tmp_path / "project" / "b.yaml", tmp_path / "b.yaml"
    assert blueprint_path(inside, tmp_path / "project") == "b.yaml"
    assert blueprint_path(outside, tmp_path / "project") == str(outside)
