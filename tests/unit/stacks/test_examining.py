"""What `wayfare doctor` finds on a machine and in a cloud's clock; the rest it asks of the engine."""

import threading
from collections.abc import Generator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import metadata
from pathlib import Path

import pytest

from wayfare.blueprints import CloudName
from wayfare.stacks.examining import Health, clocks, machine, plugins


class _Clock(BaseHTTPRequestHandler):
    def do_HEAD(self) -> None:
        self.send_response(403)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


@pytest.fixture
def clock() -> Generator[str]:
    """A server that refuses, as the clouds' do, and tells its time."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Clock) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()
        thread.join()


def test_a_clock_that_is_not_the_clouds_is_found(clock: str) -> None:
    places = {CloudName.AWS: clock, CloudName.GCP: "http://127.0.0.1:1/"}
    right, away = clocks([CloudName.AWS, CloudName.GCP], places=places)
    assert (right.health, away.health) == (Health.WELL, Health.WARN)
    (wrong,) = clocks([CloudName.AWS], lambda: datetime.now(UTC) - timedelta(minutes=7), places)
    assert wrong.health is Health.ILL
    assert "are refused" in wrong.said
    assert "timedatectl" in wrong.mend


def test_plugins_are_those_of_the_sdks(tmp_path: Path) -> None:
    (tmp_path / "plugins" / f"resource-aws-v{metadata.version('pulumi-aws')}").mkdir(parents=True)
    (tmp_path / "plugins" / "resource-gcp-v1.0.0").mkdir()
    found = {each.about: each for each in plugins(tmp_path)}
    assert found["plugin aws"].health is Health.WELL
    gcp = found["plugin gcp"]
    assert gcp.mend == f"pulumi plugin install resource gcp v{metadata.version('pulumi-gcp')}"


def test_a_machine_without_an_engine_is_told_how_to_get_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    found = {each.about: each for each in machine()}
    assert (found["engine"].health, found["engine"].mend) == (Health.ILL, "wayfare engine install")
    assert found["git"].health is Health.WARN
    assert found["rclone"].health is Health.WELL
