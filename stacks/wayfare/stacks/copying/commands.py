"""What rclone is called with. Pure.

The flags are rclone's (rclone.org: "Documentation", and of each command). Nothing here deletes: `copy` never does.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from wayfare.stacks.copying.buckets import Bucket, Store

#: In no file: rclone keeps its configuration in memory where the path is empty.
_BASE = ("--config=", "--use-json-log", "--log-level=NOTICE")

#: One request for a thousand objects, whatever their folders. Not for a copy: it would keep the whole listing in
#: memory, and pass over names that begin with a slash.
_WHOLE = "--fast-list"

SOURCE, TARGET = "source", "target"
"""How rclone calls the two buckets."""

NAMED, FILTERED = "--files-from0", "--filter-from"
"""What says which objects, by a file: names that are each ended by NUL, or rules."""


@dataclass(frozen=True)
class Command:
    """One call of rclone."""

    what: str
    """What it does, for an error's message: `copying s3://a to gs://b`."""
    arguments: tuple[str, ...]
    environment: Mapping[str, str] = field(repr=False)
    """Beside the caller's own. Holds credentials."""


@dataclass(frozen=True)
class Pace:
    """How much at a time."""

    bandwidth: int | None = None
    """Bytes a second for a copy, and for each side of a proof; None for what the network carries."""
    transfers: int = 16
    """Objects that are copied at once."""
    checkers: int = 16
    """Objects that are compared, listed or read for their hash at once."""
    telling: float = 1.0
    """Seconds between two reports of progress."""
    tries: int = 10
    """How often a request is tried; between two of them rclone waits longer each time, for some seconds at most."""
    rounds: int = 3
    """How often the whole is gone through for what has failed."""

    def __post_init__(self) -> None:
        if self.bandwidth is not None and self.bandwidth <= 0:
            raise ValueError(f"{self.bandwidth} bytes a second move nothing")

    @property
    def flags(self) -> tuple[str, ...]:
        """The same for rclone, which takes a number without a unit for KiB."""
        limit = () if self.bandwidth is None else (f"--bwlimit={self.bandwidth}B",)
        tries = (f"--low-level-retries={self.tries}", f"--retries={self.rounds}")
        return (*limit, f"--transfers={self.transfers}", f"--checkers={self.checkers}", *tries)

    @property
    def reports(self) -> tuple[str, ...]:
        """Flags that have rclone report how far it is."""
        return (f"--stats={self.telling}s", "--stats-log-level=NOTICE")


def copy(source: Bucket, target: Bucket, pace: Pace, *, chosen: Sequence[str] = (), anew: bool = False) -> Command:
    """Copy what the target does not have, compared by size and hash; `anew`, whatever it has.

    `chosen`: flags that say which objects; see `named`.
    """
    compare = "--ignore-times" if anew else "--checksum"
    # A copy that was killed would leave a folder with files of other names; in place it is compared and written anew.
    inplace = ("--inplace",) if target.store is Store.FOLDER else ()
    return Command(
        f"copying {source} to {target}",
        (
            "copy",
            f"{SOURCE}:{source.path}",
            f"{TARGET}:{target.path}",
            *_BASE,
            compare,
            *inplace,
            *pace.flags,
            *pace.reports,
            *chosen,
        ),
        {**source.environment(SOURCE), **target.environment(TARGET)},
    )


def named(only: Path | None) -> tuple[str, ...]:
    """Flags for the objects in a file of names, each ended by NUL; None means all."""
    return () if only is None else (f"{NAMED}={only}",)


def listing(bucket: Bucket, pace: Pace) -> Command:
    """List every current object with its size, the time that the store says, and the MD5 that it knows.

    By what a listing holds alone: without `--use-server-modtime` rclone asks S3 for each object.
    """
    hashes = () if bucket.store is Store.FOLDER else ("--hash", "--hash-type=md5")
    flags = (_WHOLE, "--recursive", "--files-only", "--no-mimetype", "--use-server-modtime", *hashes, *pace.flags)
    return Command(
        f"listing {bucket}", ("lsjson", f"{SOURCE}:{bucket.path}", *_BASE, *flags), bucket.environment(SOURCE)
    )


def reading(bucket: Bucket, pace: Pace, only: Path | None) -> Command:
    """Read objects and compute their MD5 here; `only` is a file of names, each ended by NUL, and None means all."""
    flags = (*_BASE, _WHOLE, "--download", *pace.flags, *pace.reports, *named(only))
    return Command(
        f"reading {bucket}", ("hashsum", "md5", f"{SOURCE}:{bucket.path}", *flags), bucket.environment(SOURCE)
    )
