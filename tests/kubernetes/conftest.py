"""One control plane for each cloud in a test session, with the library's training cluster before it."""

from collections.abc import Generator
from pathlib import Path

import pytest

from tests.kubernetes.living import Living, living
from wayfare.blueprints import CloudName
from wayfare.stacks.kubernetes import install


@pytest.fixture(scope="session")
def programs() -> Path:
    """The programs of this machine. Without them the tests fail: a suite that skips them proves nothing."""
    found = install.find()
    assert found is not None, "these tests run a real Kubernetes, and there is none; install it with: make kubernetes"
    return found.directory


@pytest.fixture(scope="session", params=list(CloudName))
def cluster(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, programs: Path
) -> Generator[Living]:
    """A training cluster whose own workload is gone, so that its nodes are free."""
    with living(tmp_path_factory.mktemp("cluster"), request.param, programs) as made:
        yield made
