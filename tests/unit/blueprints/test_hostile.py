"""Whatever is handed in as a file is read within limits, or told in a message. Nothing else.

Blueprints, scenarios of the sandbox and settings of stacks are read by one reader; the same files are put to all three.
"""

import io
import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import JsonValue

from tests.unit.blueprints.test_mistakes import GOOD
from wayfare.blueprints import BlueprintInvalid, load, loads
from wayfare.blueprints.files import read_file, within_limit
from wayfare.blueprints.problems import printable
from wayfare.blueprints.source import MAX_BYTES, MAX_CHARACTERS, MAX_DEPTH, MAX_MISTAKES, MAX_NODES
from wayfare.sandbox.scenario import BadScenario, read_scenario
from wayfare.stacks.project import Project, StackSettingsInvalid

STACK = "llm.aws-us-east-1"


def multiplying(levels: int, each: int) -> str:
    """Aliases of aliases: each line stands for so many times the one before."""
    lines = [f"k0: &k0 [{', '.join('1' * each)}]"]
    lines += [f"k{n}: &k{n} [{', '.join([f'*k{n - 1}'] * each)}]" for n in range(1, levels)]
    return "\n".join(lines)


#: What a file holds, and a part of what is said of it.
FILES: dict[str, tuple[bytes, str]] = {
    "aliases that multiply": (multiplying(9, 9).encode(), "more than 5000 values, aliases counted each time"),
    "aliases of a long text": (
        f"a: &a {'x' * 200_000}\nb: [{', '.join(['*a'] * 99)}]".encode(),
        "more than 262144 characters, aliases counted each time",
    ),
    "aliases that grow deep": (
        ("k0: &k0 a\n" + "".join(f"k{n}: &k{n} [[[[[*k{n - 1}]]]]]\n" for n in range(1, 40))).encode(),
        "nested more than 32 levels deep",
    ),
    "aliases beyond counting": (f"a: &a 1\nb: [{', '.join(['*a'] * 1000)}]".encode(), "more than 100 aliases"),
    "an alias in itself": (b"a: &a [*a]", 'alias "*a" has no complete anchor before it'),
    "an alias of nothing": (b"a: *b", 'alias "*b" has no complete anchor before it'),
    "a long alias": (b"a: *" + b"b" * 100_000, "has no complete anchor before it"),
    "deep lists": (b"[" * MAX_BYTES, "nested more than 32 levels deep"),
    "deep mappings": (b"{a: " * 50_000, "nested more than 32 levels deep"),
    "deep blocks": (b"- " * 50_000, "nested more than 32 levels deep"),
    "many keys": (b"".join(b"k%d: 1\n" % n for n in range(24_000)), "more than 5000 values"),
    "the same key again": (b"a: 1\na: 2\n", "stands here twice, first in line 1"),
    "the same key without end": (b"a: 1\n" * 50_000, "has more mistakes than are told here"),
    "ten megabytes": (b"#" * 10_000_000, "is larger than 256 KiB"),
    "many documents": (b"---\n" * 50_000, "a second document begins here"),
    "a merge key": (b"a: &a {b: 1}\nc: {<<: *a}", "merge keys are not part of YAML 1.2"),
    "a mapping for a key": (b"{a: b}: c", "a key must be plain text"),
    "a tag that runs": (b'a: !!python/object/apply:os.system ["false"]', "python/object/apply:os.system"),
    "a tag that makes": (b"a: !!python/name:os.system", "is not allowed"),
    "a tag of one's own": (b"a: !secret x", 'tag "!secret" is not allowed'),
    "a tag of bytes": (b"a: !!binary aGVsbG8=", "is not allowed"),
    "an older YAML": (b"%YAML 1.1\n---\na: yes", "only YAML 1.2 is read"),
    "an unquoted date": (b"a: 2026-01-01", "an unquoted date must be text"),
    "a number without end": (b"a: " + b"9" * 200_000, "is not a finite number"),
    "an exponent without end": (b"a: 1e999999999", "is not a finite number"),
    "NUL": (b"a: b\0c", "holds a control character that YAML does not allow"),
    "an escape sequence of a terminal": (b"a: \x1b[2J", "holds a control character"),
    "UTF-16": ("\ufeffa: b".encode("utf-16-le"), "is not UTF-8; save the file as UTF-8"),
    "UTF-16 without a mark": ("a: b".encode("utf-16-le"), "holds a control character"),
    "UTF-32": ("a: b".encode("utf-32"), "is not UTF-8"),
    "Latin-1": ("a: forschüng".encode("latin-1"), ":1:10: is not UTF-8; save the file as UTF-8"),
    "half a pair, as bytes": (b"a: \xed\xa0\x80", "is not UTF-8"),
    "half a pair, escaped": (b'a: "\\ud800"', "is not valid Unicode"),
    "half a pair for a key": (b'"\\ud800": a', "a key is not valid Unicode"),
    "an escape beyond Unicode": (b'a: "\\UFFFFFFFF"', "not valid YAML: an escape names no character"),
    "a mark in the middle": (b"a: b\n\xef\xbb\xbfc: d: e", "not valid YAML"),
    "random bytes": (bytes(range(128, 256)) * 100, "is not UTF-8"),
    "a long line": (b"a: b " * 50_000, "mapping values are not allowed here"),
    "an open quote": (b'a: "' + b"x" * 100_000, "not valid YAML"),
    "tabs": (b"a:\n\tb: c", "indent with spaces, not with tabs"),
}


