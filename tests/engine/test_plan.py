"""`wayfare plan`: what it tells a program, and that it needs nobody when it is told to ask nobody."""

from pathlib import Path
from typing import Any

from tests.engine.rehearsal import Rehearsal

BLUEPRINT = "blueprints/pretrain-h100-16.yaml"
ROW = {
    *("cloud", "region", "zone", "machine_type", "accelerator", "nodes", "purchase"),
    *("reservation", "price_per_hour", "model", "chosen", "rejected"),
}


def rows_of(data: Any) -> list[dict[str, Any]]:
    """The candidates, each held against the agreed shape."""
    assert set(data) == {"candidates", "cautions", "exceptions"}
    rows = data["candidates"]
    for row in rows:
        assert set(row) == ROW
        assert row["cloud"] in {"aws", "azure", "gcp"}
        assert isinstance(row["nodes"], int)
        assert isinstance(row["chosen"], bool)
        assert row["price_per_hour"] is None or isinstance(row["price_per_hour"], float)
        assert row["rejected"] is None or row["rejected"]
    return rows


def test_a_plan_names_every_placement_and_chooses_the_first_that_is_open(rehearsal: Rehearsal) -> None:
    rows = rows_of(rehearsal.wayfare("plan", BLUEPRINT, "--sandbox", "-o", "json").data)
    open_ones = [row for row in rows if row["rejected"] is None]
    assert [row for row in rows if row["chosen"]] == open_ones[:1]
    assert rows[: len(open_ones)] == open_ones
    assert {row["cloud"] for row in open_ones} == {"aws", "azure", "gcp"}
    assert all(row["zone"] and row["region"] and row["machine_type"] for row in open_ones)
    assert rehearsal.sandbox.events() == []


def test_an_offline_plan_needs_neither_sandbox_nor_engine(tmp_path: Path) -> None:
    rehearsal = Rehearsal(tmp_path)
    nowhere = {**rehearsal.shell, "PATH": "/nonexistent", "HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "no")}
    assert "wayfare engine install" in rehearsal.wayfare("plan", BLUEPRINT, expect=1, shell=nowhere).err
    rows = rows_of(rehearsal.wayfare("plan", BLUEPRINT, "--offline", "-o", "json", shell=nowhere).data)
    assert len([row for row in rows if row["chosen"]]) == 1
    assert {row["zone"] for row in rows} == {None}
    assert not rehearsal.sandbox.directory.exists()
