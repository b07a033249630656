r"""The expression that finds a step in a path: regular expressions as far as every language reads them alike.

A blueprint may come from a stranger, and some expressions take a time that grows with a power of the text's length. So
what may repeat is one character or one class of them, never a group, and what follows it can never be mistaken for more
of it: `epoch=\d+-step=(\d+)` can be read in one way only, and `.*(\d+)` is refused. A search then takes at most as many
steps as the square of the text's length, which is that of an object's name.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from wayfare.blueprints import patterns
from wayfare.blueprints.problems import show

#: A step of so many digits fits into 64 bits everywhere.
MOST_DIGITS = 18

#: One thing that is matched, and how often. Spaces are not part of the form.
_PART = re.compile(
    r"(?P<group>\()?(?P<atom>\\.|\[\^?[^\]]+\]|[^()*+?{}^$])(?P<times>[*+?]|\{\d+(?:,\d*)?\})?(?(group)\))", re.ASCII
)

#: All of ASCII, and one character for those beyond it, of which no expression can name any.
_CHARACTERS = (*map(chr, range(128)), "\u0100")


@dataclass(frozen=True)
class Step:
    """An expression, ready to be used."""

    expression: re.Pattern[str]

    @classmethod
    def read(cls, text: str) -> "Step":
        """Compile an expression that has the form of `patterns.STEP`. Raises ValueError for one that has not, or that
        could take long."""
        return _read(text)

    def find(self, name: str) -> tuple[int, int] | None:
        """The step in a name and the place after its digits; None where there is none, or one of too many digits."""
        found = self.expression.search(name)
        # `{0}` asks for no digits at all.
        if found is None or not found[1]:
            return None
        digits = found[1].lstrip("0") or "0"
        return None if len(digits) > MOST_DIGITS else (int(digits), found.end(1))


@lru_cache(maxsize=64)
def _read(text: str) -> Step:
    if not patterns.STEP.matches(text):
        raise ValueError(f"{show(text)} {patterns.STEP.says}")
    try:
        # Digits are 0 to 9, and the end is the text's end, as other languages have it.
        compiled = re.compile(f"{text[:-1]}\\Z" if _is_anchored(text) else text, re.ASCII)
    except re.error as error:
        raise ValueError(f"{show(text)} is no regular expression: {error}") from None
    _refuse_ambiguous(list(_parts(text)))
    return Step(compiled)


def _is_anchored(text: str) -> bool:
    return text.endswith("$") and not text.endswith("\\$")


@dataclass(frozen=True)
class _Part:
    text: str
    characters: frozenset[str]
    varies: bool
    """Whether it may match more than one length."""
    may_be_empty: bool


def _parts(text: str) -> Iterator[_Part]:
    for found in _PART.finditer(text):
        times = found["times"] or ""
        atom = re.compile(found["atom"], re.ASCII | re.DOTALL)
        least, _, most = times.strip("{}").partition(",")
        yield _Part(
            text=found["atom"] + times,
            characters=frozenset(each for each in _CHARACTERS if atom.fullmatch(each)),
            varies=times in ("*", "+", "?") or ("," in times and least != most),
            may_be_empty=times in ("*", "?") or (times.startswith("{") and not int(least)),
        )


def _refuse_ambiguous(parts: list[_Part]) -> None:
    """Refuse what may repeat and could as well be what comes after it."""
    for place, part in enumerate(parts):
        if not part.varies:
            continue
        for after in parts[place + 1 :]:
            if part.characters & after.characters:
                raise ValueError(
                    f"{show(part.text)} could go on where {show(after.text)} begins; put a character between them that "
                    "only one can be, or leave it out: a step is looked for anywhere in the path"
                )
            if not after.may_be_empty:
                break
