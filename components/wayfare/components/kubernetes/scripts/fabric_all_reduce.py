"""All-reduces over the fabric and measures it: one process of a probe. Argument: `torch` or `jax`.

Started by `fabric_probe.py`, as many times on each machine as the framework wants processes there.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from fabric_figures import Measured, Refused, Settings, bus_gbps, tell, verdict
from fabric_frameworks import FRAMEWORKS, Framework

#: An all-reduce is repeated for about so many seconds, within these bounds.
_SECONDS, _LEAST, _MOST = 20.0, 3, 20


def timed(framework: Framework, act: Callable[[], object], times: int) -> Sequence[float]:
    """Seconds that each process took for one of them; all begin together."""
    framework.gathered(0.0)
    framework.done()
    began = time.perf_counter()
    for _ in range(times):
        act()
    framework.done()
    return framework.gathered((time.perf_counter() - began) / times)


def measure(framework: Framework, settings: Settings) -> Measured:
    """Connect, look whether the sum is right, and measure. Raises Refused where it is wrong."""
    framework.all_reduce()
    framework.done()
    if framework.total() != framework.members:
        raise Refused(
            f"fabric probe: {framework.members} ones add up to {framework.total():g}; what passes the fabric is spoilt"
        )
    # An all-reduce has ended when it has for the slowest.
    once = max(timed(framework, framework.all_reduce, 1))
    times = max(_LEAST, min(_MOST, int(_SECONDS / once)))
    seconds = max(timed(framework, framework.all_reduce, times))
    gbps = bus_gbps(settings.size, framework.members, framework.lanes, seconds)
    pairs = pairwise(framework, settings) if gbps < settings.wanted else None
    return Measured(gbps, framework.members, framework.lanes, settings.size, times, network(), pairs)


def pairwise(framework: Framework, settings: Settings) -> Mapping[int, float]:
    """By machine, the most that it reached with one of its two neighbours, Gbit/s: one that is slow with both is the
    cause, one that is slow with one of them has it beside it. Empty where the framework cannot say."""
    best: dict[int, float] = {}
    for step in range(3):
        took_part = framework.exchange(step)
        seconds = timed(framework, lambda step=step: framework.exchange(step), _LEAST)
        taking = framework.gathered(1.0 if took_part else 0.0)
        each = len(seconds) // settings.nodes
        for machine in range(settings.nodes):
            own = slice(machine * each, (machine + 1) * each)
            if all(taking[own]):
                gbps = each * settings.size * 8 / max(seconds[own]) / 1e9
                best[machine] = max(gbps, best.get(machine, 0.0))
    return best


def listen() -> None:
    """Have NCCL or RCCL write down which network it uses, unless the image has decided what they write."""
    if "NCCL_DEBUG" not in os.environ:
        os.environ.update(NCCL_DEBUG="INFO", NCCL_DEBUG_SUBSYS="INIT,NET", NCCL_DEBUG_FILE=f"{_notes()}%p")


def network() -> str:
    """Which one that is; empty where it was not written down."""
    with suppress(OSError):
        found = re.search(r"Using network (.+)", Path(f"{_notes()}{os.getpid()}").read_text("utf-8", "replace"))
        return found[1].strip() if found else ""
    return ""


def _notes() -> str:
    return str(Path(tempfile.gettempdir(), "wayfare-fabric-probe."))


def main() -> int:
    """Measure and tell. Gives the exit code: 0 where the training may start."""
    settings = Settings.read(os.environ)
    listen()
    try:
        framework = FRAMEWORKS[sys.argv[1]](settings)
        found = measure(framework, settings)
    except Refused as refused:
        tell(settings, str(refused))
        return 1
    except Exception as error:
        words = (str(error).splitlines() or [""])[0]
        tell(settings, f"fabric probe: {type(error).__name__}: {words}. Look at {settings.hint}")
        raise
    enough, line = verdict(settings, found)
    if framework.tells:
        tell(settings, line)
    framework.end()
    return 0 if enough else 1


if __name__ == "__main__":
    sys.exit(main())
