"""The controls that every cluster has to fulfil, and what they say of its resources. Pure: no SDK, no engine.

One table, parallel by cloud. `CONTROLS` is what `wayfare controls` lists, what the policy pack (`analyzer.py`) runs in
the engine, and what a program runs over all that it is about to declare (`declared.py`).
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from wayfare.components.controls import aws, azure, gcp, kubernetes
from wayfare.components.controls.model import UNKNOWN, Control, Finding, Resource, Rule, StackRule, Wishes

__all__ = [
    "ANALYZER",
    "CONTROLS",
    "EXCEPTS_NOTHING",
    "NOT_FULFILLED",
    "PACK",
    "UNKNOWN",
    "Control",
    "ControlsRefuse",
    "Finding",
    "Resource",
    "Terms",
    "Violation",
    "Wishes",
    "judge",
    "judge_stack",
    "violations",
    "what_to_try",
]

CONTROLS: Mapping[str, Control] = {
    control.name: control for cloud in (kubernetes, aws, azure, gcp) for control in cloud.CONTROLS
}
"""Every control by its name."""

PACK = Path(__file__).parents[1] / "policy"
"""The policy pack's directory, for `pulumi up --policy-pack`."""

ANALYZER = "pulumi-analyzer-policy-wayfare"
"""What the engine starts for that pack, from PATH (see `analyzer.py`)."""

NOT_FULFILLED = "controls are not fulfilled, so that nothing is made:"
"""How a program's refusal begins; each violation follows on a line of its own."""

EXCEPTS_NOTHING = "excepts nothing: all of the cluster's own fulfils the control"
"""How a program's warning about an exception ends."""


@dataclass(frozen=True)
class Terms:
    """What a cluster's blueprint says to its controls."""

    wishes: Wishes = field(default_factory=Wishes)
    excepted: Collection[str] = ()
    """Names of the controls that it excepts."""


@dataclass(frozen=True)
class Violation:
    """A control that a resource does not fulfil."""

    control: Control
    finding: Finding

    def __str__(self) -> str:
        asked = f" ({', '.join(str(reference) for reference in self.control.cis)})" if self.control.cis else ""
        return f"control {self.control.name}{asked}: {self.finding}"


class ControlsRefuse(ValueError):
    """Controls are not fulfilled; the message has every violation."""

    def __init__(self, found: Collection[Violation]) -> None:
        names = list(dict.fromkeys(violation.control.name for violation in found))
        super().__init__("\n".join((NOT_FULFILLED, *map(str, found), what_to_try(names))))


def what_to_try(names: Iterable[str]) -> str:
    """What to do about controls that are not fulfilled."""
    written = ", ".join(f"{{control: {name}, reason: …}}" for name in names)
    return f"try: change that, or except it in the blueprint and say why, by spec.exceptions: [{written}]"


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
