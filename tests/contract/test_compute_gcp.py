"""What Google's clusters have beyond the usual, run against the sandbox: reservations, flex-start, slices, stores."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.contract.asked import DATES, blueprint, request
from tests.contract.dry_run import DryRun, Edit, MadeOne, changed, dry_run
from tests.contract.mistakes_gcp_compute import MISTAKES, Planted
from tests.contract.platform_gcp import lacking
from wayfare.blueprints import CloudName, Purchase
from wayfare.components.catalog import shipped_rows
from wayfare.components.contract import Request
from wayfare.components.failures import FailureKind, classify
from wayfare.components.gcp import CLOUD
from wayfare.sandbox.behaviour import Properties

POOL, POLICY = "gcp:container/nodePool:NodePool", "gcp:compute/resourcePolicy:ResourcePolicy"
RESERVATION = "gcp:compute/reservation:Reservation"


def asked(
    machine_type: str,
    purchase: Purchase = Purchase.ON_DEMAND,
    *,
    nodes: int = 2,
    kind: str = "TrainingCluster",
    storage: dict[str, Any] | None = None,
) -> Request:
    machine = shipped_rows(CloudName.GCP).machine_type(machine_type)
    wanted = blueprint((machine,), nodes=nodes, kind=kind)
    if storage is not None:
        data = wanted.model_dump(by_alias=True, exclude_unset=True)
        data["spec"]["storage"] = storage
        wanted = type(wanted).model_validate(data, strict=False)
    return request(CloudName.GCP, machine, purchase, wanted=wanted)


def bought(wanted: Request, machines: int, name: str | None = None) -> Callable[[DryRun], object]:
    """What makes a reservation of somebody's in the account, before the cluster is."""
    inputs: Properties = {
        "name": name or wanted.placement.reservation,
        "zone": wanted.placement.zone,
        "specificReservationRequired": True,
        "specificReservation": {
            "count": machines,
            "instanceProperties": {"machineType": wanted.machine.name},
        },
    }
    return lambda run: run.make(RESERVATION, "bought", inputs)


def pool(run: DryRun) -> MadeOne:
    """The accelerator pool, as Google has it."""
    (made,) = [row for row in run.resources if row.type == POOL and row.name.endswith("accelerator-pool")]
    return made


def of(run: DryRun, type: str) -> list[MadeOne]:
    return [row for row in run.resources if row.type == type]


def fewer(type: str, name: str, inputs: Properties) -> Properties:
    """One node less than the slice has."""
    wrong = type == POOL and name.endswith("accelerator-pool")
    return changed(inputs, "nodeCount", inputs["nodeCount"] - 1) if wrong else inputs


def without_policy(type: str, name: str, inputs: Properties) -> Properties:  # noqa: ARG001 - an `Edit`
    return changed(inputs, "placementPolicy.policyName", ...) if "placementPolicy" in inputs else inputs


@pytest.mark.parametrize("machine_type", ["a3-highgpu-8g", "a4-highgpu-8g", "ct5p-hightpu-4t"])
def test_a_pool_goes_into_its_reservation_and_into_no_other(tmp_path: Path, machine_type: str) -> None:
    wanted = asked(machine_type, Purchase.RESERVED)
    with dry_run(tmp_path, wanted, before=bought(wanted, wanted.accelerator.nodes)) as run:
        assert run.refusals == []
        # GKE: "Consume reserved zonal resources".
        assert pool(run).inputs["nodeConfig"]["reservationAffinity"] == {
            "consumeReservationType": "SPECIFIC_RESERVATION",
            "key": "compute.googleapis.com/reservation-name",
            "values": [wanted.placement.reservation],
        }
        assert pool(run).inputs["nodeCount"] == wanted.accelerator.nodes
        assert of(run, RESERVATION) == []


@pytest.mark.parametrize(("machines", "name"), [(1, None), (2, "another")])
def test_a_reservation_that_is_full_or_missing_is_told(tmp_path: Path, machines: int, name: str | None) -> None:
    wanted = asked("a3-highgpu-8g", Purchase.RESERVED)
    with dry_run(tmp_path, wanted, before=bought(wanted, machines, name)) as run:
        (refusal,) = run.refusals
        kind = classify(refusal.text, CLOUD.failures).kind
        assert kind is (FailureKind.RESERVATION_FULL if name is None else FailureKind.UNKNOWN), refusal


