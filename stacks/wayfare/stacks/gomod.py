"""What a go.mod file says, and versions as Go and its modules write them."""

import re

Release = tuple[int, ...]
"""A version as numbers, for comparing."""


def release(version: str) -> Release:
    """The numbers at the start of a version: `v3.250.0-alpha.1` → (3, 250, 0), `go1.26.8` → (1, 26, 8)."""
    numbers = re.match(r"(?:v|go)?(\d+(?:\.\d+)*)", version.strip())
    if numbers is None:
        raise ValueError(f"{version!r} does not begin with a version")
    return tuple(int(part) for part in numbers[1].split("."))


def required(text: str, module: str) -> str:
    """The version, without its `v`, in which a go.mod's text requires a module. Raises ValueError where it does not."""
    found = re.search(rf"^\s*(?:require\s+)?{re.escape(module)}\s+v(\S+)", text, re.MULTILINE)
    if found is None:
        raise ValueError(f"go.mod does not require {module}")
    return found[1]


def least_go(text: str) -> str:
    """The least Go that builds what a go.mod's text asks for. Raises ValueError where it does not say."""
    found = re.search(r"^go\s+(\S+)", text, re.MULTILINE)
    if found is None:
        raise ValueError("go.mod does not say which Go it needs")
    return found[1]
