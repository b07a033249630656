"""Which engine is taken, and that an installation is whole or not there at all."""

import json
import threading
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from wayfare.stacks.engine.install import NotInstalled, Way, find, install
from wayfare.stacks.engine.install_build import EXEC_SCRIPT
from wayfare.stacks.engine.install_pins import ENGINE, LANGUAGE_HOST, Pins, pins
from wayfare.stacks.golang import Report

PINS = pins()
NO_PATH = ""
ALL = (ENGINE, LANGUAGE_HOST, EXEC_SCRIPT)


def binaries(directory: Path, version: str = PINS.engine, names: tuple[str, ...] = ALL) -> Path:
    """Programs that say the version, as `pulumi version` does."""
    directory.mkdir(parents=True, exist_ok=True)
    for name in names:
        (directory / name).write_text(f"#!/bin/sh\necho v{version}\n", encoding="utf-8")
        (directory / name).chmod(0o755)
    return directory


@dataclass
class Source:
    """A way to an engine that needs no network, and what was asked of it."""

    version: str = PINS.engine
    names: tuple[str, ...] = ALL
    fails: str | None = None
    host: str = PINS.language_host
    calls: int = 0
    wait_for: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.wait_for.set()

    def __call__(self, directory: Path, wanted: Pins, report: Report) -> str:
        self.calls += 1
        report(f"wanted: {wanted.engine}")
        assert self.wait_for.wait(30)
        binaries(directory / "bin", self.version, self.names)
        if self.fails:
            raise NotInstalled(self.fails)
        return self.host


def newer(version: str) -> str:
    major, minor, patch = version.split(".")
    return f"{major}.{int(minor) + 1}.{patch}"


def quiet(_: str) -> None:
    pass


@pytest.mark.parametrize("version", [PINS.engine, newer(PINS.engine)])
def test_a_fitting_engine_on_path_is_taken(tmp_path: Path, version: str) -> None:
    path = binaries(tmp_path / "bin", version)
    source = Source()
    engine = install(quiet, tmp_path / "cache", str(path), [(Way.BUILT, source)])
    assert (engine.way, engine.directory, engine.version) == (Way.PATH, path, version)
    assert source.calls == 0
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize(
    ("folder", "version", "names", "reason"),
    [
        ("bin", "3.9.0", ALL, "is 3.9.0; wanted is"),
        ("bin", "99.0.0", ALL, "is 99.0.0; wanted is"),
        ("bin", "", ALL, "does not tell a version"),
        ("bin", PINS.engine, (ENGINE,), f"comes without {LANGUAGE_HOST}"),
        ("bin", PINS.engine, (ENGINE, LANGUAGE_HOST), f"comes without {EXEC_SCRIPT}"),
        ("shims", PINS.engine, ALL, "is not in a folder called `bin`"),
        ("bin", PINS.engine, (LANGUAGE_HOST,), "there is no `pulumi`"),
    ],
)
def test_what_on_path_does_not_fit_is_left_with_its_reason(
    tmp_path: Path, folder: str, version: str, names: tuple[str, ...], reason: str
) -> None:
    path = binaries(tmp_path / folder, version, names)
    lines: list[str] = []
    engine = install(lines.append, tmp_path / "cache", str(path), [(Way.BUILT, Source())])
    assert engine.way is Way.BUILT
    assert any(line.startswith("not on PATH: ") and reason in line for line in lines)


def test_the_language_host_may_lie_elsewhere_on_path(tmp_path: Path) -> None:
    engine = binaries(tmp_path / "a" / "bin", names=(ENGINE,))
    host = binaries(tmp_path / "b", names=(LANGUAGE_HOST, EXEC_SCRIPT))
    found = find(tmp_path / "cache", f"{engine}:{host}")
    assert found is not None
    assert found.way is Way.PATH


def test_the_next_way_is_taken_when_one_fails_and_both_are_reported(tmp_path: Path) -> None:
    lines: list[str] = []
    ways = [(Way.OFFICIAL, Source(fails="no network")), (Way.BUILT, Source())]
    engine = install(lines.append, tmp_path, NO_PATH, ways)
    assert engine.way is Way.BUILT
    assert engine.directory == tmp_path / PINS.engine / "bin"
    assert engine.language_host_version == PINS.language_host
    assert f"not {Way.OFFICIAL}: no network" in lines
    assert lines[-1] == f"engine: Pulumi {PINS.engine}, {Way.BUILT}, in {engine.directory}"


def test_an_installed_engine_is_found_again_and_not_installed_twice(tmp_path: Path) -> None:
    source = Source()
    first = install(quiet, tmp_path, NO_PATH, [(Way.BUILT, source)])
    assert find(tmp_path, NO_PATH) == first
    assert install(quiet, tmp_path, NO_PATH, [(Way.BUILT, source)]) == first
    assert find(tmp_path, str(first.directory)) == first, "its own engine on PATH is no engine of the user's"
    assert source.calls == 1


@pytest.mark.parametrize(
    "source",
    [Source(version="3.1.0"), Source(names=(ENGINE, LANGUAGE_HOST)), Source(fails="out of space")],
    ids=["another version", "not whole", "failed half-way"],
)
def test_what_fails_leaves_nothing_behind(tmp_path: Path, source: Source) -> None:
    with pytest.raises(NotInstalled, match="there is no way to an engine"):
        install(quiet, tmp_path, NO_PATH, [(Way.BUILT, source)])
    assert find(tmp_path, NO_PATH) is None
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == []


def test_an_engine_from_other_pins_or_damaged_is_replaced(tmp_path: Path) -> None:
    install(quiet, tmp_path, NO_PATH, [(Way.BUILT, Source(host="3.1.0"))])
    assert find(tmp_path, NO_PATH) is None, "its language host is not the one that is pinned"
    engine = install(quiet, tmp_path, NO_PATH, [(Way.BUILT, Source())])
    (engine.directory / EXEC_SCRIPT).unlink()
    assert find(tmp_path, NO_PATH) is None
    assert install(quiet, tmp_path, NO_PATH, [(Way.BUILT, Source())]) == engine
    assert find(tmp_path, NO_PATH) == engine


@pytest.mark.parametrize("record", ["", "[]", "{}", json.dumps({"way": "by magic"})])
def test_an_unreadable_record_counts_as_no_engine(tmp_path: Path, record: str) -> None:
    engine = install(quiet, tmp_path, NO_PATH, [(Way.BUILT, Source())])
    (engine.directory.parent / "engine.json").write_text(record, encoding="utf-8")
    assert find(tmp_path, NO_PATH) is None


def test_what_a_killed_installation_left_is_removed(tmp_path: Path) -> None:
    binaries(tmp_path / ".new-killed" / "engine" / "bin")
    install(quiet, tmp_path, NO_PATH, [(Way.BUILT, Source())])
    assert not (tmp_path / ".new-killed").exists()


def test_two_at_a_time_install_once(tmp_path: Path) -> None:
    source = Source()
    source.wait_for.clear()
    started = threading.Event()

    def first_tells(line: str) -> None:
        if line.startswith("wanted: "):
            started.set()

    def second_tells(line: str) -> None:
        if line.startswith("another installation is under way"):
            source.wait_for.set()

    first = threading.Thread(target=install, args=(first_tells, tmp_path, NO_PATH, [(Way.BUILT, source)]))
    first.start()
    assert started.wait(30)
    engine = install(second_tells, tmp_path, NO_PATH, [(Way.BUILT, source)])
    first.join(30)
    assert source.calls == 1
    assert find(tmp_path, NO_PATH) == engine
