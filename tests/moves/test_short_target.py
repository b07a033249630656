"""A training moves to another cloud that is short at first: it stands still, is left alone, and goes on."""

from tests.engine.rehearsal import Rehearsal
from tests.kills.moving import CLUSTER, bring_up, every_object_is_as_trained
from wayfare.blueprints import CloudName


def test_a_move_stands_still_where_its_target_is_short_and_goes_on_when_it_is_not(rehearsal: Rehearsal) -> None:
    bring_up(rehearsal, CloudName.AWS)
    (source,) = rehearsal.stacks()

    # Whoever does not agree changes nothing.
    before = len(rehearsal.sandbox.events())
    (row,) = rehearsal.wayfare("get", CLUSTER, "--sandbox", "--checkpoint", "-o", "json").data["clusters"]
    assert row["checkpoint"]["step"] >= 0
    assert row["checkpoint"]["marker"].endswith("/DONE")
    asked = rehearsal.wayfare("move", CLUSTER, "--to", "gcp/us-east4", "--sandbox", expect=2)
    assert "expected pause" in asked.err
    assert "--yes" in asked.err
    assert rehearsal.wayfare("moves", "--sandbox", "-o", "json").data == {"moves": []}
    assert len(rehearsal.sandbox.events()) == before

    for machine in ("a3-highgpu-8g", "a3-megagpu-8g"):
        rehearsal.sandbox.set_capacity("gcp", "us-east4", machine, 0)
    short = rehearsal.wayfare("move", CLUSTER, "--to", "gcp/us-east4", "--sandbox", "--yes", "-o", "json", expect=21)
    assert short.data["state"] == "unfinished"
    assert [(each["step"], each["how"]) for each in short.data["steps"]] == [
        ("preflight", "done"),
        ("target-up", "failed"),
    ]
    assert "no capacity" in short.data["steps"][-1]["said"]
    id = short.data["id"]

    # The source trains on, and nobody else works on the cluster meanwhile.
    assert rehearsal.stacks() == [source]
    (training,) = rehearsal.sandbox.trainings()
    assert training["state"] == "running"
    for command in (("up", "moving.yaml", "--yes"), ("destroy", CLUSTER, "--yes")):
        refused = rehearsal.wayfare(*command, "--sandbox", expect=1)
        assert f"wayfare move --resume {id}" in refused.err
    refused = rehearsal.wayfare("move", CLUSTER, "--to", "azure", "--sandbox", "--yes", expect=2)
    assert id in refused.err

    for machine in ("a3-highgpu-8g", "a3-megagpu-8g"):
        rehearsal.sandbox.set_capacity("gcp", "us-east4", machine, 8)
    moved = rehearsal.wayfare("move", "--resume", id, "--sandbox", "-o", "json").data
    assert moved["state"] == "moved"
    done = {each["step"]: each["evidence"] for each in moved["steps"] if each["how"] == "done"}
    assert done["progress"]["step"] > done["suspend"]["step"] >= training["step"]
    assert rehearsal.stacks() == [f"{CLUSTER}.gcp-us-east4"]
    assert {row["package"] for row in rehearsal.sandbox.inventory()["resources"]} == {"gcp"}
    every_object_is_as_trained(rehearsal)
    ended = rehearsal.wayfare("move", "--rollback", id, "--sandbox", expect=2)
    assert "has ended" in ended.err
