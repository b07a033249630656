"""`wayfare gitops` writes once what people edit, writes the rest again, and `--check` tells what differs."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.golden.cases import ROOT
from wayfare.stacks.cli.app import app
from wayfare.stacks.gitops import choices
from wayfare.stacks.gitops.choices import RepositoryInvalid
from wayfare.stacks.gitops.wanted import PlacementInvalid

LIBRARY = ROOT / "blueprints" / "library"
SMALL = LIBRARY / "serve-small.yaml"


def gitops(*arguments: object, code: int = 0) -> str:
    done = CliRunner().invoke(app, ["gitops", *map(str, arguments)], catch_exceptions=False)
    assert done.exit_code == code, done.output
    return done.stdout


def test_it_is_written_again_as_it_was(tmp_path: Path) -> None:
    gitops(SMALL, "--to", tmp_path, "--backend", "s3://state")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert gitops("--to", tmp_path, "--check") == ""
    gitops("--to", tmp_path)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_what_people_edit_stays_and_the_rest_does_not(tmp_path: Path) -> None:
    gitops(SMALL, "--to", tmp_path)
    owners, workflow = tmp_path / ".github" / "CODEOWNERS", tmp_path / ".github" / "workflows" / "up.yaml"
    owners.write_text("* @me\n")
    generated = workflow.read_text(encoding="utf-8")
    workflow.write_text(generated.replace("350", "35"), encoding="utf-8")
    (tmp_path / "docs" / "runbook.md").unlink()
    told = gitops("--to", tmp_path, "--check", code=7)
    assert told.splitlines() == ["missing: docs/runbook.md", "not as generated: .github/workflows/up.yaml"]
    gitops("--to", tmp_path)
    assert owners.read_text() == "* @me\n"
    assert workflow.read_text(encoding="utf-8") == generated


def test_a_file_of_somebodys_own_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: mine\n")
    with pytest.raises(RepositoryInvalid, match=r"Pulumi\.yaml was not written by `wayfare gitops`"):
        gitops(SMALL, "--to", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["Pulumi.yaml"]


def test_settings_follow_the_placement_and_old_ones_go(tmp_path: Path) -> None:
    gitops(SMALL, "--to", tmp_path)
    placement = tmp_path / "placements" / "serve-small.yaml"
    text = placement.read_text(encoding="utf-8")
    placement.write_text(text.replace("region: us-central1", "region: us-east4"), encoding="utf-8")
    told = gitops("--to", tmp_path).splitlines()
    assert told == [
        "missing: stacks/config/Pulumi.serve-small.gcp-us-east4.yaml",
        "no more generated: stacks/config/Pulumi.serve-small.gcp-us-central1.yaml",
    ]
    assert not (tmp_path / "stacks" / "config" / "Pulumi.serve-small.gcp-us-central1.yaml").exists()


def test_another_cluster_is_added_and_an_operator_takes_over(tmp_path: Path) -> None:
    gitops(SMALL, "--to", tmp_path)
    gitops(LIBRARY / "finetune-a100.yaml", "--to", tmp_path, "--operator", "flux")
    known = choices.read(tmp_path)
    assert known is not None
    assert (known.clusters, known.operator) == (("finetune", "serve-small"), "flux")
    assert not (tmp_path / ".github" / "workflows" / "up.yaml").exists()
    assert (tmp_path / "operator" / "finetune.yaml").exists()


def test_a_placement_that_the_blueprint_does_not_allow_is_told(tmp_path: Path) -> None:
    gitops(SMALL, "--to", tmp_path)
    placement = tmp_path / "placements" / "serve-small.yaml"
    text = placement.read_text(encoding="utf-8")
    placement.write_text(text.replace("g2-standard-4", "a3-highgpu-8g"), encoding="utf-8")
    with pytest.raises(RepositoryInvalid, match="wants gcp/us-central1 a3-highgpu-8g on-demand"):
        gitops("--to", tmp_path, "--check")
    placement.write_text(text.replace("  region:", "  area:"), encoding="utf-8")
    with pytest.raises(PlacementInvalid, match=r"serve-small\.yaml:8:\d+: placement\.area: Extra inputs"):
        gitops("--to", tmp_path, "--check")


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--backend", "postgres://me:secret@db.example/state"),
        ("--backend", "s3://${{ github.event.pull_request.title }}"),
        ("--image", "x; rm -rf /"),
        ("--operator", "helm"),
    ],
)
def test_what_would_be_a_secret_or_a_script_is_refused(tmp_path: Path, option: str, value: str) -> None:
    with pytest.raises(RepositoryInvalid):
        gitops(SMALL, "--to", tmp_path, option, value)
    assert list(tmp_path.iterdir()) == []


def test_bases_beside_the_blueprint_come_along(tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    base = SMALL.read_text(encoding="utf-8")
    (mine / "base.yaml").write_text(base, encoding="utf-8")
    (mine / "top.yaml").write_text(
        "apiVersion: wayfare.dev/v1\nextends: base.yaml\nmetadata: {name: top}\n", encoding="utf-8"
    )
    gitops(mine / "top.yaml", "--to", tmp_path / "repository")
    copied = tmp_path / "repository" / "blueprints"
    assert (copied / "base.yaml").read_text(encoding="utf-8") == base
    assert (copied / "top.yaml").read_text(encoding="utf-8").startswith("# yaml-language-server: $schema=schema.json\n")
    assert gitops("--to", tmp_path / "repository", "--check") == ""


def test_a_base_elsewhere_is_refused(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text(SMALL.read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "mine").mkdir()
    top = tmp_path / "mine" / "top.yaml"
    top.write_text("apiVersion: wayfare.dev/v1\nextends: ../base.yaml\nmetadata: {name: top}\n", encoding="utf-8")
    with pytest.raises(RepositoryInvalid, match="outside of its own folder"):
        gitops(top, "--to", tmp_path / "repository")
