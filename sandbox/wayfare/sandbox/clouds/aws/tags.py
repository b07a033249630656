"""What AWS allows as tags (Tagging AWS Resources User Guide, "Tag naming limits and requirements")."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from wayfare.sandbox.behaviour import Call, ResourceRules
from wayfare.sandbox.clouds.aws.common import Violation, known, mapping

_MOST, _KEY, _VALUE = 50, 128, 256


def tag_violations(tags: object, path: str) -> list[Violation]:
    """At most 50 tags, keys to 128 characters, values to 256, and the prefix `aws:` is for AWS itself."""
    found: list[Violation] = []
    pairs = mapping(tags)
    for key, value in pairs.items():
        if key.lower().startswith("aws:"):
            found.append((f"{path}.{key}", "aws: prefixed tag key names are not allowed for external use"))
        if not 1 <= len(key) <= _KEY:
            found.append((path, f"the key of a tag has 1 to {_KEY} characters"))
        if known(value) and len(str(value)) > _VALUE:
            found.append((f"{path}.{key}", f"the value of a tag has at most {_VALUE} characters"))
    if len(pairs) > _MOST:
        found.append((path, f"The maximum number of Tags for a resource has been reached. ({_MOST})"))
    return found


def with_tags_checked(rules: ResourceRules) -> ResourceRules:
    """The rules of a type that carries tags, and those of its tags."""
    if rules.tags is None:
        return rules
    return replace(rules, check=_both(rules.check, rules.tags))


def _both(check: Callable[[Call], Sequence[Violation]] | None, property: str) -> Callable[[Call], Sequence[Violation]]:
    def checked(call: Call) -> Sequence[Violation]:
        own: Sequence[Violation] = () if check is None else check(call)
        return [*own, *tag_violations(call.inputs.get(property), property)]

    return checked
