"""Notes that a killed engine left empty are taken away; whatever else is there stays."""

from pathlib import Path

from wayfare.stacks.engine.torn import mended


def test_an_empty_note_goes_and_the_files_stay(tmp_path: Path) -> None:
    folder = tmp_path / ".pulumi" / "stacks" / "wayfare"
    folder.mkdir(parents=True)
    state, whole = folder / "a.json", folder / "b.json.attrs"
    state.write_text("{}", encoding="utf-8")
    whole.write_text('{"user.content_type": "application/json"}', encoding="utf-8")
    (folder / "a.json.attrs").touch()
    (tmp_path / "mine.attrs").touch()
    assert mended(f"file://{tmp_path}")
    assert sorted(path.name for path in folder.iterdir()) == ["a.json", "b.json.attrs"]
    assert (tmp_path / "mine.attrs").exists(), "what is not the engine's is let be"
    assert not mended(f"file://{tmp_path}"), "nothing is torn any more"


def test_other_backends_are_not_looked_into() -> None:
    assert not mended("s3://bucket")
