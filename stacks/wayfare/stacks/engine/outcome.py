"""What the engine says of its work: steps, refusals, and the ways in which it fails."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from wayfare.stacks.engine.owner import Owner


@dataclass(frozen=True)
class Step:
    """Something that the engine did to one resource."""

    operation: str
    """`create`, `update`, `delete`, `same`, …"""
    type: str
    name: str
    done: bool
    """False when it begins, True when it ended well."""


Watch = Callable[[Step], None]


@dataclass(frozen=True)
class Refusal:
    """An error that the engine reported, with the resource that it is about."""

    urn: str | None
    message: str
    control: bool = False
    """Whether a control of the policy pack refuses, and no cloud."""

    @property
    def type(self) -> str:
        """The resource's type token; empty where no resource is to blame."""
        return self.urn.split("::")[-2].split("$")[-1] if self.urn else ""


@dataclass(frozen=True)
class Update:
    """How an operation on a stack ended."""

    refusals: tuple[Refusal, ...] = ()
    """Empty when it succeeded."""
    changes: Mapping[str, int] = field(default_factory=dict[str, int])
    """How many resources were created, updated, deleted, kept the same."""
    idle: tuple[str, ...] = ()
    """What the program says of exceptions that except nothing."""


class StackBusy(RuntimeError):
    """Another operation works on the stack."""

    def __init__(self, stack: str, owner: Owner | None, words: str) -> None:
        """`owner`: whose lock it is, where the backend tells; `words`: the engine's own."""
        super().__init__(f"{stack} is being worked on by {owner}" if owner else words)
        self.owner = owner


class EngineFailed(RuntimeError):
    """The engine itself failed: the message is its own."""


class EngineDied(EngineFailed):
    """A signal ended the engine in the midst of its work."""

    def __init__(self, number: int) -> None:
        """`number`: the signal's."""
        super().__init__(
            f"the engine was ended by signal {number} in the midst of its work; call the command again: it looks for "
            "what was begun"
        )


def deciding(blamed: Sequence[str], said: Sequence[Refusal]) -> tuple[Refusal, ...]:
    """Errors of resources that failed; where there is none, those of the program."""
    about_resources = tuple(refusal for refusal in said if refusal.urn in blamed)
    if about_resources:
        return about_resources
    # The stack's own resource carries the engine's closing line, which says nothing.
    return tuple(refusal for refusal in said if refusal.message and refusal.message != "update failed")
