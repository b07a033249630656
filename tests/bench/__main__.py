"""`make bench`: what Wayfare takes, as ratios of one run, beside the run before.

`--only NAME` takes one measure alone. Each run is a line of `tests/bench/history.jsonl` with `--record`; commit it with
the change that it is about.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.bench.figures import Figure
from tests.bench.measures import MEASURES

Measure = Callable[[], list[Figure]]

HISTORY = Path(__file__).with_name("history.jsonl")


def main() -> None:
    """Measure, print, and record where that is asked for."""
    before = _last()
    figures: list[Figure] = []
    for measure in _chosen():
        for figure in measure():
            figures.append(figure)
            print("\n".join(_lines(figure, before.get(figure.name))), flush=True)  # noqa: T201 - it is what it is for
    if "--record" in sys.argv[1:]:
        commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=True)
        row = {
            "day": datetime.now(UTC).date().isoformat(),
            "commit": commit.stdout.strip(),
            "cores": os.cpu_count(),
            "figures": {figure.name: round(figure.value, 3) for figure in figures},
            "where": {figure.name: {name: round(s, 2) for name, s in figure.where.items()} for figure in figures},
        }
        with HISTORY.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")


def _chosen() -> list[Measure]:
    """All measures, or the one that `--only NAME` names. A part is not a run, and is not recorded."""
    if "--only" not in sys.argv[1:]:
        return list(MEASURES)
    if "--record" in sys.argv[1:]:
        sys.exit("--record wants all measures, without --only")
    name = sys.argv[sys.argv.index("--only") + 1 :][:1]
    chosen = [measure for measure in MEASURES if [measure.__name__] == name]
    return chosen or sys.exit(f"--only one of {', '.join(measure.__name__ for measure in MEASURES)}")


def _last() -> dict[str, float]:
    """The figures of the last recorded run."""
    if not HISTORY.exists():
        return {}
    rows: list[dict[str, Any]] = [json.loads(line) for line in HISTORY.read_text(encoding="utf-8").splitlines()]
    return rows[-1]["figures"] if rows else {}


def _lines(figure: Figure, before: float | None) -> list[str]:
    goal = "" if figure.goal is None else f"  goal {figure.goal:g} {figure.unit}{' MISSED' if figure.missed else ''}"
    was = "" if before is None else f"  before {before:.2f}"
    lines = [f"{figure.name:58} {figure.value:7.2f} {figure.unit}{goal}{was}"]
    return lines + [f"    {name:54} {seconds:7.2f} s" for name, seconds in figure.where.items()]


if __name__ == "__main__":
    main()
