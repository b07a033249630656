"""The providers' servers on loopback, one for each package. Each can die and be revived, as a plugin's process can."""

import importlib.metadata
import logging
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor

import grpc
from pulumi.runtime.proto import provider_pb2_grpc

from wayfare.sandbox.clock import VirtualClock
from wayfare.sandbox.cloud import SandboxedCloud
from wayfare.sandbox.provider import Provider

_LOG = logging.getLogger(__name__)
_CALLS = 256
"""Calls of one package that may wait at the same time; the engine makes 4 for each processor unless told otherwise."""
_LARGEST_MESSAGE = 400 * 1024 * 1024
"""The engine's own limit on messages, bytes."""


class _Death:
    """The end of one server."""

    def __init__(self, server: grpc.Server) -> None:
        self._server, self._begun = server, threading.Event()
        self._ended: threading.Event | None = None

    def end(self) -> None:
        """End the server. Does not wait: a server that is waited for in one of its own threads never ends."""
        self._ended = self._server.stop(grace=0)
        self._begun.set()

    def wait(self) -> None:
        """Wait until its port is free."""
        self._begun.wait()
        if self._ended is not None:
            self._ended.wait()


class Providers:
    """The servers of a sandbox's packages."""

    def __init__(self, clouds: Mapping[str, SandboxedCloud], clock: VirtualClock) -> None:
        self._clouds, self._clock = clouds, clock
        self.ports: dict[str, int] = {}
        self._servers: dict[str, grpc.Server] = {}
        self._dead: dict[str, _Death] = {}
        self._lock = threading.Lock()

    @property
    def dead(self) -> list[str]:
        """Packages whose provider died and was not revived."""
        with self._lock:
            return sorted(self._dead)

    def listen(self, wanted: Mapping[str, int]) -> None:
        """Take calls for every package, on the wanted ports where they are free."""
        for package in self._clouds:
            try:
                self._serve(package, wanted.get(package, 0))
            except RuntimeError:
                self._serve(package, 0)

    def die(self, package: str) -> Callable[[], None]:
        """Count a package's provider as dead; what is returned ends its server, with every call that it is in.

        Its port is closed then, until it is revived.
        """
        with self._lock:
            _LOG.info("the provider of %s died", package)
            return self._dead.setdefault(package, _Death(self._servers[package])).end

    def revive(self) -> None:
        """Serve every package that died again, on its port. Raises RuntimeError where somebody else has taken it."""
        with self._lock:
            for package, death in list(self._dead.items()):
                death.wait()
                self._serve(package, self.ports[package])
                del self._dead[package]

    def close(self) -> None:
        """End every server."""
        for stopped in [server.stop(grace=2) for server in self._servers.values()]:
            stopped.wait()

    def _serve(self, package: str, port: int) -> None:
        options = [("grpc.so_reuseport", 0), ("grpc.max_receive_message_length", _LARGEST_MESSAGE)]
        server = grpc.server(ThreadPoolExecutor(_CALLS, thread_name_prefix=package), options=options)
        version = importlib.metadata.version(f"pulumi-{package}")
        servicer = Provider(self._clouds[package], self._clock, version, lambda: self.die(package))
        provider_pb2_grpc.add_ResourceProviderServicer_to_server(servicer, server)
        self.ports[package] = server.add_insecure_port(f"127.0.0.1:{port}")
        server.start()
        self._servers[package] = server