def a_blueprint(path: Path) -> None:
    load(path)


def a_scenario(path: Path) -> None:
    read_scenario(path)


def settings_of_a_stack(path: Path) -> None:
    project = Project.create(path.parent / "project")
    project.settings_file(STACK).symlink_to(path)
    project.settings(STACK)


READERS: list[Callable[[Path], None]] = [a_blueprint, a_scenario, settings_of_a_stack]
REFUSALS = (BlueprintInvalid, BadScenario, StackSettingsInvalid)


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize(("content", "said"), FILES.values(), ids=FILES)
def test_a_hostile_file_is_told(reader: Callable[[Path], None], content: bytes, said: str, tmp_path: Path) -> None:
    path = tmp_path / "b.yaml"
    path.write_bytes(content)
    with pytest.raises(REFUSALS) as caught:
        reader(path)
    assert said in str(caught.value)
    assert len(str(caught.value)) < 20_000, "nobody reads so much"


@pytest.mark.parametrize("content", [content for content, _ in FILES.values()], ids=FILES)
def test_the_work_that_a_file_causes_is_bounded(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "b.yaml"
    path.write_bytes(content)
    source = read_file(path)
    # A mapping's key is an event beside its value's, and a collection has two.
    assert source.events <= 3 * MAX_NODES
    assert len(source.values) <= MAX_NODES
    assert len(source.problems) <= MAX_MISTAKES + 1
    assert len(json.dumps(source.data)) <= 2 * MAX_CHARACTERS + 4 * MAX_NODES
    assert depth(source.data) <= MAX_DEPTH


def depth(value: JsonValue) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return max((depth(item) + 1 for item in inner), default=0)


class Endless(io.RawIOBase):
    """A file without an end that counts what is taken from it."""

    taken = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        self.taken += len(buffer)
        buffer[:] = b"#" * len(buffer)
        return len(buffer)


def test_no_more_is_read_of_a_file_than_the_limit() -> None:
    endless = Endless()
    assert len(within_limit(io.BufferedReader(endless))) == MAX_BYTES + 1
    assert endless.taken <= MAX_BYTES + 2 * io.DEFAULT_BUFFER_SIZE


def nothing(path: Path) -> None:
    assert not path.exists()


def through_a_file(path: Path) -> None:
    path.parent.joinpath("file").write_text("a: b", encoding="utf-8")
    path.symlink_to(path.parent / "file" / "b.yaml")


def listening(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(path))


PLACES: dict[str, tuple[Callable[[Path], None], str]] = {
    "a missing file": (nothing, "cannot be read: No such file or directory"),
    "a directory": (Path.mkdir, "is not a file"),
    "a pipe that nobody writes to": (os.mkfifo, "is not a file"),
    "a device without an end": (lambda path: path.symlink_to("/dev/zero"), "is not a file"),
    "a terminal or none": (lambda path: path.symlink_to("/dev/tty"), "not a file|cannot be read"),
    "a socket": (listening, "cannot be read: "),
    "a link to itself": (lambda path: path.symlink_to(path), "cannot be read: Too many levels of symbolic links"),
    "a link to nothing": (lambda path: path.symlink_to("/nowhere/b.yaml"), "cannot be read: No such file or directory"),
    "a path through a file": (through_a_file, "cannot be read: Not a directory"),
    # For root every file is readable but this one, which is a regular file of 2^64 bytes, none of them at its start.
    "an unreadable file": (lambda path: path.symlink_to("/proc/self/mem"), "cannot be read: "),
}


@pytest.mark.parametrize("reader", [a_blueprint, a_scenario])
@pytest.mark.parametrize(("make", "said"), PLACES.values(), ids=PLACES)
def test_what_is_no_readable_file_is_told(
    reader: Callable[[Path], None], make: Callable[[Path], None], said: str, tmp_path: Path
) -> None:
    path = tmp_path / "b.yaml"
    make(path)
    with pytest.raises(REFUSALS, match=f"^{re.escape(str(path))}: .*({said})"):
        reader(path)


def test_settings_may_name_a_blueprint_outside_of_the_project(tmp_path: Path) -> None:
    """Decided: an installed Wayfare keeps its project among the user's data, and every blueprint lies elsewhere."""
    project = Project.create(tmp_path / "project")
    outside = tmp_path / "outside.yaml"
    outside.write_text(GOOD, encoding="utf-8")
    for named in ("../outside.yaml", str(outside)):
        place = "{cloud: aws, region: us-east-1, zone: us-east-1a, machineType: p5.48xlarge}"
        text = f"config:\n  wayfare:blueprint: {named}\n  wayfare:placement: {place}\n"
        project.settings_file(STACK).write_text(text, encoding="utf-8")
        settings = project.settings(STACK)
        assert settings is not None
        assert load(project.root / settings.blueprint).blueprint == loads(GOOD, "b.yaml").blueprint


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("wayfare:placement: {mode: cloud}", "wayfare:placement.mode: is not known; remove it with: pulumi config rm"),
        ("wayfare:placement: {zone: [a]}", "wayfare:placement.zone: Input should be a valid string"),
        ("wayfare:placement: {zone: true}", "wayfare:placement.zone: Input should be a valid string"),
        ('"wayfare:a\\nb": c', "wayfare:a\\nb: is not known"),
        ("wayfare:blueprint: {secure: v1:abc}", "wayfare:blueprint: Input should be a valid string"),
        ("wayfare:cloud: aws\n  wayfare:cloud: gcp", "stands here twice"),
    ],
)
def test_settings_with_a_trick_in_them_are_told(written: str, said: str, tmp_path: Path) -> None:
    project = Project.create(tmp_path)
    project.settings_file(STACK).write_text(f"config:\n  {written}\n", encoding="utf-8")
    with pytest.raises(StackSettingsInvalid) as caught:
        project.settings(STACK)
    assert said in str(caught.value)
    assert str(project.settings_file(STACK)) in str(caught.value)


