"""The words match across the seam: what a cloud of the sandbox says, the cloud's own table understands."""

import importlib
from datetime import timedelta

import pytest

from tests.contract.asked import ZONES, purchases, rows
from wayfare.blueprints import CloudName, Purchase
from wayfare.components.clouds import cloud
from wayfare.components.failures import FailureKind, Meaning, Scope, classify
from wayfare.sandbox.behaviour import Behaviour, Nodes

CASES = [
    (name, row.name, purchase, reserves)
    for name in CloudName
    for row in rows(name)
    for purchase in purchases(row)
    for reserves in (True, False)
    if not (reserves and not row.holds(purchase))
]

#: Azure says of spot machines that its constraints cannot be met, which is how its spot capacity runs out.
OTHERWISE = {
    (CloudName.AZURE, Purchase.SPOT): FailureKind.OVERCONSTRAINED,
    (CloudName.AWS, Purchase.RESERVED): FailureKind.RESERVATION_FULL,
    (CloudName.AWS, Purchase.BLOCK): FailureKind.RESERVATION_FULL,
}


def behaviour(name: CloudName) -> Behaviour:
    return importlib.import_module(f"wayfare.sandbox.clouds.{name}").BEHAVIOUR


def region(name: CloudName, machine: str) -> str:
    (row,) = (row for row in rows(name) if row.name == machine)
    return row.regions[0]


def zone(name: CloudName, where: str) -> str:
    return ZONES[name][0].format(where)


def understood(name: CloudName, text: str) -> Meaning:
    return classify(text, cloud(name).failures)


def nodes(name: CloudName, machine: str, purchase: Purchase, reserves: bool) -> Nodes:
    return Nodes(zone(name, region(name, machine)), machine, purchase.value, 16, reserves)


@pytest.mark.parametrize(("name", "machine", "purchase", "reserves"), CASES)
def test_a_shortage_is_a_stockout_of_the_zone(
    name: CloudName, machine: str, purchase: Purchase, reserves: bool
) -> None:
    text = behaviour(name).stockout(nodes(name, machine, purchase, reserves), region(name, machine))
    meaning = understood(name, text)
    assert meaning.kind is OTHERWISE.get((name, purchase), FailureKind.STOCKOUT), text
    assert meaning.kind.leads_on
    assert meaning.scope is Scope.ZONE
    assert timedelta(minutes=5) <= meaning.lasts <= timedelta(days=1)


@pytest.mark.parametrize("limit", [0, 96])
@pytest.mark.parametrize(("name", "machine", "purchase", "reserves"), CASES)
def test_a_quota_is_a_quota_of_the_family(
    name: CloudName, machine: str, purchase: Purchase, reserves: bool, limit: int
) -> None:
    (row,) = (row for row in rows(name) if row.name == machine)
    text = behaviour(name).over_quota(
        nodes(name, machine, purchase, reserves), region(name, machine), row.family, limit, limit + 16 * row.vcpus
    )
    meaning = understood(name, text)
    assert meaning.kind is FailureKind.QUOTA, text
    assert meaning.kind.leads_on
    assert meaning.scope is Scope.FAMILY
    assert timedelta(minutes=5) <= meaning.lasts <= timedelta(days=1)


@pytest.mark.parametrize("name", CloudName)
@pytest.mark.parametrize(
    "text",
    [
        "",
        "the image registry.example/train:1 was not found",
        'pods "llm-pretrain-0" is forbidden: violates PodSecurity',
        "quota",
        "capacity",
        "something that nobody has seen yet",
        "error: update failed",
        "InvalidParameterException: unknown field",
    ],
)
def test_what_nobody_knows_stops(name: CloudName, text: str) -> None:
    meaning = understood(name, text)
    assert meaning.kind is FailureKind.UNKNOWN
    assert not meaning.kind.leads_on


@pytest.mark.parametrize("name", CloudName)
def test_another_clouds_shortage_is_not_understood_by_chance(name: CloudName) -> None:
    """A table that knows the others' words would have patterns that are too wide."""
    for other in set(CloudName) - {name}:
        row = max(rows(other), key=lambda row: (row.holds(Purchase.ON_DEMAND), row.sells(Purchase.ON_DEMAND)))
        wanted = nodes(other, row.name, Purchase.ON_DEMAND, row.holds(Purchase.ON_DEMAND))
        text = behaviour(other).stockout(wanted, row.regions[0])
        assert understood(name, text).kind in (FailureKind.UNKNOWN, FailureKind.TRANSIENT), (other, text)
