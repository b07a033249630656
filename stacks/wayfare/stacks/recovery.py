"""What an interrupted run left of a stack: its lock, what it was about to make, and what it made unseen.

An engine writes down what it is about to make, asks the cloud, and writes down what it got. Whoever dies in between
leaves a resource that costs money and that no state knows; the next `up` would make a second one. So before a stack
that did not end well is touched again, each resource that may be there is looked for by its id, and taken into the
state if it is.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Protocol, TypeVar, cast

from pulumi.runtime import rpc

from wayfare.blueprints import CloudName
from wayfare.components.contract import Lost
from wayfare.stacks.engine.outcome import StackBusy
from wayfare.stacks.session import Session

Tell = Callable[[str], None]
ResultT = TypeVar("ResultT")

#: A round finds what stands in what the last one found: a cluster, then its pools, then its objects.
_ROUNDS = 4


class Placed(Protocol):
    """A stack whose resources carry a cluster's tags. As text it is the stack's name."""

    @property
    def cluster(self) -> str:
        """The cluster's name."""
        ...

    @property
    def cloud(self) -> CloudName:
        """Where its resources are."""
        ...

    @property
    def region(self) -> str:
        """The region in their tags."""
        ...


def unlocked(session: Session, name: Placed, tell: Tell, operation: Callable[[], ResultT]) -> ResultT:
    """Do something to a stack; break a lock in its way if whoever took it is certainly dead. Raises StackBusy."""
    try:
        return operation()
    except StackBusy as busy:
        if busy.owner is None or not busy.owner.is_dead(shared=session.shared):
            raise
        tell(f"{name}: {busy.owner} has died and left its lock, which is broken")
        session.stacks.unlock(str(name))
        return operation()


def doubtful(session: Session, name: Placed) -> bool:
    """Whether an earlier run may have left more of a stack than its state tells.

    An engine that dies leaves no word of its end, but what it was about to do.
    """
    stack = str(name)
    return not session.stacks.history(stack).ended_well or bool(session.stacks.unfinished(stack).operations)


def recover(session: Session, name: Placed, tell: Tell, *, program: bool) -> None:
    """Make a stack that an earlier run may have left in the midst of something fit for the next operation.

    `program` says whether the stack's program can tell what it would make. Raises StackBusy and EngineFailed.
    """
    stacks, stack = session.stacks, str(name)
    state = stacks.unfinished(stack)
    begun = {str(row["urn"]): row for kind, row in state.operations if kind in ("creating", "importing")}
    # Also where nothing was begun: a lock may be left all the same. An engine that lives still has its own.
    _take_in(session, name, tell, list(begun.values()))
    for kind, row in state.operations:
        tell(f"{name}: an earlier run had died while {kind} {_named(row)}")
    if not program:
        return
    for _ in range(_ROUNDS):
        state = stacks.unfinished(stack)
        planned = unlocked(session, name, tell, partial(stacks.planned, stack))
        # What stands in something that is not there yet cannot be there either.
        placed = [row for row in planned if row["parent"] in state.urns and row["provider"] in state.providers]
        if not (placed and _take_in(session, name, tell, placed)):
            return


def _take_in(session: Session, name: Placed, tell: Tell, rows: Sequence[Mapping[str, Any]]) -> bool:
    """Take into the state what the cloud has of these; whether that was anything."""
    lost = [Lost(str(row["urn"]), str(row["type"]), _logical(row), _known(row.get("inputs") or {})) for row in rows]
    ids = session.accounts.ids(name.cloud, name.cluster, name.region, lost)
    candidates = {str(row["urn"]): row for row in rows if str(row["urn"]) in ids}
    with_ids: list[Mapping[str, Any]] = [{**row, "id": ids[urn]} for urn, row in candidates.items()]
    unlocked(session, name, tell, partial(session.stacks.record, str(name), with_ids))
    taken = candidates.keys() & session.stacks.unfinished(str(name)).urns
    for urn in sorted(taken):
        tell(f"{name}: found {_named(candidates[urn])} ({ids[urn]}), which no state knew, and took it over")
    return bool(taken)


def _known(value: Any) -> Any:
    """Inputs without those that are known only when something else is made."""
    if isinstance(value, dict):
        inputs = cast("dict[str, Any]", value)
        return {key: _known(inner) for key, inner in inputs.items() if inner != rpc.UNKNOWN}
    return value


def _logical(row: Mapping[str, Any]) -> str:
    return str(row["urn"]).rpartition("::")[2]


def _named(row: Mapping[str, Any]) -> str:
    return f"{str(row['type']).rpartition(':')[2]} {_logical(row)}"
