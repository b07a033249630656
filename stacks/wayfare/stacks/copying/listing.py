"""Taking a bucket's manifest: what its listing tells, and the bytes of those objects of which it tells no hash."""

import json
import shutil
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from wayfare.stacks.copying import commands
from wayfare.stacks.copying.buckets import Bucket
from wayfare.stacks.copying.commands import Pace
from wayfare.stacks.copying.events import Report
from wayfare.stacks.copying.failures import CopyFailed, Kind
from wayfare.stacks.copying.manifest import By, Entry, Listed, Manifest
from wayfare.stacks.copying.running import Rclone
from wayfare.stacks.copying.sorting import sorted_lines

#: Between the fields of a line that is sorted: below every sign of a name, which therefore comes before longer ones.
#: rclone spells a name with it otherwise.
_FIELD = "\0"


def listed(rclone: Rclone, bucket: Bucket, scratch: Path, pace: Pace | None = None) -> Iterator[Listed]:
    """Every current object by name. Raises CopyFailed. What does not fit into memory is kept in `scratch` meanwhile."""
    found = rclone.lines(commands.listing(bucket, pace or Pace()))
    lines = (_FIELD.join(_fields(each)) for each in _objects(found))
    return map(_listed, sorted_lines(lines, scratch))


def taken(
    rclone: Rclone,
    bucket: Bucket,
    path: Path,
    pace: Pace | None = None,
    report: Report | None = None,
    *,
    all: bool = False,
) -> Manifest:
    """Write the manifest of a bucket to `path`. Raises CopyFailed, RcloneMissing, or Interrupted.

    Reads the bytes of those objects alone of which the store tells no MD5, or of `all`.
    """
    with scratched(path) as scratch:
        kept, unknown = scratch / "listed", _ToRead(scratch / "names")
        _keep(listed(rclone, bucket, scratch, pace), kept, unknown, all)
        hashes: Iterator[str] = iter(())
        if unknown.count:
            found = rclone.lines(commands.reading(bucket, pace or Pace(), unknown.only), report)
            hashes = sorted_lines((_FIELD.join(_hash(line)) for line in found), scratch)
        with kept.open(encoding="utf-8", newline="\n") as file:
            return Manifest.write(path, _joined(map(_listed, file), hashes, bucket))


def _keep(objects: Iterable[Listed], kept: Path, unknown: "_ToRead", all: bool) -> None:
    """Write the listing down, and which objects of it are to be read."""
    with (
        kept.open("w", encoding="utf-8", newline="\n") as file,
        unknown.names.open("w", encoding="utf-8", newline="") as names,
    ):
        for each in objects:
            known = None if all else each.md5
            file.write(_FIELD.join((each.name, str(each.size), known or "", each.modified)) + "\n")
            if known is None:
                names.write(each.name + "\0")
                unknown.count += 1
                unknown.nameable &= nameable(each.name)
            else:
                unknown.others += 1


@contextmanager
def scratched(path: Path) -> Generator[Path]:
    """A folder beside a file, for what it is made of; what a killed one has left there goes away first."""
    scratch = path.with_name(f".{path.name}.scratch")
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    try:
        yield scratch
    finally:
        shutil.rmtree(scratch)


def _objects(lines: Iterable[str]) -> Iterator[dict[str, object]]:
    """`lsjson` writes a list with one object a line."""
    for line in lines:
        if line.startswith("{"):
            yield json.loads(line.removesuffix(","))


def _fields(told: dict[str, object]) -> tuple[str, str, str, str]:
    hashes = told.get("Hashes")
    md5 = str(hashes.get("md5", "")) if isinstance(hashes, dict) else ""  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]
    return str(told["Path"]), str(told["Size"]), md5, str(told["ModTime"])


def _hash(line: str) -> tuple[str, str]:
    """`hashsum` writes hash, two spaces, name."""
    md5, _, name = line.partition("  ")
    return name, md5


def _listed(line: str) -> Listed:
    name, size, md5, modified = line.removesuffix("\n").split(_FIELD)
    return Listed(name, int(size), md5 or None, modified)


def _joined(objects: Iterable[Listed], hashes: Iterator[str], bucket: Bucket) -> Iterator[Entry]:
    """Listing and hashes, both by name. Hashes that nobody asked for are passed over."""
    name, md5 = "", ""
    for each in objects:
        if each.md5 is not None:
            yield Entry(each.name, each.size, each.md5, By.STORE, each.modified)
            continue
        while name < each.name and (line := next(hashes, None)) is not None:
            name, md5 = line.split(_FIELD)
        if name != each.name:
            raise CopyFailed(Kind.CHANGED, f"reading {bucket}", [f"{each.name}: it was listed, and not found then"])
        yield Entry(each.name, each.size, md5, By.READ, each.modified)


@dataclass
class _ToRead:
    """Which objects are to be read."""

    names: Path
    """A file of them, each ended by NUL."""
    count: int = 0
    others: int = 0
    """Objects that are not to be read."""
    nameable: bool = True

    @property
    def only(self) -> Path | None:
        """The file; None for all objects: all are wanted, or rclone would not find one of them by its name."""
        return self.names if self.others and self.nameable else None


def nameable(name: str) -> bool:
    """Whether rclone finds an object by a file of names: it takes slashes off their ends (`--files-from0`)."""
    return not name.startswith("/") and not name.endswith("/")
