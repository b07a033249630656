"""`wayfare explain`, `lock` and `diff`, as they are called."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from wayfare.blueprints import load
from wayfare.stacks.beginning import describe, library
from wayfare.stacks.cli.app import app

BASE = """\
apiVersion: wayfare.dev/v1
kind: TrainingCluster
metadata: {name: base}
spec:
  accelerators: [{name: H100, nodes: 16}]
  access: {allow: [203.0.113.0/24]}
  workload: {image: registry.example/train:1.4, command: [torchrun, train.py]}
"""
MINE = """\
apiVersion: wayfare.dev/v1
extends: base.yaml
metadata: {name: mine}
spec: {budget: {perHour: 900}}
"""


@pytest.fixture(autouse=True)
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("base.yaml").write_text(BASE, encoding="utf-8")
    Path("mine.yaml").write_text(MINE, encoding="utf-8")


def called(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def test_explain_tells_who_says_so_and_what_it_means() -> None:
    told = called("explain", "mine.yaml", "spec.budget.perHour")
    assert told.exit_code == 0
    assert told.stdout.splitlines()[0] == "spec.budget.perHour = 900: mine.yaml:4:26"
    assert "USD" in told.stdout
    whole = json.loads(called("explain", "mine.yaml", "-o", "json").stdout)["fields"]
    names = {each["field"]: [setting["file"] for setting in each["settings"]] for each in whole}
    assert names["metadata.name"] == ["mine.yaml", "base.yaml"]
    unknown = called("explain", "mine.yaml", "spec.nothing")
    assert unknown.exit_code == 2
    assert "there is no spec.nothing" in unknown.stderr


def test_diff_tells_what_is_asked_for_otherwise() -> None:
    told = called("diff", "base.yaml", "mine.yaml")
    assert told.exit_code == 7
    assert told.stdout.splitlines()[0] == "metadata.name base → mine"
    assert any(line.startswith("spec.budget") for line in told.stdout.splitlines())
    Path("same.yaml").write_text(f"# another form\n{BASE}", encoding="utf-8")
    assert called("diff", "base.yaml", "same.yaml").exit_code == 0


def test_a_lock_is_written_checked_and_held_to() -> None:
    assert called("lock", "--check", "mine.yaml").exit_code == 7
    assert not Path("mine.yaml.lock").exists()
    assert called("lock", "mine.yaml").stdout == "mine.yaml.lock: 1 locked\n"
    assert called("lock", "--check", "mine.yaml").exit_code == 0
    Path("base.yaml").write_text(BASE.replace("16", "8"), encoding="utf-8")
    refused = called("validate", "mine.yaml")
    assert refused.exit_code == 2
    assert "base.yaml has changed since it was locked" in refused.stderr
    assert called("lock", "--check", "mine.yaml").exit_code == 7
    assert called("lock", "mine.yaml").exit_code == 0
    assert called("validate", "mine.yaml").exit_code == 0


def test_init_copies_from_the_library_with_its_comments_and_what_is_asked_for_otherwise() -> None:
    made = called("init", "my-run", "--accelerator", "H200", "--nodes", "4", "--allow", "198.51.100.0/24")
    assert (made.exit_code, made.stdout) == (0, "my-run.yaml\n")
    text = Path("my-run.yaml").read_text(encoding="utf-8")
    assert text.startswith("# yaml-language-server: $schema=schema.json\n")
    assert "# USD for each hour" in text
    assert json.loads(Path("schema.json").read_text(encoding="utf-8"))["title"] == "Wayfare blueprint"
    found = load(Path("my-run.yaml")).blueprint
    assert [(each.name, each.nodes) for each in found.spec.accelerators] == [("H200", 4)]
    assert found.spec.access.allow == ("198.51.100.0/24",)
    again = called("init", "my-run")
    assert again.exit_code == 2
    assert "is there already" in again.stderr


def test_init_writes_nothing_that_is_wrong() -> None:
    for arguments in (("--nodes", "0"), ("--from", "none"), ("--accelerator", "H300")):
        assert called("init", "my-run", *arguments).exit_code != 0
        assert not Path("my-run.yaml").exists()
    assert called("init").exit_code == 2


@pytest.mark.parametrize("name", sorted(library()))
def test_a_copy_asks_for_what_the_library_asks_for(name: str) -> None:
    assert called("init", "copied", "--from", name, "--to", "copy.yaml").exit_code == 0
    assert load(Path("copy.yaml")).blueprint.spec == load(library()[name]).blueprint.spec
    assert f"{name}: {describe(library()[name])}" in called("init", "--list").stdout
