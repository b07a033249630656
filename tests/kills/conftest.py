"""What an undisturbed run of each case looks like, found once for each worker."""

from collections.abc import Callable
from functools import cache

import pytest

from tests.engine.conftest import engine, rehearsal
from tests.engine.rehearsal import Rehearsal
from tests.kills.killing import Kill, Standing, command_line, prepare, standing
from tests.kills.moving import CLUSTER, bring_up
from wayfare.blueprints import CloudName
from wayfare.stacks.engine.install import Engine

__all__ = ["engine", "rehearsal"]

Undisturbed = Callable[[Kill], tuple[int, Standing | None]]
"""From a case to how many events its command takes, and what stands afterwards."""


@pytest.fixture(scope="session")
def undisturbed(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:  # noqa: ARG001
    """Runs each case's command once without a kill."""

    @cache
    def run(cloud: CloudName, command: str) -> tuple[int, Standing | None]:
        kill = next(kill for kill in map(Kill.of, range(9)) if (kill.cloud, kill.command) == (cloud, command))
        with Rehearsal.running(tmp_path_factory.mktemp("undisturbed")) as made:
            prepare(made, kill)
            before = len(made.sandbox.events())
            made.wayfare(*command_line(kill))
            return len(made.sandbox.events()) - before, standing(made) if made.stacks() else None

    return lambda kill: run(kill.cloud, kill.command)


Untouched = Callable[[CloudName], Standing]
"""From a cloud to what a training's cluster there is that nobody has moved."""


@pytest.fixture(scope="session")
def untouched(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Untouched:  # noqa: ARG001
    """Brings a training up on each cloud once."""

    @cache
    def run(cloud: CloudName) -> Standing:
        with Rehearsal.running(tmp_path_factory.mktemp("untouched")) as made:
            bring_up(made, cloud)
            return standing(made, CLUSTER)

    return run
