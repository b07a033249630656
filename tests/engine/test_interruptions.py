"""A person's Ctrl-C, and a second person at the same cluster."""

import signal

from tests.engine.rehearsal import Rehearsal

UP = ("up", "blueprints/serve-small.yaml", "--sandbox", "--yes", "--cloud", "gcp", "--region", "us-central1")


def test_a_second_one_is_told_and_the_first_stops_in_good_order(rehearsal: Rehearsal) -> None:
    log = rehearsal.directory / "first.log"
    with log.open("wb") as stream:
        first = rehearsal.begun(*UP, stderr=stream)
        assert first.poll() is None, log.read_text(encoding="utf-8")

        second = rehearsal.wayfare("destroy", "serve-small", "--sandbox", "--yes", expect=1)
        assert f"(process {first.pid}), which runs `wayfare up` since 20" in second.err
        assert first.poll() is None

        first.send_signal(signal.SIGINT)
        assert first.wait(120) == 8
    told = log.read_text(encoding="utf-8")
    assert "stopping: what is being made is finished first" in told
    assert "cancelled" in told
    assert "Traceback" not in told

    # The engine wrote down all that it had made, and freed its lock.
    (stack,) = rehearsal.stacks()
    recorded = {row["id"] for row in rehearsal.resources(stack) if row.get("id")}
    there = {row["id"] for row in rehearsal.sandbox.inventory()["resources"]}
    assert there
    assert there <= recorded
    again = rehearsal.wayfare("destroy", "serve-small", "--sandbox", "--yes")
    assert "lock" not in again.err
    assert rehearsal.sandbox.inventory() == {"resources": [], "kubernetes": []}
    assert rehearsal.stacks() == []


def test_a_note_that_a_killed_engine_left_empty_is_in_nobodys_way(rehearsal: Rehearsal) -> None:
    stack = "serve-small.gcp-us-central1"
    rehearsal.pulumi("stack", "init", stack)
    note = rehearsal.state_file(stack).with_suffix(".json.attrs")
    assert note.stat().st_size > 0
    note.write_bytes(b"")
    assert "EOF" in rehearsal.pulumi("stack", "ls", expect=None).err
    (row,) = rehearsal.wayfare("get", "--sandbox", "-o", "json").data["clusters"]
    assert (row["stack"], row["state"]) == (stack, "empty")
