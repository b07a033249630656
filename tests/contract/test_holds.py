"""A hold on Azure ends, whatever has died: the program stops behind the reservation, time passes, nothing is held."""

from collections.abc import Generator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from tests.contract.dry_run import DryRun, Edit, changed, dry_run
from tests.golden.cases import INFERENCE, request
from wayfare.blueprints import CloudName
from wayfare.sandbox.behaviour import Properties
from wayfare.sandbox.checks import Subject
from wayfare.sandbox.clouds.azure import names

HELD = 2
#: Built-in role "Virtual Machine Contributor", which may not write reservations.
MACHINES_ONLY = "9980e02c-c2be-4d73-94e8-173b1dc7cf3c"


def nothing(type: str, name: str, inputs: Properties) -> Properties:
    del type, name
    return inputs


@contextmanager
def died(directory: Path, edit: Edit = nothing) -> Generator[DryRun]:
    """What stands when the program ends with the reservation: the network after it is not made any more."""

    def stopped(type: str, name: str, inputs: Properties) -> Properties:
        if type == names.NETWORK:
            inputs = changed(inputs, "addressSpace.addressPrefixes", ["nowhere"])
        return edit(type, name, inputs)

    with dry_run(directory, request(CloudName.AZURE, INFERENCE), stopped) as run:
        assert {refusal.type for refusal in run.refusals} == {names.NETWORK}
        assert not {names.NETWORK, names.CLUSTER} & {token for token, _ in run.made}
        assert held(run) == HELD
        yield run


def passes(run: DryRun, **time: float) -> None:
    """Let virtual time pass."""
    with run.clock.call():
        run.clock.wait(timedelta(**time).total_seconds())


def now(run: DryRun, type: str) -> tuple[Subject, str, Properties]:
    """The only resource of a type, as Azure has it."""
    (row,) = (row for row in run.resources if row.type == type)
    subject = Subject(row.type, row.urn, row.name, {"location": run.region})
    read = run.clouds["azure-native"].read(subject, row.id, row.inputs)
    assert read is not None
    return subject, row.id, read[1]


def held(run: DryRun) -> int:
    """Machines that the reservation holds."""
    return now(run, names.RESERVATION)[2]["sku"]["capacity"]


def hold_again(run: DryRun, until: datetime) -> None:
    """Hold again until another time, as a second `up` does: first the timer, then the reservation."""
    cloud = run.clouds["azure-native"]
    subject, id, inputs = now(run, names.WORKFLOW)
    path = "definition.triggers.hold_ends.recurrence.startTime"
    cloud.update(subject, id, inputs, changed(inputs, path, f"{until:%Y-%m-%dT%H:%M:%SZ}"))
    subject, id, inputs = now(run, names.RESERVATION)
    cloud.update(subject, id, inputs, changed(inputs, "sku.capacity", HELD))


def test_nobody_gives_it_back_and_azure_does(tmp_path: Path) -> None:
    with died(tmp_path) as run:
        passes(run, hours=1.9)
        assert held(run) == HELD
        passes(run, hours=0.2)
        assert held(run) == 0
        passes(run, days=30)
        assert held(run) == 0


def test_a_hold_that_is_renewed_ends_at_its_new_time(tmp_path: Path) -> None:
    with died(tmp_path) as run:
        passes(run, hours=1)
        hold_again(run, run.clock.now() + timedelta(hours=2))
        passes(run, hours=1.5)
        assert held(run) == HELD
        passes(run, hours=1)
        assert held(run) == 0
        # Also after it has ended once.
        hold_again(run, run.clock.now() + timedelta(hours=2))
        passes(run, hours=1.5)
        assert held(run) == HELD
        passes(run, hours=1)
        assert held(run) == 0


def test_a_timer_without_the_right_gives_nothing_back(tmp_path: Path) -> None:
    """So that the assignment is proven to be part of the bound, with its role and its scope."""

    def weaker(type: str, name: str, inputs: Properties) -> Properties:
        if type != names.ASSIGNMENT or not name.endswith("timer-rights"):
            return inputs
        roles = inputs["roleDefinitionId"].rpartition("/")[0]
        return {**inputs, "roleDefinitionId": f"{roles}/{MACHINES_ONLY}"}

    with died(tmp_path, weaker) as run:
        passes(run, hours=3)
        assert held(run) == HELD


def test_a_run_that_was_missed_is_made_up_an_hour_later(tmp_path: Path) -> None:
    def disabled(type: str, name: str, inputs: Properties) -> Properties:
        del name
        return {**inputs, "state": "Disabled"} if type == names.WORKFLOW else inputs

    with died(tmp_path, disabled) as run:
        passes(run, hours=2.5)
        assert held(run) == HELD
        subject, id, inputs = now(run, names.WORKFLOW)
        run.clouds["azure-native"].update(subject, id, inputs, {**inputs, "state": "Enabled"})
        passes(run, minutes=20)
        assert held(run) == HELD
        passes(run, minutes=20)
        assert held(run) == 0


def test_machines_that_are_given_back_are_there_for_others(tmp_path: Path) -> None:
    with died(tmp_path) as run:
        passes(run, hours=3)
        subject, id, inputs = now(run, names.RESERVATION)
        row = run.clouds["azure-native"].find(subject, id, inputs)
        assert row is not None
        assert row.nodes is not None
        assert row.nodes.count == 0
