"""The life of a cluster in which anything may happen: a state machine that Hypothesis drives through the engine."""

import logging
import signal
import tempfile
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from hypothesis import assume
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from tests.engine.rehearsal import ANY, Rehearsal
from tests.kills.killing import struck
from tests.scenarios.happenings import (
    PLACES,
    Fault,
    Rival,
    Room,
    Strike,
    Vanished,
    Wanted,
    commands,
    disturbances,
    happenings,
)
from wayfare.blueprints import CloudName
from wayfare.stacks.cli.exits import Exit
from wayfare.stacks.facts import CONTROL_PLANES

LOG = logging.getLogger(__name__)

BLUEPRINT, CLUSTER = "blueprints/serve-small.yaml", "serve-small"
EMPTY: dict[str, list[Any]] = {"resources": [], "kubernetes": []}

#: How often a command is called, once nothing goes wrong any more, before it must have succeeded: each call may be told
#: of an engine that still ends.
_CALLS = 3


def _at(cloud: CloudName | None) -> tuple[str, ...]:
    """Arguments of `up` for one place, or for wherever there is room."""
    return () if cloud is None else ("--cloud", cloud, "--region", PLACES[cloud][0])


class Life(RuleBasedStateMachine):
    """One cluster, the three clouds that it may be on, and whoever works on it."""

    def __init__(self, directory: Path) -> None:
        """`directory`: where this life may write."""
        super().__init__()
        self._open = ExitStack()
        place = Path(tempfile.mkdtemp(dir=directory))
        self._made: Callable[[], Rehearsal] = lambda: self._open.enter_context(Rehearsal.running(place))
        self._well = True
        self._tampered = False
        """Whether something was taken away behind the engine's back."""
        self._stands = False
        """Whether an `up` has succeeded and nobody called `destroy` since."""

    @initialize(number=st.integers(0, 2**32))
    def begin(self, number: int) -> None:
        """Start the clouds; not for Hypothesis's simplest life, which would be the same for every seed."""
        assume(number)
        self.rehearsal = self._made()
        self.sandbox = self.rehearsal.sandbox
        self.blueprint = self.rehearsal.project.root / BLUEPRINT
        self.text = self.blueprint.read_text(encoding="utf-8")

    @rule(
        before=happenings,
        command=commands,
        cloud=st.sampled_from((*CloudName, None)),
        disturbance=disturbances,
    )
    def work(
        self,
        before: Wanted | Room | Vanished | None,
        command: str,
        cloud: CloudName | None,
        disturbance: Fault | Strike | Rival | None,
    ) -> None:
        """Something happens, then somebody calls a command, and it is disturbed.

        One rule for all: Hypothesis leaves out rules at random, and a life without `up` would show nothing.
        """
        self._well = False
        LOG.info("%s; then %s at %s, disturbed by %s", before, command, cloud, disturbance)
        self._happen(before)
        stood = self._control_planes() if self._stands and not self._tampered else set[str]()
        arguments = (*self._arguments(command), *(_at(cloud) if command == "up" else ()))
        match disturbance:
            case Strike(victim, number, events):
                self._look(struck(self.rehearsal, arguments, victim, events, number))
            case Rival(second, events):
                self._compete(arguments, self._arguments(second), events)
            case Fault() | None:
                if disturbance is not None:
                    self._ask_for(disturbance)
                self._stands |= self._run(arguments) == 0
        if "destroy" in (command, disturbance.command if isinstance(disturbance, Rival) else ""):
            self._stands = False
        else:
            assert stood <= self._control_planes(), "an `up` left or rebuilt a cluster that stood"
        self._well = True

    def teardown(self) -> None:
        """Once nothing goes wrong any more, the cluster stands as it is recorded, and goes without a trace."""
        with self._open:
            if self._well and hasattr(self, "rehearsal"):
                self._end()

    def _end(self) -> None:
        for cloud, (region, _, machine_types) in PLACES.items():
            for machine_type in machine_types:
                self.sandbox.set_capacity(cloud, region, machine_type, 64)
        if not self._tampered:
            self._until_done("up")
            self._stands_as_recorded()
        self._until_done("destroy")
        assert self.sandbox.inventory() == EMPTY
        assert self.rehearsal.stacks() == []
        assert self.rehearsal.settings_files() == []

    def _happen(self, what: Wanted | Room | Vanished | None) -> None:
        match what:
            case Wanted(nodes, label):
                text = self.text.replace("nodes: 2 }", f"nodes: {nodes} }}").replace("team: serving", f"team: {label}")
                self.blueprint.write_text(text, encoding="utf-8")
            case Room(cloud, zone, nodes):
                region, zones, machine_types = PLACES[cloud]
                for machine_type in machine_types:
                    chosen = None if zone is None else zones[zone]
                    self.sandbox.set_capacity(cloud, region, machine_type, nodes, chosen)
            case Vanished(share):
                if rows := self.sandbox.inventory()["resources"]:
                    row = rows[int(share * len(rows))]
                    LOG.info("%s %s vanishes", row["token"], row["name"])
                    self.sandbox.remove_behind(row["package"], row["token"], row["id"])
                    self._tampered = True
            case None:
                pass

    def _arguments(self, command: str) -> tuple[str, ...]:
        what = (BLUEPRINT,) if command == "up" else (CLUSTER, "--delete-data")
        return (command, *what, "--sandbox", "--yes")

    def _run(self, arguments: tuple[str, ...]) -> int:
        done = self.rehearsal.wayfare(*arguments, expect=ANY)
        self._look(f"exit {done.code}\n{done.err}")
        return done.code

    def _ask_for(self, fault: Fault) -> None:
        self.sandbox.fail(
            fault.cloud,
            fault.token,
            kind=fault.kind,
            dead=fault.kind is None,
            operation=fault.operation,
            after=fault.after,
            times=fault.times,
        )

    def _compete(self, one: tuple[str, ...], other: tuple[str, ...], events: int) -> None:
        """Two commands at a time: one works, the other is told who."""
        first = self.rehearsal.begun(*one, events=events)
        told = self.rehearsal.wayfare(*other, expect=ANY)
        still = first.poll() is None
        self._look(f"exit {first.wait()}")
        self._look(f"exit {told.code}\n{told.err}")
        if still:
            assert told.code == Exit.ERROR, told.err
            assert f"(process {first.pid}), which runs `wayfare {one[0]}` since 20" in told.err

    def _control_planes(self) -> set[str]:
        return {row["id"] for row in self.sandbox.inventory()["resources"] if row["token"] in CONTROL_PLANES}

    def _until_done(self, command: str) -> None:
        """Call a command until it has succeeded; each call may meet a fault that was asked for earlier."""
        left = sum(int(row["remaining"]) for row in self.sandbox.status()["faults"])
        for _ in range(_CALLS + left):
            LOG.info("at last: %s", command)
            if command == "destroy" and not self.rehearsal.stacks():
                return
            if self._run(self._arguments(command)) == 0:
                return
        raise AssertionError(f"nothing goes wrong any more, but {command} never succeeded")

    def _look(self, told: str) -> None:
        """What holds after every command, however it ended."""
        LOG.info("\n".join(line for line in told.splitlines() if line[:1] not in set("│┏┃┡└━╇")))
        self.sandbox.start()
        code = int(told.split(maxsplit=2)[1])
        assert code in {*Exit, -signal.SIGKILL}, told
        assert "Traceback" not in told, told
        rows = self.sandbox.inventory()
        made = Counter((row["token"], row["region"], row["name"]) for row in rows["resources"] + rows["kubernetes"])
        assert not [each for each, count in made.items() if count > 1], told

    def _stands_as_recorded(self) -> None:
        """What the clouds have is what the one stack's state has, and nothing else."""
        (stack,) = self.rehearsal.stacks()
        rows = self.sandbox.inventory()
        there = sorted((row["token"], row["id"]) for row in rows["resources"] + rows["kubernetes"])
        recorded = sorted(
            (row["type"], row["id"])
            for row in self.rehearsal.resources(stack)
            if row["custom"] and not row["type"].startswith("pulumi:") and not row.get("external")
        )
        assert there == recorded
        assert not [row for row in rows["resources"] if row["failed"]]
