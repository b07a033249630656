"""Limits of single values: by path, through lists and maps, never on what is not known yet."""

from typing import Any

import pytest

from wayfare.sandbox import limits
from wayfare.sandbox.behaviour import UNKNOWN, Limit

SAYS = "a model"
LIMITS = {
    "name": Limit(SAYS, pattern="[a-z]+", shortest=2, longest=4),
    "kind": Limit(SAYS, values=("ON_DEMAND", "SPOT")),
    "scaling.size": Limit(SAYS, least=0, most=10),
    "taints": Limit(SAYS, longest=2),
    "taints.effect": Limit(SAYS, values=("NO_SCHEDULE",)),
    "zones[]": Limit(SAYS, pattern="[a-c]"),
}


BROKEN: list[tuple[dict[str, Any], str, str]] = [
    ({"name": "A"}, "name", "does not match"),
    ({"name": "a"}, "name", "shorter than 2 characters"),
    ({"name": "abcde"}, "name", "longer than 4 characters"),
    ({"kind": "SPOTS"}, "kind", "did you mean 'SPOT'?"),
    ({"scaling": {"size": 11}}, "scaling.size", "more than 10"),
    ({"scaling": {"size": -1}}, "scaling.size", "less than 0"),
    ({"taints": [{}, {}, {}]}, "taints", "longer than 2 entries"),
    ({"taints": [{}, {"effect": "NoSchedule"}]}, "taints[1].effect", "is not one of NO_SCHEDULE"),
    ({"zones": ["a", "d"]}, "zones[1]", "does not match"),
]


@pytest.mark.parametrize(("inputs", "path", "reason"), BROKEN)
def test_a_value_that_a_model_refuses_is_named_with_its_path(inputs: dict[str, Any], path: str, reason: str) -> None:
    ((where, said),) = limits.check(LIMITS, inputs)
    assert where == path
    assert reason in said
    assert said.endswith(f"({SAYS})")


def test_what_is_allowed_unknown_or_not_spoken_of_passes() -> None:
    inputs = {
        "name": UNKNOWN,
        "kind": "SPOT",
        "scaling": {"size": 10, "other": 99},
        "taints": [{"effect": "NO_SCHEDULE"}],
        "zones": ["a", UNKNOWN],
        "more": {"name": "ANY"},
        "nothing": None,
    }
    assert limits.check(LIMITS, inputs) == []


def test_a_long_list_of_values_is_cut_and_still_gives_the_nearest() -> None:
    ((_, said),) = limits.check({"t": Limit(SAYS, values=tuple(f"type-{n}" for n in range(900)))}, {"t": "type-8999"})
    assert "and 880 more" in said
    assert "did you mean 'type-899'?" in said
