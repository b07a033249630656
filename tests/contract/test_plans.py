"""What every plan owes, on every cloud: purity, the nodes that were asked for, and no more change than needed."""

from dataclasses import FrozenInstanceError, fields, is_dataclass, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.contract.asked import KINDS, blueprint, purchases, request, requests, rows, sold, why_not
from wayfare.blueprints import CloudName
from wayfare.components.catalog import MachineType
from wayfare.components.clouds import cloud
from wayfare.components.contract import ClusterPlan, Holding, NotFeasible, Request

ROWS = [(name, row) for name in CloudName for row in rows(name)]

#: What another placement in the same region may change.
PLACED = {"request", "pods", "needs", "capacity", "accelerator_pool", "shared_store"}

each_cloud = pytest.mark.parametrize("name", CloudName)


def held_nodes(plan: Any) -> int:
    """Machines that a plan holds beforehand."""
    name: CloudName = plan.request.placement.cloud
    match name:
        case CloudName.AWS:
            return 0 if plan.capacity.reservation is None else plan.capacity.reservation.nodes
        case CloudName.AZURE:
            return plan.capacity.quantity
        case CloudName.GCP:
            return plan.capacity.count if plan.capacity.held else 0


def lasting(plan: ClusterPlan) -> dict[str, object]:
    assert is_dataclass(plan)
    return {each.name: getattr(plan, each.name) for each in fields(plan) if each.name not in PLACED}


@pytest.fixture(scope="module", autouse=True)
def imported() -> None:
    """The clouds' SDKs: Hypothesis times each example, and the first would be charged with the import."""
    for name in CloudName:
        cloud(name)


@each_cloud
@given(data=st.data())
def test_a_plan_is_pure_and_frozen(name: CloudName, data: st.DataObject) -> None:
    wanted = data.draw(requests(name))
    first = cloud(name).plan(wanted)
    assert first == cloud(name).plan(wanted)
    assert first.request is wanted
    with pytest.raises(FrozenInstanceError):
        first.pods = None


@each_cloud
@given(data=st.data())
def test_a_plan_holds_and_runs_exactly_the_nodes_asked_for(name: CloudName, data: st.DataObject) -> None:
    wanted = data.draw(requests(name))
    made: Any = cloud(name).plan(wanted)
    nodes = wanted.accelerator.nodes
    assert made.accelerator_pool.nodes == nodes
    assert held_nodes(made) == (nodes if wanted.holding is Holding.HELD else 0)
    assert (made.accelerator_pool.zone, made.accelerator_pool.machine_type) == (
        wanted.placement.zone,
        wanted.placement.machine_type,
    )


@each_cloud
@given(data=st.data())
def test_a_pod_asks_for_one_whole_node(name: CloudName, data: st.DataObject) -> None:
    wanted = data.draw(requests(name))
    pods = cloud(name).plan(wanted).pods
    assert list(pods.accelerators.values()) == [wanted.accelerator.per_node]
    assert all(count > 0 for count in pods.fabric.values())
    assert pods.tolerations


@each_cloud
@given(data=st.data())
def test_another_placement_in_the_region_changes_capacity_and_pool_alone(name: CloudName, data: st.DataObject) -> None:
    (machine, purchase), (other, other_purchase) = data.draw(
        st.lists(st.sampled_from(sold(name)), min_size=2, max_size=2)
    )
    region = machine.regions[0]
    alternatives = (machine,) if machine.accelerator == other.accelerator else (machine, other)
    if len(alternatives) == 1:
        other = machine
    asked = blueprint(alternatives, nodes=data.draw(st.integers(1, 64)), kind=data.draw(st.sampled_from(KINDS)))
    if not other.sells(other_purchase):
        other_purchase = purchase
    before = request(name, machine, purchase, region=region, wanted=asked)
    after = request(
        name,
        other,
        other_purchase,
        region=region,
        wanted=asked,
        zone=data.draw(st.integers(0, 2)),
        holding=data.draw(st.sampled_from((Holding.HELD, Holding.RELEASED))),
    )
    assert lasting(cloud(name).plan(after)) == lasting(cloud(name).plan(before))


@each_cloud
@given(data=st.data())
def test_releasing_capacity_keeps_the_pool(name: CloudName, data: st.DataObject) -> None:
    wanted = data.draw(requests(name))
    if wanted.holding is Holding.NONE:
        return
    held: Any = cloud(name).plan(replace(wanted, holding=Holding.HELD))
    released: Any = cloud(name).plan(replace(wanted, holding=Holding.RELEASED))
    assert held.accelerator_pool == released.accelerator_pool
    assert held.pods == released.pods
    assert lasting(held) == lasting(released)


@each_cloud
@given(data=st.data())
@settings(max_examples=30)
def test_what_cannot_be_held_is_never_planned_as_held(name: CloudName, data: st.DataObject) -> None:
    wanted = data.draw(requests(name))
    if not wanted.machine.holds(wanted.placement.purchase):
        with pytest.raises(NotFeasible):
            cloud(name).plan(replace(wanted, holding=Holding.HELD))


@pytest.mark.parametrize(("name", "machine"), ROWS, ids=lambda value: getattr(value, "name", str(value)))
def test_every_row_of_the_catalog_is_planned_or_says_why_not(name: CloudName, machine: MachineType) -> None:
    asked: list[Request] = [
        request(name, machine, purchase, nodes=nodes, kind=kind, region=region)
        for purchase in purchases(machine)
        for nodes in (1, 16)
        for kind in KINDS
        for region in machine.regions
    ]
    for wanted in asked:
        if (reason := why_not(machine)) is None:
            cloud(name).plan(wanted)
            continue
        with pytest.raises(NotFeasible, match=reason):
            cloud(name).plan(wanted)
