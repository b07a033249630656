"""One server of each kind in a test session. Without the programs the tests fail: a skipped suite proves nothing."""

from collections.abc import Callable, Generator
from contextlib import ExitStack
from itertools import count

import pytest

from tests.copying import programs
from tests.copying.servers import Made, Server, azure_server, google_server, s3_server

_NUMBERS = count(1)

Make = Callable[[str], Made]
"""Makes a new bucket on a server of that kind."""


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Generator[dict[str, Server]]:
    """By kind; `s3-no-md5` is S3 whose objects are all in parts, or under a KMS key."""
    found = programs.find()
    assert found is not None, "these tests run real object stores; install them with: make copying"
    root = tmp_path_factory.mktemp("stores")
    with ExitStack() as stack:
        yield {
            "s3": stack.enter_context(s3_server(root / "s3")),
            "s3-no-md5": stack.enter_context(s3_server(root / "s3-no-md5", hashes=False)),
            "azure": stack.enter_context(azure_server(found.azurite, root / "azure")),
            "google": stack.enter_context(google_server(found.fake_gcs_server, root / "google")),
        }


@pytest.fixture
def make(servers: dict[str, Server]) -> Make:
    """New buckets, each of a name of its own."""
    return lambda kind: servers[kind].make(f"bucket-{next(_NUMBERS)}")
