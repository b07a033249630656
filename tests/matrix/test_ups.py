"""One machine type for each fabric, and one for each purchase, come up through the engine and are destroyed."""

from dataclasses import dataclass

import pytest

from tests.engine.rehearsal import Rehearsal
from tests.matrix import wanted
from tests.matrix.bought import buy, without_infiniband
from wayfare.blueprints import CloudName, Purchase
from wayfare.components.catalog import Fabric, MachineType

#: Of these the first is wanted for each fabric and purchase; `wanted.purchase` says how it is bought.
PLAIN = (Purchase.ON_DEMAND, Purchase.SPOT, Purchase.FLEX)


#: Had by a future reservation alone, which a person agrees on with Google and the sandbox does not make. It previews,
#: and a cluster in such a reservation is made in tests/contract/test_compute_gcp.py.
FUTURE = ("a4x-highgpu-4g",)


@dataclass(frozen=True)
class Case:
    """A machine type, and how it is bought."""

    cloud: CloudName
    machine: MachineType
    purchase: Purchase
    what: str

    def __str__(self) -> str:
        return f"{self.cloud}-{self.what}-{self.machine.name}"


def _cases() -> list[Case]:
    found: list[Case] = []
    for name in CloudName:
        rows = wanted.machines(name)
        for fabric in Fabric:
            first = next((row for row in rows if row.fabric is fabric), None)
            if first is not None and first.name not in FUTURE:
                found.append(Case(name, first, wanted.purchase(first), f"fabric-{fabric}"))
        for purchase in Purchase:
            selling = [row for row in rows if row.sells(purchase)]
            first = next((row for row in selling if not _bought_by_another(found, row, purchase)), None)
            if first is not None:
                found.append(Case(name, first, purchase, f"purchase-{purchase}"))
        chips = {row.accelerator for row in rows if row.accelerator.name in ("TRAINIUM2", "INFERENTIA2", "MI300X")}
        found += [
            Case(name, row, wanted.purchase(row), f"chip-{chip}")
            for chip in sorted(chips)
            for row in [next(row for row in rows if row.accelerator is chip)]
        ]
    return found


def _bought_by_another(found: list[Case], row: MachineType, purchase: Purchase) -> bool:
    """Whether this very pair stands in the list already."""
    return any((case.machine, case.purchase) == (row, purchase) for case in found)


@pytest.mark.parametrize("case", _cases(), ids=str)
def test_it_comes_up_and_goes(rehearsal: Rehearsal, case: Case) -> None:
    region, nodes = case.machine.regions[0], wanted.nodes(case.machine)
    row = ""
    if case.purchase in (Purchase.RESERVED, Purchase.BLOCK):
        now = rehearsal.sandbox.now()
        dates = (f"{now:%Y-%m-%dT%H:%M:%SZ}", "2099-01-01T00:00:00Z") if case.purchase is Purchase.BLOCK else None
        zone = wanted.zone(case.cloud, region)
        id = buy(rehearsal, case.cloud, case.machine.name, region, zone, nodes)
        row = wanted.reservation(case.cloud, id, region, dated=dates)
    if case.cloud is CloudName.AZURE and case.machine.fabric is Fabric.NVL72:
        without_infiniband(rehearsal)
    file = wanted.write(rehearsal.project.root, case.cloud, case.machine, case.purchase, reservations=row)
    before = {(resource["token"], resource["id"]) for resource in rehearsal.sandbox.inventory()["resources"]}
    up = rehearsal.wayfare("up", file.name, "--sandbox", "--yes", "--region", region, "-o", "json")
    assert up.data["end"] == "stands"
    outputs = up.data["outputs"]
    assert (outputs["machineType"], outputs["purchase"]) == (case.machine.name, case.purchase.value)
    assert outputs["fabric"] == case.machine.fabric.value
    gone = rehearsal.wayfare("destroy", "wanted", "--sandbox", "--yes", "--delete-data")
    assert "LEFT BEHIND" not in gone.out
    after = {(resource["token"], resource["id"]) for resource in rehearsal.sandbox.inventory()["resources"]}
    assert after == before, "only what the person bought is there"
