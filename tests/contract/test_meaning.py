"""The same change of a blueprint is told in the same words on every cloud, whatever its resources call it."""

from dataclasses import replace
from typing import Any

import pytest

from tests.contract.asked import ZONES, purchases
from tests.golden.cases import INFERENCE, TRAINING, declared, request
from tests.golden.graph import Graph, graph
from wayfare.blueprints import CloudName, Purchase
from wayfare.blueprints.check import BLUEPRINT
from wayfare.components.catalog import shipped_rows
from wayfare.components.contract import Holding, Request
from wayfare.sandbox.difference import changes
from wayfare.stacks.changes import tell
from wayfare.stacks.engine.preview import Planned

#: Blueprint, the edit of it (path and value), and what is said besides what follows for the workload and the labels.
EDITS: list[tuple[str, tuple[str, ...], Any, str]] = [
    (
        TRAINING,
        ("spec", "access", "allow"),
        ["198.51.100.0/24"],
        "Kubernetes API allows 198.51.100.0/24 besides and no longer allows 203.0.113.0/24, in place",
    ),
    (
        TRAINING,
        ("spec", "storage", "checkpoints", "expireAfter"),
        "30d",
        "checkpoint bucket: objects expire after 30 days, in place",
    ),
    (
        INFERENCE,
        ("spec", "storage", "checkpoints", "expireAfter"),
        "14d",
        "checkpoint bucket: objects expire after 14 days, in place",
    ),
    (
        TRAINING,
        ("spec", "workload", "image"),
        "registry.example/train:2",
        "workload: image pytorch/pytorch:2.9.1-cuda12.8-cudnn9-runtime → registry.example/train:2: "
        "the job is replaced and starts anew",
    ),
    (
        TRAINING,
        ("spec", "workload", "command"),
        ["sleep"],
        "workload: another command: the job is replaced and starts anew",
    ),
]


def steps(before: Graph, after: Graph) -> list[Planned]:
    """What the engine would do from one graph to the other, if all that does not say otherwise could be changed."""
    found: list[Planned] = []
    for key in [*before, *(key for key in after if key not in before)]:
        row = after.get(key) or before[key]
        urn, types, parent = key, [row.type], row.parent
        while parent is not None:
            types.insert(0, parent.split(" ")[0])
            parent = (after.get(parent) or before[parent]).parent
        urn = f"urn:pulumi:stack::wayfare::{'$'.join(types)}::{row.name}"
        if key not in before:
            found.append(Planned("create", row.type, urn, after=row.inputs))
        elif key not in after:
            found.append(Planned("delete", row.type, urn, before=before[key].inputs))
        else:
            old, new = before[key].inputs, row.inputs
            paths = {change.text: change.kind.value for change in changes(old, new, ())}
            replacing = any(f"replaced by {path.partition('.')[0]}" in row.options for path in paths)
            operation = "replace" if replacing else "update" if paths else "same"
            found.append(Planned(operation, row.type, urn, paths, old, new))
    return found


def edited(asked: Request, path: tuple[str, ...], value: Any) -> Request:
    """The request of a blueprint with another value."""
    data: Any = BLUEPRINT.dump_python(asked.blueprint, mode="json", by_alias=True)
    place = data
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return replace(asked, blueprint=BLUEPRINT.validate_python(data, strict=False))


def told(before: Graph, after: Graph) -> list[str]:
    return [difference.text for difference in tell(steps(before, after))]


@pytest.mark.parametrize("cloud", CloudName)
@pytest.mark.parametrize(("blueprint", "path", "value", "sentence"), EDITS, ids=lambda part: str(part)[-20:])
def test_a_change_of_a_blueprint_has_its_words(
    cloud: CloudName, blueprint: str, path: tuple[str, ...], value: Any, sentence: str
) -> None:
    asked = request(cloud, blueprint, Holding.RELEASED)
    assert told(declared(cloud, blueprint, Holding.RELEASED), graph(edited(asked, path, value))) == [sentence]


@pytest.mark.parametrize("cloud", CloudName)
def test_nodes_and_labels_have_their_words(cloud: CloudName) -> None:
    asked = request(cloud, TRAINING, Holding.RELEASED)
    before = declared(cloud, TRAINING, Holding.RELEASED)
    more = replace(asked, accelerator=asked.accelerator.model_copy(update={"nodes": 24}))
    pool, workload = told(before, graph(more))
    assert pool == "accelerator pool: 16 → 24 nodes, in place"
    room = "most pods of the namespace: 8192 → 12288"
    assert workload.startswith(f"workload: 16 → 24 nodes, {room}, devices of the queue: 128 nvidia.com/gpu")
    assert workload.endswith(": the job is replaced and starts anew")
    said = told(before, graph(edited(asked, ("metadata", "labels", "team"), "infra")))
    (line,) = [each for each in said if each.startswith("labels: team research → infra, on ")]
    assert line.endswith(" resources, in place")


MACHINES = {
    CloudName.AWS: "p5en.48xlarge",
    CloudName.AZURE: "Standard_ND96isr_H200_v5",
    CloudName.GCP: "a3-ultragpu-8g",
}


@pytest.mark.parametrize("cloud", CloudName)
def test_machine_type_purchase_and_zone_have_their_words(cloud: CloudName) -> None:
    before = declared(cloud, INFERENCE, Holding.RELEASED)
    asked = request(cloud, INFERENCE, Holding.RELEASED)
    zone = ZONES[cloud][-1].format(asked.placement.region)
    spot = request(cloud, INFERENCE, purchase=Purchase.SPOT)
    moved = replace(asked, placement=replace(asked.placement, zone=zone))
    for other, words in ((spot, "purchase on-demand → spot"), (moved, f"zone {asked.placement.zone} → {zone}")):
        said = told(before, graph(other))
        assert [line for line in said if line.startswith("accelerator pool: ") and words in line], said
    training = declared(cloud, TRAINING, Holding.RELEASED)
    purchase = purchases(shipped_rows(cloud).machine_type(MACHINES[cloud]))[0]
    said = told(training, graph(request(cloud, TRAINING, Holding.RELEASED, MACHINES[cloud], purchase)))
    usual = request(cloud, TRAINING).machine.name
    assert [each for each in said if each.startswith(f"accelerator pool: machine type {usual} → {MACHINES[cloud]}")]


@pytest.mark.parametrize("cloud", CloudName)
def test_what_is_kept_has_its_words(cloud: CloudName) -> None:
    asked = request(cloud, TRAINING, Holding.RELEASED)
    scratch = edited(asked, ("spec", "storage", "checkpoints", "keep"), "scratch")
    line, *more = told(declared(cloud, TRAINING, Holding.RELEASED), graph(scratch))
    assert more == []
    assert line.startswith("checkpoint bucket: keep durable → scratch (it is deleted with the cluster)")
