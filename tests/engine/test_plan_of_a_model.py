"""`wayfare plan` of a blueprint that names its model: the sizes where it fits, the arithmetic where it does not."""

from pathlib import Path

import pytest

from tests.engine.rehearsal import Rehearsal
from wayfare.stacks.cli.exits import Exit

LIBRARY = Path(__file__).resolve().parents[2] / "blueprints" / "library" / "serve-long-context.yaml"


@pytest.fixture
def rehearsed(tmp_path: Path) -> Rehearsal:
    return Rehearsal(tmp_path)


def blueprint(tmp_path: Path, text: str = "", instead: str = "") -> str:
    """A copy of the library's, with something in the place of something else."""
    whole = LIBRARY.read_text(encoding="utf-8")
    assert text in whole
    copy = tmp_path / "b.yaml"
    copy.write_text(whole.replace(text, instead), encoding="utf-8")
    return str(copy)


def test_a_model_that_fits_shows_its_sizes(rehearsed: Rehearsal, tmp_path: Path) -> None:
    file = blueprint(tmp_path)
    told = rehearsed.wayfare("plan", file, "--offline").out
    assert "weights: 235.1 billion parameters in bf16 are 437.9 GiB; 54.7 GiB in each of 8 accelerators" in told
    assert "p5en.48xlarge: tensor parallel 8 and pipeline parallel 1: 1 replica, each of at most 5 sequences" in told
    assert "--max-num-seqs=5" in told
    rows = rehearsed.wayfare("plan", file, "--offline", "-o", "json").data["candidates"]
    (chosen,) = [row["model"] for row in rows if row["chosen"]]
    assert (chosen["tensor_parallel"], chosen["pipeline_parallel"], chosen["largest_batch"]) == (8, 1, 5)


def test_a_model_that_does_not_fit_is_refused_with_the_arithmetic(rehearsed: Rehearsal, tmp_path: Path) -> None:
    file = blueprint(tmp_path, "parameters: 235.1B", "parameters: 671B")
    refused = rehearsed.wayfare("plan", file, "--offline", expect=Exit.INVALID)
    assert "1,249.8 GiB of weights in bf16 over 8 x 141 GiB are 156.2 GiB in each" in refused.err
    rows = rehearsed.wayfare("plan", file, "--offline", "-o", "json", expect=Exit.INVALID).data["candidates"]
    assert not any(row["chosen"] for row in rows)
    assert any("does not fit" in row["rejected"] for row in rows)


def test_a_chip_with_more_memory_is_left_where_another_is_too_small(rehearsed: Rehearsal, tmp_path: Path) -> None:
    file = blueprint(tmp_path, "concurrency: 4", "concurrency: 7")
    rows = rehearsed.wayfare("plan", file, "--offline", "-o", "json").data["candidates"]
    assert {row["accelerator"] for row in rows if row["rejected"] is None} == {"MI300X"}
    assert any("7 x 262,144 tokens" in (row["rejected"] or "") for row in rows if row["accelerator"] == "H200")
