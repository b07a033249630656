"""One training goes round all three clouds, in each of the six directions once, and loses nothing on the way.

What it took is printed as a table (`make test-moves ARGS='tests/moves/test_directions.py -rP'`). The copy is the Job's in
the target's cluster, and so is the trust; what stands for what is told in docs/sandbox.md.
"""

from datetime import datetime
from typing import Any

from tests.engine.rehearsal import Rehearsal
from tests.kills.moving import CLUSTER, bring_up, every_object_is_as_trained
from wayfare.blueprints import CloudName

AWS, AZURE, GCP = CloudName.AWS, CloudName.AZURE, CloudName.GCP
ROUND = (AWS, AZURE, GCP, AWS, GCP, AZURE, AWS)


def paused(steps: dict[str, dict[str, Any]]) -> float:
    """Seconds from the source's queue being closed to a step beyond its last."""
    began, ended = (
        datetime.fromisoformat(steps[name][end]) for name, end in (("suspend", "began"), ("progress", "ended"))
    )
    return (ended - began).total_seconds()


def test_a_training_moves_in_all_six_directions_and_loses_no_step(rehearsal: Rehearsal) -> None:
    bring_up(rehearsal, ROUND[0])
    rows = [
        "| direction | last step of the source | first step beyond it | lost steps | objects | bytes | pause |",
        "|---|---|---|---|---|---|---|",
    ]
    for source, target in zip(ROUND, ROUND[1:], strict=False):
        done = rehearsal.wayfare("move", CLUSTER, "--to", target, "--sandbox", "--yes", "-o", "json").data
        assert done["state"] == "moved"
        steps = {each["step"]: each for each in done["steps"] if each["how"] == "done"}
        said = {name: each["evidence"] for name, each in steps.items()}
        (stack,) = rehearsal.stacks()
        assert stack.startswith(f"{CLUSTER}.{target}-")
        assert {row["package"] for row in rehearsal.sandbox.inventory()["resources"]} == {_PACKAGES[target]}
        # Each checkpoint's bytes follow from all steps before it, wherever they were counted.
        every_object_is_as_trained(rehearsal)
        lost = 0 if said["progress"]["step"] > said["suspend"]["step"] else said["suspend"]["step"]
        assert lost == 0
        rows.append(
            f"| {source} → {target} | {said['suspend']['step']} | {said['progress']['step']} | {lost} | "
            f"{said['verify']['objects']:,} | {said['verify']['bytes']:,} | {paused(steps):.0f} s |"
        )
    print("\n".join(rows))  # noqa: T201 - it is what it is for
    assert len({tuple(row.split("|")[1:2]) for row in rows[2:]}) == 6
    rehearsal.wayfare("destroy", CLUSTER, "--sandbox", "--yes", "--delete-data")
    assert rehearsal.sandbox.inventory() == {"resources": [], "kubernetes": []}


_PACKAGES = {AWS: "aws", AZURE: "azure-native", GCP: "gcp"}
