"""Real object stores of three kinds on loopback, each with new buckets on request."""

import os
import re
import secrets
import socket
import subprocess
import sys
import threading
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

from tests.copying.raw import Raw, RawAzure, RawGoogle, RawS3
from wayfare.stacks.copying import buckets, leash
from wayfare.stacks.copying.buckets import Bucket
from wayfare.stacks.copying.running import installed

#: Azurite's one account (Microsoft, "Use the Azurite emulator": a well-known key, of no other use).
ACCOUNT = "devstoreaccount1"
_ACCOUNT_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="


@dataclass(frozen=True)
class Made:
    """A bucket as Wayfare sees it, and by its store's own protocol."""

    bucket: Bucket
    raw: Raw


class Server(Protocol):
    """A store that makes buckets."""

    def make(self, name: str) -> Made:
        """A new bucket."""
        ...

    def named(self, name: str, credentials: Mapping[str, str] | None = None) -> Bucket:
        """A bucket of that name, which need not be there, with the account's credentials or others."""
        ...


@dataclass(frozen=True)
class S3Server:
    """`rclone serve s3`."""

    endpoint: str
    key_id: str
    secret: str

    def make(self, name: str) -> Made:
        raw = RawS3(self.endpoint, name, self.key_id, self.secret)
        raw.create()
        return Made(self.named(name), raw)

    def named(self, name: str, credentials: Mapping[str, str] | None = None) -> Bucket:
        own = {"access_key_id": self.key_id, "secret_access_key": self.secret}
        return buckets.s3(name, endpoint=self.endpoint, credentials=credentials or own)


@dataclass(frozen=True)
class AzureServer:
    """Azurite."""

    endpoint: str

    def make(self, name: str) -> Made:
        raw = RawAzure(self.endpoint, ACCOUNT, _ACCOUNT_KEY, name)
        raw.create()
        return Made(self.named(name), raw)

    def named(self, name: str, credentials: Mapping[str, str] | None = None) -> Bucket:
        return buckets.azure(ACCOUNT, name, endpoint=self.endpoint, credentials=credentials or {"key": _ACCOUNT_KEY})


@dataclass(frozen=True)
class GoogleServer:
    """fake-gcs-server. It asks for no credentials."""

    endpoint: str

    def make(self, name: str) -> Made:
        raw = RawGoogle(self.endpoint, name)
        raw.create()
        return Made(self.named(name), raw)

    def named(self, name: str, credentials: Mapping[str, str] | None = None) -> Bucket:
        return buckets.google(name, endpoint=self.endpoint, credentials=credentials or buckets.ANONYMOUS)


@contextmanager
def s3_server(directory: Path, *, hashes: bool = True) -> Generator[S3Server]:
    """An S3 server; without `hashes` it tells no MD5 of any object, as S3 does of those in parts or under a KMS key."""
    directory.mkdir()
    key_id, secret = f"AK{secrets.token_hex(9)}", secrets.token_hex(20)
    command = [str(installed()), "serve", "s3", "--addr=127.0.0.1:0", "--config=", str(directory)]
    command += [] if hashes else ["--etag-hash="]
    # Not among the arguments: everybody on the machine could read it there.
    keys = {"RCLONE_AUTH_KEY": f'"{key_id},{secret}"'}
    with started(command, r"Starting s3 server on \[(http://127\.0\.0\.1:\d+)/\]", keys) as found:
        yield S3Server(found[1], key_id, secret)


@contextmanager
def azure_server(program: tuple[str, ...], directory: Path) -> Generator[AzureServer]:
    """A blob service on disk, of one account."""
    directory.mkdir()
    port = _free_port()
    command = [*program, "--blobHost=127.0.0.1", f"--blobPort={port}", f"--location={directory}"]
    command += ["--skipApiVersionCheck", "--disableTelemetry", "--silent"]
    with started(command, r"successfully listens on (http://127\.0\.0\.1:\d+)") as found:
        yield AzureServer(f"{found[1]}/{ACCOUNT}")


@contextmanager
def google_server(program: tuple[str, ...], directory: Path) -> Generator[GoogleServer]:
    """A server of Cloud Storage's JSON API on disk."""
    directory.mkdir()
    endpoint = f"127.0.0.1:{_free_port()}"
    command = [*program, "-scheme=http", "-host=127.0.0.1", f"-port={endpoint.rpartition(':')[2]}"]
    command += [f"-public-host={endpoint}", "-backend=filesystem", f"-filesystem-root={directory}"]
    with started(command, r"server started at (http://127\.0\.0\.1:\d+)") as found:
        yield GoogleServer(found[1])


@contextmanager
def started(
    command: list[str], ready: str, environment: Mapping[str, str] | None = None, told: list[str] | None = None
) -> Generator[re.Match[str]]:
    """A program that has said that it is ready; it ends with this block, and with this process however that ends.

    `told` gets the lines until then.
    """
    own = {key: value for key, value in os.environ.items() if not key.startswith("RCLONE_")}
    reading, writing = os.pipe()
    with subprocess.Popen(
        [sys.executable, "-I", "-S", str(leash.__file__), str(reading), "5", *command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        pass_fds=(reading,),
        env={**own, **(environment or {})},
        start_new_session=True,
    ) as process:
        os.close(reading)
        assert process.stdout is not None
        reader = threading.Thread(target=_drain, args=(process.stdout,))
        try:
            found = _awaited(process.stdout, ready, [] if told is None else told)
            reader.start()
            yield found
        finally:
            os.close(writing)  # which ends it
            if reader.ident is not None:
                reader.join()


def _awaited(output: IO[str], ready: str, said: list[str]) -> re.Match[str]:
    for line in output:
        said.append(line)
        if found := re.search(ready, line):
            return found
    raise AssertionError(f"it ended without {ready}: {''.join(said)}")


def _drain(output: IO[str]) -> None:
    """What a server says later nobody reads, and it must not wait for that."""
    for _ in output:
        pass


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]