def test_a_reservation_is_looked_for_before_anything_is_made(tmp_path: Path) -> None:
    wanted = asked("a3-highgpu-8g", Purchase.RESERVED)
    for name, reasons in ((None, []), ("another", ["project wayfare-sandbox has no reservation accelerators in "])):
        with dry_run(tmp_path / str(name), wanted, before=bought(wanted, 2, name)) as run:
            found = list(lacking(run, CLOUD.plan(wanted).needs).values())
            assert [reason.removesuffix(wanted.placement.zone) for reason in found] == reasons
    # Before its time a dated one need not be there, nor can another project's be looked at.
    dated = replace(asked("a3-ultragpu-8g", Purchase.BLOCK), waiting=True)
    shared = replace(wanted, placement=replace(wanted.placement, reservation="projects/other/reservations/r"))
    assert CLOUD.plan(dated).needs == CLOUD.plan(shared).needs == ()


def test_a_dated_reservation_is_waited_for_without_anybody(tmp_path: Path) -> None:
    wanted = replace(asked("a3-ultragpu-8g", Purchase.BLOCK), waiting=True)
    with dry_run(tmp_path, wanted, before=bought(wanted, 0)) as run:
        assert run.refusals == []
        made = pool(run).inputs
        assert "nodeCount" not in made
        assert made["autoscaling"] == {"totalMinNodeCount": 0, "totalMaxNodeCount": 2, "locationPolicy": "ANY"}
    begun = replace(wanted, waiting=False)
    with dry_run(tmp_path / "begun", begun, before=bought(begun, 2)) as run:
        assert run.refusals == []
        assert pool(run).inputs["nodeCount"] == 2
        assert "autoscaling" not in pool(run).inputs


def test_a_dated_reservation_says_when_it_ends() -> None:
    hold = CLOUD.gives(CLOUD.plan(asked("a3-ultragpu-8g", Purchase.BLOCK))).hold
    assert f"{DATES['end']:%Y-%m-%d}" in hold
    assert datetime(2026, 3, 1, tzinfo=UTC) == DATES["start"]


@pytest.mark.parametrize(
    ("machine_type", "kind", "queued"),
    [
        ("a3-highgpu-8g", "TrainingCluster", True),
        ("a3-highgpu-8g", "InferenceCluster", False),
        ("g2-standard-4", "InferenceCluster", False),
        # A slice comes as a whole without a queue.
        ("ct6e-standard-4t", "TrainingCluster", False),
    ],
)
def test_flex_start_is_asked_for_as_gke_wants_it(tmp_path: Path, machine_type: str, kind: str, queued: bool) -> None:
    wanted = asked(machine_type, Purchase.FLEX, kind=kind)
    with dry_run(tmp_path, wanted) as run:
        assert run.refusals == []
        made = pool(run).inputs
        # GKE: "Run a large-scale workload with flex-start with queued provisioning"; "Run a small batch workload with
        # GPUs and flex-start provisioning mode".
        assert made["nodeConfig"]["flexStart"] is True
        assert made["nodeConfig"]["reservationAffinity"] == {"consumeReservationType": "NO_RESERVATION"}
        assert made["management"] == {"autoRepair": False, "autoUpgrade": not queued}
        assert made.get("queuedProvisioning") == ({"enabled": True} if queued else None)
        assert "nodeCount" not in made
        assert made["autoscaling"]["totalMaxNodeCount"] == wanted.accelerator.nodes
    plan = CLOUD.plan(wanted)
    assert (plan.pods.provisioning_class == "queued-provisioning.gke.io") == queued
    assert any(each.key == "cloud.google.com/gke-queued" for each in plan.pods.tolerations) == queued
    assert "7 days" in CLOUD.gives(plan).hold


@pytest.mark.parametrize("machine_type", ["ct5lp-hightpu-4t", "ct5p-hightpu-4t", "ct6e-standard-4t"])
def test_a_slice_is_one_pool_of_its_topology(tmp_path: Path, machine_type: str) -> None:
    wanted = asked(machine_type, nodes=4)
    with dry_run(tmp_path, wanted) as run:
        assert run.refusals == []
        made = pool(run).inputs
        assert made["placementPolicy"] == {"type": "COMPACT", "tpuTopology": wanted.accelerator.topology}
        assert "guestAccelerators" not in made["nodeConfig"]
        assert made["nodeConfig"]["taints"] == [{"key": "google.com/tpu", "value": "present", "effect": "NO_SCHEDULE"}]
        assert of(run, POLICY) == []


