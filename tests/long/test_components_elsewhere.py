"""The components outside of the project: in a Python program of one's own, and over the provider that other languages
use, whose schema says what everything is.
"""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.engine.rehearsal import Rehearsal

_PROJECT = f"name: theirs\nruntime: {{name: python, options: {{virtualenv: {Path(sys.prefix).as_posix()}}}}}\n"
_HEAD = """\
from pathlib import Path

import pulumi
"""
_ARGUMENTS = """{
    "blueprint": Path("serve-small.yaml").read_text(),
    "cloud": "gcp",
    "region": "us-central1",
    "zone": "us-central1-a",
    "%s": "g2-standard-4",
}"""
#: A program in Python, which has the class itself.
_OWN = f"""{_HEAD}
from wayfare.components.hosted import Cluster

cluster = Cluster("small", {_ARGUMENTS % "machine_type"})
pulumi.export("checkpoints", cluster.checkpoints)
pulumi.export("nodePool", cluster.node_pool)
"""
#: What an SDK in another language asks the engine for.
_REMOTE = f"""{_HEAD}

class Cluster(pulumi.ComponentResource):
    checkpoints: pulumi.Output[str]
    nodePool: pulumi.Output[str]

    def __init__(self, name: str, arguments: dict[str, str]) -> None:
        outputs = {{"checkpoints": None, "nodePool": None}}
        super().__init__("wayfare:index:Cluster", name, {{**outputs, **arguments}}, None, remote=True)


cluster = Cluster("small", {_ARGUMENTS % "machineType"})
pulumi.export("checkpoints", cluster.checkpoints)
pulumi.export("nodePool", cluster.nodePool)
"""


def called(rehearsal: Rehearsal, directory: Path, *arguments: str) -> str:
    """The engine in a directory that has nothing to do with the project. Its output."""
    path = f"{Path(sys.executable).parent}:{rehearsal.sandbox_shell['PATH']}"
    done = subprocess.run(
        ("pulumi", *arguments, "--non-interactive", "--color=never"),
        cwd=directory,
        env={**rehearsal.sandbox_shell, "PATH": path},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("program", [_OWN, _REMOTE], ids=["python", "any-language"])
def test_a_program_of_ones_own_makes_a_cluster(rehearsal: Rehearsal, tmp_path: Path, program: str) -> None:
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    (theirs / "Pulumi.yaml").write_text(_PROJECT, encoding="utf-8")
    (theirs / "__main__.py").write_text(program, encoding="utf-8")
    shutil.copy(rehearsal.project.root / "blueprints" / "serve-small.yaml", theirs)
    called(rehearsal, theirs, "stack", "init", "dev")
    called(rehearsal, theirs, "config", "set", "gcp:region", "us-central1")
    called(rehearsal, theirs, "up", "--yes", "--skip-preview")
    assert called(rehearsal, theirs, "stack", "output", "checkpoints").startswith("gs://")
    assert called(rehearsal, theirs, "stack", "output", "nodePool").strip()
    assert {row["package"] for row in rehearsal.sandbox.inventory()["resources"]} == {"gcp"}
    called(rehearsal, theirs, "destroy", "--yes", "--skip-preview")


def test_the_schema_says_what_every_property_is(rehearsal: Rehearsal, tmp_path: Path) -> None:
    provider = Path(sys.executable).with_name("pulumi-resource-wayfare")
    schema: dict[str, Any] = json.loads(called(rehearsal, tmp_path, "package", "get-schema", str(provider)))
    assert schema["name"] == "wayfare"
    (cluster,) = schema["resources"].values()
    assert cluster["isComponent"]
    told = {**cluster["properties"], **cluster["inputProperties"]}
    assert [name for name, said in told.items() if not said.get("description")] == []
    assert set(cluster["requiredInputs"]) == {"blueprint", "cloud", "region", "zone", "machineType"}
