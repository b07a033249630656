"""The objects of the tests: awkward names, empty ones, and one that is uploaded in parts."""

from collections.abc import Iterable, Mapping

from tests.copying.raw import Raw

#: Names that each of the three test servers keeps as they are.
NAMES = (
    "checkpoints/step-100/DONE",
    "checkpoints/step-100/model.safetensors",
    " leading space",
    "trailing space ",
    "with space/and more .txt",
    "ünïcode/日本語/🚀",
    "é decomposed",
    "full\uff0ewidth",
    "trailing.dot./x.",
    "..dots",
    "-dash",
    "--flag",
    "#hash?and=query&more",
    "percent%41%2F%",
    "star*?[x]{a,b}",
    "quote\"'`$(x)",
    ": colon",
    "!bang~",
)

#: Names that Azurite alone keeps. Between two of its containers they arrive; elsewhere they are found missing.
ODD = (
    "/leading slash",
    "two//slashes",
    "a/./b",
    "a line's\nend",
    "tab\tulator",
    "trailing slash/",
    "\u201bquoted\u240a",
)

#: A megabyte, and what S3 asks of every part but the last.
MIB = 1 << 20
PARTS = (bytes(range(256)) * (5 * MIB // 256), b"and the end")
IN_PARTS = "checkpoints/step-100/optimizer.bin"


def contents(names: Iterable[str] = NAMES) -> dict[str, bytes]:
    """Each name's own bytes; every third is empty, but none that would stand for a folder."""
    return {
        name: b"" if number % 3 == 2 and not name.endswith("/") else f"of {name}".encode()
        for number, name in enumerate(names)
    }


def fill(raw: Raw, objects: Mapping[str, bytes]) -> None:
    """Write objects, and the one in parts, by the store's own protocol."""
    for name, data in objects.items():
        raw.put(name, data)
    raw.put_in_parts(IN_PARTS, list(PARTS))


def everything(raw: Raw) -> dict[str, bytes]:
    """All that a bucket holds, by the store's own protocol."""
    return {name: raw.get(name) for name in raw.names()}
