"""What a probe of the fabric is told, what it makes of its measurements, and how it says so.

Runs in the workload's container, whatever its Python from 3.8 on; needs nothing beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

#: Kubernetes shows no more of a termination message, in bytes.
_MOST_SHOWN = 4096

#: What is missing most often, by fabric.
_LOOK_AT = {
    "efa": "aws-ofi-nccl and libfabric in the image",
    "infiniband": "libibverbs and rdma-core in the image, IPC_LOCK for the container",
    "tcpx": "the NCCL plugin for GPUDirect-TCPX, and its receive daemon beside the pod",
    "tcpxo": "the NCCL plugin for GPUDirect-TCPXO, and its receive daemon beside the pod",
    "roce": "Google's NCCL plugin gIB, and its variables",
    "nvl72": "the NVLink domain (ComputeDomain), libibverbs in the image",
    "ici": "whether the image's libtpu knows this TPU",
}


class Refused(Exception):
    """The fabric could not be measured; the message is the reason, for people."""


@dataclass(frozen=True)
class Settings:
    """What the pod says, as variables `WAYFARE_PROBE_…`."""

    node: int
    """Which of the machines this is, from 0."""
    nodes: int
    first: str
    """Name of the first machine."""
    port: int
    """At which machines meet; the framework has the next one."""
    processes: int
    """Accelerators of a machine, as many as their runtime shows."""
    framework: str = "auto"
    fabric: str = ""
    line: float = 0.0
    """Bandwidth of one machine or chip, Gbit/s; 0 where it is not known."""
    share: float = 0.0
    """The least part of it."""
    each: str = "machine"
    wait: float = 1800.0
    """Seconds that all machines may take to come."""
    pause: float = 1.0
    """Seconds between two attempts to reach the first one."""
    limit: float = 600.0
    """Seconds that measuring may take."""
    size: int = 2**30
    """Bytes that each process all-reduces at once."""
    backend: str = ""
    """Of PyTorch, in place of the accelerators' own: with `gloo` the script can be tried on processors."""
    bind: str = ""
    """Address at which the first machine listens; empty is every one."""
    says: str = "/dev/termination-log"
    """File for what it found, which Kubernetes shows."""

    @classmethod
    def read(cls, variables: Mapping[str, str]) -> Settings:
        """Raises ValueError where a number is none."""
        found = {name: variables.get(f"WAYFARE_PROBE_{name.upper()}") for name in _TYPES}
        return cls(**{name: _TYPES[name](value) for name, value in found.items() if value is not None})

    @property
    def wanted(self) -> float:
        """What must be measured, Gbit/s."""
        return self.line * self.share

    @property
    def hint(self) -> str:
        """What to look at where the fabric is not used."""
        return _LOOK_AT.get(self.fabric, "the collective library and its plugin in the image")


_TYPES: Mapping[str, Callable[[str], Any]] = {
    **dict.fromkeys(("node", "nodes", "port", "processes", "size"), int),
    **dict.fromkeys(("line", "share", "wait", "pause", "limit"), float),
    **dict.fromkeys(("first", "framework", "fabric", "each", "backend", "bind", "says"), str),
}


def bus_gbps(size: int, members: int, lanes: int, seconds: float) -> float:
    """What passes each machine's network while its lanes all-reduce, Gbit/s in one direction.

    To add up what `members` have, and to tell all of them, every byte passes 2 x (members - 1) times from one to
    another, whatever the algorithm; a member's own part is 2 x (members - 1) / members of its `size` bytes (NCCL tests,
    "Performance reported by NCCL tests": bus bandwidth). That is a network's bandwidth only where all of it goes over
    the network. So the members of an all-reduce are one process of each machine, and as many of them run beside each
    other as a machine has processes: its `lanes`. Were all accelerators in one, they would be added up within the
    machine first, and two machines would seem to have up to twice the network that they have.
    """
    return lanes * 2 * (members - 1) / members * size * 8 / seconds / 1e9


@dataclass(frozen=True)
class Measured:
    """What was found."""

    gbps: float
    members: int
    lanes: int
    size: int
    times: int
    network: str = ""
    """The transport between machines, in the collective library's own word; empty where it says none."""
    pairs: Mapping[int, float] | None = None
    """By machine, the most that it reached with one of its neighbours, Gbit/s; None where that is not known."""


def verdict(settings: Settings, found: Measured) -> tuple[bool, str]:
    """Whether the training may start, and that in a line."""
    network = f", network {found.network}" if found.network else ""
    beside = f", {found.lanes} process{'' if found.lanes == 1 else 'es'} on each" if settings.each == "machine" else ""
    who = f"{found.members} {settings.each}s{beside}"
    how = f"{who}, {found.size / 2**20:,.0f} MiB, {found.times} times{network}"
    gave = f"fabric probe: {found.gbps:,.1f} Gbit/s for each {settings.each}"
    if not settings.line:
        return True, f"{gave}; compared with nothing, the catalog has no figure ({how})"
    wanted = f"{settings.wanted:,.1f} of {settings.line:,.0f} wanted"
    if found.gbps >= settings.wanted:
        return True, f"{gave}, {wanted} ({how})"
    return False, f"{gave}, {wanted} ({how}). {_why(settings, found)}"


def _why(settings: Settings, found: Measured) -> str:
    pairs = found.pairs or {}
    weak = sorted(node for node, gbps in pairs.items() if gbps < settings.wanted)
    if found.network == "Socket":
        return f"It goes over TCP, past the fabric; look at {settings.hint}"
    if weak and len(weak) < settings.nodes:
        reached = min(pairs[node] for node in weak)
        return (
            f"Slow with both neighbours: {'machine' if len(weak) == 1 else 'machines'} {numbers(weak)} (by the job's "
            f"index), {reached:,.1f} Gbit/s; look at the links there"
        )
    alike = "All machines alike; look" if pairs else "Look"
    return f"{alike} at {settings.hint}"


def neighbour(machine: int, machines: int, step: int) -> int | None:
    """Which machine one exchanges with; None where it rests. It goes around the end, so that in steps 0 to 2 each of
    three or more has two neighbours."""
    if step == 2:
        ends = {0: machines - 1, machines - 1: 0}
        return ends.get(machine) if machines % 2 else None
    other = machine + 1 if machine % 2 == step else machine - 1
    if 0 <= other < machines:
        return other
    return None if machines % 2 else other % machines


def numbers(values: Sequence[int]) -> str:
    """A few of them, and how many more."""
    shown = ", ".join(map(str, values[:8]))
    return shown if len(values) <= 8 else f"{shown} and {len(values) - 8} more"


def tell(settings: Settings, message: str) -> None:
    """Print it, and write it where Kubernetes shows it, unless another process of this pod has said something there."""
    print(message, flush=True)
    place = Path(settings.says)
    with suppress(OSError):
        if not told(settings):
            place.write_bytes(message.encode()[:_MOST_SHOWN])


def told(settings: Settings) -> str:
    """What a process of this pod has said; empty where none has."""
    place = Path(settings.says)
    return place.read_text("utf-8", "replace") if place.exists() else ""
