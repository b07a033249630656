"""A bucket's objects shared out over copies that run side by side: as rclone's filters, each object in one share. Pure.

A share is a list of beginnings of names, whatever their folders. Whoever takes the first share also takes what is in no
other: what nobody knew of when the shares were made, and what no rule can name. rclone.org, "Filtering".
"""

import heapq
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import takewhile

#: Bytes of all filters: they are kept in one ConfigMap, which may have 1 MiB (Kubernetes, "ConfigMaps") with all else
#: that is in it.
MOST_BYTES = 700_000

#: What an object weighs besides its bytes: in the time of its requests, some tenths of a second of 16 at a time, about
#: a megabyte flows. Assumed, so that a folder of small objects is shared out too.
EACH = 1_000_000

#: The heaviest beginning is a share's part by so many: finer is more even, and longer.
_PARTS = 8

#: What has a meaning in rclone's patterns.
_SPECIAL = frozenset("*?[]{}\\,")


@dataclass
class _Node:
    """A beginning that names have in common, while their list is gone through."""

    prefix: str
    weight: int = 0
    parts: list[tuple[str, int]] = field(default_factory=list[tuple[str, int]])
    """Of it, the beginnings that are light enough, with their weight."""


def shared(objects: Callable[[], Iterable[tuple[str, int]]], count: int, most: int = MOST_BYTES) -> tuple[str, ...]:
    """Filters for so many copies at most, each the text of a file for `--filter-from`; one of a single copy is empty.

    `objects` lists (name, bytes), names with a common beginning next to each other; it is gone through twice.
    """
    total = sum(size + EACH for _, size in objects())
    parts = _parts(objects(), max(EACH, total // (count * _PARTS)))
    parts.sort(key=lambda part: (-part[1], part[0]))
    # What does not fit stays with the first share.
    room, kept = most, list[tuple[str, int]]()
    for prefix, weight in parts:
        # At most twice: taken by its own share, left out by the first.
        room -= 2 * len(_rule("+", prefix).encode())
        if room < 0:
            break
        kept.append((prefix, weight))
    return _filters(_dealt(kept, count, total - sum(weight for _, weight in kept)))


def _parts(objects: Iterable[tuple[str, int]], most: int) -> list[tuple[str, int]]:
    """The shortest beginnings that weigh no more than `most`, as far as there are such. None is another's beginning."""
    path = [_Node("")]
    for name, size in objects:
        stem = _stem(name)
        common = _common(stem, path[-1].prefix)
        while len(path[-1].prefix) > common:
            closed = path.pop()
            if len(path[-1].prefix) < common:
                path.append(_Node(stem[:common]))
            _close(closed, path[-1], most)
        if len(stem) > common:
            path.append(_Node(stem))
        path[-1].weight += size + EACH
    while len(path) > 1:
        closed = path.pop()
        _close(closed, path[-1], most)
    root = path[0]
    return root.parts


def _close(node: _Node, parent: _Node, most: int) -> None:
    """No more names begin so: it stays one part, or the parts that it has fallen into. What ends with it is in none."""
    parent.weight += node.weight
    fallen = sum(weight for _, weight in node.parts)
    whole = node.weight <= most or 2 * fallen < node.weight
    parent.parts += [(node.prefix, node.weight)] if whole else node.parts


def _stem(name: str) -> str:
    """As much of a name as a rule can say: a rule is a line, and no folder is without a name."""
    if name.startswith("/"):
        return ""
    stem = "".join(takewhile(lambda sign: sign.isprintable() and sign != "\ufffd", name))
    return stem.partition("//")[0]


def _common(one: str, other: str) -> int:
    """How many signs two names have in common at their beginning."""
    for at, (left, right) in enumerate(zip(one, other, strict=False)):
        if left != right:
            return at
    return min(len(one), len(other))


def _dealt(parts: Iterable[tuple[str, int]], count: int, rest: int) -> list[list[str]]:
    """The heaviest first, each to whoever has the least; the first begins with what is in no part."""
    shares: list[list[str]] = [[] for _ in range(count)]
    loads = [(rest if share == 0 else 0, share) for share in range(count)]
    heapq.heapify(loads)
    for prefix, weight in parts:
        load, share = heapq.heappop(loads)
        shares[share].append(prefix)
        heapq.heappush(loads, (load + weight, share))
    return [shares[0], *(share for share in shares[1:] if share)]


def _filters(shares: list[list[str]]) -> tuple[str, ...]:
    others = [prefix for share in shares[1:] for prefix in share]
    first = "".join(_rule("-", prefix) for prefix in sorted(others))
    return (first, *("".join([*(_rule("+", prefix) for prefix in sorted(share)), "- **\n"]) for share in shares[1:]))


def _rule(sign: str, prefix: str) -> str:
    return f"{sign} /{''.join(_quoted(prefix))}**\n"


def _quoted(text: str) -> Iterator[str]:
    for sign in text:
        yield f"\\{sign}" if sign in _SPECIAL else sign
