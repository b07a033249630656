"""`wayfare render` writes the objects that the cluster's stack would declare, and the charts that they need."""

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from typer.testing import CliRunner

from tests.golden.cases import BLUEPRINTS, ROOT, TRAINING, declared, request
from wayfare.blueprints import CloudName
from wayfare.components.clouds import cloud
from wayfare.components.kubernetes.layers import Given, layers
from wayfare.components.pods import Volume
from wayfare.stacks.cli.app import app
from wayfare.stacks.manifests import CHARTS, HEAD, files

#: A blueprint that can be written before its cluster stands: it mounts nothing.
PLAIN = ROOT / "blueprints" / "library" / "finetune-a100.yaml"


def read(text: str) -> list[Any]:
    return [each for each in YAML(typ="safe", pure=True).load_all(text) if each is not None]  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType] - untyped


def written(on: CloudName, blueprint: str) -> dict[str, str]:
    (cluster,) = (row for row in declared(on, blueprint).values() if row.type == "wayfare:index:Cluster")
    return dict(files(layers(cloud(on).plan(request(on, blueprint)), Given.read(cluster.outputs["given"]))))


@pytest.mark.parametrize("on", CloudName)
@pytest.mark.parametrize("blueprint", BLUEPRINTS)
def test_the_files_hold_what_the_stack_declares(on: CloudName, blueprint: str) -> None:
    found = written(on, blueprint)
    assert found == written(on, blueprint)
    own = {name for name in found if name[0].isdigit()}
    assert all(text.startswith(HEAD) for text in found.values())
    (kustomization,) = read(found["kustomization.yaml"])
    assert kustomization["resources"] == sorted(own)
    objects = {(each["kind"], each["metadata"]["name"]): each for name in own for each in read(found[name])}
    stacks = [row for row in declared(on, blueprint).values() if row.parent and "Workload" in row.parent]
    expected: dict[tuple[str, str], Any] = {}
    for row in stacks:
        if "helm.sh" in row.type or row.type.startswith("pulumi:"):
            continue
        metadata: dict[str, Any] = dict(row.inputs["metadata"])
        annotations = {key: value for key, value in metadata.pop("annotations").items() if "pulumi" not in key}
        inputs: dict[str, Any] = {
            **row.inputs,
            "metadata": {**metadata, **({"annotations": annotations} if annotations else {})},
        }
        expected[inputs["kind"], metadata["name"]] = inputs
    assert objects == expected
    releases: list[Any] = read(found[CHARTS])[0]["releases"] if CHARTS in found else []
    installed = [row.inputs for row in stacks if "helm.sh" in row.type]
    assert {(each["name"], each["version"], each["namespace"]) for each in releases} == {
        (each["name"], each["version"], each["namespace"]) for each in installed
    }


def test_charts_of_a_repository_are_named_by_it_and_those_of_a_registry_by_their_address() -> None:
    (helmfile,) = read(written(CloudName.AWS, TRAINING)[CHARTS])
    repositories = {each["name"]: each["url"] for each in helmfile["repositories"]}
    charts = [each["chart"] for each in helmfile["releases"]]
    assert "oci://registry.k8s.io/kueue/charts/kueue" in charts
    plain = [chart.partition("/") for chart in charts if not chart.startswith("oci://")]
    assert {repositories[alias] for alias, _, _ in plain} == set(repositories.values())


def test_what_a_stack_exports_of_its_cluster_is_read_back() -> None:
    shared = Volume("shared", "/shared", "fsx", "fs-1", {"dns": "a"}, 4800, mount_options=("flock",))
    given = Given({"role": "r"}, (shared,), "s3://ours")
    exported = {
        **given.exported(),
        "volumes": [{**each, "mount_options": ["flock"]} for each in given.exported()["volumes"]],
    }
    assert Given.read(exported) == given


def test_the_command_writes_the_files_and_takes_away_its_own_that_are_no_more(tmp_path: Path) -> None:
    into = tmp_path / "out"
    run = CliRunner()
    arguments = ["--cloud", "aws", "--to", str(into), "--offline"]
    assert run.invoke(app, ["render", str(PLAIN), *arguments]).exit_code == 0
    (into / "ours.yaml").write_text("kind: Mine\n", encoding="utf-8")
    first = {path.name for path in into.iterdir()}
    assert {"40-beside.yaml", "50-workload.yaml", CHARTS} <= first
    (into / "30-devices.yaml").write_text(f"{HEAD}\n", encoding="utf-8")
    assert run.invoke(app, ["render", str(PLAIN), *arguments]).exit_code == 0
    assert {path.name for path in into.iterdir()} == first


def test_a_file_of_somebody_else_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "50-workload.yaml").write_text("kind: Mine\n", encoding="utf-8")
    ended = CliRunner().invoke(app, ["render", str(PLAIN), "--cloud", "aws", "--to", str(tmp_path), "--offline"])
    assert ended.exit_code == 1
    assert [path.name for path in tmp_path.iterdir()] == ["50-workload.yaml"]
    assert (tmp_path / "50-workload.yaml").read_text(encoding="utf-8") == "kind: Mine\n"


def test_what_only_a_cluster_that_stands_tells_is_not_made_up(tmp_path: Path) -> None:
    file = str(ROOT / "blueprints" / "library" / "pretrain-h100-16.yaml")
    ended = CliRunner().invoke(app, ["render", file, "--cloud", "azure", "--to", str(tmp_path), "--offline"])
    assert ended.exit_code == 1
    assert "the identity of its service account and the name of its checkpoint bucket" in ended.output
    assert not list(tmp_path.iterdir())
