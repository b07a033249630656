"""How AWS's accelerators are bought, against the sandbox: every rule is of AWS's documentation."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.contract.asked import RESERVATIONS, request, rows
from tests.contract.dry_run import DryRun, Edit, changed, dry_run
from wayfare.blueprints import CloudName, Purchase
from wayfare.components.aws.planning import plan
from wayfare.components.contract import Request
from wayfare.sandbox.behaviour import Properties
from wayfare.sandbox.clock import START

NODES, TEMPLATE, SCHEDULE = ":NodeGroup", ":LaunchTemplate", ":Schedule"


def asked(purchase: Purchase, machine: str = "p5.48xlarge", *, waiting: bool = False) -> Request:
    """A training cluster of 4 nodes; a dated reservation begins an hour after the sandbox does."""
    (row,) = (each for each in rows(CloudName.AWS) if each.name == machine)
    made = request(CloudName.AWS, row, purchase, nodes=4)
    start = datetime.fromtimestamp(START.timestamp(), UTC) + timedelta(days=1)
    dated = tuple(
        each.model_copy(update={"start": start, "end": start + timedelta(days=14)}) if each.start else each
        for each in made.blueprint.spec.reservations
    )
    spec = made.blueprint.spec.model_copy(update={"reservations": dated})
    return replace(made, blueprint=made.blueprint.model_copy(update={"spec": spec}), waiting=waiting)


@contextmanager
def run_of(directory: Path, wanted: Request, edit: Edit | None = None) -> Generator[DryRun]:
    with dry_run(directory, wanted, edit) as run:
        yield run


def inputs(run: DryRun, type: str, name: str = "accelerator") -> Properties:
    (found,) = (row.inputs for row in run.resources if row.type.endswith(type) and name in row.name)
    return found


@pytest.mark.parametrize("machine", ["p5.48xlarge", "trn1.32xlarge", "inf2.48xlarge"])
@pytest.mark.parametrize("purchase", [Purchase.ON_DEMAND, Purchase.SPOT, Purchase.RESERVED])
def test_each_purchase_comes_up(tmp_path: Path, purchase: Purchase, machine: str) -> None:
    with run_of(tmp_path, asked(purchase, machine)) as run:
        assert run.refusals == []
        assert inputs(run, NODES)["scalingConfig"] == {"minSize": 4, "desiredSize": 4, "maxSize": 4}


def test_a_reservation_is_the_only_place_for_its_nodes(tmp_path: Path) -> None:
    """EC2 User Guide, "Launch instances into an existing Capacity Reservation": into the target or not at all."""
    with run_of(tmp_path, asked(Purchase.RESERVED)) as run:
        template = inputs(run, TEMPLATE)
        assert template["capacityReservationSpecification"] == {
            "capacityReservationTarget": {"capacityReservationId": RESERVATIONS[CloudName.AWS][Purchase.RESERVED]}
        }
        assert "instanceMarketOptions" not in template
        assert not [row for row in run.resources if row.type.endswith(":CapacityReservation")]


def test_what_is_bought_otherwise_is_another_pool() -> None:
    """Another launch template forces another node group; a changed one would follow node by node, into the old one."""
    bought = (Purchase.ON_DEMAND, Purchase.RESERVED, Purchase.BLOCK)
    assert len({plan(asked(purchase)).accelerator_pool.template for purchase in bought}) == len(bought)
    waits, runs = plan(asked(Purchase.BLOCK, waiting=True)), plan(asked(Purchase.BLOCK))
    # The start changes the size alone, in place.
    assert replace(waits.accelerator_pool, nodes=4, starts=None) == runs.accelerator_pool


def test_a_capacity_block_has_what_eks_demands(tmp_path: Path) -> None:
    """EKS User Guide, "Create node groups with Capacity Blocks for ML"."""
    with run_of(tmp_path, asked(Purchase.BLOCK)) as run:
        assert run.refusals == []
        nodes, template = inputs(run, NODES), inputs(run, TEMPLATE)
        assert nodes["capacityType"] == "CAPACITY_BLOCK"
        assert "instanceTypes" not in nodes
        assert template["instanceType"] == "p5.48xlarge"
        assert template["instanceMarketOptions"] == {"marketType": "capacity-block"}
        assert "placement" not in template
        # EKS scales the group to 0 before the end, which it could not below a least size.
        assert nodes["scalingConfig"] == {"minSize": 0, "desiredSize": 4, "maxSize": 4}
        assert not [row for row in run.resources if row.type.endswith(SCHEDULE)]


def test_a_pool_that_waits_for_its_block_grows_when_it_begins(tmp_path: Path) -> None:
    wanted = asked(Purchase.BLOCK, waiting=True)
    start = wanted.reservation.start if wanted.reservation else None
    assert start is not None
    with run_of(tmp_path, wanted) as run:
        assert run.refusals == []
        assert inputs(run, NODES)["scalingConfig"] == {"minSize": 0, "desiredSize": 0, "maxSize": 4}
        action = inputs(run, SCHEDULE)
        assert action["startTime"] == f"{start:%Y-%m-%dT%H:%M:%SZ}"
        assert action["desiredCapacity"] == 4
        (pool,) = (row for row in run.store.resources("aws") if row.token.endswith(NODES) and "accel" in row.name)
        assert pool.nodes is not None
        assert pool.nodes.count == 0
        with run.clock.call():
            run.clock.wait((start - START).total_seconds() + 60)
        (pool,) = run.store.resources("aws", pool.token, pool.id)
        assert pool.nodes is not None
        assert (pool.nodes.count, pool.nodes.purchase) == (4, "block")


@pytest.mark.parametrize(
    ("type", "path", "value", "said"),
    [
        (TEMPLATE, "instanceMarketOptions", ..., "requires a launch template with the market type capacity-block"),
        (TEMPLATE, "capacityReservationSpecification", ..., "a launch template with a capacity reservation id"),
        (TEMPLATE, "instanceType", ..., "requires a launch template with an instance type"),
        (NODES, "instanceTypes", ["p5.48xlarge"], "Cannot specify instance types in launch template and API request"),
        (SCHEDULE, "startTime", "2020-01-01T00:00:00Z", "Given start time is in the past"),
        (SCHEDULE, "startTime", "2026-12-01", "is not a time such as"),
        (SCHEDULE, "autoscalingGroupName", "eks-accelerator", "AutoScalingGroup eks-accelerator not found"),
    ],
)
def test_what_aws_refuses_of_a_block(tmp_path: Path, type: str, path: str, value: object, said: str) -> None:
    def edit(token: str, name: str, given: Properties) -> Properties:
        return changed(given, path, value) if token.endswith(type) and "accelerator" in name else given

    with run_of(tmp_path, asked(Purchase.BLOCK, waiting=True), edit) as run:
        assert said in run.refusals[0].text
