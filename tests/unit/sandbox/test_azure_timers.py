"""When a workflow's recurrence runs on Azure, and what it may do then."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.sandbox.azure_store import NC, FakeRow, FakeStore, make
from wayfare.components.azure import reaper
from wayfare.components.azure.account import CONTRIBUTOR
from wayfare.components.azure.bootstrap_plan import ReaperPlan
from wayfare.components.azure.hold import definition
from wayfare.sandbox.clouds.azure import logic, names

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
END = BEGAN + timedelta(hours=2)
ROLES = f"/subscriptions/{names.SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions"


def standing(scope: int = 0, **recurrence: Any) -> tuple[FakeStore, FakeRow]:
    """A timer as the components declare it, but for its recurrence; `scope`: how many parts its right lies higher."""
    store = FakeStore()
    make(store, names.GROUP, resourceGroupName="g", location="eastus")
    group = make(store, names.RESERVATION_GROUP, capacityReservationGroupName="r", zones=["1"])
    which = {"capacityReservationGroupName": "r", "capacityReservationName": "a"}
    reservation = make(store, names.RESERVATION, **which, zones=["1"], sku={"name": NC, "capacity": 4})
    address = f"https://management.azure.com{reservation.id}?api-version=2024-11-01"
    wanted = definition(f"{END:%Y-%m-%dT%H:%M:%SZ}", address)
    wanted["triggers"]["hold_ends"]["recurrence"] |= recurrence
    timer = make(*(store, names.WORKFLOW), workflowName="hold", definition=wanted, identity={"type": "SystemAssigned"})
    make(
        store,
        names.ASSIGNMENT,
        principalId=timer.outputs["identity"]["principalId"],
        principalType="ServicePrincipal",
        roleDefinitionId=f"{ROLES}/{CONTRIBUTOR}",
        scope=group.id if not scope else names.group_id("g"),
    )
    return store, timer


def runs(store: FakeStore, timer: FakeRow, after: datetime, until: datetime) -> list[datetime]:
    found = logic.deeds(timer, store, after, until)
    assert all(not deed.refused and deed.change == {"sku": {"capacity": 0}} for deed in found)
    return [deed.at for deed in found]


@pytest.mark.parametrize("scope", [0, 1])
def test_it_runs_at_its_start_and_each_hour_after(scope: int) -> None:
    store, timer = standing(scope)
    hour = timedelta(hours=1)
    assert runs(store, timer, BEGAN, END - timedelta(seconds=1)) == []
    assert runs(store, timer, BEGAN, END) == [END]
    assert runs(store, timer, END, END + timedelta(minutes=59)) == []
    assert runs(store, timer, END, END + hour) == [END + hour]
    assert runs(store, timer, END + hour * 1.5, END + hour * 7) == [END + hour * 2]


@given(hours=st.integers(0, 10_000), cut=st.floats(0, 1))
def test_however_time_is_cut_it_runs_within_the_hour(hours: int, cut: float) -> None:
    store, timer = standing()
    after = BEGAN + timedelta(hours=hours)
    middle = after + timedelta(hours=3) * cut
    until = after + timedelta(hours=3)
    both = runs(store, timer, after, middle) + runs(store, timer, middle, until)
    assert both
    assert all(after < at <= until and at >= END for at in both)


@pytest.mark.parametrize("broken", [{"interval": "often"}, {"startTime": "soon"}, {"frequency": "Once"}], ids=str)
def test_what_cannot_be_read_never_runs(broken: Mapping[str, Any]) -> None:
    store, timer = standing(**broken)
    assert runs(store, timer, BEGAN, END + timedelta(days=1)) == []


def test_without_its_reservation_it_does_nothing() -> None:
    store, timer = standing()
    store.held = [row for row in store.held if row.token != names.RESERVATION]
    assert logic.deeds(timer, store, BEGAN, END) == []


def test_without_its_right_azure_refuses() -> None:
    store, timer = standing()
    store.held = [row for row in store.held if row.token != names.ASSIGNMENT]
    (deed,) = logic.deeds(timer, store, BEGAN, END)
    assert 'Code="AuthorizationFailed"' in deed.refused


def forgotten(*, held_until: datetime | None, role: bool = True) -> tuple[FakeStore, FakeRow]:
    """The subscription's reaper as the bootstrap declares it, and a reservation of which no timer knows."""
    store = FakeStore()
    make(store, names.GROUP, resourceGroupName="g", location="eastus")
    make(store, names.RESERVATION_GROUP, capacityReservationGroupName="r", zones=["1"])
    tags = {} if held_until is None else {"wayfare-hold-until": f"{held_until:%Y-%m-%dT%H:%M:%SZ}"}
    which = {"capacityReservationGroupName": "r", "capacityReservationName": "a"}
    make(store, names.RESERVATION, **which, zones=["1"], sku={"name": NC, "capacity": 4}, tags=tags)
    wanted = reaper.definition("https://management.azure.com", names.SUBSCRIPTION)
    own = {"type": "SystemAssigned"}
    timer = make(store, names.WORKFLOW, workflowName="wayfare-reaper", definition=wanted, identity=own)
    scope = f"/subscriptions/{names.SUBSCRIPTION}"
    given = make(
        store,
        names.ROLE,
        resourceGroupName=None,
        roleDefinitionId="11111111-2222-4333-8444-555555555555",
        scope=scope,
        permissions=[{"actions": list(ReaperPlan("eastus", "g").actions) if role else []}],
    )
    make(
        store,
        names.ASSIGNMENT,
        principalId=timer.outputs["identity"]["principalId"],
        principalType="ServicePrincipal",
        roleDefinitionId=given.id,
        scope=scope,
    )
    return store, timer


def test_the_reaper_ends_what_is_held_past_its_time_and_nothing_else() -> None:
    store, timer = forgotten(held_until=END)
    assert runs(store, timer, BEGAN, END) == []
    (at,) = runs(store, timer, BEGAN, END + timedelta(hours=1))
    assert END < at <= END + timedelta(hours=1)
    # Somebody's own reservation carries no such tag.
    assert runs(*forgotten(held_until=None), BEGAN, END + timedelta(days=1)) == []


def test_without_its_role_the_reaper_is_refused() -> None:
    store, timer = forgotten(held_until=END, role=False)
    (deed,) = logic.deeds(timer, store, END, END + timedelta(hours=2))
    assert 'Code="AuthorizationFailed"' in deed.refused
