"""A manifest is what it says, whole or not at all, and its digest is of content alone."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wayfare.stacks.copying.manifest import By, Entry, Manifest, ManifestTorn
from wayfare.stacks.copying.sorting import sorted_lines

_NAMES = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=8)
_LINES = st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n"), max_size=6), max_size=40)

ONE = Entry("a b/é", 3, "0" * 32, By.STORE, "2026-11-01T00:00:00Z")
TWO = Entry("b", 0, "d41d8cd98f00b204e9800998ecf8427e", By.READ, "2026-11-01T00:00:00Z")


@given(st.sets(_NAMES, max_size=8), st.sampled_from(By))
def test_what_was_written_is_read(tmp_path_factory: pytest.TempPathFactory, names: set[str], by: By) -> None:
    path = tmp_path_factory.mktemp("manifest") / "m.jsonl"
    entries = [Entry(name, len(name), "0" * 32, by, "now") for name in sorted(names)]
    written = Manifest.write(path, entries)
    assert list(written) == entries
    assert Manifest.read(path) == written
    assert (written.objects, written.bytes) == (len(names), sum(map(len, names)))
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_a_line_is_canonical(tmp_path: Path) -> None:
    Manifest.write(tmp_path / "m", [ONE, TWO])
    assert (tmp_path / "m").read_text(encoding="utf-8").splitlines()[0] == (
        '{"by":"store","md5":"00000000000000000000000000000000","modified":"2026-11-01T00:00:00Z",'
        '"name":"a b/é","size":3}'
    )


def test_the_digest_does_not_tell_how_a_hash_was_come_by(tmp_path: Path) -> None:
    read = Entry(ONE.name, ONE.size, ONE.md5, By.READ, "another time")
    other = Entry(ONE.name, ONE.size, "1" * 32, By.STORE, ONE.modified)
    digests = [Manifest.write(tmp_path / "m", [each]).digest for each in (ONE, read, other)]
    assert digests[0] == digests[1] != digests[2]


@pytest.mark.parametrize("entries", [[TWO, ONE], [ONE, ONE]])
def test_entries_that_do_not_come_by_name_are_refused_and_leave_nothing(tmp_path: Path, entries: list[Entry]) -> None:
    with pytest.raises(ManifestTorn, match="comes after"):
        Manifest.write(tmp_path / "m", entries)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (ONE.line + "\n" + TWO.line[:20], ":2: no entry"),
        (ONE.line, ":1: not in its canonical form"),
        (ONE.line.replace(":", ": ") + "\n", ":1: not in its canonical form"),
        ('{"name":"x"}\n', ":1: no entry"),
        ("[]\n", ":1: no entry"),
        (ONE.line.replace("store", "hearsay") + "\n", ":1: no entry"),
    ],
)
def test_a_torn_file_is_told_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "m"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ManifestTorn, match=said):
        Manifest.read(path)


@given(_LINES, st.integers(1, 7))
def test_sorting_in_runs_is_sorting(tmp_path_factory: pytest.TempPathFactory, lines: list[str], run: int) -> None:
    folder = tmp_path_factory.mktemp("runs")
    assert list(sorted_lines(lines, folder, run)) == sorted(lines)
    assert not list(folder.iterdir())
