"""Where the blueprint is that another one extends: a file beside it, or one in a git repository at a revision.

    extends: ../base/h100.yaml
    extends: {git: https://git.example/blueprints, revision: <40 hex digits>, path: h100.yaml, digest: sha256:…}

A revision is a commit, which never changes, and the digest is of the file's bytes: what was reviewed is what is read.
Each revision is fetched once, into the user's cache.
"""

import hashlib
import os
import posixpath
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import platformdirs
from pydantic import JsonValue

from wayfare.blueprints.files import read_bytes, read_file
from wayfare.blueprints.layers import is_mapping
from wayfare.blueprints.problems import show
from wayfare.blueprints.source import MAX_BYTES, Source

#: Seconds that a fetch may take.
_PATIENCE = 120

_COMMIT = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
#: What git may fetch by: never `ext::`, which runs a command.
_PROTOCOLS = "https:ssh:file"
_KEYS = ("git", "revision", "path", "digest")


class NotHad(Exception):
    """What is extended is not to be had."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message, self.hint = message, hint


class Place(Protocol):
    """Where a blueprint is."""

    def __str__(self) -> str:
        """As a person finds it again; the same for the same file."""
        ...

    def read(self) -> Source:
        """What stands there. Raises NotHad."""
        ...

    def beside(self, path: str) -> "Place":
        """Where a path leads that is written there. Raises NotHad."""
        ...


@dataclass(frozen=True)
class File:
    """A file of this machine."""

    path: Path

    def __str__(self) -> str:
        """Its path."""
        return str(self.path)

    def read(self) -> Source:
        """What stands there; what is wrong with it is told there."""
        return read_file(self.path)

    def beside(self, path: str) -> "File":
        """Another file."""
        return File(Path(os.path.normpath(self.path.parent / path)))


@dataclass(frozen=True)
class Committed:
    """A file in a git repository, at a revision."""

    url: str
    revision: str
    path: str
    digest: str = ""
    """`sha256:` and hex digits; empty for one that another file of the same revision names."""

    def __str__(self) -> str:
        """`URL@REVISION:PATH`."""
        return f"{self.url}@{self.revision}:{self.path}"

    def read(self) -> Source:
        """What stands there. Raises NotHad."""
        data = _blob(_repository(self.url, self.revision), self)
        found = f"sha256:{hashlib.sha256(data).hexdigest()}"
        if self.digest and found != self.digest:
            raise NotHad(
                f"{self} is {found}, and not {self.digest}", "look at what it says, then write its digest here"
            )
        return read_bytes(data, str(self))

    def beside(self, path: str) -> "Committed":
        """Another file of the same revision. Raises NotHad for a path that leads out of the repository."""
        joined = posixpath.normpath(posixpath.join(posixpath.dirname(self.path), path))
        if joined.startswith(("../", "/")) or joined == "..":
            raise NotHad(f"{show(path)} leads out of {self.url}", "name another repository by git, revision and path")
        return Committed(self.url, self.revision, joined)


def place(wanted: JsonValue, at: Place) -> Place:
    """Where `extends` leads. Raises NotHad for what leads nowhere."""
    if isinstance(wanted, str) and wanted:
        return at.beside(wanted)
    if not is_mapping(wanted):
        raise NotHad("must be a path, or {git, revision, path, digest}")
    for key in wanted:
        if key not in _KEYS:
            raise NotHad(f"unknown key {show(key)}", f"known here: {', '.join(_KEYS)}")
    said = {key: wanted.get(key) for key in _KEYS}
    if missing := [key for key, value in said.items() if not isinstance(value, str) or not value]:
        raise NotHad(f"{' and '.join(missing)} must be given as text", "a revision may look like a number: quote it")
    url, revision, path, digest = (str(said[key]) for key in _KEYS)
    if url.startswith("-") or "::" in url:
        raise NotHad(f"{show(url)} is no URL of a git repository", "such as https://git.example/platform/blueprints")
    if not _COMMIT.fullmatch(revision):
        raise NotHad(f"{show(revision)} is not a commit's id in full", "git rev-parse NAME tells it: branches move")
    if not _DIGEST.fullmatch(digest):
        raise NotHad(f"{show(digest)} is not sha256: and 64 hex digits", "sha256sum of the file tells them")
    return replace(Committed(url, revision, "").beside(path), digest=digest)


def _repository(url: str, revision: str) -> Path:
    """A bare repository that has a commit; fetched where it is not there yet. Raises NotHad."""
    root = platformdirs.user_cache_path("wayfare") / "blueprints"
    there = root / hashlib.sha256(url.encode()).hexdigest()[:16] / revision
    if there.is_dir():
        return there
    there.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    made = Path(tempfile.mkdtemp(prefix=".fetching-", dir=there.parent))
    try:
        _git(made, "init", "--quiet", "--bare")
        _git(made, "fetch", "--quiet", "--depth=1", "--no-tags", "--no-write-fetch-head", "--", url, revision)
        try:
            made.rename(there)
        except OSError:
            # Another process came first, with the same.
            if not there.is_dir():
                raise
    except _Failed as failed:
        raise NotHad(
            f"{url} does not give commit {revision}: {failed}",
            "see that it is there and that `git fetch` may read it without asking",
        ) from None
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return there


def _blob(repository: Path, wanted: Committed) -> bytes:
    name = f"{wanted.revision}:{wanted.path}"
    try:
        size = int(_git(repository, "cat-file", "-s", name))
        if size > MAX_BYTES:
            raise NotHad(f"{wanted} has more than {MAX_BYTES // 1024} KiB")
        return _git(repository, "cat-file", "blob", name)
    except _Failed:
        raise NotHad(f"there is no file {show(wanted.path)} in {wanted.url} at {wanted.revision}") from None


class _Failed(Exception):
    """git has failed, with these words."""


def _git(repository: Path, *arguments: str) -> bytes:
    environment = {**os.environ, "GIT_ALLOW_PROTOCOL": _PROTOCOLS, "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
    # Another repository's variables, as in a hook of it, are not meant.
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
        environment.pop(name, None)
    command = ["git", "-C", str(repository), *arguments]
    try:
        return subprocess.run(command, env=environment, check=True, capture_output=True, timeout=_PATIENCE).stdout  # noqa: S603 - no shell
    except FileNotFoundError:
        raise _Failed("git is not installed") from None
    except subprocess.TimeoutExpired:
        raise _Failed(f"no answer within {_PATIENCE} s") from None
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode(errors="replace").strip().splitlines() or [f"git ended with {error.returncode}"]
        raise _Failed(said[-1]) from None
