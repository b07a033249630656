"""What Azure's clusters have beyond the usual, run against the sandbox: reservations, InfiniBand, stores, data."""

from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest

from tests.contract.asked import blueprint, request
from tests.contract.dry_run import DryRun, MadeOne, dry_run
from wayfare.blueprints import CloudName, Purchase
from wayfare.components.azure import CLOUD
from wayfare.components.azure.account_compute import WHY_LACKING
from wayfare.components.catalog import shipped_rows
from wayfare.components.contract import Request
from wayfare.sandbox.behaviour import NotThere
from wayfare.sandbox.clouds.azure.names import SUBSCRIPTION

NC = "Standard_NC24ads_A100_v4"
ND = "Standard_ND96isr_H100_v5"
#: A resource group that is somebody's, and the reservations in it.
BOUGHT = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/bought"
GROUP = f"{BOUGHT}/providers/Microsoft.Compute/capacityReservationGroups/accelerators"
CONTRIBUTOR = "b24988ac-6180-42a0-ab88-20f7382dd24c"


def asked(
    machine_type: str,
    purchase: Purchase = Purchase.ON_DEMAND,
    *,
    nodes: int = 2,
    kind: str = "TrainingCluster",
    storage: dict[str, Any] | None = None,
    reservation: str | None = None,
) -> Request:
    machine = shipped_rows(CloudName.AZURE).machine_type(machine_type)
    wanted = blueprint((machine,), nodes=nodes, kind=kind)
    if storage is not None:
        data = wanted.model_dump(by_alias=True, exclude_unset=True)
        data["spec"]["storage"] = storage
        wanted = type(wanted).model_validate(data, strict=False)
    made = request(CloudName.AZURE, machine, purchase, wanted=wanted)
    return replace(made, placement=replace(made.placement, reservation=reservation))


def bought(machines: int, zone: str = "1", size: str = NC) -> Any:
    """What makes a resource group with a reservation of somebody's in the account, before the cluster is."""

    def buy(run: DryRun) -> None:
        run.make(
            "azure-native:resources:ResourceGroup", "bought", {"resourceGroupName": "bought", "location": run.region}
        )
        place = {"resourceGroupName": "bought", "capacityReservationGroupName": "accelerators", "location": run.region}
        run.make("azure-native:compute:CapacityReservationGroup", "bought", {**place, "zones": [zone]})
        run.make(
            "azure-native:compute:CapacityReservation",
            "bought",
            {
                **place,
                "capacityReservationName": "a",
                "zones": [zone],
                "sku": {"name": size, "capacity": machines},
            },
        )

    return buy


def one(run: DryRun, kind: str, name: str = "") -> MadeOne:
    (found,) = (row for row in run.resources if row.type.endswith(f":{kind}") and row.name.endswith(name))
    return found


def test_a_reservation_that_exists_is_taken_and_none_is_made(tmp_path: Path) -> None:
    """Microsoft, "Assign capacity reservation groups to AKS node pools"."""
    wanted = asked(NC, Purchase.RESERVED, reservation=GROUP)
    with dry_run(tmp_path, wanted, before=bought(2)) as run:
        assert run.refusals == []
        assert one(run, "AgentPool").inputs["capacityReservationGroupID"] == GROUP
        assert not [row for row in run.resources if "CapacityReservation" in row.type]
        rights = one(run, "RoleAssignment", "reservation-rights").inputs
        assert rights["scope"] == BOUGHT
        assert rights["roleDefinitionId"].endswith(CONTRIBUTOR)
        identity = one(run, "UserAssignedIdentity", "control-plane-identity")
        assert rights["principalId"] == identity.outputs["principalId"]


@pytest.mark.parametrize(
    ("before", "said"),
    [
        (bought(1), "1 machines of Standard_NC24ads_A100_v4 are free in zone 1, and 2 are needed"),
        (bought(4, zone="2"), "0 machines of Standard_NC24ads_A100_v4 are free in zone 1"),
        (bought(4, size="Standard_NC4as_T4_v3"), "0 machines"),
        (None, "there is no capacity reservation group"),
        (bought(2), None),
    ],
    ids=["too few", "another zone", "another size", "none", "enough"],
)
def test_what_a_reservation_lacks_is_told_before_anything_is_made(
    tmp_path: Path, before: Any, said: str | None
) -> None:
    plan = CLOUD.plan(asked(NC, Purchase.RESERVED, reservation=GROUP))
    (need,) = [each for each in plan.needs if each.kind == "capacity reservation"]
    with dry_run(tmp_path, asked("Standard_NC4as_T4_v3"), before=before) as run:
        reason = WHY_LACKING[need.kind](need, SUBSCRIPTION, lambda path: read(run, path))
    assert (reason is None) if said is None else (reason is not None and said in reason)


def read(run: DryRun, path: str) -> dict[str, Any] | None:
    """As the sandbox's management API answers a GET."""
    place, _, query = path.lstrip("/").partition("?")
    try:
        return run.clouds["azure-native"].rest("GET", place, dict(parse_qsl(query)))
    except NotThere:
        return None


def test_machines_in_use_are_not_free(tmp_path: Path) -> None:
    plan = CLOUD.plan(asked(NC, Purchase.RESERVED, reservation=GROUP))
    (need,) = plan.needs
    with dry_run(tmp_path, asked(NC, Purchase.RESERVED, reservation=GROUP), before=bought(3)) as run:
        reason = WHY_LACKING[need.kind](need, SUBSCRIPTION, lambda path: read(run, path))
    assert reason is not None
    assert "1 machines" in reason


def test_a_spot_pool_comes_back_after_evictions(tmp_path: Path) -> None:
    """Microsoft, "Add an Azure Spot node pool to an AKS cluster": evicted machines are deleted, the autoscaler makes
    new ones.
    """
    with dry_run(tmp_path, asked(ND, Purchase.SPOT, nodes=3)) as run:
        assert run.refusals == []
        pool = one(run, "AgentPool").inputs
        assert pool["scaleSetEvictionPolicy"] == "Delete"
        assert (pool["enableAutoScaling"], pool["minCount"], pool["maxCount"], pool["count"]) == (True, 3, 3, 3)
