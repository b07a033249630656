"""A workload that somebody else applies: the stack makes the cluster alone, and its files say what only it can tell."""

from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from tests.engine.rehearsal import Rehearsal

BLUEPRINT = """\
apiVersion: wayfare.dev/v1
kind: TrainingCluster
metadata: {name: my-training}
spec:
  accelerators: [{name: H100, nodes: 2}]
  storage: {shared: {capacity: 48TiB, throughputGBps: 2}}
  access: {allow: [203.0.113.0/24]}
  workload: {image: 'registry.example/train:1.4', apply: elsewhere}
"""


def objects(file: Path) -> dict[str, Any]:
    loaded: Any = YAML(typ="safe", pure=True).load_all(file.read_text(encoding="utf-8"))  # pyright: ignore[reportUnknownMemberType] - untyped
    return {each["kind"]: each for each in loaded}


def test_what_a_standing_cluster_tells_is_in_the_files_and_the_workload_not_in_the_stack(rehearsal: Rehearsal) -> None:
    root = rehearsal.project.root
    (root / "b.yaml").write_text(BLUEPRINT, encoding="utf-8")
    render = ("render", "b.yaml", "--sandbox", "--cloud", "azure", "--to", "out")
    early = rehearsal.wayfare(*render, expect=1)
    assert "only a cluster that stands tells the identity of its service account and the address" in early.err
    assert not (root / "out").exists()

    outputs = rehearsal.wayfare("up", "b.yaml", "--sandbox", "--yes", "--cloud", "azure", "-o", "json").data["outputs"]
    assert "workload" not in outputs
    (stack,) = rehearsal.stacks()
    assert not [row["type"] for row in rehearsal.resources(stack) if row["type"].startswith("kubernetes:")]

    rehearsal.wayfare(*render)
    ground = objects(root / "out" / "20-ground.yaml")
    told = outputs["given"]
    assert ground["ServiceAccount"]["metadata"]["annotations"] == told["serviceAccountAnnotations"]
    (volume,) = told["volumes"]
    csi = ground["PersistentVolume"]["spec"]["csi"]
    assert (csi["volumeHandle"], csi["volumeAttributes"]) == (volume["handle"], volume["attributes"])
    rehearsal.wayfare("destroy", "my-training", "--sandbox", "--yes", "--delete-data")
