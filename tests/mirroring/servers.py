"""A registry on loopback."""

import os
import re
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.copying.servers import started
from wayfare.stacks.mirroring.signing import Credentials


@dataclass(frozen=True)
class Served:
    """A registry that runs."""

    host: str
    known: Credentials | None
    """What it lets in; None: everybody."""
    blobs: Path
    """Where it keeps them."""


@contextmanager
def registry(program: Path, directory: Path, *, guarded: bool) -> Generator[Served]:
    """Run one, for as long as the context is. A guarded one makes up a password, and says it once."""
    settings = directory / "config.yml"
    lines = [
        "version: 0.1",
        "log: {level: info, formatter: json}",
        f"storage: {{filesystem: {{rootdirectory: {directory / 'kept'}}}}}",
        "http: {addr: '127.0.0.1:0'}",
        *([f"auth: {{htpasswd: {{realm: images, path: {directory / 'passwords'}}}}}"] if guarded else []),
    ]
    settings.write_text("\n".join(lines), encoding="utf-8")
    # Nothing of a developer's shell sets it up otherwise.
    emptied = {key: "" for key in os.environ if key.startswith(("REGISTRY_", "OTEL_"))}
    quiet = {**emptied, "OTEL_TRACES_EXPORTER": "none"}
    told: list[str] = []
    with started([str(program), "serve", str(settings)], r"listening on (127\.0\.0\.1:\d+)", quiet, told) as found:
        password = next((said[1] for line in told if (said := re.search(r'"password":"([^"]+)"', line))), None)
        known = Credentials("docker", password) if password is not None else None
        yield Served(found[1], known, directory / "kept" / "docker" / "registry" / "v2" / "blobs")
