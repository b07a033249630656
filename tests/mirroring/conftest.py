"""Two registries in a test session. Without the program the tests fail: a skipped suite proves nothing."""

from collections.abc import Generator
from pathlib import Path

import pytest

from tests.mirroring.programs import REGISTRY
from tests.mirroring.servers import Served, registry


@pytest.fixture(scope="session")
def open_registry(tmp_path_factory: pytest.TempPathFactory) -> Generator[Served]:
    """One that lets everybody in."""
    with registry(_program(), tmp_path_factory.mktemp("open"), guarded=False) as served:
        yield served


@pytest.fixture(scope="session")
def guarded_registry(tmp_path_factory: pytest.TempPathFactory) -> Generator[Served]:
    """One that wants a password."""
    with registry(_program(), tmp_path_factory.mktemp("guarded"), guarded=True) as served:
        yield served


def _program() -> Path:
    found = REGISTRY.find()
    assert found is not None, "these tests run a real registry; install it with: make copying"
    return found
