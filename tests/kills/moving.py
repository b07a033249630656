"""One kill within a move: who dies in which step, what is asked for then, and what must be so at the end."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import cycle, permutations
from pathlib import Path
from subprocess import PIPE, Popen
from typing import Any

import psutil

from tests.engine.rehearsal import ANY, Rehearsal
from tests.kills.killing import Standing, Victim, standing, victims
from wayfare.blueprints import CloudName
from wayfare.sandbox.training.contract import Contract, objects_in
from wayfare.sandbox.training.trainer import chain, files
from wayfare.stacks.moving.steps import CUT_OVER, STEPS

CLUSTER = "moving"
BLUEPRINT = """\
apiVersion: wayfare.dev/v1
kind: TrainingCluster
metadata: {name: moving}
spec:
  accelerators: [{name: H100, nodes: 2}]
  access: {allow: [203.0.113.0/24]}
  workload:
    image: registry.example/train:1.4
    command: [torchrun, --nproc-per-node=gpu, train.py]
    checkpoint: {complete: "step-*/DONE", step: 'step-(\\d+)/', grace: 20s}
"""

#: How the training writes checkpoints: as the blueprint says, every so many steps, its largest object of so many bytes.
CONTRACT, EVERY, BYTES = Contract("step-*/DONE", r"step-(\d+)/"), 40, 65536

#: Seconds after which something hangs.
_PATIENCE = 600

#: How often a command is called again before it must have succeeded: the first may be told that an engine still ends.
_CALLS = 3

_ORDER = [step.name for step in STEPS]

AWS, AZURE, GCP = CloudName.AWS, CloudName.AZURE, CloudName.GCP


class Then(StrEnum):
    """What is asked for after a kill."""

    RESUME = "resume"
    ROLLBACK = "rollback"


@dataclass(frozen=True)
class Kill:
    """A case."""

    source: CloudName
    target: CloudName
    step: str
    """As it is told when it begins; `back:` is the taking back of one, in a move that was killed while it copied."""
    victim: Victim
    then: Then
    events: int = 0
    """How much must have happened to the clouds' resources since the step began."""

    @property
    def ends_at(self) -> CloudName:
        """Where the training must run at the end."""
        over = self.step in _ORDER[_ORDER.index(CUT_OVER) + 1 :]
        return self.source if self.then is Then.ROLLBACK and not over else self.target

    def __str__(self) -> str:
        return f"{self.source}-{self.target}-{self.step.replace(':', '-')}-{self.victim}-{self.then}".replace(" ", "-")


_CHOSEN = (
    Kill(AWS, AZURE, "preflight", Victim.TOOL, Then.RESUME),
    Kill(AZURE, GCP, "target-up", Victim.TOOL, Then.RESUME, events=20),
    Kill(GCP, AWS, "target-up", Victim.ENGINE, Then.RESUME, events=30),
    Kill(AWS, GCP, "target-up", Victim.ENGINE, Then.ROLLBACK, events=25),
    Kill(AZURE, AWS, "bulk-copy", Victim.TOOL, Then.RESUME),
    Kill(AWS, AZURE, "bulk-copy", Victim.TOOL, Then.ROLLBACK),
    Kill(AZURE, GCP, "suspend", Victim.TOOL, Then.RESUME),
    Kill(GCP, AWS, "suspend", Victim.ENGINE, Then.RESUME, events=1),
    Kill(AWS, GCP, "suspend", Victim.TOOL, Then.ROLLBACK),
    Kill(GCP, AZURE, "last-copy", Victim.TOOL, Then.RESUME),
    Kill(AZURE, GCP, "last-copy", Victim.TOOL, Then.ROLLBACK),
    Kill(AZURE, AWS, "verify", Victim.TOOL, Then.RESUME),
    Kill(AWS, AZURE, "verify", Victim.TOOL, Then.ROLLBACK),
    Kill(AZURE, GCP, "start", Victim.TOOL, Then.RESUME),
    Kill(GCP, AWS, "start", Victim.ENGINE, Then.ROLLBACK, events=1),
    Kill(AWS, GCP, "progress", Victim.TOOL, Then.RESUME),
    Kill(GCP, AZURE, "progress", Victim.TOOL, Then.ROLLBACK),
    Kill(AZURE, AWS, "cut-over", Victim.TOOL, Then.RESUME),
    Kill(AZURE, GCP, "destroy", Victim.ENGINE, Then.RESUME, events=6),
    Kill(GCP, AWS, "destroy", Victim.TOOL, Then.RESUME, events=4),
    Kill(AWS, GCP, "absence", Victim.TOOL, Then.RESUME),
    Kill(GCP, AZURE, "back:suspend", Victim.TOOL, Then.ROLLBACK),
    Kill(AZURE, AWS, "back:target-up", Victim.ENGINE, Then.ROLLBACK, events=5),
)

