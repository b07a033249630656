"""What is measured: ratios within one run, and seconds only where a person waits for them."""

import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

from tests.bench.copying import a_copy
from tests.bench.figures import Figure
from tests.engine.rehearsal import ROOT, SCARCE, Rehearsal
from wayfare.sandbox import process as sandbox_process

BLUEPRINT = "blueprints/serve-small.yaml"
STACK, REGION, ZONE, MACHINE = "serve-small.aws-us-east-1", "us-east-1", "us-east-1a", "g6.xlarge"

#: How often a short command is run; the median counts.
_RUNS = 7

#: A program that declares many clusters in one stack: about 60 resources each.
CLUSTERS = 10
_MANY = ROOT / "tests" / "bench" / "many_clusters.py"


@contextmanager
def _rehearsal() -> Generator[Rehearsal]:
    """A sandbox and a project in a directory that is deleted afterwards."""
    with tempfile.TemporaryDirectory(prefix="wayfare-bench-") as directory, Rehearsal.running(Path(directory)) as made:
        yield made


def _seconds(call: Any, *arguments: Any, **options: Any) -> float:
    started = time.perf_counter()
    call(*arguments, **options)
    return time.perf_counter() - started


_IMPORT_SDKS = """
from wayfare.blueprints import CloudName
from wayfare.components.clouds import cloud
for name in CloudName:
    cloud(name)
"""


def short_commands() -> list[Figure]:
    """`wayfare --help`, `wayfare plan` without and with the accounts' answers, each as a whole process."""
    with _rehearsal() as made:
        made.wayfare("--help")
        floor = statistics.median(_seconds(made.pulumi, "version") for _ in range(_RUNS))
        helped = statistics.median(_seconds(made.wayfare, "--help") for _ in range(_RUNS))
        planned = statistics.median(_seconds(made.wayfare, "plan", BLUEPRINT, "--offline") for _ in range(_RUNS))
        asked = statistics.median(_seconds(made.wayfare, "plan", BLUEPRINT, "--sandbox") for _ in range(3))
    importing = [sys.executable, "-c", _IMPORT_SDKS]
    sdks = statistics.median(_seconds(subprocess.run, importing, check=True) for _ in range(3))
    return [
        Figure("wayfare --help", helped, "s", 0.3),
        Figure("wayfare plan --offline", planned, "s", 0.6, {"of it --help": helped}),
        Figure(
            "wayfare plan, three accounts asked",
            asked,
            "s",
            0.6,
            {"a process that imports the three SDKs": sdks, "as --offline": planned},
        ),
        Figure("pulumi version, as a yardstick", floor, "s"),
    ]


def against_the_bare_engine() -> list[Figure]:
    """`wayfare up` against the same updates by `pulumi`: make the stack, bring it up, give the held capacity back."""
    ours: list[float] = []
    bare: list[dict[str, float]] = []
    asked: list[float] = []
    for _ in range(2):
        with _rehearsal() as made:
            asked.append(_seconds(made.wayfare, "plan", BLUEPRINT, "--sandbox", "--cloud", "aws", "--region", REGION))
            ours.append(_seconds(made.wayfare, "up", BLUEPRINT, *_HERE, "--sandbox", "--yes", "-o", "json"))
            assert made.changes(STACK).get("delete") == 1, "the held capacity was not given back"
        with _rehearsal() as made:
            _ = made.sandbox_shell
            bare.append(_by_hand(made))
    totals = [sum(steps.values()) for steps in bare]
    ratio = statistics.median(mine / theirs for mine, theirs in zip(ours, totals, strict=True))
    parts = {name: statistics.median(steps[name] for steps in bare) for name in bare[0]}
    return [
        Figure(
            "wayfare up / bare engine, the same updates",
            ratio,
            "x",
            1.15,
            {
                "wayfare up": statistics.median(ours),
                **{f"bare: {name}": seconds for name, seconds in parts.items()},
                "as `plan`: account asked, stacks listed": statistics.median(asked),
            },
        )
    ]


_HERE = ("--cloud", "aws", "--region", REGION)


def _by_hand(made: Rehearsal) -> dict[str, float]:
    """Seconds of each step of a person who does the same with `pulumi`."""
    settings = {
        "wayfare:blueprint": BLUEPRINT,
        "wayfare:placement.cloud": "aws",
        "wayfare:placement.region": REGION,
        "wayfare:placement.zone": ZONE,
        "wayfare:placement.machineType": MACHINE,
        "wayfare:capacity": "held",
        "wayfare:mode": "sandbox",
        "aws:region": REGION,
    }
    up = ("up", "--stack", STACK, "--yes", "--skip-preview")
    release = ("config", "set", "--stack", STACK, "wayfare:capacity", "released")
    return {
        "make the stack": _seconds(made.configure, STACK, settings),
        "up": _seconds(made.pulumi, *up),
        "set": _seconds(made.pulumi, *release),
        "up again, capacity released": _seconds(made.pulumi, *up),
    }


