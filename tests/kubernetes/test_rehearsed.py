"""A training that is rehearsed through the engine: `up` brings it to its nodes, and `get` tells that it runs."""

from pathlib import Path
from typing import Any

import pytest

from tests.engine.rehearsal import Rehearsal, require_engine
from wayfare.blueprints import CloudName

#: How often `get` is asked at most; each takes a second, and pods start within two.
_ASKED = 20


def workload(rehearsal: Rehearsal) -> dict[str, Any]:
    (row,) = rehearsal.wayfare("get", "llm-pretrain", "--sandbox", "-o", "json").data["clusters"]
    return row["workload"]


@pytest.mark.parametrize("cloud", CloudName)
def test_a_training_runs_on_the_nodes_of_whichever_cloud_was_chosen(
    tmp_path: Path,
    programs: Path,  # noqa: ARG001 - looked for, not used
    cloud: CloudName,
) -> None:
    require_engine()
    rehearsal = Rehearsal(tmp_path)
    try:
        file = "blueprints/pretrain-h100-16.yaml"
        rehearsal.wayfare("up", file, "--sandbox", "--kubernetes", "--cloud", cloud, "--yes")
        seen = (workload(rehearsal) for _ in range(_ASKED))
        last = next((each for each in seen if each["state"] == "running"), None)
        assert last == {"state": "running", "pods": {"Running": 16}, "wanted": 16, "reason": None}
        rehearsal.wayfare("destroy", "llm-pretrain", "--sandbox", "--yes", "--delete-data")
    finally:
        rehearsal.sandbox.stop()