#: Steps of which no case was chosen: the tool dies when one begins.
_OTHERS = (
    Kill(*direction, step, Victim.TOOL, then)
    for step, direction in zip(
        (step for step in _ORDER if step not in {kill.step for kill in _CHOSEN}),
        cycle(permutations(CloudName, 2)),
        strict=False,
    )
    for then in Then
)

#: Every step, direction, victim and outcome.
KILLS = (*_CHOSEN, *_OTHERS)


def bring_up(rehearsal: Rehearsal, cloud: CloudName) -> None:
    """A training that has written a checkpoint."""
    rehearsal.sandbox.start(train=True)
    (rehearsal.project.root / "moving.yaml").write_text(BLUEPRINT, encoding="utf-8")
    rehearsal.wayfare("up", "moving.yaml", "--sandbox", "--yes", "--cloud", cloud, "-o", "json")
    rehearsal.sandbox.await_training(CLUSTER, ("running",), beyond=30)


def interrupted(rehearsal: Rehearsal, arguments: tuple[str, ...], kill: Kill) -> str:
    """Run a command until its step begins and kill the victim then; what the tool told."""
    tool = rehearsal.started(*arguments, stderr=PIPE)
    told = until(tool, f"{kill.step}: ")
    since = len(rehearsal.sandbox.events())
    while kill.events and tool.poll() is None:
        if len(rehearsal.sandbox.await_events(since, kill.events, timeout=2.0)) >= kill.events:
            break
    family = psutil.Process(tool.pid).children(recursive=True) if tool.poll() is None else []
    for process in victims(rehearsal, kill.victim, psutil.Process(tool.pid)) if tool.poll() is None else []:
        process.kill()
    assert tool.stderr is not None
    told += tool.stderr.read().decode()
    tool.stderr.close()
    tool.wait(_PATIENCE)
    _, alive = psutil.wait_procs(family, timeout=_PATIENCE)
    assert not alive, f"outlived the command: {alive}\n{told}"
    return told


def until(tool: Popen[bytes], beginning: str) -> str:
    """Read what a tool tells until a line begins so; all of it, if none does."""
    told: list[str] = []
    assert tool.stderr is not None
    for line in tool.stderr:
        told.append(line.decode())
        if told[-1].startswith(beginning):
            break
    return "".join(told)


def at_once(*tools: Popen[bytes]) -> list[tuple[int, str]]:
    """Wait for all; how each ended, and what it told."""
    told = [tool.communicate(timeout=_PATIENCE)[1].decode() for tool in tools]
    return [(tool.returncode, words) for tool, words in zip(tools, told, strict=True)]


def the_move(rehearsal: Rehearsal) -> dict[str, Any]:
    """The one move that there is."""
    (found,) = rehearsal.wayfare("moves", "--sandbox", "-o", "json").data["moves"]
    return found


