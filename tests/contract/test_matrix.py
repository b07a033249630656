"""Every machine type of every cloud against a table that was written by hand from the vendors' documentation.

A cloud's table is the module `matrix_<cloud>` beside this file; `matrix.Table` says what it holds.
"""

from importlib import import_module
from importlib.util import find_spec
from typing import cast

import pytest

from tests.contract.asked import purchases, request, rows
from tests.contract.matrix import Table
from tests.golden.graph import graph
from wayfare.blueprints import CloudName, Purchase
from wayfare.components.catalog import MachineType
from wayfare.components.clouds import cloud
from wayfare.components.contract import NotFeasible

#: Clouds whose table is not written yet. Whoever writes one takes its name away.
WITHOUT_TABLE: set[CloudName] = set()


def name_of(each: CloudName) -> str:
    return f"tests.contract.matrix_{each}"


TABLES = {
    each: cast("Table", import_module(name_of(each))) for each in CloudName if find_spec(name_of(each)) is not None
}

ROWS = [(each, row) for each in TABLES for row in rows(each)]


#: The rows that are planned. Those that a table refuses, and those that a table lacks, have tests of their own.
PLANNED = [(each, row) for each, row in ROWS if row.name in TABLES[each].NODES]

BOUGHT = [(each, row, purchase) for each, row in PLANNED for purchase in purchases(row)]


def ids(value: object) -> str:
    return str(getattr(value, "name", value))


def test_every_cloud_has_its_table() -> None:
    assert set(CloudName) - set(TABLES) == WITHOUT_TABLE


@pytest.mark.parametrize("name", TABLES)
def test_a_table_has_every_machine_type_of_the_catalog_and_no_other(name: CloudName) -> None:
    table, catalog = TABLES[name], {row.name for row in rows(name)}
    assert {*table.NODES, *table.REFUSED} == catalog
    assert not set(table.NODES) & set(table.REFUSED)
    assert set(table.SOLD) == catalog


@pytest.mark.parametrize(("name", "machine"), PLANNED, ids=ids)
def test_a_node_is_what_the_vendor_documents(name: CloudName, machine: MachineType) -> None:
    made = graph(request(name, machine, purchases(machine)[0]))
    assert TABLES[name].seen(made) == TABLES[name].NODES[machine.name]


@pytest.mark.parametrize(("name", "machine"), ROWS, ids=ids)
def test_a_machine_type_is_sold_as_the_vendor_says(name: CloudName, machine: MachineType) -> None:
    assert {each for each in Purchase if machine.sells(each)} == TABLES[name].SOLD.get(machine.name)


@pytest.mark.parametrize(("name", "machine", "purchase"), BOUGHT, ids=ids)
def test_a_pool_is_bought_as_the_vendor_documents(name: CloudName, machine: MachineType, purchase: Purchase) -> None:
    made = graph(request(name, machine, purchase))
    assert TABLES[name].seen_purchase(made) == TABLES[name].BOUGHT[purchase]


@pytest.mark.parametrize(
    ("name", "machine"),
    [(each, row) for each, row in ROWS if row.name in TABLES[each].REFUSED],
    ids=ids,
)
def test_a_machine_type_that_cannot_be_had_is_refused_with_the_reason(name: CloudName, machine: MachineType) -> None:
    for purchase in purchases(machine):
        with pytest.raises(NotFeasible, match=TABLES[name].REFUSED[machine.name]):
            cloud(name).plan(request(name, machine, purchase))
