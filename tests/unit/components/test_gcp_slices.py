"""Google Cloud's machines that compute as one: slices of TPUs, and NVLink domains."""

import pytest

from tests.unit.components.test_gcp import CATALOG, request
from wayfare.blueprints import Purchase
from wayfare.components.contract import NotFeasible
from wayfare.components.gcp.planning import plan


@pytest.mark.parametrize(
    ("machine_type", "topology", "allowed"),
    [
        ("ct5lp-hightpu-4t", "4x2", "2x4"),
        ("ct6e-standard-8t", "4x4", "2x4"),
        ("ct5p-hightpu-4t", "4x4", "2x2x4"),
        ("ct5p-hightpu-4t", "8x4x4", "multiples of 4"),
        ("tpu7x-standard-4t", "2x4x8", "multiples of 4"),
    ],
)
def test_a_slice_that_there_is_not_is_refused_with_those_that_there_are(
    machine_type: str, topology: str, allowed: str
) -> None:
    chips = CATALOG.machine_type(machine_type)
    alternative = {"name": chips.accelerator, "perNode": chips.accelerators, "topology": topology}
    with pytest.raises(NotFeasible, match=allowed):
        plan(request(machine_type, spec={"accelerators": [alternative]}))


@pytest.mark.parametrize("topology", ["4x4x4", "4x8x12", "8x12x20"])
def test_a_slice_of_three_dimensions_has_any_sides_of_fours(topology: str) -> None:
    alternative = {"name": "TPUv5p", "topology": topology}
    made = plan(request("ct5p-hightpu-4t", spec={"accelerators": [alternative]}))
    assert made.pods.node_selector["cloud.google.com/gke-tpu-topology"] == topology


def test_a_slice_of_several_nodes_serves_no_replicas() -> None:
    alternative = {"name": "TPUv6e", "topology": "4x4"}
    with pytest.raises(NotFeasible, match="compute as one"):
        plan(request("ct6e-standard-4t", kind="InferenceCluster", spec={"accelerators": [alternative]}))


def test_an_nvlink_domain_has_eighteen_nodes() -> None:
    alternative = {"name": "GB200", "perNode": 4, "nodes": 19}
    with pytest.raises(NotFeasible, match="has 18 nodes, and 19 are asked for"):
        plan(request("a4x-highgpu-4g", Purchase.RESERVED, spec={"accelerators": [alternative]}))
