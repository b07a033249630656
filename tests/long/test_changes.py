"""A change of each kind to a cluster that stands: in place, or refused without consent by name."""

from dataclasses import dataclass
from typing import Any

import pytest

from tests.engine.rehearsal import Rehearsal
from wayfare.blueprints import CloudName

FILE = "changing.yaml"


@dataclass(frozen=True)
class There:
    """A cloud's own types, and where the cluster is put."""

    region: str
    chip: str
    pool: str
    control_plane: str
    store: str
    grows: bool
    """Whether a shared store grows in place."""


THERE = {
    CloudName.AWS: There(
        "us-east-1",
        "L4",
        "aws:eks/nodeGroup:NodeGroup",
        "aws:eks/cluster:Cluster",
        "aws:fsx/lustreFileSystem:LustreFileSystem",
        grows=True,
    ),
    # Managed Lustre: "the storage capacity can't be changed after creation" (Microsoft, "Create a file system").
    CloudName.AZURE: There(
        "eastus",
        "T4",
        "azure-native:containerservice:AgentPool",
        "azure-native:containerservice:ManagedCluster",
        "azure-native:storagecache:AmlFilesystem",
        grows=False,
    ),
    CloudName.GCP: There(
        "us-central1",
        "L4",
        "gcp:container/nodePool:NodePool",
        "gcp:container/cluster:Cluster",
        "gcp:lustre/instance:Instance",
        grows=True,
    ),
}


class Living:
    """A cluster whose blueprint is written anew for each change."""

    def __init__(self, rehearsal: Rehearsal, name: CloudName) -> None:
        self.rehearsal, self.name, self.there = rehearsal, name, THERE[name]
        self.wishes: dict[str, str] = {
            "accelerators": f"[{{name: {self.there.chip}, perNode: 1, nodes: 1}}]",
            "kubernetes": "{version: '1.34'}",
            "labels": "{team: research}",
            "purchase": "[on-demand]",
            "capacity": "40TiB" if name is CloudName.GCP else "16TiB",
            "deletionProtection": "false",
        }

    def write(self, **changed: str) -> None:
        """Write the blueprint with other wishes."""
        wishes = self.wishes = {**self.wishes, **changed}
        text = f"""
apiVersion: wayfare.dev/v1
kind: InferenceCluster
metadata: {{name: changing, labels: {wishes["labels"]}}}
spec:
  accelerators: {wishes["accelerators"]}
  purchase: {wishes["purchase"]}
  kubernetes: {wishes["kubernetes"]}
  deletionProtection: {wishes["deletionProtection"]}
  storage: {{checkpoints: {{keep: scratch}}, shared: {{capacity: {wishes["capacity"]}, keep: durable}}}}
  access: {{allow: [203.0.113.0/24]}}
  workload: {{image: "registry.example/serve:1"}}
"""
        (self.rehearsal.project.root / FILE).write_text(text, encoding="utf-8")

    def up(self, *more: str, expect: int = 0) -> Any:
        """`wayfare up`, as JSON."""
        place = ("--cloud", self.name.value, "--region", self.there.region)
        return self.rehearsal.wayfare("up", FILE, "--sandbox", "--yes", "-o", "json", *place, *more, expect=expect).data

    def ids(self) -> dict[str, str]:
        """The accelerator pool, the control plane and the store, by type."""
        types = (self.there.pool, self.there.control_plane, self.there.store)
        rows = self.rehearsal.sandbox.inventory()["resources"]
        return {
            row["token"]: row["id"]
            for row in rows
            if row["token"] in types and not (row["token"] == self.there.pool and "accelerator" not in row["name"])
        }


@pytest.mark.parametrize("name", CloudName)
def test_each_kind_of_change_is_in_place_or_refused(rehearsal: Rehearsal, name: CloudName) -> None:
    living = Living(rehearsal, name)
    living.write()
    assert living.up()["end"] == "stands"
    first = living.ids()
    assert len(first) == 3

    # Nodes, labels and the Kubernetes version: in place.
    nodes = f"[{{name: {living.there.chip}, perNode: 1, nodes: 2}}]"
    living.write(accelerators=nodes, labels="{team: serving}", kubernetes="{version: '1.35'}")
    changed = living.up()
    assert changed["end"] == "stands"
    assert changed["outputs"]["nodes"] == 2
    told = [each["text"] for each in changed["changes"]["differences"]]
    assert any("1 → 2 nodes, in place" in text for text in told), told
    assert any("Kubernetes version" in text and "1.35" in text and "in place" in text for text in told), told
    assert living.ids() == first

    # The store grows where the cloud can; where it would be made anew, that is refused, and nothing happens.
    grown = "80TiB" if name is CloudName.GCP else "32TiB"
    before = living.wishes["capacity"]
    living.write(capacity=grown)
    if living.there.grows:
        assert living.up()["end"] == "stands"
    else:
        refused = living.up(expect=2)
        assert (refused["end"], list(refused["consent"])) == ("refused", ["store"])
        living.write(capacity=before)
    assert living.ids() == first

    # Another purchase replaces the pool: refused without consent, done with it.
    living.write(purchase="[spot]")
    events = len(rehearsal.sandbox.events())
    refused = living.up(expect=2)
    assert (refused["end"], list(refused["consent"])) == ("refused", ["pool"])
    assert rehearsal.sandbox.events(events) == []
    assert living.up("--replace", "pool")["outputs"]["purchase"] == "spot"
    now = living.ids()
    assert {token: now[token] for token in (living.there.control_plane, living.there.store)} == {
        token: first[token] for token in (living.there.control_plane, living.there.store)
    }


@pytest.mark.parametrize("name", CloudName)
def test_protection_is_the_last_step_and_is_lifted_by_the_blueprint_alone(
    rehearsal: Rehearsal, name: CloudName
) -> None:
    living = Living(rehearsal, name)
    living.write(deletionProtection="true")
    assert living.up()["outputs"]["protected"] is True
    there = living.ids()
    refused = rehearsal.wayfare("destroy", "changing", "--sandbox", "--yes", expect=1)
    assert "is protected from being deleted" in refused.err
    assert living.ids() == there
    living.write(deletionProtection="false")
    assert living.up()["outputs"]["protected"] is False
    gone = rehearsal.wayfare("destroy", "changing", "--sandbox", "--yes")
    # A durable store stays, and is told.
    assert "LEFT BEHIND" not in gone.out
    assert list(living.ids()) == [living.there.store]
    rehearsal.wayfare("destroy", "changing", "--sandbox", "--yes", "--delete-data")
    assert living.ids() == {}
