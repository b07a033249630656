"""A training on real control planes, for whose pods a local process stands: real controllers let it in, begin it again
and evict it, and it moves to another cloud.
"""

from pathlib import Path

from tests.engine.rehearsal import Rehearsal, require_engine
from tests.kills.moving import BLUEPRINT, CLUSTER, every_step_is_there


def test_a_training_moves_from_one_real_queue_to_another(
    tmp_path: Path,
    programs: Path,  # noqa: ARG001 - looked for, not used
) -> None:
    require_engine()
    rehearsal = Rehearsal(tmp_path)
    try:
        (rehearsal.project.root / "moving.yaml").write_text(BLUEPRINT, encoding="utf-8")
        up = ("up", "moving.yaml", "--sandbox", "--kubernetes", "--train", "--cloud", "aws", "--yes")
        rehearsal.wayfare(*up)
        running = rehearsal.sandbox.await_training(CLUSTER, ["running"], beyond=20)
        assert running is not None
        told = rehearsal.wayfare("get", CLUSTER, "--sandbox").out
        assert "running 2/2: a local process stands for the pods" in told

        # A container that fails: the JobSet's own controller makes new pods, and the training goes on from there.
        rehearsal.sandbox.disturb(CLUSTER, "crash")
        assert rehearsal.sandbox.await_training(CLUSTER, ["waiting"]) is not None
        again = rehearsal.sandbox.await_training(CLUSTER, ["running"], beyond=running["step"] + 20)
        assert again is not None
        assert again["pid"] != running["pid"]

        move = ("move", CLUSTER, "--to", "gcp", "--sandbox", "--yes", "-o", "json")
        refused = rehearsal.wayfare(*move, expect=2)
        assert "--copy-through here" in refused.err
        moved = rehearsal.wayfare(*move, "--copy-through", "here").data
        assert moved["state"] == "moved"
        done = {each["step"]: each["evidence"] for each in moved["steps"] if each["how"] == "done"}
        assert done["progress"]["step"] > done["suspend"]["step"] > running["step"]
        every_step_is_there(rehearsal)
        rehearsal.wayfare("destroy", CLUSTER, "--sandbox", "--yes", "--delete-data")
        assert rehearsal.sandbox.inventory() == {"resources": [], "kubernetes": []}
    finally:
        rehearsal.sandbox.stop()
