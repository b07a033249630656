"""Two manifests held against each other. Pure, and one pass over both: neither is in memory."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from wayfare.stacks.copying.manifest import By, Entry, Listed

_Other = TypeVar("_Other", Entry, Listed)


class Verdict(StrEnum):
    """What became of an object."""

    SAME = "same"
    MISSING = "missing"
    """The target does not have it."""
    DIFFERING = "differing"
    """The target has other bytes under its name."""
    EXTRA = "extra"
    """The target has it, and the source does not."""
    LATE = "late"
    """It was written to the source, or taken from it, after the source's manifest."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What is true of one name."""

    name: str
    verdict: Verdict
    size: int
    """Bytes on the source; on the target, where it is extra."""
    by: tuple[By, By] | None = None
    """How source's and target's hash were come by, where both have it."""


def compared(source: Iterable[Entry], target: Iterable[Entry]) -> Iterator[Finding]:
    """Every name of either, in order. Both come by name, each name once."""
    for wanted, found in _paired(source, target):
        if wanted is not None and found is not None:
            same = (wanted.size, wanted.md5) == (found.size, found.md5)
            verdict = Verdict.SAME if same else Verdict.DIFFERING
            yield Finding(wanted.name, verdict, wanted.size, (wanted.by, found.by))
        elif wanted is not None:
            yield Finding(wanted.name, Verdict.MISSING, wanted.size)
        elif found is not None:
            yield Finding(found.name, Verdict.EXTRA, found.size)


def late(manifest: Iterable[Entry], now: Iterable[Listed]) -> Iterator[Finding]:
    """What a second listing of the source shows to have been written or deleted since its manifest.

    Where the store tells a hash, it is the hash that counts. Where it tells none, another time of writing is enough to
    call an object late: its bytes are not known.
    """
    for then, each in _paired(manifest, now):
        if each is not None and (then is None or _changed(then, each)):
            yield Finding(each.name, Verdict.LATE, each.size)
        elif then is not None and each is None:
            yield Finding(then.name, Verdict.LATE, then.size)


def _changed(then: Entry, now: Listed) -> bool:
    if now.md5 is not None:
        return (now.size, now.md5) != (then.size, then.md5)
    return (now.size, now.modified) != (then.size, then.modified)


def _paired(left: Iterable[Entry], right: Iterable[_Other]) -> Iterator[tuple[Entry | None, _Other | None]]:
    """The two with the same name together, and alone where the other side has none."""
    ones, others = iter(left), iter(right)
    one, other = next(ones, None), next(others, None)
    while one is not None or other is not None:
        if other is None or (one is not None and one.name < other.name):
            yield one, None
            one = next(ones, None)
        elif one is None or other.name < one.name:
            yield None, other
            other = next(others, None)
        else:
            yield one, other
            one, other = next(ones, None), next(others, None)
