"""SIGKILL of the tool or the engine in a move, in every step and direction: it is ended, forward or back, with nothing
lost. WAYFARE_KILLS other than 0 runs all cases, and continuous integration two of them.
"""

import os

import pytest

from tests.engine.rehearsal import Rehearsal
from tests.kills.conftest import Untouched
from tests.kills.killing import Victim
from tests.kills.moving import CLUSTER, KILLS, Kill, Then, bring_up, ended, expect_well, interrupted

#: The engine dies while the source is suspended; the tool while the target's training is waited for.
SAMPLE = tuple(
    kill
    for kill in KILLS
    if (kill.step, kill.victim, kill.then)
    in (("suspend", Victim.ENGINE, Then.RESUME), ("progress", Victim.TOOL, Then.ROLLBACK))
)

CASES = KILLS if os.environ.get("WAYFARE_KILLS", "0") != "0" else SAMPLE


@pytest.mark.parametrize("kill", CASES, ids=str)
def test_whoever_dies_in_a_move_it_ends_well(rehearsal: Rehearsal, untouched: Untouched, kill: Kill) -> None:
    wanted = untouched(kill.ends_at)
    bring_up(rehearsal, kill.source)
    begin = ("move", CLUSTER, "--to", kill.target, "--sandbox", "--yes")
    if kill.step.startswith("back:"):
        interrupted(rehearsal, begin, Kill(kill.source, kill.target, "last-copy", Victim.TOOL, kill.then))
        (move,) = rehearsal.wayfare("moves", "--sandbox", "-o", "json").data["moves"]
        begin = ("move", "--rollback", move["id"], "--sandbox")
    told = interrupted(rehearsal, begin, kill)
    assert f"{kill.step}: " in told
    expect_well(rehearsal, kill, wanted, [told, *ended(rehearsal, kill)])
