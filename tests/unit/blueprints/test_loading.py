from pathlib import Path

import pytest

from tests.unit.blueprints.test_mistakes import GOOD
from wayfare.blueprints import BlueprintInvalid, load, load_all, loads


def test_a_file_is_loaded_with_its_digest_and_places(tmp_path: Path) -> None:
    path = tmp_path / "b.yaml"
    path.write_text(GOOD, encoding="utf-8")
    loaded = load(path)
    assert loaded.path == path
    assert loaded.digest == loads(GOOD, "other.yaml").digest
    assert len(loaded.digest) == 64
    assert loaded.where(("metadata", "name")) == (4, 9)
    assert loaded.where(("spec", "accelerators")) == (7, 3)
    assert loaded.where(("spec", "accelerators", 1, "image")) == (9, 65)
    assert loaded.where(("spec", "accelerators", 0, "image")) == (8, 7)
    assert loaded.where(("nowhere",)) == (1, 1)


def test_the_digest_does_not_see_comments_order_and_formatting() -> None:
    text = GOOD.replace("kind: TrainingCluster\n", "").replace(
        "[spot, on-demand]", "\n  - spot # first\n  - 'on-demand'"
    )
    assert loads(f"# a comment\n{text}kind: TrainingCluster\n", "b.yaml").digest == loads(GOOD, "b.yaml").digest


@pytest.mark.parametrize(("text", "instead"), [("nodes: 32", "nodes: 31"), ("[spot, on-demand]", "[on-demand, spot]")])
def test_the_digest_sees_what_is_asked_for(text: str, instead: str) -> None:
    assert loads(GOOD.replace(text, instead), "b.yaml").digest != loads(GOOD, "b.yaml").digest


def test_the_digest_is_stable() -> None:
    # Resources carry it as a tag: if this line must change, every cluster's tags change with it.
    assert loads(GOOD, "b.yaml").digest == "7fd211193123946752a495c51a0a4c8fcce0451aba62224f976075fc86a6f008"


def test_aliases_are_followed() -> None:
    text = GOOD.replace("image: registry.example/train:1.4}", "image: &image a/b:1}").replace(
        "    image: registry.example/train:1.4", "    image: *image"
    )
    assert loads(text, "b.yaml").blueprint.spec.workload.image == "a/b:1"


def test_a_byte_order_mark_and_windows_line_ends_are_no_mistake(tmp_path: Path) -> None:
    path = tmp_path / "b.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())
    assert load(path).digest == loads(GOOD, "b.yaml").digest


def _said(path: Path) -> str:
    with pytest.raises(BlueprintInvalid) as caught:
        load(path)
    (problem,) = caught.value.problems
    return str(problem).removeprefix(str(path))


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    assert _said(tmp_path / "none.yaml") == ": cannot be read: No such file or directory"


def test_a_directory_is_told(tmp_path: Path) -> None:
    assert _said(tmp_path) == ": is not a file"


def test_an_impossible_name_is_told() -> None:
    with pytest.raises(BlueprintInvalid, match="cannot be read"):
        load(Path("a\0b.yaml"))


def test_a_file_in_another_encoding_is_told(tmp_path: Path) -> None:
    path = tmp_path / "b.yaml"
    path.write_bytes(GOOD.replace("team: research", "team: forschüng").encode("latin-1"))
    assert _said(path) == ":5:24: is not UTF-8; save the file as UTF-8"


def test_a_large_file_is_told(tmp_path: Path) -> None:
    path = tmp_path / "b.yaml"
    path.write_bytes(b"#" * (1024 * 1024 + 1))
    assert _said(path) == ": is larger than 256 KiB"


def test_the_mistakes_of_several_files_are_told_together(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.yaml", tmp_path / "bad.yaml"
    good.write_text(GOOD, encoding="utf-8")
    bad.write_text(GOOD.replace("nodes: 16", "nodes: 0"), encoding="utf-8")
    assert [loaded.path for loaded in load_all([good, good])] == [good, good]
    with pytest.raises(BlueprintInvalid) as caught:
        load_all([good, bad, tmp_path / "none.yaml"])
    assert [Path(problem.file).name for problem in caught.value.problems] == ["bad.yaml", "none.yaml"]
