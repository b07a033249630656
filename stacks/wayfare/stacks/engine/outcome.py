"""What the engine says of its work: steps, refusals, what a state records, and the ways in which it fails."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

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


@dataclass(frozen=True)
class Recorded:
    """A resource as a stack's state records it."""

    urn: str
    type: str
    id: str | None
    parent: str | None
    needs: frozenset[str]
    """URNs that it depends on in any way, its provider and parent included."""


class StackBusy(RuntimeError):
    """Another operation works on the stack."""

    def __init__(self, stack: str, owner: Owner | None, words: str) -> None:
        """`owner`: whose lock it is, where the backend tells; `words`: the engine's own."""
        super().__init__(f"{stack} is being worked on by {owner}" if owner else words)
        self.owner = owner


@dataclass(frozen=True)
class Unfinished:
    """What an engine that died was about to do, as a stack's state records it."""

    operations: tuple[tuple[str, Mapping[str, Any]], ...]
    """(`creating`, `updating`, `deleting`, …; the resource as the state would record it, without its id)"""
    urns: frozenset[str]
    """All that the state does record."""
    providers: frozenset[str]
    """What its resources name as their provider: URN and id."""


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


def recorded(row: Mapping[str, Any]) -> Recorded:
    """A row of a state's `resources`."""
    provider: str = row.get("provider") or ""
    dependencies: list[str] = row.get("dependencies") or []
    needs = {row.get("parent") or "", provider.rpartition("::")[0], *dependencies} - {""}
    return Recorded(row["urn"], row["type"], row.get("id"), row.get("parent"), frozenset(needs))


def with_needs(rows: Sequence[Recorded], keep: Callable[[Recorded], bool]) -> set[str]:
    """URNs of the resources to keep, and of everything that they cannot stand without."""
    by_urn = {resource.urn: resource for resource in rows}
    todo = [resource.urn for resource in rows if keep(resource)]
    kept: set[str] = set()
    while todo:
        urn = todo.pop()
        if urn in by_urn and urn not in kept:
            kept.add(urn)
            todo.extend(by_urn[urn].needs)
    return kept
