"""What a cloud's refusal means: one taxonomy for three clouds.

    Failure
    ├── leads on to the next placement: STOCKOUT, QUOTA, OVERCONSTRAINED, RESTRICTED, RESERVATION_FULL, NOT_OFFERED
    ├── is tried again:                 TRANSIENT
    └── stops, with the words that were said: ADDRESS_SPACE, CREDENTIALS, CONTROL, UNKNOWN

Each cloud keeps its own table of patterns in `<cloud>/failures.py`; the first pattern that is found in the message
decides. The inner text is what is matched: the code that decides is usually wrapped in another message.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class FailureKind(StrEnum):
    """What a failure was taken for."""

    STOCKOUT = "stockout"
    QUOTA = "quota"
    OVERCONSTRAINED = "overconstrained"
    RESTRICTED = "restricted"
    RESERVATION_FULL = "reservation-full"
    NOT_OFFERED = "not-offered"
    TRANSIENT = "transient"
    ADDRESS_SPACE = "address-space"
    CREDENTIALS = "credentials"
    CONTROL = "control"
    """No cloud's word: a control of the policy pack is not fulfilled."""
    UNKNOWN = "unknown"

    @property
    def leads_on(self) -> bool:
        """Whether another placement may succeed where this one failed."""
        return self in _LEADS_ON


_LEADS_ON = frozenset(
    {
        FailureKind.STOCKOUT,
        FailureKind.QUOTA,
        FailureKind.OVERCONSTRAINED,
        FailureKind.RESTRICTED,
        FailureKind.RESERVATION_FULL,
        FailureKind.NOT_OFFERED,
    }
)


class Scope(StrEnum):
    """How far a failure reaches: every placement that agrees with the failed one in these respects is avoided."""

    ZONE = "zone"
    """cloud, region, zone, machine type and purchase"""
    REGION = "region"
    """cloud, region, machine type and purchase, in every zone"""
    FAMILY = "family"
    """cloud, region and quota family"""
    CLOUD = "cloud"
    """the whole cloud for this purchase"""


@dataclass(frozen=True)
class Rule:
    """A pattern in a cloud's message, and what it means."""

    pattern: str
    """Regular expression, searched for without regard to case."""
    kind: FailureKind
    scope: Scope = Scope.ZONE
    lasts: timedelta = timedelta(hours=1)
    """How long the placements in scope are worth avoiding."""


@dataclass(frozen=True)
class Meaning:
    """What a message was taken for."""

    kind: FailureKind
    scope: Scope
    lasts: timedelta


def classify(message: str, rules: Sequence[Rule]) -> Meaning:
    """Find the first rule whose pattern occurs in the message; a message that none knows is UNKNOWN."""
    for rule in rules:
        if re.search(rule.pattern, message, re.IGNORECASE):
            return Meaning(rule.kind, rule.scope, rule.lasts)
    return Meaning(FailureKind.UNKNOWN, Scope.ZONE, timedelta(0))
