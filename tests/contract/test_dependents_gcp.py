"""What Google Cloud keeps while something depends on it, and lets go in the right order."""

from pathlib import Path

import pytest

from tests.contract.dry_run import DryRun, Edit, changed, dry_run
from tests.golden.cases import TRAINING, request
from wayfare.blueprints import CloudName
from wayfare.sandbox.behaviour import Properties, Refused

NETWORK, SUBNETWORK = "gcp:compute/network:Network", "gcp:compute/subnetwork:Subnetwork"
ROUTER, NAT = "gcp:compute/router:Router", "gcp:compute/routerNat:RouterNat"
CLUSTER, POOL = "gcp:container/cluster:Cluster", "gcp:container/nodePool:NodePool"
BUCKET, RESERVATION = "gcp:storage/bucket:Bucket", "gcp:compute/reservation:Reservation"


def ids(run: DryRun, type: str) -> list[str]:
    return [id for made, id in run.made if made == type]


def delete(run: DryRun, *types: str) -> None:
    for type in types:
        for id in ids(run, type):
            run.delete(type, id)


def as_declared(type: str, name: str, inputs: Properties) -> Properties:  # noqa: ARG001 - an `Edit`
    return inputs


def protected(type: str, name: str, inputs: Properties) -> Properties:  # noqa: ARG001 - an `Edit`
    return changed(inputs, "deletionProtection", ...) if type == CLUSTER else inputs


def by_name(type: str, name: str, inputs: Properties) -> Properties:
    """The pool targets its reservation by name."""
    if type == RESERVATION:
        return inputs | {"specificReservationRequired": True}
    if type == POOL and name.endswith("accelerator-pool"):
        affinity = {
            "consumeReservationType": "SPECIFIC_RESERVATION",
            "key": "compute.googleapis.com/reservation-name",
            "values": [f"{inputs['cluster'].rpartition('/')[2]}-capacity"],
        }
        return changed(inputs, "nodeConfig.reservationAffinity", affinity)
    return inputs


@pytest.mark.parametrize(
    ("first", "type", "edit", "said"),
    [
        ((), NETWORK, as_declared, "is already being used by 'projects/wayfare-sandbox/regions/us-east4/subnetworks/"),
        ((POOL, CLUSTER, NAT, SUBNETWORK), NETWORK, as_declared, "is already being used by 'projects/wayfare-sandbox/"),
        ((), SUBNETWORK, as_declared, "/locations/us-east4/clusters/"),
        ((POOL, CLUSTER), SUBNETWORK, as_declared, "/regions/us-east4/routers/"),
        ((POOL,), CLUSTER, protected, "Cannot destroy cluster because deletion_protection is set to true"),
        ((), RESERVATION, by_name, "is already being used by instances, resourceInUseByAnotherResource"),
    ],
)
def test_what_something_depends_on_stays(
    tmp_path: Path, first: tuple[str, ...], type: str, edit: Edit, said: str
) -> None:
    with dry_run(tmp_path, request(CloudName.GCP, TRAINING), edit) as run:
        assert run.refusals == []
        delete(run, *first)
        (id,) = ids(run, type)
        with pytest.raises(Refused) as refused:
            run.delete(type, id)
        assert said in str(refused.value)


def test_a_bucket_with_objects_stays(tmp_path: Path) -> None:
    with dry_run(tmp_path, request(CloudName.GCP, TRAINING)) as run:
        (id,) = ids(run, BUCKET)
        (kept,) = tmp_path.rglob(id)
        (kept / "step-1").write_text("weights", encoding="utf-8")
        with pytest.raises(Refused, match=r"containing objects without `force_destroy` set to true"):
            run.delete(BUCKET, id)
        (kept / "step-1").unlink()
        run.delete(BUCKET, id)


def test_a_router_takes_its_nat_along(tmp_path: Path) -> None:
    with dry_run(tmp_path, request(CloudName.GCP, TRAINING)) as run:
        delete(run, POOL, CLUSTER, ROUTER, SUBNETWORK, NETWORK)


def test_a_cluster_takes_its_node_pools_along(tmp_path: Path) -> None:
    with dry_run(tmp_path, request(CloudName.GCP, TRAINING)) as run:
        assert len(run.store.resources("gcp", POOL)) == 2
        delete(run, CLUSTER)
        assert run.store.resources("gcp", POOL) == []


def test_all_goes_in_the_order_of_the_engine(tmp_path: Path) -> None:
    with dry_run(tmp_path, request(CloudName.GCP, TRAINING)) as run:
        for type, id in reversed(run.made):
            if type.startswith("gcp:"):
                run.delete(type, id)
        search = {"scope": "projects/wayfare-sandbox", "query": ""}
        found = run.clouds["gcp"].invoke("gcp:cloudasset/getSearchAllResources:getSearchAllResources", search, {})
        assert found["results"] == []
