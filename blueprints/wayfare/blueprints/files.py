"""Files that a stranger may have handed in, read as YAML: whatever stands at a path, it is read or told why not.

A path may lead anywhere, outside of a project too: whoever names it reads with their own rights, and a blueprint may
lie in a repository of its own. What is looked at is what stands there: a regular file of text, and no more of it than
`MAX_BYTES`.
"""

import hashlib
import os
import stat
from pathlib import Path
from typing import BinaryIO

from wayfare.blueprints.source import MAX_BYTES, TOO_LARGE, Source, read


def read_file(path: Path) -> Source:
    """Read one YAML document from a file. Mistakes, those of the file itself too, are in the result's `problems`."""
    source = Source(str(path))
    try:
        data = _bytes(path)
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        source.refuse_file(f"cannot be read: {reason}")
        return source
    if data is None:
        source.refuse_file("is not a file")
        return source
    return read_bytes(data, str(path))


def read_bytes(data: bytes, name: str) -> Source:
    """Read one YAML document from what a file holds."""
    source = Source(name)
    if len(data) > MAX_BYTES:
        source.refuse_file(TOO_LARGE)
    elif (text := _text(data, source)) is not None:
        source = read(text, name)
    source.digest = hashlib.sha256(data).hexdigest()
    return source


def within_limit(file: BinaryIO) -> bytes:
    """All that a file holds, or one byte more than is read of any."""
    return file.read(MAX_BYTES + 1)


def _bytes(path: Path) -> bytes | None:
    """What a file holds, up to the limit and a byte; None for what is no regular file."""
    # Opened first, looked at then: what is looked at is what is read. A pipe that nobody writes to is not waited for.
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY)
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            return None
        with open(handle, "rb", closefd=False) as file:
            return within_limit(file)
    finally:
        os.close(handle)


def _text(data: bytes, source: Source) -> str | None:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8-sig", "replace").split("\n")
        place = (len(before), len(before[-1]) + 1)
        source.refuse(place, (), "is not UTF-8", "save the file as UTF-8")
        return None
