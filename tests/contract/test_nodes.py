"""The nodes that a cloud's declared pools give are those that the plan's pods ask for; no workload is looked at."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.contract.dry_run import DryRun, dry_run
from tests.golden.cases import BLUEPRINTS, TRAINING, request
from wayfare.blueprints import CloudName
from wayfare.components.clouds import cloud
from wayfare.components.contract import ACCELERATOR_POOL, POOL_LABEL
from wayfare.sandbox.behaviour import Node
from wayfare.sandbox.clouds.kubernetes import RELEASE
from wayfare.sandbox.joined import nodes_of


def joined(run: DryRun) -> Sequence[Node]:
    (found,) = nodes_of(run.store).values()
    return found


def pool(nodes: Sequence[Node]) -> list[Node]:
    return [node for node in nodes if node.labels.get(POOL_LABEL) == ACCELERATOR_POOL]


@pytest.mark.parametrize("blueprint", BLUEPRINTS)
@pytest.mark.parametrize("name", CloudName)
def test_they_have_what_the_pods_ask_for(tmp_path: Path, name: CloudName, blueprint: str) -> None:
    wanted = request(name, blueprint)
    pods = cloud(name).plan(wanted).pods
    with dry_run(tmp_path, wanted) as run:
        nodes = joined(run)
    accelerated = pool(nodes)
    assert len(accelerated) == wanted.accelerator.nodes
    for node in accelerated:
        assert node.machine_type == wanted.machine.name
        assert node.resources == {**pods.accelerators, **pods.fabric}
        assert set(node.devices) == set(pods.device_classes)
        assert {key for key, _, _ in node.taints} == {each.key for each in pods.tolerations}
        assert pods.node_selector.items() <= node.labels.items()
        assert set(pods.topology) <= set(node.labels)
        assert node.zone.endswith(str(wanted.placement.zone))
    others = [node for node in nodes if node not in accelerated]
    assert others
    assert all(not node.taints and not node.resources for node in others)
    assert len({node.name for node in nodes}) == len(nodes)


@pytest.mark.parametrize(
    ("name", "chart"), [(CloudName.AWS, "nvidia-device-plugin"), (CloudName.AZURE, "gpu-operator")]
)
def test_without_its_plugin_a_node_shows_no_accelerator(tmp_path: Path, name: CloudName, chart: str) -> None:
    with dry_run(tmp_path, request(name, TRAINING)) as run:
        (plugin,) = (row for row in run.store.resources("kubernetes", RELEASE) if row.inputs["name"] == chart)
        run.store.remove(plugin.number)
        assert all("nvidia.com/gpu" not in node.resources for node in pool(joined(run)))


def test_another_size_of_the_pool_is_another_number_of_nodes(tmp_path: Path) -> None:
    with dry_run(tmp_path, request(CloudName.AWS, TRAINING)) as run:
        (group,) = (row for row in run.store.resources("aws", "aws:eks/nodeGroup:NodeGroup") if "accel" in row.id)
        outputs = {**group.outputs, "scalingConfig": {**group.outputs["scalingConfig"], "desiredSize": 3}}
        run.store.change(
            group.number, inputs=group.inputs, outputs=outputs, tags=group.tags, failed=False, nodes=group.nodes
        )
        assert len(pool(joined(run))) == 3
