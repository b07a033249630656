"""Sorting more lines than memory should hold: in runs on disk that are merged."""

import heapq
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from itertools import islice
from pathlib import Path

#: Lines that are in memory at once: about 50 MB of names.
RUN = 200_000


def sorted_lines(lines: Iterable[str], folder: Path, run: int = RUN) -> Iterator[str]:
    """The lines by code points, which is the order of their UTF-8 bytes too. None of them holds a line's end.

    What does not fit into one run of so many lines is kept in `folder` meanwhile.
    """
    given = iter(lines)
    with ExitStack() as stack:
        runs: list[Iterable[str]] = []
        while chunk := sorted(islice(given, run)):
            if len(chunk) < run and not runs:
                yield from chunk
                return
            file = stack.enter_context(tempfile.TemporaryFile("w+", encoding="utf-8", newline="\n", dir=folder))
            file.writelines(f"{line}\n" for line in chunk)
            file.seek(0)
            runs.append(line.removesuffix("\n") for line in file)
        yield from heapq.merge(*runs)
