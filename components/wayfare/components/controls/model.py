"""What a control is: a named demand on resources, and the pure rules that hold a stack against it.

    Control ── Rule        one property of one type of resource, judged resource by resource
            └─ StackRule   what only the whole stack shows, such as a bucket without its public access block

Inputs are plain values in the clouds' own wire names. What a preview does not know yet is `UNKNOWN`: no rule holds it
against a resource, which is judged again when the value is known.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, Final, cast

if TYPE_CHECKING:
    # The engine starts the policy pack for every operation: it does not wait for what reads blueprints.
    from wayfare.blueprints import Blueprint


Inputs = Mapping[str, Any]


class Unknown(Enum):
    """A value that is known only when something else has been made."""

    UNKNOWN = "unknown"


UNKNOWN: Final = Unknown.UNKNOWN


@dataclass(frozen=True)
class Resource:
    """A resource as a program asks for it."""

    type: str
    """Its type token, without an API version: `aws:eks/cluster:Cluster`."""
    name: str
    """Its logical name."""
    inputs: Inputs
    urn: str = ""
    """Empty where no engine has named it yet."""

    def at(self, path: str) -> Any:
        """The value at a path such as `vpcConfig.publicAccessCidrs`; None where there is none."""
        return next((value for _, value in places(self.inputs, path)), None)


@dataclass(frozen=True)
class Wishes:
    """What a blueprint asks for, as far as a control depends on it."""

    own_keys: bool = False
    """`encryption: own`"""
    private_api: bool = False
    """`access.api: private`"""
    private_endpoints: bool = False
    """`network.endpoints: private`"""
    private_registry: bool = False
    """`registry: private`"""
    durable: bool = False
    """`storage.checkpoints.keep: durable`"""

    @classmethod
    def of(cls, blueprint: "Blueprint") -> "Wishes":
        """What a blueprint asks for."""
        spec = blueprint.spec
        return cls(
            own_keys=spec.encryption == "own",
            private_api=spec.access.api == "private",
            private_endpoints=spec.network.endpoints == "private",
            private_registry=spec.registry == "private",
            durable=spec.storage.checkpoints.keep == "durable",
        )


@dataclass(frozen=True)
class Finding:
    """Where a resource is not as a control demands."""

    resource: Resource
    path: str
    """The property; empty where the resource as a whole is meant."""
    has: str
    """What is there, in words."""
    wanted: str
    """What should be there, in words."""

    def __str__(self) -> str:
        what = f"{self.resource.type} {self.resource.name}"
        if not self.path:
            return f"{what} is {self.has} and should have {self.wanted}"
        return f"{self.path} of {what} is {self.has} and should be {self.wanted}"


Right = Callable[[Any], bool]
When = Callable[[Resource, Wishes], bool]


@dataclass(frozen=True)
class Rule:
    """A demand on one property of one type."""

    type: str
    path: str
    """`a.b[*].c` stands for every element of a list, and demands nothing of a list that is empty or missing; a key
    with dots in it is written `a["b.c"]`."""
    wanted: str
    """What should be there, in words that follow "should be"."""
    right: Right
    """Whether a value is right; a missing one is None."""
    when: When = lambda _resource, _wishes: True
    """Whether it is demanded of a resource at all."""

    def findings(self, resource: Resource, wishes: Wishes) -> Iterator[Finding]:
        """Where a resource of the rule's type is not as demanded."""
        if resource.type != self.type or not self.when(resource, wishes):
            return
        for path, value in places(resource.inputs, self.path):
            if value is not UNKNOWN and not self.right(value):
                yield Finding(resource, path, words(value), self.wanted)


@dataclass(frozen=True)
class StackRule:
    """A demand on the stack as a whole."""

    look: Callable[[Sequence[Resource], Wishes], Iterator[Finding]]

    def findings(self, resources: Sequence[Resource], wishes: Wishes) -> Iterator[Finding]:
        """Where the stack is not as demanded."""
        return self.look(resources, wishes)


def beside_each(one: str, other: str, what: str, when: Callable[[Wishes], bool] = lambda _wishes: True) -> StackRule:
    """A stack with a resource of one type, such as a cluster, has at least one of another type beside it."""

    def look(resources: Sequence[Resource], wishes: Wishes) -> Iterator[Finding]:
        if when(wishes) and not any(each.type == other for each in resources):
            for lonely in (each for each in resources if each.type == one):
                yield Finding(lonely, "", f"without a {other.rpartition(':')[2]}", what)

    return StackRule(look)


@dataclass(frozen=True)
class Reference:
    """Where a benchmark of the Center for Internet Security asks for the same."""

    benchmark: str
    """Such as `CIS Amazon EKS 1.6.0`."""
    number: str
    """Empty where the number was not confirmed."""
    title: str

    def __str__(self) -> str:
        return f"{self.benchmark} {self.number}" if self.number else self.benchmark


