"""Every test here gets a sandbox and a project of its own, so that they run beside each other."""

from collections.abc import Generator
from pathlib import Path

import pytest

from tests.engine.rehearsal import Rehearsal, require_engine
from wayfare.stacks.engine.install import Engine


@pytest.fixture(scope="session")
def engine() -> Engine:
    """The engine. Without one the tests fail: a suite that skips them proves nothing."""
    return require_engine()


@pytest.fixture
def rehearsal(engine: Engine, tmp_path: Path) -> Generator[Rehearsal]:  # noqa: ARG001 - looked for, not used
    """A running sandbox with room for everything."""
    with Rehearsal.running(tmp_path) as made:
        yield made
