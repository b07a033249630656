"""One kill: who dies at which moment of which command, what the next command makes of it, and what must be so then."""

import random
import signal
import tempfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import psutil

from tests.engine.rehearsal import ANY, Rehearsal
from wayfare.blueprints import CloudName
from wayfare.sandbox import process as sandbox_process

BLUEPRINT, CLUSTER = "blueprints/serve-small.yaml", "serve-small"

#: Where the cluster comes up, and the machine type that is short in the first zone of a failover.
REGIONS = {
    CloudName.AWS: ("us-east-1", "us-east-1a", "g6.xlarge"),
    CloudName.AZURE: ("westeurope", "1", "Standard_NC4as_T4_v3"),
    CloudName.GCP: ("us-central1", "us-central1-a", "g2-standard-4"),
}

#: Seconds after which something hangs.
_PATIENCE = 240

_KILL = signal.SIGKILL

#: How often a command is called again before it must have succeeded: the first may be told that an engine still ends.
_CALLS = 3


class Victim(StrEnum):
    """Who is killed."""

    TOOL = "tool"
    ENGINE = "engine"
    HOST = "language host"
    SANDBOX = "sandbox"


class Command(StrEnum):
    """What runs when it happens."""

    UP = "up"
    FAILOVER = "failover"
    DESTROY = "destroy"


@dataclass(frozen=True)
class Kill:
    """A case. The same seed gives the same case."""

    seed: int
    cloud: CloudName
    command: Command
    victim: Victim
    moment: float
    """How far the command has come, as a part of all that happens to the cloud's resources in it."""

    @classmethod
    def of(cls, seed: int) -> "Kill":
        """Every cloud, command and victim in turn; the moment at random."""
        clouds, commands, victims = list(CloudName), list(Command), list(Victim)
        return cls(
            seed,
            clouds[seed % 3],
            commands[seed // 3 % 3],
            victims[seed // 9 % 4],
            random.Random(seed).uniform(0.0, 0.98),  # noqa: S311 - a case, no secret
        )

    def __str__(self) -> str:
        return f"{self.seed}-{self.cloud}-{self.command}-{self.victim.replace(' ', '-')}"


@dataclass(frozen=True)
class Standing:
    """What a cluster that stands is, apart from ids that no two clusters share."""

    resources: Mapping[tuple[str, str], int]
    objects: Mapping[tuple[str, str], int]
    recorded: frozenset[str]
    outputs: Mapping[str, Any]


def arguments(kill: Kill) -> tuple[str, ...]:
    """The command line of the case's `up`."""
    region = REGIONS[kill.cloud][0]
    return ("up", BLUEPRINT, "--sandbox", "--yes", "--cloud", kill.cloud, "--region", region, "-o", "json")


def prepare(rehearsal: Rehearsal, kill: Kill) -> None:
    """Make the first zone short where the case fails over; let the cluster stand where it is destroyed."""
    region, zone, machine_type = REGIONS[kill.cloud]
    if kill.command is Command.FAILOVER:
        rehearsal.sandbox.set_capacity(kill.cloud, region, machine_type, 0, zone)
    if kill.command is Command.DESTROY:
        rehearsal.wayfare(*arguments(kill))


def command_line(kill: Kill) -> tuple[str, ...]:
    """What is interrupted, and called again."""
    if kill.command is Command.DESTROY:
        return ("destroy", CLUSTER, "--sandbox", "--yes", "--delete-data")
    return arguments(kill)


def interrupt(rehearsal: Rehearsal, kill: Kill, events: int) -> None:
    """Run the command and kill the victim at its moment, if it has one then."""
    struck(rehearsal, command_line(kill), kill.victim, 1 + int(kill.moment * events))


def struck(rehearsal: Rehearsal, arguments: tuple[str, ...], victim: Victim, events: int, number: int = _KILL) -> str:
    """Run a command and send the victim a signal when so much has happened to the clouds' resources; what it told.

    The command ends before that if it has less to do.
    """
    with tempfile.TemporaryFile() as told:
        tool = rehearsal.begun(*arguments, events=events, stderr=told)
        doomed = victims(rehearsal, victim, psutil.Process(tool.pid)) if tool.poll() is None else []
        family = psutil.Process(tool.pid).children(recursive=True) if tool.poll() is None else []
        for process in doomed:
            process.send_signal(number)
        code = tool.wait(_PATIENCE)
        _, alive = psutil.wait_procs(family, timeout=_PATIENCE)
        told.seek(0)
        words = f"exit {code}\n{told.read().decode()}"
    assert not alive, f"outlived the command: {alive}\n{words}"
    return words


def victims(rehearsal: Rehearsal, victim: Victim, tool: psutil.Process) -> list[psutil.Process]:
    """The processes to kill."""
    if victim is Victim.TOOL:
        return [tool]
    if victim is Victim.SANDBOX:
        number = sandbox_process.own_process(rehearsal.sandbox.directory)
        return [] if number is None else [psutil.Process(number)]
    name = "pulumi" if victim is Victim.ENGINE else "pulumi-language"
    return [child for child in tool.children(recursive=True) if _is(child, name)]


def _is(process: psutil.Process, name: str) -> bool:
    try:
        program = Path(process.exe()).name
    except psutil.Error:
        return False
    return program == name if name == "pulumi" else program.startswith(name)


def finish(rehearsal: Rehearsal, kill: Kill) -> list[str]:
    """Call the command again until it succeeds; what it told."""
    told: list[str] = []
    rehearsal.sandbox.start()
    for _ in range(_CALLS):
        done = rehearsal.wayfare(*command_line(kill), expect=ANY)
        told.append(f"exit {done.code}\n{done.err}")
        if done.code == 0 or (kill.command is Command.DESTROY and "there is no cluster" in done.err):
            return told
    raise AssertionError(f"{kill} did not recover:\n" + "\n".join(told))


def standing(rehearsal: Rehearsal, cluster: str = CLUSTER) -> Standing:
    """What stands now: one cluster, in one stack."""
    inventory = rehearsal.sandbox.inventory()
    (stack,) = rehearsal.stacks()
    return Standing(
        Counter((row["token"], _plain(row["name"])) for row in inventory["resources"]),
        Counter((row["token"], row["name"]) for row in inventory["kubernetes"]),
        frozenset(row["urn"] for row in rehearsal.resources(stack)),
        {
            key: value
            for key, value in rehearsal.wayfare("outputs", cluster, "--sandbox", "-o", "json").data.items()
            if key not in {"endpoint", "network", "identity", "issuer", "nodePool", "given"}
        },
    )


def _plain(name: str) -> str:
    """A name without the digits that a provider adds."""
    return name.rsplit("-", 1)[0] if name[-7:].isalnum() and any(digit.isdigit() for digit in name[-7:]) else name
