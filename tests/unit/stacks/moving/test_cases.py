"""The cases of the kill tests with the real engine: that nothing is left out."""

from itertools import permutations

from tests.kills.killing import Victim
from tests.kills.moving import KILLS, Then
from tests.kills.test_moves import SAMPLE
from wayfare.blueprints import CloudName
from wayfare.stacks.moving.steps import CUT_OVER, STEPS

ORDER = [step.name for step in STEPS]


def test_there_are_at_least_twenty_and_each_is_another() -> None:
    assert len(set(map(str, KILLS))) == len(KILLS) >= 20


def test_every_step_has_one() -> None:
    assert set(ORDER) <= {kill.step for kill in KILLS}


def test_every_direction_ends_both_ways() -> None:
    for source, target in permutations(CloudName, 2):
        kills = [kill for kill in KILLS if (kill.source, kill.target) == (source, target)]
        assert {kill.then for kill in kills} == set(Then)
        assert {kill.ends_at for kill in kills} == {source, target}


def test_tool_and_engine_die_and_the_engine_also_between_a_clouds_create_and_the_states_write() -> None:
    assert {kill.victim for kill in KILLS} == {Victim.TOOL, Victim.ENGINE}
    assert any(kill.victim is Victim.ENGINE and kill.step == "target-up" and kill.events for kill in KILLS)


def test_after_the_cut_over_all_end_on_the_target() -> None:
    late = [kill for kill in KILLS if kill.step in ORDER[ORDER.index(CUT_OVER) + 1 :]]
    assert late
    assert all(kill.ends_at is kill.target for kill in late)


def test_the_sample_has_two_of_them() -> None:
    assert len(SAMPLE) == 2
    assert {kill.victim for kill in SAMPLE} == {Victim.TOOL, Victim.ENGINE}
