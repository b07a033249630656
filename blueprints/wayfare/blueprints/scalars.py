"""What a plain scalar means in YAML 1.2's core schema (yaml.org/spec/1.2.2, 10.3.2), and which texts are Unicode."""

import math
import re

_NULL = re.compile(r"|~|null|Null|NULL")
_TRUE = re.compile(r"true|True|TRUE")
_FALSE = re.compile(r"false|False|FALSE")
_INT = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_DATE = re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt ].*)?")


def is_date(text: str) -> bool:
    """Whether a plain scalar looks like a date, which YAML 1.1 reads as one and YAML 1.2 does not."""
    return _DATE.fullmatch(text) is not None


def core(text: str) -> str | int | float | bool | None:
    """What a plain scalar is in YAML 1.2's core schema; an integer beyond 18 digits is taken for infinite."""
    if _NULL.fullmatch(text):
        return None
    if _TRUE.fullmatch(text) or _FALSE.fullmatch(text):
        return bool(_TRUE.fullmatch(text))
    if _INT.fullmatch(text):
        return math.inf if len(text) > 18 else int(text, 0 if text[:2] in ("0o", "0x") else 10)
    if _NOT_FINITE.fullmatch(text):
        return math.nan
    return float(text) if _FLOAT.fullmatch(text) else text


def whole_unicode(text: str) -> str | None:
    """Text whose escapes make up whole characters, as JSON writes pairs of surrogates; None for half a pair."""
    try:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le")
    except UnicodeDecodeError:
        return None
