"""The sandbox's process: four providers and the control interface, on loopback.

`process.start` starts it. What it listens on is written to `process.json`; the ports of the last time are taken again
where they are free, so that a shell's environment holds.
"""

import importlib
import json
import logging
import os
import secrets
import signal
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

from wayfare.components.catalog import Catalog, shipped_catalog
from wayfare.sandbox import process
from wayfare.sandbox.behaviour import Behaviour
from wayfare.sandbox.clock import QUIET, START, VirtualClock
from wayfare.sandbox.cloud import SandboxedCloud
from wayfare.sandbox.control import KUBERNETES, Control, http_server
from wayfare.sandbox.copies.keeper import Copies
from wayfare.sandbox.ledger import Ledger
from wayfare.sandbox.listening import Providers
from wayfare.sandbox.packages import PACKAGES
from wayfare.sandbox.reach import CLUSTERS
from wayfare.sandbox.schema import Schemas
from wayfare.sandbox.store import Store
from wayfare.sandbox.timers import Timers
from wayfare.sandbox.training.keeper import Trainings

if TYPE_CHECKING:
    # It brings what makes keys and certificates, for which a sandbox without a real Kubernetes does not wait.
    from wayfare.sandbox.planes.planes import Planes

_LOG = logging.getLogger(__name__)


def behaviours() -> Mapping[str, Behaviour]:
    """Every cloud's behaviour, by package."""
    return {
        package: importlib.import_module(f"wayfare.sandbox.clouds.{row.module}").BEHAVIOUR
        for package, row in PACKAGES.items()
    }


@dataclass
class Server:
    """A running sandbox."""

    directory: Path
    store: Store
    clock: VirtualClock
    clouds: Mapping[str, SandboxedCloud]
    providers: Providers
    control: Control
    token: str
    trainings: Trainings
    copies: Copies
    planes: "Planes | None" = None
    ended: threading.Event = field(default_factory=threading.Event)
    ports: dict[str, int] = field(default_factory=dict[str, int])
    _http: ThreadingHTTPServer | None = None

    def listen(self, wanted: Mapping[str, int]) -> None:
        """Take calls, on the wanted ports where they are free."""
        self.providers.listen(wanted)
        self.ports.update(self.providers.ports)
        try:
            self._http = http_server(self.control, self.token, ("127.0.0.1", wanted.get("control", 0)))
        except OSError:
            self._http = http_server(self.control, self.token, ("127.0.0.1", 0))
        self.ports["control"] = self._http.server_address[1]
        # The interval, in seconds, is how long `close` has to wait for the thread.
        threading.Thread(target=self._http.serve_forever, args=(0.05,), name="control", daemon=True).start()
        threading.Thread(target=self.clock.run, name="clock", daemon=True).start()

    def close(self) -> None:
        """End every call and every thread."""
        self.clock.stop()
        # Before the providers: a call that waits for the end of what stands for pods waits no more.
        self.trainings.close()
        self.copies.close()
        self.providers.close()
        if self._http is not None:
            self._http.shutdown()
            self._http.server_close()
        if self.planes is not None:
            self.planes.close()
        self.store.close()


def make_server(
    directory: Path,
    known: Mapping[str, Behaviour] | None = None,
    catalog: Catalog | None = None,
    quiet: float = QUIET,
    cache: Path | None = None,
    kubernetes: Path | None = None,
) -> Server:
    """A sandbox over a directory, not listening yet. Its parts can be given, for tests.

    `kubernetes`: the programs of a real Kubernetes, for a control plane behind each cluster; None for none.
    """
    store = Store(directory)
    _refuse_other_kind(store, real=kubernetes is not None)
    planes = None if kubernetes is None else _planes(store, kubernetes)
    known = known or behaviours()

    def moved(elapsed: float) -> None:
        passed = [START + timedelta(seconds=each) for each in (float(store.meta("elapsed", "0")), elapsed)]
        with store.transaction():
            timers.ring(*passed)
            store.set_meta("elapsed", repr(elapsed))

    clock = VirtualClock(elapsed=float(store.meta("elapsed", "0")), quiet=quiet, moved=moved)
    ledger = Ledger(store, shipped_catalog() if catalog is None else catalog)
    timers = Timers(known, store, ledger, clock)
    trainings = Trainings(store, lambda: clock.elapsed, planes)
    copies = Copies(store, lambda: clock.elapsed, real=kubernetes is not None)
    clouds = {
        package: SandboxedCloud(behaviour, Schemas(package, cache), store, ledger, clock, planes, trainings, copies)
        for package, behaviour in known.items()
    }
    ended = threading.Event()
    providers = Providers(clouds, clock)
    control = Control(store, ledger, clock, ended.set, clouds, providers, trainings, copies, planes)
    return Server(
        directory, store, clock, clouds, providers, control, _token(directory), trainings, copies, planes, ended
    )


def _planes(store: Store, kubernetes: Path) -> "Planes":
    from wayfare.sandbox.planes.planes import Planes

    return Planes(store, kubernetes)


def _refuse_other_kind(store: Store, *, real: bool) -> None:
    """A cluster is made with a real control plane or without one, and stays so. Raises `SandboxFailed`."""
    was = store.meta(KUBERNETES)
    wanted = "real" if real else "recorded"
    if was != wanted and any(store.resources(token=token) for token in CLUSTERS) and (was or real):
        store.close()
        raise process.SandboxFailed(
            "the sandbox's clusters have real control planes: start it with --kubernetes, or reset it"
            if was == "real"
            else "the sandbox has clusters without real control planes: destroy them, or reset it without --kubernetes"
        )
    store.set_meta(KUBERNETES, wanted)


def _token(directory: Path) -> str:
    """The control interface's token, made once; only its owner can read it."""
    return process.secret_file(directory / "token", secrets.token_urlsafe(32))


def main(directory: Path, ready: int, kubernetes: Path | None = None) -> None:
    """Serve until told to stop.

    `ready`: a file descriptor that is written to once calls are taken; `kubernetes`: see `make_server`.
    """
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    with process.alive(directory):
        server = make_server(directory, kubernetes=kubernetes)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda _number, _frame: server.ended.set())
        if server.planes is not None:
            server.planes.follow()
        if server.trainings.wanted:
            server.trainings.begin()
        server.copies.begin(server.clouds)
        server.listen(process.last_ports(directory))
        process.write_record(directory, server.ports, server.clouds["gcp"].behaviour.account.get("project", ""))
        with os.fdopen(ready, "w", encoding="utf-8") as pipe:
            pipe.write(json.dumps({"ready": True}))
        _LOG.info("listening on %s", server.ports)
        server.ended.wait()
        server.close()
        process.remove_record(directory)
