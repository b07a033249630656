"""Forms that values have in many of Azure's APIs: names, tags, networks, ids, UUIDs."""

import ipaddress
import re
from collections.abc import Mapping
from typing import Any

from wayfare.sandbox.behaviour import UNKNOWN, Call
from wayfare.sandbox.clouds.azure.names import part

Violations = list[tuple[str, str]]

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def matches(inputs: Mapping[str, Any], key: str, pattern: re.Pattern[str]) -> Violations:
    """A text that a pattern must match whole."""
    value = inputs.get(key)
    if value is None or value == UNKNOWN or pattern.fullmatch(str(value)):
        return []
    return [(key, f"{value!r} does not match ^{pattern.pattern}$")]


def same(value: Any, word: str) -> bool:
    """Whether a value is a word of an enum, which Azure reads in upper and lower case."""
    return isinstance(value, str) and value.lower() == word.lower()


def known(value: Any) -> bool:
    """Whether a value is given and known."""
    return value is not None and value != UNKNOWN


def tagged(call: Call, most: int = 50) -> Violations:
    """Microsoft, "Use tags to organize your Azure resources": limitations."""
    tags = part(call.inputs, "tags")
    found = [("tags", f"at most {most} tags, and there are {len(tags)}")] if len(tags) > most else []
    reserved = ("microsoft", "azure", "windows")
    found += [
        (f"tags.{key}", "tag names cannot begin with microsoft, azure or windows, nor hold <>%&\\?/")
        for key in tags
        if key.lower().startswith(reserved) or set(key) & set("<>%&\\?/") or len(key) > 512
    ]
    return found + [
        (f"tags.{key}", "a tag's value has at most 256 characters")
        for key, value in tags.items()
        if isinstance(value, str) and len(value) > 256
    ]


def range_of(value: Any) -> ipaddress.IPv4Network | None:
    """An IPv4 range; None where it is absent, unknown or not one."""
    try:
        return ipaddress.IPv4Network(str(value)) if known(value) else None
    except ValueError:
        return None


def cidr(path: str, value: Any) -> Violations:
    """A range whose address has no bits beyond its prefix."""
    if not known(value) or range_of(value) is not None:
        return []
    try:
        meant = ipaddress.IPv4Network(str(value), strict=False)
    except ValueError as error:
        return [(path, f"{value!r} is not a network in CIDR form: {error}")]
    return [
        (
            path,
            f"The address prefix {value} has an invalid CIDR notation. For the given prefix length, the address prefix "
            f"should be {meant}.",
        )
    ]
