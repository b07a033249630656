"""What people and programs read of a failover."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from rich.console import Console

from tests.contract.asked import blueprint
from tests.golden.cases import ROOT
from wayfare.blueprints import Accelerator, AcceleratorName, CloudName, Purchase, load
from wayfare.components.catalog import shipped_rows
from wayfare.components.contract import Item
from wayfare.components.failures import FailureKind, Meaning, Scope
from wayfare.stacks.cli.exits import Exit
from wayfare.stacks.cli.render import (
    candidate_table,
    cautions,
    exit_of,
    probe_lines,
    remains_lines,
    result_data,
    shown_price,
    timeline,
)
from wayfare.stacks.failover import Attempt, End, Failure, Remains, Result, Shortage
from wayfare.stacks.placement import Candidate

H100 = Accelerator(name=AcceleratorName.H100, nodes=16, per_node=8)
P5, MEGA = (
    shipped_rows(cloud).machine_type(name)
    for cloud, name in ((CloudName.AWS, "p5.48xlarge"), (CloudName.GCP, "a3-megagpu-8g"))
)
FIRST = Candidate(CloudName.AWS, H100, Purchase.ON_DEMAND, (0, 0), "us-east-1", "us-east-1a", P5)
ALIKE = replace(FIRST, zone="us-east-1b")
SECOND = Candidate(CloudName.GCP, H100, Purchase.ON_DEMAND, (0, 0), "us-east4", "us-east4-b", MEGA)
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def failure(kind: FailureKind) -> Failure:
    return Failure("no\n\troom", Meaning(kind, Scope.REGION, timedelta(hours=1)), "urn:x")


SHORT = Shortage(FIRST.placement, "P", failure(FailureKind.STOCKOUT).meaning, NOON + timedelta(hours=1))
ATTEMPTS = (
    Attempt(FIRST, NOON, NOON + timedelta(minutes=12), failure(FailureKind.STOCKOUT)),
    Attempt(SECOND, NOON + timedelta(minutes=12), NOON + timedelta(minutes=25), None, ((ALIKE, SHORT),)),
)
STANDS = Result(End.STANDS, ATTEMPTS, remains={"llm.aws-us-east-1": Remains((Item("s3:bucket", "b", retained=True),))})


@pytest.mark.parametrize("kind", ["TrainingCluster", "InferenceCluster"])
def test_a_training_is_shown_what_its_fabric_must_give(kind: str) -> None:
    wanted = blueprint((P5,), nodes=16, kind=kind)
    lines = list(probe_lines(wanted, [FIRST, ALIKE, replace(SECOND, rejected="no")]))
    told = ["fabric probe on p5.48xlarge: at least 1,600 of 3,200 Gbit/s for each machine"]
    assert lines == (told if kind == "TrainingCluster" else [])


def test_the_timeline_tells_each_attempt_the_words_the_meaning_what_was_next_and_the_loss() -> None:
    assert list(timeline(STANDS)) == [
        " 0:00:00  1. aws/us-east-1/us-east-1a 16 x p5.48xlarge on-demand",
        " 0:12:00     failed, 0:12:00 wasted",
        "             cloud said: no room",
        "             taken for:  stockout, region scope",
        "             passed over aws/us-east-1/us-east-1b 16 x p5.48xlarge on-demand: stockout",
        "             next:       gcp/us-east4/us-east4-b 16 x a3-megagpu-8g on-demand, +606.40 USD/h",
        " 0:12:00  2. gcp/us-east4/us-east4-b 16 x a3-megagpu-8g on-demand",
        " 0:25:00     stands, after 0:13:00",
        "          wasted in all: 0:12:00",
    ]


def test_the_timeline_of_a_failover_that_found_nothing() -> None:
    nothing = Result(End.NO_CAPACITY, ATTEMPTS[:1], ((ALIKE, SHORT),))
    assert list(timeline(nothing))[-3:] == [
        "             passed over aws/us-east-1/us-east-1b 16 x p5.48xlarge on-demand: stockout",
        "             next:       none is left",
        "          wasted in all: 0:12:00",
    ]


def test_the_same_as_data() -> None:
    data = result_data(STANDS, [FIRST, ALIKE, SECOND], {"cluster": "llm"})
    assert data["end"] == "stands"
    assert data["price_difference_per_hour"] == 606.40
    assert data["wasted_seconds"] == 720
    assert data["placement"] == SECOND.as_data(chosen=True)
    assert data["outputs"] == {"cluster": "llm"}
    assert data["cleaned_up"] == {
        "llm.aws-us-east-1": {"retained": [{"kind": "s3:bucket", "id": "b"}], "left_behind": [], "problem": None}
    }
    assert isinstance(data["attempts"], list)
    assert data["attempts"][0]["failure"] == {
        "message": "no\n\troom",
        "urn": "urn:x",
        "taken_for": "stockout",
        "scope": "region",
        "lasts_seconds": 3600,
    }
    assert data["attempts"][1]["passed_over"] == [{**ALIKE.as_data(chosen=False), "because": "stockout"}]


@pytest.mark.parametrize(
    ("result", "code"),
    [
        (STANDS, Exit.DONE),
        (Result(End.NO_CAPACITY, ()), Exit.NO_CAPACITY),
        (Result(End.STOPPED, (replace(ATTEMPTS[0], failure=failure(FailureKind.UNKNOWN)),)), Exit.REFUSED),
        (Result(End.STOPPED, (replace(ATTEMPTS[0], failure=failure(FailureKind.CREDENTIALS)),)), Exit.CREDENTIALS),
        (replace(STANDS, remains={"s": Remains((Item("ec2:vpc", "vpc-1"),))}), Exit.UNFINISHED),
        (replace(STANDS, remains={"s": Remains(problem="AccessDenied")}), Exit.UNFINISHED),
    ],
)
def test_exit_codes(result: Result, code: Exit) -> None:
    assert exit_of(result) is code


def test_what_remains_is_told_by_kind() -> None:
    remains = Remains((Item("s3:bucket", "b", retained=True), Item("ec2:vpc", "vpc-1")))
    assert list(remains_lines("s", remains)) == [
        "LEFT BEHIND by s: ec2:vpc vpc-1",
        "kept on purpose by s: s3:bucket b",
    ]
    assert list(remains_lines("s", Remains(problem="denied"))) == ["UNPROVEN: s: denied"]
    assert list(remains_lines("s", Remains())) == ["s: the inventory shows nothing of it"]


def test_prices_say_when_they_are_a_ceiling_or_another_regions() -> None:
    spot = replace(FIRST, purchase=Purchase.SPOT, region="us-west-2")
    assert shown_price(FIRST) == "880.64"
    assert shown_price(spot) == "<=~880.64"
    assert shown_price(replace(FIRST, machine=None)) == "?"


def test_the_table_gathers_zones_and_equal_reasons() -> None:
    out = [replace(FIRST, region=region, zone=None, rejected="too far") for region in ("us-east-2", "us-west-2")]
    console = Console(width=200, record=True, file=StringIO())
    console.print(candidate_table([FIRST, ALIKE, SECOND, *out], FIRST))
    text = console.export_text()
    assert "us-east-1a, us-east-1b" in text
    assert "2 regions" in text
    assert text.count("too far") == 1
    assert text.count("->") == 1


def test_a_plan_tells_once_for_each_cloud_how_short_the_notice_of_its_spot_nodes_is() -> None:
    blueprint = load(ROOT / "blueprints/library/pretrain-h100-16-spot.yaml").blueprint
    spot = [replace(each, purchase=Purchase.SPOT) for each in (FIRST, ALIKE, SECOND)]
    said = cautions(blueprint, [*spot, FIRST])
    assert [line.partition(",")[0] for line in said] == [
        "a spot node of aws leaves its pods 120 seconds",
        "a spot node of gcp leaves its pods 15 seconds",
    ]
    assert cautions(blueprint, [FIRST, replace(spot[0], rejected="too dear")]) == []
    assert cautions(load(ROOT / "blueprints/library/finetune-a100.yaml").blueprint, spot) == []
