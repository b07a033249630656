"""What is wrong with a blueprint, where, and what to try: one line for each mistake, all of them at once.

BlueprintInvalid
└── Problem, Problem, …   `file:line:col: path: message; hint`
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass

Loc = tuple[str | int, ...]
"""Where a value stands in a blueprint: keys and list indices from the root, such as ("spec", "accelerators", 0)."""

_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,62}")
_SHOWN = 60


@dataclass(frozen=True, order=True)
class Problem:
    """One mistake in one file."""

    file: str
    line: int
    """From 1; 0 where the file as a whole is meant."""
    col: int
    """From 1, in characters; 0 where the file as a whole is meant."""
    path: str
    """The field, such as `spec.accelerators[0].name`; empty where it is not about a field."""
    message: str
    hint: str = ""
    """What to try; empty where the message says it all."""

    def __str__(self) -> str:
        file = printable(self.file)
        where = f"{file}:{self.line}:{self.col}" if self.line else file
        what = f"{self.message}; {self.hint}" if self.hint else self.message
        return f"{where}: {self.path}: {what}" if self.path else f"{where}: {what}"


class BlueprintInvalid(Exception):
    """One or more files do not hold a valid blueprint. `problems` has every mistake, by file and place."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


def render(loc: Loc) -> str:
    """Write a place as a person would: `spec.accelerators[0].name`. Odd keys are quoted, and long ones cut."""
    text = ""
    for part in loc:
        if isinstance(part, int):
            text += f"[{part}]"
        elif _PLAIN_KEY.fullmatch(part):
            text += f".{part}" if text else part
        else:
            text += f"[{show(part)}]"
    return text


def printable(text: str) -> str:
    """Text for a line of a message: what does not print, such as a line break or a byte that is no text, is escaped."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


def show(value: object) -> str:
    """Write a value for a message: on one line, without control characters, and cut where it is long."""
    text = json.dumps(value, default=str)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
