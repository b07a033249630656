"""Every resource that a library blueprint becomes, a readable file for each cloud, and what releasing capacity changes.

After a wanted change: `make test ARGS="tests/golden --snapshot-update"`, and read the difference.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from tests.golden.cases import INFERENCE, PLACEMENTS, declared, request
from tests.golden.graph import Graph, Resource, graph, text
from wayfare.blueprints import CloudName
from wayfare.components.contract import Holding

CASES = sorted(PLACEMENTS)

RESERVATIONS = {
    CloudName.AWS: "aws:ec2/capacityReservation:CapacityReservation",
    CloudName.AZURE: "azure-native:compute:CapacityReservation",
    CloudName.GCP: "gcp:compute/reservation:Reservation",
}


class GraphFile(SingleFileSnapshotExtension):
    """`__snapshots__/test_graphs/test_graph[<cloud>-<blueprint>].yaml`."""

    file_extension = "yaml"
    _write_mode = WriteMode.TEXT


@pytest.mark.parametrize(("cloud", "blueprint"), CASES)
def test_graph(cloud: CloudName, blueprint: str, snapshot: SnapshotAssertion) -> None:
    assert text(declared(cloud, blueprint)) == snapshot(extension_class=GraphFile)


def test_no_golden_file_is_left_over() -> None:
    files = Path(__file__).parent.joinpath("__snapshots__", "test_graphs").iterdir()
    assert {file.name for file in files} == {f"test_graph[{cloud}-{blueprint}].yaml" for cloud, blueprint in CASES}


@pytest.mark.parametrize("cloud", CloudName)
def test_the_same_request_gives_the_same_bytes(cloud: CloudName) -> None:
    assert text(graph(request(cloud, INFERENCE))) == text(declared(cloud, INFERENCE))


def _outputs_apart(resources: Graph) -> dict[str, Resource]:
    return {key: replace(row, outputs={}) for key, row in resources.items()}


def _without(resources: Graph, gone: frozenset[str]) -> dict[str, Resource]:
    return {
        key: replace(row, after=row.after - gone) for key, row in _outputs_apart(resources).items() if key not in gone
    }


@pytest.mark.parametrize(("cloud", "blueprint"), CASES)
def test_releasing_capacity_changes_the_reservation_alone(cloud: CloudName, blueprint: str) -> None:
    """On AWS and Google Cloud the reservation goes; on Azure it stays and holds nothing, and its timer goes."""
    held, released = declared(cloud, blueprint), declared(cloud, blueprint, Holding.RELEASED)
    reservations = frozenset(key for key, row in held.items() if row.type == RESERVATIONS[cloud])
    if cloud is CloudName.AZURE:
        released = {
            key: replace(
                row, inputs=_holding_again(row.inputs, held[key].inputs) if key in reservations else row.inputs
            )
            for key, row in released.items()
        }
        timer = frozenset(key for key, row in held.items() if row.name.endswith(("-timer", "-timer-rights")))
        assert len(timer) == (2 if reservations else 0)
        assert _outputs_apart(released) == _without(held, timer)
    else:
        assert _without(released, frozenset()) == _without(held, reservations)


def _holding_again(released: dict[str, Any], held: dict[str, Any]) -> dict[str, Any]:
    """A released reservation's inputs with the held one's number and end, which must be the only difference."""
    assert released["sku"]["capacity"] == 0
    assert "wayfare-hold-until" not in released["tags"]
    until = {"wayfare-hold-until": held["tags"]["wayfare-hold-until"]}
    return {
        **released,
        "sku": {**released["sku"], "capacity": held["sku"]["capacity"]},
        "tags": dict(sorted({**released["tags"], **until}.items())),
    }


@pytest.mark.parametrize(("cloud", "blueprint"), CASES)
def test_outputs_differ_in_the_capacity_alone(cloud: CloudName, blueprint: str) -> None:
    (held,), (released,) = (
        [row.outputs for row in declared(cloud, blueprint, holding).values() if row.type == "wayfare:index:Cluster"]
        for holding in (Holding.HELD, Holding.RELEASED)
    )
    assert {key for key in held | released if held.get(key) != released.get(key)} <= {"capacity"}
    assert released.get("capacity") is None
