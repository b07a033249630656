"""A trust on each cloud by the real engine: it comes up, whatever dies meanwhile, and nothing is left of it."""

import json
from collections.abc import Mapping
from typing import Any

import psutil

from tests.engine.rehearsal import Done, Rehearsal
from wayfare.blueprints import CloudName

BLUEPRINT = """
apiVersion: wayfare.dev/v1
kind: InferenceCluster
metadata: {{name: on-{cloud}}}
spec:
  accelerators: [{{name: {chip}, perNode: 1, nodes: 1}}]
  placement: {{clouds: [{cloud}]}}
  access: {{allow: [203.0.113.0/24]}}
  workload: {{image: "registry.example/serve:1"}}
"""

#: Whose pods read the bucket of which cloud.
READERS = {CloudName.AWS: CloudName.GCP, CloudName.GCP: CloudName.AZURE, CloudName.AZURE: CloudName.AWS}

PROGRAM, ID = "tests.moves.trust_by_hand", "on-20260101-4f2a"

#: Seconds after which something hangs.
_PATIENCE = 240

SIGNS_IN = {
    CloudName.AWS: "AWS_WEB_IDENTITY_TOKEN_FILE",
    CloudName.GCP: "GOOGLE_APPLICATION_CREDENTIALS",
    CloudName.AZURE: "AZURE_FEDERATED_TOKEN_FILE",
}


def standing(rehearsal: Rehearsal, cloud: CloudName) -> Mapping[str, Any]:
    """What a cluster on a cloud exports, brought up."""
    chip = "T4" if cloud is CloudName.AZURE else "L4"
    file = rehearsal.project.root / f"on-{cloud}.yaml"
    file.write_text(BLUEPRINT.format(cloud=cloud, chip=chip), encoding="utf-8")
    rehearsal.wayfare("up", file.name, "--sandbox", "--yes")
    (stack,) = (name for name in rehearsal.stacks() if name.startswith(f"on-{cloud}."))
    return rehearsal.pulumi("stack", "output", "--json", "--stack", stack).data


def trust(rehearsal: Rehearsal, doing: str, settings: Mapping[str, str]) -> Done:
    """Make or remove one."""
    return rehearsal.module(PROGRAM, doing, ID, json.dumps(settings))


def torn(rehearsal: Rehearsal, doing: str, settings: Mapping[str, str]) -> None:
    """Begin to make or remove one, and SIGKILL the engine as soon as the cloud has done something."""
    tool = rehearsal.module_begun(PROGRAM, doing, ID, json.dumps(settings))
    assert tool.poll() is None
    engines = [each for each in psutil.Process(tool.pid).children(recursive=True) if each.name() == "pulumi"]
    assert engines
    for engine in engines:
        engine.kill()
    assert tool.wait(_PATIENCE) == 1


def test_a_trust_on_each_cloud_comes_and_goes(rehearsal: Rehearsal) -> None:
    clusters = {cloud: standing(rehearsal, cloud) for cloud in CloudName}
    before = ids(rehearsal)
    for source, reader in READERS.items():
        here, there = clusters[source], clusters[reader]
        settings = {
            "mode": "sandbox",
            "cluster": here["cluster"],
            "cloud": source.value,
            "region": here["region"],
            "bucket": here["checkpoints"],
            "reader": reader.value,
            "readerRegion": there["region"],
            "issuer": there["issuer"],
            "identity": there["identity"],
        }
        torn(rehearsal, "up", settings)
        again = trust(rehearsal, "up", settings)
        assert SIGNS_IN[source] in again.data["environment"]
        assert again.data["audience"]
        # Nothing is made twice, and whoever asks again gets the same.
        events = len(rehearsal.sandbox.events())
        assert trust(rehearsal, "up", settings).data == again.data
        assert len(rehearsal.sandbox.events()) == events

        torn(rehearsal, "down", settings)
        trust(rehearsal, "down", settings)
        assert ids(rehearsal) == before
        trust(rehearsal, "down", settings)
    assert len(rehearsal.stacks()) == len(CloudName), "no trust is taken for a cluster's stack"


def ids(rehearsal: Rehearsal) -> set[tuple[str, str]]:
    """All that the clouds have."""
    return {(row["token"], row["id"]) for row in rehearsal.sandbox.inventory()["resources"]}
