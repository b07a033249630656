"""A bucket's objects in shares: each object in exactly one of them, by rclone's own reading of the filters."""

import json
import os
import subprocess
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from wayfare.stacks.copying.running import installed
from wayfare.stacks.copying.sharing import EACH, shared

#: What rclone's patterns, lines of a file, and shells have a meaning for, and what else is worth a look.
SIGNS = "ab1*?[]{}\\,-+# ;.$()^|!'\"é\n\t\x7f\u240a\u4e2d"

NAMES = st.lists(st.text(SIGNS, min_size=1, max_size=6), min_size=1, max_size=4).map("/".join)


def laid(folder: Path, names: set[str]) -> None:
    """Files of those names, as far as a folder can hold them beside each other."""
    for name in sorted(names):
        parts = PurePosixPath(name).parts
        if ".." in parts or "/".join(parts) != name:
            continue
        file = folder / name
        if file.exists() or any((folder / each).is_file() for each in PurePosixPath(name).parents):
            continue
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"")


def listed(folder: Path, *flags: str) -> list[str]:
    """What rclone finds, as it spells it."""
    remote = {"RCLONE_CONFIG_IT_TYPE": "alias", "RCLONE_CONFIG_IT_REMOTE": str(folder), "RCLONE_LOCAL_ENCODING": "Raw"}
    command = [str(installed()), "lsjson", "it:", "--config=", "--recursive", "--files-only", *flags]
    done = subprocess.run(command, env={**os.environ, **remote}, capture_output=True, check=True)
    return sorted(each["Path"] for each in json.loads(done.stdout))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sets(NAMES, min_size=1, max_size=40), st.integers(1, 5), st.sets(NAMES, max_size=8))
@example({"a*", "a", "ab/c", "a[b]/{c}"}, 3, {"a?b", "zzz"})
def test_every_object_is_in_exactly_one_share_and_so_is_one_that_comes_later(
    names: set[str], count: int, later: set[str]
) -> None:
    with TemporaryDirectory() as scratch:
        folder, file = Path(scratch, "bucket"), Path(scratch, "filter")
        folder.mkdir()
        laid(folder, names)
        known = [(name, 1000) for name in listed(folder)]
        shares = shared(lambda: known, count)
        assert 1 <= len(shares) <= count
        laid(folder, later)
        found = list[str]()
        for share in shares:
            file.write_text(share, encoding="utf-8", newline="")
            found += listed(folder, f"--filter-from={file}")
        assert sorted(found) == listed(folder)


def weights(objects: list[tuple[str, int]], shares: tuple[str, ...], tmp_path: Path) -> list[int]:
    """Bytes of each share."""
    folder, sizes = tmp_path / "bucket", dict(objects)
    laid(folder, set(sizes))
    found = list[int]()
    for share in shares:
        file = tmp_path / "filter"
        file.write_text(share, encoding="utf-8")
        found.append(sum(sizes[name] for name in listed(folder, f"--filter-from={file}")))
    return found


@pytest.mark.parametrize(
    "objects",
    [
        pytest.param([(f"step-{step:06d}/weights-{n}", 10**9) for step in range(4) for n in range(16)], id="folders"),
        pytest.param([(f"shard-{n:05d}.tar", 10**9) for n in range(100)], id="one folder"),
        pytest.param([("big", 10**9), *((f"deep/er/{n:03d}", 10**8) for n in range(70))], id="one that is bigger"),
        pytest.param([(f"{n:04x}", 0) for n in range(400)], id="empty ones"),
    ],
)
def test_shares_are_about_as_heavy_as_each_other(objects: list[tuple[str, int]], tmp_path: Path) -> None:
    shares = shared(lambda: sorted(objects), 4)
    found = weights([(name, size + EACH) for name, size in objects], shares, tmp_path)
    assert len(found) == 4
    assert max(found) <= 1.35 * sum(found) / 4


def test_filters_stay_within_what_a_config_map_holds() -> None:
    objects = [(f"{'long-name-' * 20}{n:06d}/{m}", 10**9) for n in range(3000) for m in range(2)]
    whole, cut = (shared(lambda: objects, 64, most) for most in (10**9, 20_000))
    assert sum(map(len, cut)) <= 20_000 + 64 * len("- **\n") < sum(map(len, whole))
    # What is in no part is the first share's.
    assert cut[0].splitlines() == sorted(
        line.replace("+", "-", 1) for share in cut[1:] for line in share.splitlines() if line.startswith("+")
    )


def test_one_share_takes_all_and_so_does_the_only_one_of_nothing() -> None:
    assert shared(lambda: [("a", 1), ("b", 2)], 1) == ("",)
    assert shared(list, 3) == ("",)
    assert shared(lambda: [("only", 7)], 3) == ("",)


def test_what_no_rule_can_name_is_in_the_first_share() -> None:
    objects = [("a\n1", 9), ("a\n2", 9), ("b//1", 9), ("b//2", 9), ("/c", 9), ("d\ufffd", 9)]
    said = "".join(shared(lambda: sorted(objects), 6))
    assert not {"\ufffd", "//"} & {said[at : at + 2] for at in range(len(said))}
    assert all(line.startswith(("+ /", "- /", "- **")) for line in said.splitlines())