def from_a_capacity_error() -> list[Figure]:
    """Seconds from a cloud's capacity error to the first create at the next placement, where the demo is short."""
    with _rehearsal() as made:
        made.sandbox.start(SCARCE)
        since = len(made.sandbox.events())
        command = ["up", "blueprints/pretrain-h100-16.yaml", "--sandbox", "--yes"]
        with subprocess.Popen(
            [sys.executable, "-m", "wayfare.stacks.cli", *command],
            cwd=made.project.root,
            env={**made.shell, "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        ) as tool:
            told: list[tuple[str, float]] = []
            listener = threading.Thread(target=_listen, args=(tool, told))
            listener.start()
            happened = _watch(made, tool, since)
            listener.join()
        assert tool.returncode == 0, "the cluster did not come up"
    gaps = list(_gaps(happened, told))
    parts = {name: statistics.median(gap[name] for gap in gaps) for name in gaps[0]}
    whole = statistics.median(sum(gap.values()) for gap in gaps)
    return [Figure(f"capacity error -> first create elsewhere, of {len(gaps)}", whole, "s", 5.0, parts)]


def _listen(tool: subprocess.Popen[str], told: list[tuple[str, float]]) -> None:
    """Note when the tool says what."""
    assert tool.stderr is not None
    told.extend((line, time.perf_counter()) for line in tool.stderr)


def _watch(made: Rehearsal, tool: subprocess.Popen[str], since: int) -> list[tuple[str, float]]:
    """Note when something happens in the clouds, until the tool has ended."""
    happened: list[tuple[str, float]] = []
    while tool.poll() is None:
        for event in made.sandbox.await_events(since, 1, timeout=1.0):
            happened.append((event["kind"], time.perf_counter()))
            since = event["number"]
    return happened


def _gaps(happened: Sequence[tuple[str, float]], told: Sequence[tuple[str, float]]) -> Iterator[dict[str, float]]:
    """Of each failover, the seconds of its parts."""
    for refused in (at for kind, at in happened if kind == "refused"):
        created = next((at for kind, at in happened if kind == "create" and at > refused), None)
        failed = next((at for line, at in told if "failed:" in line and at > refused), None)
        tried = next((at for line, at in told if line.startswith("trying") and at > refused), None)
        if created is not None and failed is not None and tried is not None:
            yield {
                "the engine ends its update": failed - refused,
                "the next is chosen": tried - failed,
                "stack, program, first create": created - tried,
            }


def a_large_stack() -> list[Figure]:
    """A program with many clusters in one stack, by the bare engine: what a resource costs, and the sandbox's share."""
    small, large = _many(1), _many(CLUSTERS)
    each = (large["up"] / large["resources"]) / (small["up"] / small["resources"])
    return [
        Figure(
            f"time for each of {large['resources']:.0f} resources / of {small['resources']:.0f}",
            each,
            "x",
            where={"up": large["up"], "up again": large["again"], "destroy": large["destroy"]},
        ),
        Figure("the sandbox's share of all processor time", large["share"], "x"),
    ]


def _many(clusters: int) -> dict[str, float]:
    with _rehearsal() as made:
        stack = "many.aws-us-east-1"
        (made.project.root / "stacks" / "__main__.py").write_text(_MANY.read_text(encoding="utf-8"), encoding="utf-8")
        made.pulumi("stack", "init", stack)
        pairs = {"aws:region": REGION, "wayfare:clusters": str(clusters)}
        for key, value in pairs.items():
            made.pulumi("config", "set", "--stack", stack, key, value)
        number = sandbox_process.own_process(made.sandbox.directory)
        assert number is not None
        before, engine_before = _processor(psutil.Process(number).cpu_times()), os.times()
        flags = ("--stack", stack, "--yes", "--skip-preview")
        up = _seconds(made.pulumi, "up", *flags)
        own = _processor(psutil.Process(number).cpu_times()) - before
        engine = os.times().children_user + os.times().children_system
        engine -= engine_before.children_user + engine_before.children_system
        resources = len(made.resources(stack))
        again = _seconds(made.pulumi, "up", *flags)
        destroy = _seconds(made.pulumi, "destroy", *flags)
        assert made.sandbox.inventory()["resources"] == []
    return {"up": up, "again": again, "destroy": destroy, "resources": resources, "share": own / (own + engine)}


def _processor(times: Any) -> float:
    return times.user + times.system


MEASURES = (short_commands, against_the_bare_engine, from_a_capacity_error, a_large_stack, a_copy)
