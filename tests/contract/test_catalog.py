"""Every row of the catalog says where it is sold, how, for how much, and what of it is not certain."""

from datetime import date

import pytest

from tests.contract.asked import rows
from wayfare.blueprints import AcceleratorName, CloudName, Purchase
from wayfare.components.catalog import CloudCatalog, Fabric, MachineType, Sale, shipped_catalog, shipped_rows

ROWS = [(name, row) for name in CloudName for row in rows(name)]

each_row = pytest.mark.parametrize(("name", "row"), ROWS, ids=lambda value: getattr(value, "name", str(value)))


def catalog(name: CloudName) -> CloudCatalog:
    return shipped_rows(name)


@each_row
def test_a_row_is_sold_somehow_and_held_only_as_it_is_sold(name: CloudName, row: MachineType) -> None:
    assert row.sales, name
    assert set(row.holdable) <= set(row.sales)
    assert Sale.SPOT not in row.holdable
    assert Sale.BLOCK not in row.holdable


@each_row
def test_a_rows_regions_are_known_and_lie_somewhere(name: CloudName, row: MachineType) -> None:
    assert row.regions
    assert len(set(row.regions)) == len(row.regions)
    for region in row.regions:
        assert catalog(name).area(region)


@each_row
def test_a_price_is_dated_sourced_and_of_a_region_that_sells_it(name: CloudName, row: MachineType) -> None:
    if row.price is None:
        # Sold on demand without a price: the source must have been silent.
        assert Sale.ON_DEMAND not in row.sales or row.notes, name
        return
    assert date(2026, 1, 1) <= row.price.as_of <= date(2026, 12, 31)
    assert row.price.source
    assert row.price.region in row.regions


@each_row
def test_what_is_unsure_is_a_field(name: CloudName, row: MachineType) -> None:
    aliases = {field.alias or key for key, field in MachineType.model_fields.items()}
    assert set(row.unsure) <= aliases - {"name", "accelerator", "unsure", "notes"}, name
    assert len(set(row.unsure)) == len(row.unsure)


@each_row
def test_a_fabric_has_interfaces_and_none_has_none(name: CloudName, row: MachineType) -> None:
    del name
    # The links between TPU chips are no network cards.
    assert (row.fabric in (Fabric.NONE, Fabric.ICI)) == (row.fabric_interfaces == 0)
    assert row.interconnect_gbps > 0


@each_row
def test_what_can_be_held_is_sold_on_demand(name: CloudName, row: MachineType) -> None:
    assert set(row.holdable) <= {Sale.ON_DEMAND}, name


@pytest.mark.parametrize("name", CloudName)
def test_names_are_unique(name: CloudName) -> None:
    names = [row.name for row in rows(name)]
    regions = [region.name for region in catalog(name).regions]
    assert len(set(names)) == len(names)
    assert len(set(regions)) == len(regions)


@pytest.mark.parametrize("name", CloudName)
def test_every_region_sells_something(name: CloudName) -> None:
    sold = {region for row in rows(name) for region in row.regions}
    assert [region.name for region in catalog(name).regions if region.name not in sold] == []


def test_every_accelerator_of_a_blueprint_is_had_somewhere() -> None:
    assert {row.accelerator for _, row in ROWS} == set(AcceleratorName)


def test_every_purchase_of_a_blueprint_is_a_sale() -> None:
    assert {purchase.value for purchase in Purchase} <= {sale.value for sale in Sale}


def test_a_small_and_a_large_machine_are_had_on_every_cloud() -> None:
    for cloud, shipped in shipped_catalog().items():
        on_demand = [row.accelerators for row in shipped.machine_types if Sale.ON_DEMAND in row.sales]
        assert min(on_demand) == 1, cloud
        assert max(on_demand) >= 8, cloud
