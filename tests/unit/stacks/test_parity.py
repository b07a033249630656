"""What `wayfare parity` says follows from the plans and the catalog, and from nothing else."""

from dataclasses import fields
from pathlib import Path
from typing import cast

import pytest

from wayfare.blueprints import CloudName, load, loads
from wayfare.components.catalog import shipped_catalog
from wayfare.components.gives import Gives
from wayfare.stacks.cli.parity import as_data, markdown
from wayfare.stacks.parity import Parity, parity

ROOT = Path(__file__).resolve().parents[3]
LIBRARY = sorted((ROOT / "blueprints" / "library").glob("*.yaml"))


def of(text: str) -> Parity:
    head = "apiVersion: wayfare.dev/v1\nkind: TrainingCluster\nmetadata: {name: llm}\nspec:\n"
    base = "  access: {allow: [203.0.113.0/24]}\n  workload: {image: 'registry.example/train:1'}\n"
    return parity(loads(head + base + text, "b.yaml"), shipped_catalog())


def test_amounts_are_the_catalogs_and_the_most_and_the_least_are_marked() -> None:
    found = of("  accelerators: [{name: H100, nodes: 16}]\n")
    rows = {row.wish: row.cells for row in found.rows}
    bandwidth = rows["bandwidth between nodes"]
    for name in CloudName:
        machine = shipped_catalog()[name].machine_type(rows["machine type"][name].text)
        assert bandwidth[name].amount == machine.interconnect_gbps
        assert rows["memory of an accelerator"][name].amount == machine.memory_gib
    amounts = [cell.amount or 0 for cell in bandwidth.values()]
    assert {cell.verdict for cell in bandwidth.values() if cell.amount == max(amounts)} == {"more"}
    assert {cell.verdict for cell in bandwidth.values() if cell.amount == min(amounts)} == {"less"}
    assert {cell.verdict for cell in rows["memory of an accelerator"].values()} == {""}, "all give the same"


def test_a_cloud_that_cannot_says_why() -> None:
    found = of("  accelerators: [{name: MI300X, nodes: 2}]\n")
    assert found.cannot[CloudName.AWS] == ("aws has no machine type with MI300X in the catalog",)
    assert all(row.cells[CloudName.AWS].verdict == "cannot" for row in found.rows)


def test_every_part_of_what_a_plan_gives_is_told() -> None:
    found = of("  accelerators: [{name: H100, nodes: 16}]\n  storage: {shared: {capacity: 48TiB}}\n")
    told = {row.wish for row in found.rows}
    assert {field.name.replace("_", " ") for field in fields(Gives)} - {"shared"} <= told


def test_a_shared_store_is_compared_by_what_it_becomes() -> None:
    found = of(
        "  accelerators: [{name: H100, nodes: 16}]\n  storage: {shared: {capacity: 48TiB, throughputGBps: 10}}\n"
    )
    (row,) = [row for row in found.rows if row.wish == "shared store"]
    for name in CloudName:
        amount = row.cells[name].amount
        assert amount is not None, name
        assert amount >= 10, name


@pytest.mark.parametrize("file", LIBRARY, ids=lambda file: file.stem)
def test_the_documents_table_is_what_the_command_prints(file: Path) -> None:
    table = "\n".join(markdown(parity(load(file), shipped_catalog())))
    text = (ROOT / "docs" / "parity.md").read_text(encoding="utf-8")
    assert table in text, f"out of date; print it with: wayfare parity {file.relative_to(ROOT)} -o markdown"


def test_plain_data_holds_every_row() -> None:
    found = of("  accelerators: [{name: H100, nodes: 16}]\n")
    data = as_data(found)
    rows = cast("list[dict[str, object]]", data["rows"])
    assert [row["wish"] for row in rows] == [row.wish for row in found.rows]
