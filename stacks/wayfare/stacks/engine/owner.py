"""Whose lock a stack has, and whether that process is dead."""

import getpass
import os
import re
import socket
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import unquote, urlsplit

import psutil

#: How a backend of files or objects words it: "created by USER@HOST (pid 123) at 2026-11-25T02:07:00Z".
_WORDS = re.compile(r"created by (?P<user>\S+)@(?P<host>\S+) \(pid (?P<pid>\d+)\) at (?P<since>\S+)")

#: A process that began so much later than its lock is another one with the same number.
_SLACK = timedelta(seconds=5)


@dataclass(frozen=True)
class Owner:
    """The process that took a lock."""

    user: str
    host: str
    pid: int
    since: str
    """When, as the backend says it: RFC 3339."""

    @classmethod
    def here(cls) -> "Owner":
        """This process, from now on."""
        return cls(getpass.getuser(), socket.gethostname(), os.getpid(), f"{datetime.now(UTC):%FT%TZ}")

    @classmethod
    def parse(cls, words: str) -> "Owner | None":
        """From the engine's message; None where it names no process, as a hosted backend does not."""
        found = _WORDS.search(words)
        return cls(found["user"], found["host"], int(found["pid"]), found["since"]) if found else None

    def is_dead(self, *, shared: bool) -> bool:
        """Whether it is certain that the process has ended.

        `shared`: whether others than this machine's processes use the backend. Then nothing is certain: containers
        may have the same host name, and each its own processes.
        """
        if shared or self.host != socket.gethostname():
            return False
        began = _began(self.pid)
        return began is None or began > _moment(self.since) + _SLACK

    def __str__(self) -> str:
        return f"{self.user}@{self.host} (process {self.pid}) since {self.since}"


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def _began(pid: int) -> datetime | None:
    """When a process began; None when there is none of that number, or only its remains."""
    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return None
        return datetime.fromtimestamp(process.create_time(), UTC)
    except psutil.NoSuchProcess:
        return None


def is_shared(backend: str) -> bool:
    """Whether a backend's URL is one that other machines may use: all but files of this machine."""
    return directory_of(backend) is None


def directory_of(backend: str) -> Path | None:
    """The directory of a backend of files, written as `file:///srv/state` or `file://~`; None for any other."""
    url = urlsplit(backend)
    return Path(unquote(url.netloc + url.path)).expanduser() if url.scheme == "file" else None