def ended(rehearsal: Rehearsal, kill: Kill) -> list[str]:
    """Call for the end until it is there; what was told."""
    told: list[str] = []
    move = the_move(rehearsal)
    for _ in range(_CALLS):
        if move["state"] != "unfinished":
            return told
        done = rehearsal.wayfare("move", f"--{kill.then}", move["id"], "--sandbox", expect=ANY)
        told.append(f"exit {done.code}\n{done.err}")
        if done.code == 2 and "past its cut-over" in done.err:
            kill = Kill(kill.source, kill.target, kill.step, kill.victim, Then.RESUME)
        move = the_move(rehearsal)
    assert move["state"] != "unfinished", "\n".join(told)
    return told


def expect_well(rehearsal: Rehearsal, kill: Kill, untouched: Standing, told: list[str]) -> None:
    """One cluster, one training that goes on from every step before, and nothing else anywhere.

    `untouched`: what a cluster is that was brought up there and never moved; this must be the same, piece by piece.
    """
    (stack,) = rehearsal.stacks()
    assert stack.startswith(f"{CLUSTER}.{kill.ends_at}-"), told
    (training,) = rehearsal.sandbox.trainings()
    assert (training["stack"], training["state"]) in ((stack, "running"), (stack, "waiting")), told
    assert standing(rehearsal, CLUSTER) == untouched, told
    running = rehearsal.sandbox.await_training(CLUSTER, ("running",), beyond=training["step"])
    assert running is not None
    assert running["step"] > training["step"], told
    every_object_is_as_trained(rehearsal)
    rehearsal.wayfare("destroy", CLUSTER, "--sandbox", "--yes", "--delete-data")
    assert rehearsal.sandbox.inventory() == {"resources": [], "kubernetes": []}, told
    assert rehearsal.stacks() == []


def every_object_is_as_trained(rehearsal: Rehearsal, besides: Mapping[str, bytes] | None = None) -> None:
    """The one bucket of checkpoints has those of every step, as they are written, and nothing else.

    `besides`: what else must be there.
    """
    newest, others = every_step_is_there(rehearsal)
    for name, content in (besides or {}).items():
        assert others.pop(name).read_bytes() == content
    # All else is of the checkpoint that is being written now.
    now = CONTRACT.at(newest + EVERY - newest % EVERY).prefix
    assert all(name.startswith(now) for name in others), others


def every_step_is_there(rehearsal: Rehearsal) -> tuple[int, dict[str, Path]]:
    """The one bucket of checkpoints has every one that was written, and each object's bytes are what its steps lead to.

    So it is of a training that nobody has killed: who leaves a step out, or counts one twice, has others. Gives the
    newest step that is whole, and by name what is of no whole checkpoint.
    """
    (place,) = {file.parents[1] for file in (rehearsal.sandbox.directory / "buckets").rglob("step-*/DONE")}
    # The training goes on meanwhile: what is written after this is not looked at.
    names = {name: place / name for name in objects_in(place)}
    marked = sorted(whole for name in names if (whole := CONTRACT.read(name)) is not None)
    for whole in marked:
        wanted = {**files(CONTRACT, whole, chain(whole.step), BYTES), whole.marker: b""}
        assert {name: names.pop(name).read_bytes() for name in wanted} == wanted
    newest, steps = marked[-1].step, {whole.step for whole in marked}
    assert set(range(EVERY, newest + 1, EVERY)) <= steps
    # And what left a trace in the journal: the last checkpoint of whoever was suspended.
    assert set(suspended_at(rehearsal)) <= steps
    return newest, names


def bucket(rehearsal: Rehearsal, cloud: str) -> Path:
    """The directory of the one bucket that there is on a cloud."""
    (found,) = (rehearsal.sandbox.directory / "buckets").joinpath(cloud).iterdir()
    return found


def suspended_at(rehearsal: Rehearsal) -> list[int]:
    """Steps at which a source was suspended, by any of the moves."""
    ids = [each["id"] for each in rehearsal.wayfare("moves", "--sandbox", "-o", "json").data["moves"]]
    shown = (rehearsal.wayfare("moves", "show", id, "--sandbox", "-o", "json").data["steps"] for id in ids)
    return [
        each["evidence"]["step"]
        for steps in shown
        for each in steps
        if (each["step"], each["how"]) == ("suspend", "done")
    ]
