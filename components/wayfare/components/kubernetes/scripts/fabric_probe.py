"""Tries the fabric between the machines of a training before it starts. Ends with 0 where the training may start.

Runs in an init container of every pod, with the workload's own image. Machines meet first, so that one that does not
come is told by its number; then every machine starts the processes that all-reduce (`fabric_all_reduce.py`).
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import ExitStack, suppress
from importlib.util import find_spec
from pathlib import Path

from fabric_figures import Refused, Settings, numbers, tell, told

_WORKER = str(Path(__file__).with_name("fabric_all_reduce.py"))
_TOGETHER = b"together\n"
#: Seconds that a machine which has come may take to say which one it is.
_PATIENCE = 10.0


def chosen(settings: Settings) -> str:
    """The framework to all-reduce with. Raises Refused where the image lacks it."""
    wanted = ("torch", "jax") if settings.framework == "auto" else (settings.framework,)
    if settings.each == "chip":
        # No launcher of PyTorch/XLA fits every image; the links of a TPU are the same for whoever uses them.
        if "jax" not in wanted:
            raise Refused("fabric probe: TPUs are tried by jax; the blueprint's workload says `framework: torch`")
        wanted = ("jax",)
    found = next((name for name in wanted if find_spec(name) is not None), None)
    if found is None:
        lacks = "neither torch nor jax" if len(wanted) > 1 else f"no {' '.join(wanted)}"
        raise Refused(
            f"fabric probe: this image's Python has {lacks}; to start the training untried, write `probe: off` into "
            "the blueprint's workload"
        )
    return found


def meet(settings: Settings) -> None:
    """Wait until all machines are there. Raises Refused, with the numbers of those that are not, after a while."""
    until = time.monotonic() + settings.wait
    if settings.node == 0:
        _receive(settings, until)
    else:
        _come(settings, until)


def _receive(settings: Settings, until: float) -> None:
    """The first machine: note who comes, and tell them all."""
    there: dict[int, socket.socket] = {}
    with ExitStack() as stack:
        listener = stack.enter_context(socket.create_server((settings.bind, settings.port), backlog=settings.nodes))
        while len(there) < settings.nodes - 1:
            listener.settimeout(max(0.0, until - time.monotonic()))
            try:
                guest = stack.enter_context(listener.accept()[0])
            except OSError:
                break
            guest.settimeout(_PATIENCE)
            with suppress(OSError, ValueError):
                there[int(guest.makefile("rb").readline())] = guest
        absent = [node for node in range(1, settings.nodes) if node not in there]
        said = _absent(settings, absent) if absent else ""
        for guest in there.values():
            with suppress(OSError):
                guest.sendall(said.encode() or _TOGETHER)
        if absent:
            raise Refused(said)


def _absent(settings: Settings, absent: list[int]) -> str:
    return (
        f"fabric probe: {len(absent)} of {settings.nodes} machines did not come within {settings.wait:g} seconds: "
        f"{numbers(absent)} (by the job's index); look at their pods' events"
    )


def _come(settings: Settings, until: float) -> None:
    """Any other machine: say that it is there, and wait for the others."""
    while True:
        try:
            # Its name is not known, and nobody answers there, before the first machine's pod is up.
            host = socket.create_connection((settings.first, settings.port), timeout=_PATIENCE)
            break
        except OSError as error:
            if time.monotonic() >= until:
                raise Refused(
                    f"fabric probe: machine {settings.node} did not reach the first one, {settings.first}, within "
                    f"{settings.wait:g} seconds: {error}"
                ) from error
            time.sleep(settings.pause)
    said = b""
    with host, suppress(OSError):
        host.sendall(b"%d\n" % settings.node)
        # The first machine ends its waiting by itself.
        host.settimeout(settings.wait + _PATIENCE)
        said = host.makefile("rb").read()
    if said != _TOGETHER:
        raise Refused(said.decode() or "fabric probe: the first machine went away; see what its pod says")


def command(settings: Settings, framework: str) -> list[str]:
    """What starts this machine's processes: one for each accelerator with PyTorch, one for all of them with JAX."""
    if framework == "jax":
        return [sys.executable, _WORKER, framework]
    return [
        *(sys.executable, "-m", "torch.distributed.run"),
        f"--nnodes={settings.nodes}",
        f"--node_rank={settings.node}",
        f"--nproc_per_node={settings.processes}",
        f"--master_addr={settings.first}",
        f"--master_port={settings.port + 1}",
        *(_WORKER, framework),
    ]


def run(settings: Settings, framework: str) -> int:
    """Start them and wait for their end. Gives the exit code; raises Refused where nothing came of it."""
    # What torchrun reads for the training would otherwise be read for the probe as well.
    own = {name: value for name, value in os.environ.items() if not name.startswith("PET_")}
    process = subprocess.Popen(command(settings, framework), env=own, start_new_session=True)  # noqa: S603 - ours
    try:
        code = process.wait(timeout=settings.limit)
    except subprocess.TimeoutExpired:
        raise Refused(
            f"fabric probe: the all-reduce did not end within {settings.limit:g} seconds; a link may be down, or "
            f"machines do not reach each other. Look at {settings.hint}"
        ) from None
    finally:
        with suppress(OSError):
            os.killpg(process.pid, signal.SIGKILL)
    if code and not told(settings):
        raise Refused(
            f"fabric probe: the all-reduce ended with {code}; the pod's log says why. Look at {settings.hint}"
        )
    return code


def main() -> int:
    """The whole probe. Gives the exit code: 0 where the training may start."""
    settings = Settings.read(os.environ)
    try:
        framework = chosen(settings)
        meet(settings)
        if run(settings, framework):
            # Once more, below what launcher and libraries have written since.
            print(told(settings), flush=True)
            return 1
    except Refused as refused:
        tell(settings, str(refused))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
