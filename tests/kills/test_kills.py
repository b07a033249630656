"""SIGKILL of the tool, the engine, its language host or the clouds, at any moment: nothing is lost, doubled or left.

`make test-kills` runs 60 seeded cases, continuous integration a sample of them. WAYFARE_KILLS sets the number.
"""

import os

import pytest

from tests.engine.rehearsal import Rehearsal
from tests.kills.conftest import Undisturbed
from tests.kills.killing import CLUSTER, Command, Kill, finish, interrupt, prepare, standing

#: The sample: the engine dies while a cluster comes up on AWS, and the tool while one fails over on Azure.
SAMPLE = (9, 4)

COUNT = int(os.environ.get("WAYFARE_KILLS", "0"))
CASES = [Kill.of(seed) for seed in (range(COUNT) if COUNT else SAMPLE)]


@pytest.mark.parametrize("kill", CASES, ids=str)
def test_whoever_dies_nothing_is_lost_doubled_or_left(
    rehearsal: Rehearsal, undisturbed: Undisturbed, kill: Kill
) -> None:
    events, wanted = undisturbed(kill)
    prepare(rehearsal, kill)
    interrupt(rehearsal, kill, events)
    told = finish(rehearsal, kill)
    if kill.command is not Command.DESTROY:
        found = standing(rehearsal)
        assert found == wanted, told
        rehearsal.wayfare("destroy", CLUSTER, "--sandbox", "--yes", "--delete-data")
    assert rehearsal.sandbox.inventory() == {"resources": [], "kubernetes": []}, told
    assert rehearsal.stacks() == []
    assert rehearsal.settings_files() == []
