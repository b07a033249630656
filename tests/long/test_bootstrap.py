"""The account's own stack on each cloud, and how a cluster that needs it is told that it is missing."""

import pytest

from tests.engine.rehearsal import Rehearsal
from wayfare.blueprints import CloudName

REGIONS = {
    CloudName.AWS: ("us-west-2", "us-east-1"),
    CloudName.AZURE: ("westus3", "eastus"),
    CloudName.GCP: ("us-east4", "us-central1"),
}

OWN = """
apiVersion: wayfare.dev/v1
kind: InferenceCluster
metadata: {{name: own}}
spec:
  accelerators: [{{name: {chip}, perNode: 1, nodes: 1}}]
  placement: {{clouds: [{cloud}]}}
  encryption: own
  access: {{allow: [203.0.113.0/24]}}
  workload: {{image: "registry.example/serve:1"}}
"""


@pytest.mark.parametrize("name", CloudName)
def test_a_region_is_open_to_own_keys_once_it_is_bootstrapped(rehearsal: Rehearsal, name: CloudName) -> None:
    first, second = REGIONS[name]
    chip = "T4" if name is CloudName.AZURE else "L4"
    file = rehearsal.project.root / "own.yaml"
    file.write_text(OWN.format(chip=chip, cloud=name), encoding="utf-8")

    def reasons(region: str) -> set[str | None]:
        rows = rehearsal.wayfare("plan", "own.yaml", "--sandbox", "--region", region, "-o", "json").data["candidates"]
        return {row["rejected"] for row in rows if row["region"] == region and row["zone"] is not None}

    missing = reasons(first)
    assert len(missing) == 1
    (why,) = missing
    assert why is not None
    assert f"wayfare bootstrap {name} --region {first}" in why
    rehearsal.wayfare("up", "own.yaml", "--sandbox", "--yes", "--region", first, expect=20)
    assert rehearsal.sandbox.inventory()["resources"] == [], "nothing was begun"

    made = rehearsal.wayfare("bootstrap", name.value, "--region", first, "--sandbox", "--yes", "-o", "json").data
    assert made["regions"] == [first]
    assert reasons(first) == {None}
    assert reasons(second) != {None}

    # Another region is added, and what the first one has stays: the state bucket among it.
    there = {row["id"] for row in rehearsal.sandbox.inventory()["resources"]}
    more = rehearsal.wayfare("bootstrap", name.value, "--region", second, "--sandbox", "--yes", "-o", "json").data
    assert more["regions"] == [first, second]
    assert more["state"] == made["state"]
    assert there <= {row["id"] for row in rehearsal.sandbox.inventory()["resources"]}
    assert reasons(second) == {None}


def test_a_region_that_there_is_not_is_refused_before_anything_is_made(rehearsal: Rehearsal) -> None:
    refused = rehearsal.wayfare("bootstrap", "aws", "--region", "us-east-9", "--sandbox", "--yes", expect=2)
    assert "'us-east-9' is no region of aws" in refused.err
    none = rehearsal.wayfare("bootstrap", "aws", "--sandbox", "--yes", expect=2)
    assert "no region is given" in none.err
    assert rehearsal.sandbox.inventory()["resources"] == []
