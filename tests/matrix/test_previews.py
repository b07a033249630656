"""Every machine type of the catalog previews: the real engine, the program, and what the sandbox checks of it."""

import pytest

from tests.engine.rehearsal import Rehearsal
from tests.matrix import wanted
from wayfare.blueprints import CloudName, Purchase
from wayfare.components.catalog import MachineType
from wayfare.components.clouds import cloud
from wayfare.components.contract import Holding, Placement
from wayfare.stacks.project import StackSettings

EVERY = [(name, machine) for name in CloudName for machine in wanted.machines(name)]

#: Ids of reservations that a preview has no need to find.
_IDS = {
    CloudName.AWS: "cr-0123456789abcdef0",
    CloudName.AZURE: "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/ours/providers/"
    "Microsoft.Compute/capacityReservationGroups/ours",
    CloudName.GCP: "ours",
}
_DATES = ("2026-01-01T00:00:00Z", "2099-01-01T00:00:00Z")


@pytest.mark.parametrize(("name", "machine"), EVERY, ids=[machine.name for _, machine in EVERY])
def test_it_previews(rehearsal: Rehearsal, name: CloudName, machine: MachineType) -> None:
    way, region = wanted.purchase(machine), machine.regions[0]
    reserved = way in (Purchase.RESERVED, Purchase.BLOCK)
    dated = _DATES if way is Purchase.BLOCK else None
    row = wanted.reservation(name, _IDS[name], region, dated=dated) if reserved else ""
    file = wanted.write(rehearsal.project.root, name, machine, way, reservations=row)
    settings = StackSettings(
        blueprint=file.name,
        cloud=name,
        region=region,
        zone=wanted.zone(name, region),
        machine_type=machine.name,
        purchase=way,
        reservation=_IDS[name] if reserved else "",
        capacity=Holding.HELD,
        mode="sandbox",
    )
    stack = f"wanted.{name}-{region}"
    place = Placement(name, region, settings.zone, machine.name, way)
    rehearsal.configure(stack, {**settings.as_configuration(), **cloud(name).configuration(place.region)})
    done = rehearsal.pulumi("preview", "--stack", stack, "--json")
    created = [step for step in done.data["steps"] if step["op"] == "create"]
    pools = (
        "aws:eks/nodeGroup:NodeGroup",
        "azure-native:containerservice:AgentPool",
        "gcp:container/nodePool:NodePool",
    )
    assert [step for step in created if step["newState"]["type"] in pools and "accelerator" in step["urn"]]
    assert len(created) == len(done.data["steps"])
