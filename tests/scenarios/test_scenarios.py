"""Whatever happens in the life of a cluster: no command breaks, nothing is made twice, and nothing stays.

`make test-scenarios` runs 25 seeded lives, continuous integration a sample of them. WAYFARE_SCENARIOS sets the number.
"""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.scenarios.life import Life
from wayfare.stacks.engine.install import Engine

#: The lives that continuous integration runs.
SAMPLE = (3,)

COUNT = int(os.environ.get("WAYFARE_SCENARIOS", "0"))

#: Steps in a life: the clouds' start, and five disturbed commands.
STEPS = 6


@pytest.mark.parametrize("number", range(COUNT) if COUNT else SAMPLE)
def test_a_life(engine: Engine, tmp_path: Path, number: int) -> None:  # noqa: ARG001 - looked for, not used
    @seed(number)
    def life() -> Life:
        return Life(tmp_path)

    run_state_machine_as_test(  # pyright: ignore[reportUnknownMemberType]
        life,  # pyright: ignore[reportArgumentType] - a function that makes one, as its docstring says
        settings=settings(
            max_examples=1,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
            print_blob=False,
        ),
    )