def test_a_slice_of_tpu7x_is_made_by_a_workload_policy(tmp_path: Path) -> None:
    wanted = asked("tpu7x-standard-4t", nodes=16)
    with dry_run(tmp_path, wanted) as run:
        assert run.refusals == []
        (policy,) = of(run, POLICY)
        assert policy.inputs["workloadPolicy"] == {"type": "HIGH_THROUGHPUT", "acceleratorTopology": "4x4x4"}
        assert pool(run).inputs["placementPolicy"] == {
            "type": "COMPACT",
            "policyName": policy.inputs["name"],
            "tpuTopology": "4x4x4",
        }


def test_a_slice_of_one_node_needs_no_policy(tmp_path: Path) -> None:
    for number, machine_type in enumerate(("ct6e-standard-1t", "ct6e-standard-8t", "tpu7x-standard-4t")):
        with dry_run(tmp_path / str(number), asked(machine_type, kind="InferenceCluster")) as run:
            assert run.refusals == []
            assert "placementPolicy" not in pool(run).inputs


def test_an_nvlink_domain_is_one_pool_and_one_compute_domain(tmp_path: Path) -> None:
    wanted = asked("a4x-highgpu-4g", Purchase.RESERVED, nodes=18)
    with dry_run(tmp_path, wanted, before=bought(wanted, 18)) as run:
        assert run.refusals == []
        (policy,) = of(run, POLICY)
        assert policy.inputs["workloadPolicy"] == {"type": "HIGH_THROUGHPUT", "acceleratorTopology": "1x72"}
        made = pool(run).inputs
        assert made["placementPolicy"] == {"type": "COMPACT", "policyName": policy.inputs["name"]}
        assert made["nodeConfig"]["diskType"] == "hyperdisk-balanced"
        assert made["networkConfig"]["acceleratorNetworkProfile"] == "auto"
        assert [row.inputs["spec"]["numNodes"] for row in run.resources if row.type.endswith(":ComputeDomain")] == [18]


@pytest.mark.parametrize(
    ("machine_type", "edit", "path"),
    [
        ("ct6e-standard-4t", fewer, "placementPolicy.tpuTopology"),
        ("tpu7x-standard-4t", without_policy, "placementPolicy.policyName"),
    ],
)
def test_half_of_a_domain_is_refused(tmp_path: Path, machine_type: str, edit: Edit, path: str) -> None:
    with dry_run(tmp_path, asked(machine_type, nodes=4), edit) as run:
        assert [refusal.path for refusal in run.refusals] == [path]


def test_a_policy_stays_while_a_pool_is_placed_by_it(tmp_path: Path) -> None:
    with dry_run(tmp_path, asked("tpu7x-standard-4t", nodes=4)) as run:
        (policy,) = of(run, POLICY)
        with pytest.raises(Exception, match="is already being used by"):
            run.delete(POLICY, policy.id)
        run.delete(POOL, pool(run).id)
        run.delete(POLICY, policy.id)


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.title)
def test_a_mistake_is_refused_where_it_is(tmp_path: Path, mistake: Planted) -> None:
    planted: list[str] = []

    def edit(type: str, name: str, inputs: Properties) -> Properties:
        if not type.endswith(f":{mistake.type}") or name.endswith("system-pool"):
            return inputs
        planted.append(name)
        for path, value in mistake.edits.items():
            inputs = changed(inputs, path, value)
        return inputs

    wanted = asked(
        mistake.machine_type,
        mistake.purchase,
        nodes=mistake.nodes,
        kind=mistake.kind,
        storage=dict(mistake.storage) or None,
    )
    with dry_run(tmp_path, wanted, edit) as run:
        assert planted, "no such resource is declared"
        assert run.refusals, "the sandbox took it"
        first = run.refusals[0]
        assert (first.path, first.type.rpartition(":")[2]) == (mistake.path, mistake.type), first
        assert mistake.said in first.text, first
