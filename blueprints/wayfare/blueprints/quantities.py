"""Quantities with units, as people write them in a blueprint."""

import re
from datetime import timedelta
from decimal import Decimal
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer, ValidationInfo, WithJsonSchema

from wayfare.blueprints.problems import show

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_DURATION = re.compile(r"([1-9][0-9]{0,8})(s|m|h|d)")

#: Ten years: beyond it a length of time is a mistake. In seconds it has nine digits, so every duration can be written.
LONGEST = timedelta(days=3650)


def parse_duration(value: object) -> timedelta:
    """Read `90s`, `5m`, `2h` or `30d`. Raises ValueError for anything else, a bare number included."""
    if isinstance(value, timedelta):
        length = value
    else:
        match = _DURATION.fullmatch(value) if isinstance(value, str) else None
        if match is None:
            raise ValueError(
                f"{show(value)} is not a duration; write a whole number and s, m, h or d, such as 5m or 30d"
            )
        length = timedelta(seconds=int(match[1]) * _SECONDS[match[2]])
    if not timedelta(0) < length <= LONGEST or length.microseconds:
        raise ValueError(f"a duration is at least 1s, at most {LONGEST.days}d, and whole seconds")
    return length


def format_duration(value: timedelta) -> str:
    """Write a duration in its largest unit that divides it: the inverse of `parse_duration`."""
    seconds = value // timedelta(seconds=1)
    unit = next(unit for unit in ("d", "h", "m", "s") if seconds % _SECONDS[unit] == 0)
    return f"{seconds // _SECONDS[unit]}{unit}"


Duration = Annotated[
    timedelta,
    BeforeValidator(parse_duration),
    PlainSerializer(format_duration, return_type=str),
    WithJsonSchema({"type": "string", "pattern": f"^{_DURATION.pattern}$", "examples": ["5m", "30d"]}),
]
"""A length of time such as `90s`, `5m`, `2h` or `30d`."""


_GIB = {"GiB": 1, "TiB": 1024, "PiB": 1024 * 1024}
_CAPACITY = re.compile(r"([1-9][0-9]{0,6})(GiB|TiB|PiB)")

#: 100 PiB: beyond it a size is a mistake.
LARGEST_GIB = 100 * 1024 * 1024


def parse_capacity(value: object) -> int:
    """Read `500GiB`, `48TiB` or `1PiB` as GiB. Raises ValueError for anything else, a bare number included."""
    if type(value) is int:
        size = value
    else:
        match = _CAPACITY.fullmatch(value) if isinstance(value, str) else None
        if match is None:
            raise _no_size(value)
        size = int(match[1]) * _GIB[match[2]]
    if not 0 < size <= LARGEST_GIB:
        raise ValueError("a size is at least 1GiB and at most 100PiB")
    return size


def format_capacity(gib: int) -> str:
    """Write a size in its largest unit that divides it: the inverse of `parse_capacity`."""
    unit = next(unit for unit in ("PiB", "TiB", "GiB") if gib % _GIB[unit] == 0)
    return f"{gib // _GIB[unit]}{unit}"


def _only_text(value: object, info: ValidationInfo) -> object:
    """In YAML a size has a unit; in Python it is a number of GiB."""
    if info.mode == "json" and not isinstance(value, str):
        raise _no_size(value)
    return parse_capacity(value)


def _no_size(value: object) -> ValueError:
    return ValueError(f"{show(value)} is not a size; write a whole number and GiB, TiB or PiB, such as 48TiB")


Capacity = Annotated[
    int,
    BeforeValidator(_only_text),
    PlainSerializer(format_capacity, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "pattern": f"^{_CAPACITY.pattern}$", "examples": ["48TiB", "500GiB"]}),
]
"""A size such as `48TiB`, in GiB (2^30 bytes)."""


_MILLION = 10**6
_TIMES = {"M": _MILLION, "B": 10**9, "T": 10**12}
_PARAMETERS = re.compile(r"([0-9]{1,8}(?:[.][0-9]{1,3})?)(M|B|T)")

#: Ten trillion: beyond it a model's size is a mistake.
MOST_PARAMETERS = 10**13


def parse_parameters(value: object) -> int:
    """Read `8030M`, `70.6B` or `1.04T` as a number. Raises ValueError for anything else, a bare number included."""
    if type(value) is int:
        count = value
    else:
        match = _PARAMETERS.fullmatch(value) if isinstance(value, str) else None
        if match is None:
            raise _no_parameters(value)
        count = int(Decimal(match[1]) * _TIMES[match[2]])
    if not _MILLION <= count <= MOST_PARAMETERS or count % 1000:
        raise ValueError("parameters are at least 1M, at most 10T, and whole thousands")
    return count


def format_parameters(count: int) -> str:
    """Write a number of parameters in the largest unit that takes three decimals: the inverse of `parse_parameters`."""
    unit = next(unit for unit in ("T", "B", "M") if count >= _TIMES[unit] and count * 1000 % _TIMES[unit] == 0)
    return f"{(Decimal(count) / _TIMES[unit]).normalize():f}{unit}"


def _only_with_unit(value: object, info: ValidationInfo) -> object:
    """In YAML it has a unit; in Python it is a number."""
    if info.mode == "json" and not isinstance(value, str):
        raise _no_parameters(value)
    return parse_parameters(value)


def _no_parameters(value: object) -> ValueError:
    return ValueError(
        f"{show(value)} is no number of parameters; write a number of at most 3 decimals and M, B or T, such as 70.6B"
    )


Parameters = Annotated[
    int,
    BeforeValidator(_only_with_unit),
    PlainSerializer(format_parameters, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "pattern": f"^{_PARAMETERS.pattern}$", "examples": ["70.6B", "494M"]}),
]
"""A number of parameters such as `70.6B`, in units of 10^6 (M), 10^9 (B) or 10^12 (T)."""
