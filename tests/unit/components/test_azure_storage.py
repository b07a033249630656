"""Azure's stores and data: sizes, conditions, and what cannot be had."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wayfare.components.azure.data import condition
from wayfare.components.azure.plan_compute import DataMountPlan
from wayfare.components.azure.planning_storage import lustre
from wayfare.components.contract import NotFeasible

#: Microsoft, "Create an Azure Managed Lustre file system", throughput configurations: MB/s for each TiB → increment
#: (which is the least, too) and most, TiB.
DOCUMENTED = {40: (48, 768), 125: (16, 128), 250: (8, 128), 500: (4, 128)}


@given(
    gib=st.integers(1, 128 * 1024),
    throughput=st.one_of(st.none(), st.floats(0.01, 64, allow_nan=False)),
)
def test_a_store_is_never_less_than_asked_and_at_most_one_increment_more(gib: int, throughput: float | None) -> None:
    size = lustre(gib, throughput)
    each = int(size.sku.rpartition("-")[2])
    step, most = DOCUMENTED[each]
    assert size.tib * 1024 >= gib
    assert size.megabytes_per_second == size.tib * each
    assert throughput is None or size.megabytes_per_second >= throughput * 1000 - 1e-6
    assert size.tib % step == 0
    assert step <= size.tib <= most
    least = max(gib / 1024, 0 if throughput is None else throughput * 1000 / each)
    assert size.tib - least < step + 1e-6


@pytest.mark.parametrize(
    ("tib", "throughput", "sku", "made"),
    [
        (4, None, "AMLFS-Durable-Premium-500", 4),
        # A quarter of the tier of 40 MB/s would cost more than the whole of a smaller one.
        (12, None, "AMLFS-Durable-Premium-125", 16),
        (48, None, "AMLFS-Durable-Premium-40", 48),
        (48, 10, "AMLFS-Durable-Premium-250", 48),
        (16, 2, "AMLFS-Durable-Premium-125", 16),
        (200, None, "AMLFS-Durable-Premium-40", 240),
    ],
)
def test_the_cheapest_that_is_enough_is_taken(tib: int, throughput: float | None, sku: str, made: int) -> None:
    size = lustre(tib * 1024, throughput)
    assert (size.sku, size.tib) == (sku, made)


@pytest.mark.parametrize(("tib", "throughput"), [(800, None), (4, 70), (200, 40)])
def test_what_takes_a_support_ticket_is_refused(tib: int, throughput: float | None) -> None:
    with pytest.raises(NotFeasible, match="without a support ticket: 768 TiB at 40 MB/s/TiB"):
        lustre(tib * 1024, throughput)


def test_quotes_do_not_end_a_conditions_text() -> None:
    said = condition(DataMountPlan("data-0", "tokens", "books", "o'brien", "/data"))
    assert "'o''brien/'" in said
    assert said.replace("''", "").count("'") % 2 == 0
