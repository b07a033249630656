"""AWS's stores: sizes that FSx sells, data sets and local disks, after AWS's documentation."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.contract.asked import request, rows
from wayfare.blueprints import CloudName, Purchase
from wayfare.blueprints.models import Storage
from wayfare.components.aws import CLOUD
from wayfare.components.aws.planning import plan
from wayfare.components.aws.planning_storage import TIERS, Size, rounded_up, size
from wayfare.components.contract import NotFeasible, Request

#: FSx API reference, CreateFileSystem: PERSISTENT_2 on SSD, the first of them in GiB.
SOLD = [1200, *range(2400, 2400 * 400, 2400)]


def asked(storage: dict[str, object], machine: str = "p5.48xlarge") -> Request:
    (row,) = (each for each in rows(CloudName.AWS) if each.name == machine)
    made = request(CloudName.AWS, row, Purchase.ON_DEMAND)
    stored = made.blueprint.spec.model_copy(update={"storage": Storage.model_validate(storage, strict=False)})
    return replace(made, blueprint=made.blueprint.model_copy(update={"spec": stored}))


CAPACITIES = st.integers(1, 500 * 1024)
SPEEDS = st.none() | st.floats(0.01, 400)


@given(capacity=CAPACITIES, throughput=SPEEDS)
def test_a_size_is_never_below_what_was_asked_and_no_more_than_an_increment_above(
    capacity: int, throughput: float | None
) -> None:
    chosen = size(capacity, throughput)
    assert chosen.capacity_gib in SOLD or chosen.capacity_gib % 2400 == 0
    assert chosen.per_tib in (125, 250, 500, 1000)
    assert chosen.capacity_gib >= capacity
    assert throughput is None or chosen.throughput >= throughput * (1 - 1e-12)
    smaller = 1200 if chosen.capacity_gib == 2400 else chosen.capacity_gib - 2400
    if chosen.capacity_gib > 1200:
        assert smaller < capacity or (throughput is not None and Size(smaller, chosen.per_tib).throughput < throughput)


@given(capacity=CAPACITIES, throughput=SPEEDS)
def test_no_other_size_that_fits_is_cheaper(capacity: int, throughput: float | None) -> None:
    chosen = size(capacity, throughput)
    for per_tib in TIERS:
        gib = rounded_up(capacity)
        while throughput is not None and Size(gib, per_tib).throughput < throughput:
            gib = rounded_up(gib + 1)
        assert chosen.usd_per_hour <= Size(gib, per_tib).usd_per_hour + 1e-9


@pytest.mark.parametrize(
    ("capacity", "throughput", "expected"),
    [
        (1, None, (1200, 125)),
        (1200, None, (1200, 125)),
        (1201, None, (2400, 125)),
        (48 * 1024, None, (50400, 125)),
        # 48 TiB with 12 GB/s: 250 MB/s for each TiB, and not twice the capacity.
        (48 * 1024, 12.0, (50400, 250)),
        # More capacity of a slower tier costs less than the fastest one.
        (48 * 1024, 40.0, (84000, 500)),
        (1024, 100.0, (103200, 1000)),
    ],
)
def test_sizes_by_hand(capacity: int, throughput: float | None, expected: tuple[int, int]) -> None:
    chosen = size(capacity, throughput)
    assert (chosen.capacity_gib, chosen.per_tib) == expected


def test_a_shared_store_shows_in_what_a_plan_gives() -> None:
    made = CLOUD.gives(plan(asked({"shared": {"capacity": "48TiB", "throughputGBps": 12}}))).shared
    assert made is not None
    assert (made.kind, made.capacity_gib) == ("FSx for Lustre PERSISTENT_2, 250 MB/s/TiB", 50400)
    assert made.throughput == pytest.approx(12.3, abs=0.01)
    # 50,400 GiB at 0.210 USD a month.
    assert made.usd_per_hour == pytest.approx(14.50, abs=0.01)
    assert CLOUD.gives(plan(asked({}))).shared is None


def test_scratch_is_on_the_local_disks_or_the_machine_type_is_left_out() -> None:
    made = plan(asked({"scratch": {"perNode": "20TiB"}}))
    assert made.pods.scratch is not None
    assert (made.pods.scratch.per_node_gib, made.pods.scratch.storage_class) == (20 * 1024, None)
    assert made.accelerator_pool.user_data is not None
    with pytest.raises(NotFeasible, match="has 25480 GiB of local disks for scratch, not 30720 GiB"):
        plan(asked({"scratch": {"perNode": "30TiB"}}))
    with pytest.raises(NotFeasible, match=r"inf2\.48xlarge has no local disks, not 1024 GiB"):
        plan(asked({"scratch": {"perNode": "1TiB"}}, "inf2.48xlarge"))


def test_data_on_another_cloud_is_refused_with_the_way_out() -> None:
    with pytest.raises(NotFeasible, match=r"gs://corpus/en is on gcp: copy it to S3, .* or leave aws out of"):
        plan(asked({"data": [{"from": "gs://corpus/en", "mount": "/data"}]}))
