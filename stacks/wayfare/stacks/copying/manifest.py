"""A manifest: every current object of a bucket with its size and its content's hash, as a file.

One object a line, as canonical JSON, by name in the order of code points. Its digest is of names, sizes and hashes
alone: two buckets have the same digest where they have the same objects, whichever way the hashes were come by.
"""

import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any


class By(StrEnum):
    """How an object's hash was come by."""

    STORE = "store"
    """The store knows it: it has computed it when the object was written."""
    READ = "read"
    """Its bytes were read for it."""


@dataclass(frozen=True, slots=True)
class Listed:
    """An object as a listing tells it."""

    name: str
    """As rclone spells it: control characters and the signs that stand for them are quoted by other signs."""
    size: int
    """In bytes."""
    md5: str | None
    """In hexadecimal, lower case; None where the store knows none. The one hash that all three stores know."""
    modified: str
    """The store's time of its last write, as it says it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An object of a manifest."""

    name: str
    size: int
    md5: str
    by: By
    modified: str

    @property
    def content(self) -> str:
        """What the digest is of."""
        return json.dumps([self.name, self.size, self.md5], ensure_ascii=False, separators=(",", ":"))

    @property
    def line(self) -> str:
        """The canonical line."""
        data = {"by": self.by, "md5": self.md5, "modified": self.modified, "name": self.name, "size": self.size}
        return json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


class ManifestTorn(ValueError):
    """A file is no whole manifest; the message says which and where."""


@dataclass(frozen=True)
class Manifest:
    """A manifest on disk. Its entries are read one by one."""

    path: Path
    objects: int
    bytes: int
    digest: str
    """SHA-256 of what it says of content, in hexadecimal."""

    def __iter__(self) -> Iterator[Entry]:
        with self.path.open(encoding="utf-8", newline="\n") as file:
            for line in file:
                yield _entry(json.loads(line))

    @classmethod
    def write(cls, path: Path, entries: Iterable[Entry]) -> "Manifest":
        """Write entries that come by name: whole, or not at all. Raises ManifestTorn where they do not."""
        made = path.with_name(f"{path.name}.{os.getpid()}.new")
        try:
            with made.open("w", encoding="utf-8", newline="\n") as file:
                result = cls._counted(path, _written(entries, file.write))
                file.flush()
                os.fsync(file.fileno())
            made.replace(path)
        finally:
            made.unlink(missing_ok=True)
        return result

    @classmethod
    def read(cls, path: Path) -> "Manifest":
        """A manifest that was written before. Raises ManifestTorn, or OSError where there is none."""

        def entries() -> Iterator[Entry]:
            with path.open(encoding="utf-8", newline="\n") as file:
                for number, line in enumerate(file, 1):
                    try:
                        entry = _entry(json.loads(line))
                    except (ValueError, KeyError, TypeError) as error:
                        raise ManifestTorn(f"{path}:{number}: no entry of a manifest") from error
                    if entry.line + "\n" != line:
                        raise ManifestTorn(f"{path}:{number}: not in its canonical form")
                    yield entry

        return cls._counted(path, entries())

    @classmethod
    def _counted(cls, path: Path, entries: Iterable[Entry]) -> "Manifest":
        digest, objects, size, last = hashlib.sha256(), 0, 0, None
        for entry in entries:
            if last is not None and entry.name <= last:
                raise ManifestTorn(f"{path}: {entry.name!r} comes after {last!r}")
            digest.update(entry.content.encode() + b"\n")
            objects, size, last = objects + 1, size + entry.size, entry.name
        return cls(path, objects, size, digest.hexdigest())


def _written(entries: Iterable[Entry], write: Any) -> Iterator[Entry]:
    for entry in entries:
        write(entry.line + "\n")
        yield entry


def _entry(data: Any) -> Entry:
    return Entry(str(data["name"]), int(data["size"]), str(data["md5"]), By(data["by"]), str(data["modified"]))