def validate(*files: Path | str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "wayfare.stacks.cli", "validate", *map(os.fsencode, files)]
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "NO_COLOR": "1"}
    return subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, check=False)


def test_the_command_tells_of_every_file_and_ends_with_2(tmp_path: Path) -> None:
    for number, (content, _) in enumerate(FILES.values()):
        (tmp_path / f"{number}.yaml").write_bytes(content)
    fifo = tmp_path / "fifo.yaml"
    os.mkfifo(fifo)
    files = [*(tmp_path / f"{number}.yaml" for number in range(len(FILES))), fifo, tmp_path, Path("/dev/zero")]
    done = validate(*files)
    assert done.returncode == 2
    assert done.stdout == b""
    assert b"Traceback" not in done.stderr
    told = done.stderr.decode()
    assert [file for file in files if f"{file}:" not in told] == []


@pytest.mark.parametrize(
    "name", [b"a\nb.yaml", b"\xff.yaml", b"\x1b[2J.yaml", b":smile:.yaml", b"[bold].yaml", b"-- .yaml"]
)
def test_the_command_writes_a_strange_file_name_on_one_plain_line(name: bytes, tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name))
    path.write_text(GOOD, encoding="utf-8")
    good = validate(path)
    assert (good.returncode, good.stderr) == (0, b"")
    assert good.stdout.decode() == f"{printable(str(path))}: TrainingCluster llm-pretrain is valid\n"
    path.write_text("a: !b c", encoding="utf-8")
    bad = validate(path)
    assert (bad.returncode, bad.stdout) == (2, b"")
    assert all(line.startswith(f"{printable(str(path))}:") for line in bad.stderr.decode().splitlines())
