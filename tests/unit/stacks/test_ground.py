"""Which of several refusals decides what a failover does next, and when a clean-up begins."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from wayfare.blueprints import Accelerator, AcceleratorName, CloudName, Purchase, load
from wayfare.components.catalog import shipped_rows
from wayfare.components.failures import FailureKind
from wayfare.stacks.accounts import Accounts
from wayfare.stacks.engine.automation import Stacks
from wayfare.stacks.engine.install import Engine, Way
from wayfare.stacks.engine.outcome import Refusal, Step, Update, Watch
from wayfare.stacks.engine.state import Recorded
from wayfare.stacks.failover import End, fail_over
from wayfare.stacks.ground import EngineGround, blueprint_path, decisive
from wayfare.stacks.placement import Candidate
from wayfare.stacks.project import Project
from wayfare.stacks.session import Session

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


class SlowEngine:
    """Stacks whose programs take a while to begin; the first region has no capacity."""

    def __init__(self) -> None:
        self.done: list[str] = []

    def configure(self, name: str, settings: Mapping[str, str]) -> None:  # noqa: ARG002
        self.done.append(f"configure {settings['wayfare:placement.region']}")

    def up(self, name: str, watch: Watch) -> Update:
        self.done.append(f"program of {name}")
        if name.endswith("us-east-1"):
            return Update((SHORT,))
        watch(Step("create", "aws:ec2/vpc:Vpc", "llm-vpc", done=False))
        return Update()

    def resources(self, name: str) -> list[Recorded]:
        self.done.append(f"clean up {name}")
        return []

    def let_go_full(self, name: str, urns: Collection[str]) -> None:
        assert not urns, f"{name} has no bucket"

    def destroy(self, name: str, watch: Watch, *, keep: Callable[[Recorded], bool]) -> Update:  # noqa: ARG002
        self.resources(name)
        return Update()

    def remove(self, name: str) -> None:
        self.done.append(f"removed {name}")


class EmptyAccounts:
    """Accounts that hold nothing."""

    def inventory(self, *_: Any) -> list[Any]:
        return []


def test_a_clean_up_begins_when_the_next_attempt_makes_something(tmp_path: Path) -> None:
    engine = SlowEngine()
    session = Session(
        Project.create(tmp_path),
        cast("Stacks", engine),
        cast("Accounts", EmptyAccounts()),
        None,
        Engine(Way.BUILT, tmp_path, "3", None),
        {},
    )
    loaded = load(Path(__file__).parents[3] / "blueprints" / "library" / "pretrain-h100-16.yaml")
    ground = EngineGround(session, loaded, [], lambda _name, _step: None, lambda _line: None)
    # Spot: no capacity is held, so that an attempt is one run of the engine.
    spot = replace(CANDIDATE, purchase=Purchase.SPOT)
    result = fail_over([spot, replace(spot, region="us-east-2", zone="us-east-2a")], ground)
    ground.close()
    assert result.end is End.STANDS
    assert result.proven
    first, second = "llm-pretrain.aws-us-east-1", "llm-pretrain.aws-us-east-2"
    assert engine.done[:4] == [
        "configure us-east-1",
        f"program of {first}",
        "configure us-east-2",
        f"program of {second}",
    ]
    assert set(engine.done[4:]) == {f"clean up {first}", f"removed {first}"}
