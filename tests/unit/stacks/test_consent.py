"""Consent on a terminal, and which placement of its stack a standing cluster keeps or gets."""

import sys
from dataclasses import replace
from datetime import UTC, datetime
from io import StringIO

import pytest
import typer

from wayfare.blueprints import Accelerator, AcceleratorName, CloudName, Purchase
from wayfare.components.catalog import MachineType, shipped_rows
from wayfare.stacks.changes import tell
from wayfare.stacks.cli.changes import unchanged_data
from wayfare.stacks.cli.console import Format
from wayfare.stacks.cli.exits import Exit
from wayfare.stacks.cli.living import agreed_names, consented
from wayfare.stacks.cli.render import result_data
from wayfare.stacks.engine.preview import Planned
from wayfare.stacks.failover import Attempt, End, Result
from wayfare.stacks.living import Outlook
from wayfare.stacks.placement import Candidate
from wayfare.stacks.project import StackName
from wayfare.stacks.prospect import Prospect, in_its_stack

STACK = StackName("llm", CloudName.GCP, "us-east4")
POOL = Planned(
    "delete",
    "gcp:container/nodePool:NodePool",
    f"urn:pulumi:{STACK}::wayfare::wayfare:gcp:AcceleratorPool$gcp:container/nodePool:NodePool::llm-accelerator-pool",
)
OUTLOOK = Outlook(STACK, (), tell([POOL]))


class Keyboard(StringIO):
    """Somebody at a terminal."""

    def isatty(self) -> bool:
        """It is one."""
        return True


def typing(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(sys, "stdin", Keyboard(text))


def test_the_clusters_name_is_consent(monkeypatch: pytest.MonkeyPatch) -> None:
    typing(monkeypatch, "llm\n")
    assert consented(OUTLOOK, frozenset(), Format.TABLE)


@pytest.mark.parametrize("word", ["y", "yes", "", "llm2", "LLM"])
def test_no_other_word_is(monkeypatch: pytest.MonkeyPatch, word: str) -> None:
    typing(monkeypatch, f"{word}\n")
    with pytest.raises(typer.Exit) as ended:
        consented(OUTLOOK, frozenset({"bucket"}), Format.TABLE)
    assert ended.value.exit_code == Exit.CANCELLED


def test_without_a_terminal_only_its_own_name_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", StringIO("llm\n"))
    with pytest.raises(typer.Exit) as ended:
        consented(OUTLOOK, agreed_names(["bucket", "control-plane"]), Format.TABLE)
    assert ended.value.exit_code == Exit.INVALID
    assert not consented(OUTLOOK, agreed_names(["pool"]), Format.TABLE), "what was agreed to is not asked again"
    with pytest.raises(typer.BadParameter, match="'pools' is none of pool, control-plane, bucket, store"):
        agreed_names(["pools"])


def test_a_program_reads_the_same_keys_where_nothing_was_to_be_done() -> None:
    standing = candidate("p5.48xlarge", "us-east-1a")
    now = datetime(2026, 1, 1, tzinfo=UTC)
    brought_up = result_data(Result(End.STANDS, (Attempt(standing, now, now, None),)), [standing], {"nodes": 16})
    unchanged = unchanged_data(Outlook(STACK, (), ()), Prospect([standing], {}, standing), {"nodes": 16})
    assert set(unchanged) == {*brought_up, "changes"}
    same = ("end", "placement", "candidates", "outputs", "price_difference_per_hour", "wasted_seconds", "cleaned_up")
    assert [unchanged[key] for key in same] == [brought_up[key] for key in same]


def machine(name: str) -> MachineType:
    return shipped_rows(CloudName.AWS).machine_type(name)


def candidate(name: str, zone: str | None, region: str = "us-east-1", wish: int = 0) -> Candidate:
    accelerator = Accelerator(name=AcceleratorName(machine(name).accelerator), nodes=16)
    return Candidate(CloudName.AWS, accelerator, Purchase.ON_DEMAND, (wish, 0), region, zone, machine(name))


def test_a_cluster_keeps_its_placement_or_gets_the_first_of_its_stack() -> None:
    own = candidate("p5.48xlarge", "us-east-1b")
    here = own.placement
    a, b = (candidate("p5en.48xlarge", f"us-east-1{letter}", wish=1) for letter in "ab")
    elsewhere, unknown = candidate("p5.48xlarge", "us-west-2a", "us-west-2"), candidate("p5.48xlarge", None)
    first = candidate("p5.48xlarge", "us-east-1a")
    assert in_its_stack([elsewhere, first, own, a, b], here) == own
    # Of placements that are alike, the zone in which the pool is; a better wish comes before the zone.
    assert in_its_stack([elsewhere, unknown, a, b], here) == b
    assert in_its_stack([first, replace(own, rejected="over the budget"), a, b], here) == first
    assert in_its_stack([elsewhere, unknown, replace(own, rejected="avoided")], here) is None
