"""Where the command line writes: data to stdout, progress and errors to stderr."""

import json
from enum import StrEnum
from functools import cache
from io import StringIO

from rich.console import Console

#: A table that is not on a terminal is as wide as it needs to be.
_WIDE = 200


class Format(StrEnum):
    """How data is written to stdout."""

    TABLE = "table"
    JSON = "json"
    YAML = "yaml"


@cache
def stdout() -> Console:
    """Where data goes. Honours NO_COLOR."""
    return _console(stderr=False)


@cache
def stderr() -> Console:
    """Where progress, logs and errors go."""
    return _console(stderr=True)


def _console(*, stderr: bool) -> Console:
    # No emoji: `:key:` in the words of a cloud is not a picture.
    console = Console(stderr=stderr, highlight=False, soft_wrap=True, emoji=False)
    if not console.is_terminal:
        console.width = _WIDE
    return console


def put(text: str) -> None:
    """Write a line of data to stdout."""
    stdout().out(text)


def tell(text: str) -> None:
    """Write a line of progress or of an error to stderr."""
    stderr().print(text, markup=False)


def write_data(data: object, format: Format) -> None:
    """Write data to stdout as JSON or YAML."""
    if format is Format.YAML:
        from ruamel.yaml import YAML

        text = StringIO()
        plain: object = json.loads(json.dumps(data))
        YAML(typ="safe", pure=True).dump(plain, text)  # pyright: ignore[reportUnknownMemberType] - ruamel is untyped
        stdout().out(text.getvalue(), end="")
    else:
        stdout().out(json.dumps(data, indent=2))
