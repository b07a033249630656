"""Pydantic's errors in a blueprint writer's words: one row for each type of error."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic_core import ErrorDetails

from wayfare.blueprints import hints
from wayfare.blueprints.patterns import FORMS
from wayfare.blueprints.problems import show

_SAYS = {form.regex: form.says for form in FORMS}


@dataclass(frozen=True)
class Wrong:
    """A value that was refused."""

    value: Any
    text: str | None
    """The scalar as it was written; None for a mapping or a list."""
    context: Mapping[str, Any]
    """What Pydantic says about the rule: bounds, pattern, expected values."""


Say = Callable[[Wrong], tuple[str, str]]
"""From what is wrong to (message, hint)."""


def say(error: ErrorDetails, text: str | None) -> tuple[str, str]:
    """Message and hint for an error; `text` is the scalar as it was written. Pydantic's words where no row is here."""
    row = _WORDS.get(error["type"])
    if row is None:
        return error["msg"][:1].lower() + error["msg"][1:], ""
    return row(Wrong(error["input"], text, error.get("ctx", {})))


def _not_text(wrong: Wrong) -> tuple[str, str]:
    if wrong.text:
        return "must be text", f"quote it: {show(wrong.text)}"
    return "is empty" if wrong.value is None else f"must be text, not {show(wrong.value)}", ""


def _not_a_number(kind: str) -> Say:
    def words(wrong: Wrong) -> tuple[str, str]:
        if isinstance(wrong.value, str) and re.fullmatch(r"[0-9]+([.][0-9]+)?", wrong.value):
            return f"must be {kind}, not text", f"leave the quotes out: {wrong.value}"
        return f"must be {kind}, not {show(wrong.value)}", ""

    return words


def _not_allowed(wrong: Wrong) -> tuple[str, str]:
    allowed = re.findall(r"'([^']*)'", str(wrong.context["expected"]))
    return f"{show(wrong.value)} is not known, {hints.one_of(allowed)}", hints.for_value(wrong.value, allowed)


def _wrong_form(wrong: Wrong) -> tuple[str, str]:
    return f"{show(wrong.value)} {_SAYS[wrong.context['pattern']]}", ""


def _not_a_list(wrong: Wrong) -> tuple[str, str]:
    words = re.split(r"[\s,]+", wrong.text or "")
    return "must be a list", f"write [{', '.join(words)}]" if all(words) else ""


def _not_a_mapping(wrong: Wrong) -> tuple[str, str]:
    return "is empty" if wrong.value is None else f"must be a mapping, not {show(wrong.value)}", ""


def _rule(wrong: Wrong) -> tuple[str, str]:
    message, _, hint = str(wrong.context["error"]).partition("; ")
    return message, hint


def _entries(words: str, bound: str) -> Say:
    def entries(wrong: Wrong) -> tuple[str, str]:
        count: int = wrong.context[bound]
        return f"must have at {words} {count} {'entry' if count == 1 else 'entries'}", ""

    return entries


def _limit(words: str, bound: str) -> Say:
    return lambda wrong: (f"must be {words} {wrong.context[bound]:g}, not {show(wrong.value)}", "")


def _too_long(wrong: Wrong) -> tuple[str, str]:
    return f"must be at most {wrong.context['max_length']} characters long", ""


_WORDS: Mapping[str, Say] = {
    "string_type": _not_text,
    "string_pattern_mismatch": _wrong_form,
    "string_too_long": _too_long,
    "int_type": _not_a_number("a whole number"),
    "int_from_float": _not_a_number("a whole number"),
    "float_type": _not_a_number("a number"),
    "greater_than": _limit("more than", "gt"),
    "greater_than_equal": _limit("at least", "ge"),
    "less_than_equal": _limit("at most", "le"),
    "enum": _not_allowed,
    "literal_error": _not_allowed,
    "tuple_type": _not_a_list,
    "too_short": _entries("least", "min_length"),
    "too_long": _entries("most", "max_length"),
    "model_type": _not_a_mapping,
    "model_attributes_type": _not_a_mapping,
    "dict_type": _not_a_mapping,
    "value_error": _rule,
}
