"""One training goes round all three clouds, in each of the six directions once, and loses nothing on the way.

What it took is printed as a table: `make test-moves MOVES=tests/moves/test_directions.py ARGS=-rP`. What stands for
what in the sandbox is told in docs/sandbox.md.
"""

from datetime import datetime
from itertools import pairwise
from typing import Any

from tests.engine.rehearsal import Rehearsal
from tests.kills.moving import CLUSTER, bring_up, every_object_is_as_trained
from wayfare.blueprints import CloudName

AWS, AZURE, GCP = CloudName.AWS, CloudName.AZURE, CloudName.GCP
#: Each pair of neighbours is a direction.
ROUND = (AWS, AZURE, GCP, AWS, GCP, AZURE, AWS)


def paused(steps: dict[str, dict[str, Any]]) -> float:
    """Seconds from the source's queue being closed to a step beyond its last."""
    ends = (steps["suspend"]["began"], steps["progress"]["ended"])
    began, ended = map(datetime.fromisoformat, ends)
    return (ended - began).total_seconds()


def test_a_training_moves_in_all_six_directions_and_loses_no_step(rehearsal: Rehearsal) -> None:
    bring_up(rehearsal, ROUND[0])
    columns = ("direction", "last step", "first beyond it", "lost steps", "objects", "bytes", "pause")
    rows = [_row(*columns), _row(*("---" for _ in columns))]
    for source, target in pairwise(ROUND):
        done = rehearsal.wayfare("move", CLUSTER, "--to", target, "--sandbox", "--yes", "-o", "json").data
        assert done["state"] == "moved"
        steps = {each["step"]: each for each in done["steps"] if each["how"] == "done"}
        said = {name: each["evidence"] for name, each in steps.items()}
        (stack,) = rehearsal.stacks()
        assert stack.startswith(f"{CLUSTER}.{target}-")
        assert {row["package"] for row in rehearsal.sandbox.inventory()["resources"]} == {_PACKAGES[target]}
        # Each checkpoint's bytes follow from all steps before it, wherever they were counted, and the source's last one
        # is among them: what is not there is lost.
        every_object_is_as_trained(rehearsal)
        assert said["progress"]["step"] > said["suspend"]["step"]
        lost = 0
        numbers = (
            said["suspend"]["step"],
            said["progress"]["step"],
            lost,
            *map(said["verify"].get, ("objects", "bytes")),
        )
        rows.append(_row(f"{source} → {target}", *(f"{each:,}" for each in numbers), f"{paused(steps):.0f} s"))
    print("\n".join(rows))  # noqa: T201 - it is what it is for
    rehearsal.wayfare("destroy", CLUSTER, "--sandbox", "--yes", "--delete-data")
    assert rehearsal.sandbox.inventory() == {"resources": [], "kubernetes": []}


def _row(*cells: object) -> str:
    return f"| {' | '.join(map(str, cells))} |"


_PACKAGES = {AWS: "aws", AZURE: "azure-native", GCP: "gcp"}
