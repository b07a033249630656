"""The controls that every cluster has to fulfil, and what they say of its resources. Pure: no SDK, no engine.

One table, parallel by cloud. `CONTROLS` is what `wayfare controls` lists, what the policy pack (`analyzer.py`) runs in
the engine, and what a program runs over all that it is about to declare (`declared.py`).
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from wayfare.components.controls import aws, azure, gcp, kubernetes
from wayfare.components.controls.model import UNKNOWN, Control, Finding, Resource, Rule, StackRule, Wishes

__all__ = [
    "CONTROLS",
    "UNKNOWN",
    "Control",
    "Finding",
    "Resource",
    "Terms",
    "Violation",
    "Wishes",
    "judge",
    "judge_stack",
    "violations",
]

CONTROLS: Mapping[str, Control] = {
    control.name: control for cloud in (kubernetes, aws, azure, gcp) for control in cloud.CONTROLS
}
"""Every control by its name."""


@dataclass(frozen=True)
class Terms:
    """What a cluster's blueprint says to its controls."""

    wishes: Wishes = Wishes()
    excepted: Collection[str] = ()
    """Names of the controls that it excepts."""


@dataclass(frozen=True)
class Violation:
    """A control that a resource does not fulfil."""

    control: Control
    finding: Finding

    def __str__(self) -> str:
        asked = f" ({', '.join(str(reference) for reference in self.control.cis)})" if self.control.cis else ""
        return (
            f"control {self.control.name}{asked}: {self.finding}; change that, or except the control in the blueprint "
            f"with a reason: spec.exceptions: [{{control: {self.control.name}, reason: …}}]"
        )


def judge(resource: Resource, terms: Terms) -> Iterator[Violation]:
    """What the controls say against one resource."""
    for control in _asked(terms):
        for rule in control.rules:
            if isinstance(rule, Rule):
                yield from (Violation(control, finding) for finding in rule.findings(resource, terms.wishes))


def judge_stack(resources: Sequence[Resource], terms: Terms) -> Iterator[Violation]:
    """What the controls say against a stack as a whole, beside what they say against each of its resources."""
    for control in _asked(terms):
        for rule in control.rules:
            if isinstance(rule, StackRule):
                yield from (Violation(control, finding) for finding in rule.findings(resources, terms.wishes))


def violations(resources: Sequence[Resource], terms: Terms) -> tuple[Violation, ...]:
    """All that the controls say against a stack."""
    each = [violation for resource in resources for violation in judge(resource, terms)]
    return (*each, *judge_stack(resources, terms))


def _asked(terms: Terms) -> Iterator[Control]:
    for control in CONTROLS.values():
        if control.name not in terms.excepted and control.applies(terms.wishes):
            yield control