@dataclass(frozen=True)
class Control:
    """A named demand. A resource that does not fulfil it is not made, unless the blueprint excepts the control."""

    name: str
    """Its name, with which a blueprint excepts it."""
    demands: str
    """What it demands, in a sentence without a full stop."""
    rules: tuple[Rule | StackRule, ...]
    cloud: str | None = None
    """The cloud that it is about, as blueprints name it; None for Kubernetes, which every cloud has."""
    cis: tuple[Reference, ...] = ()
    """Empty where no benchmark asks for it."""
    depends: str = ""
    """On which wish of the blueprint it depends, in words; empty where on none."""
    applies: Callable[[Wishes], bool] = lambda _wishes: True
    """Whether a blueprint's wishes make it apply at all."""
    but_for: tuple[str, ...] = ()
    """What of Wayfare's own cannot fulfil it, each with the reason; its rules leave it out."""
    mandatory: bool = True
    """Whether a violation stops; an advisory one is only told."""


_STEP = re.compile(r'\["([^"]+)"\]|([^.\[\]]+)|\[(\*|\d+)\]')


def places(inputs: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Every value at a path, with the path of each; a missing value is None, an unknown one ends the way to it."""
    steps = [(found[1] or found[2], found[3] or "") for found in _STEP.finditer(path)]
    yield from _places(inputs, steps, "")


def _places(value: Any, steps: Sequence[tuple[str, str]], way: str) -> Iterator[tuple[str, Any]]:
    if not steps or value is UNKNOWN:
        yield way, value
        return
    (key, index), *rest = steps
    if key:
        inner = cast("Inputs", value).get(key) if isinstance(value, Mapping) else None
        yield from _places(inner, rest, f"{way}.{key}" if way else key)
        return
    items = cast("list[Any]", value) if isinstance(value, list) else []
    wanted = range(len(items)) if index == "*" else [int(index)]
    for number in wanted:
        inner = items[number] if number < len(items) else None
        yield from _places(inner, rest, f"{way}[{number}]")


def words(value: Any) -> str:
    """A value as a person reads it in a message."""
    match value:
        case None:
            return "not set"
        case True | False:
            return str(value).lower()
        case list():
            return f"[{', '.join(words(item) for item in cast('list[Any]', value))}]" if value else "empty"
        case Mapping():
            return f"set, with {', '.join(cast('Mapping[str, Any]', value)) or 'nothing in it'}"
        case Unknown.UNKNOWN:
            return "not known yet"
        case _:
            return str(value)


def own_keys(_resource: Resource, wishes: Wishes) -> bool:
    """Demanded where the blueprint asks for keys of the account's own."""
    return wishes.own_keys


#: One service account, as tokens of Kubernetes say it: no sign in it stands for others.
SERVICE_ACCOUNT = re.compile(r"system:serviceaccount:[a-z0-9-]+:[a-z0-9-]+")


def is_service_account(value: Any) -> bool:
    """The subject of one service account."""
    return isinstance(value, str) and SERVICE_ACCOUNT.fullmatch(value) is not None


# What is right of a value. AWS's launch templates take truth values as text.


def is_true(value: Any) -> bool:
    """Switched on."""
    return value in (True, "true")


def not_true(value: Any) -> bool:
    """Not switched on; whoever leaves it out gets the same."""
    return value in (None, False, "false")


def is_false(value: Any) -> bool:
    """Switched off, and said so."""
    return value in (False, "false")


def is_set(value: Any) -> bool:
    """There, and not empty."""
    return value not in (None, "", [], {})


def one_of(*allowed: Any) -> Right:
    """One of some values."""
    return lambda value: value in allowed


def nothing_but(wanted: str) -> Right:
    """A list of this one value."""
    return lambda value: isinstance(value, list) and len(value) == 1 and value[0] in (wanted, UNKNOWN)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType] - JSON


def holds(*wanted: str) -> Right:
    """A list that holds all of some values; what is not known yet may be among the others."""

    def right(value: Any) -> bool:
        if value is UNKNOWN:
            return True
        return isinstance(value, list) and (UNKNOWN in value or all(item in value for item in wanted))

    return right


def restricted(value: Any) -> bool:
    """A list of networks, none of which is the whole internet."""
    if not isinstance(value, list) or not value:
        return False
    return not any(str(item).endswith("/0") for item in cast("list[Any]", value))


def may_be(value: Any, right: Right) -> bool:
    """Whether a value is right, or may turn out to be."""
    return value is UNKNOWN or right(value)


def any_may_be(inputs: Any, path: str, right: Right) -> bool:
    """Whether one of the values at a path is right, or may turn out to be."""
    return any(may_be(value, right) for _, value in places(inputs, path))


def same(one: Any, other: Any) -> bool:
    """Whether two values may be the same: what is not known yet may be anything."""
    return UNKNOWN in (one, other) or one == other
