"""The two places of a move in earnest: stacks that the engine works on, and their clusters.

Operations may be called again after an interruption: a stack that somebody left half-way is recovered first, and what
is there already is not asked for twice.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from threading import Event

from wayfare.blueprints import BlueprintInvalid, Loaded, load
from wayfare.components.along import Along
from wayfare.components.clouds import cloud
from wayfare.stacks import doing
from wayfare.stacks.accounts import AccountSilent
from wayfare.stacks.engine.outcome import EngineFailed, StackBusy
from wayfare.stacks.engine.process import Interrupted
from wayfare.stacks.ground import Progress, destroy
from wayfare.stacks.moving.journey import Stopped, Whole
from wayfare.stacks.project import Queue, StackName, StackSettings
from wayfare.stacks.prospect import standing_stacks
from wayfare.stacks.recovery import Tell, doubtful, recover, unlocked
from wayfare.stacks.session import Session
from wayfare.stacks.stores import Store


@dataclass(frozen=True)
class Surroundings:
    """What both places share."""

    session: Session
    loaded: Loaded
    """The blueprint, as it was when the move began."""
    progress: Progress
    tell: Tell
    newest: Callable[[StackName], Whole | None]
    """The newest whole checkpoint in the bucket of a stack."""
    leased: Callable[[], None]
    """Raises Stopped where the cluster's lease is lost."""
    keep_data: Collection[Store]
    """Stores of the source that stay when it is destroyed."""
    leaving: Event = field(default_factory=Event)
    """Set when this process is asked to stop."""

    def fence(self) -> None:
        """Raise Stopped where this process may not act any more: another has the lease, or the blueprint differs.

        Raises Interrupted where it was asked to stop.
        """
        if self.leaving.is_set():
            raise Interrupted
        self.leased()
        unchanged(self.loaded.path, self.loaded.digest)

    def admit(self, stack: StackName, queue: Queue) -> None:
        """Open or close the queue of a stack's cluster, by the engine."""
        self._change(stack, lambda settings: settings.model_copy(update={"queue": queue}))

    def equip(self, stack: StackName, along: Along) -> None:
        """Have a stack's cluster use what was brought along, by the engine."""
        self._change(stack, lambda settings: settings.with_along(settings.along.with_(along)))

    def _change(self, stack: StackName, change: Callable[[StackSettings], StackSettings]) -> None:
        session, name = self.session, str(stack)
        # Also so that the engine knows it: to make a stack anew fails where a dead engine has left its lock.
        if stack not in session.names(stack.cluster):
            raise Stopped(f"there is no stack {stack} any more; `wayfare get` tells what there is")
        settings = session.settings(stack)
        if settings is None:
            raise Stopped(f"{session.project.settings_file(name)} is missing, and with it the placement of {stack}")
        # What the settings say may never have come to the cluster: the engine finds out what is to be done.
        unclear = doubtful(session, stack)
        self.fence()
        wanted = change(settings).as_configuration()
        with _told(stack):
            session.stacks.configure(name, {**wanted, **cloud(stack.cloud).configuration(stack.region)})
            if unclear:
                recover(session, stack, self.tell, program=True)
            up = partial(session.stacks.up, name, lambda step: self.progress(stack, step))
            update = unlocked(session, stack, self.tell, up)
        if update.refusals:
            raise Stopped(f"{stack}: {'; '.join(refusal.message for refusal in update.refusals)}")

    def pods(self, stack: StackName) -> int:
        """Pods of the workload that are there, those that are ending included."""
        try:
            return doing.present(self.session, stack)
        except doing.Unanswered as error:
            raise Stopped(f"nobody knows what runs on {stack}: {error}") from None

    def take_down(self, stack: StackName, keep_data: Collection[Store] = ()) -> None:
        """Destroy a stack, data included but for the stores to keep, and prove its absence."""
        self.fence()
        unclear = doubtful(self.session, stack)
        remains = destroy(self.session, stack, self.progress, self.tell, keep_data=keep_data, unclear=unclear)
        if remains.problem is not None:
            raise Stopped(f"{stack}: {remains.problem}")
        if remains.left:
            raise Stopped(f"{stack}: the inventory still has {', '.join(item.id for item in remains.left)}")

    def inventory(self, stack: StackName) -> Sequence[str]:
        """What the cloud has of a stack."""
        try:
            return [item.id for item in self.session.accounts.inventory(stack.cloud, stack.cluster, stack.region)]
        except AccountSilent as silent:
            raise Stopped(str(silent)) from None


@contextmanager
def _told(stack: StackName) -> Generator[None]:
    """Failures of the engine as words that a move stops with."""
    try:
        yield
    except (EngineFailed, StackBusy, AccountSilent) as error:
        raise Stopped(f"{stack}: {error}") from None


class _Place(ABC):
    """A place, wherever its stack is."""

    def __init__(self, around: Surroundings) -> None:
        self._around = around

    @property
    @abstractmethod
    def stack(self) -> StackName:
        """The stack in which the cluster stands here. Raises Stopped where it stands in none."""

    def hold(self) -> None:
        """Close its queue."""
        self._around.admit(self.stack, Queue.HELD)

    def release(self) -> None:
        """Open its queue."""
        self._around.admit(self.stack, Queue.OPEN)

    def running(self) -> int:
        """Pods that are there."""
        return self._around.pods(self.stack)

    def newest(self) -> Whole | None:
        """The newest whole checkpoint in its bucket."""
        return self._around.newest(self.stack)


class Source(_Place):
    """Where the cluster stands when the move begins: one stack."""

    def __init__(self, around: Surroundings, stack: StackName) -> None:
        super().__init__(around)
        self._stack = stack

    @property
    def stack(self) -> StackName:
        """The source's stack, whatever has become of it."""
        return self._stack

    @property
    def name(self) -> str:
        """Its stack."""
        return str(self._stack)

    def stands(self) -> bool:
        """Whether the cluster stands here."""
        return self._is_there() and bool(standing_stacks(self._around.session, [self._stack]))

    def remove(self) -> None:
        """Destroy it; nothing where it is gone."""
        if self._is_there():
            self._around.take_down(self._stack, self._around.keep_data)

    def left(self) -> Sequence[str]:
        """What the cloud's inventory has of it, but for what is kept on purpose."""
        if self._around.keep_data and self._is_there():
            # `remove` has looked at the inventory: what it has is what the stack still records.
            return ()
        return self._around.inventory(self._stack)

    def _is_there(self) -> bool:
        return self._stack in self._around.session.names(self._stack.cluster)


class Target(_Place):
    """Where the cluster goes: whichever stack of it is not the source's. A failover may change which."""

    def __init__(self, around: Surroundings, source: StackName, wanted: str) -> None:
        """`wanted`: what was asked for, such as `azure`, for as long as there is no stack."""
        super().__init__(around)
        self._source = source
        self._wanted = wanted

    @property
    def stack(self) -> StackName:
        """The one in which the cluster stands. Raises Stopped where it stands in none."""
        standing = standing_stacks(self._around.session, self._stacks())
        if not standing:
            raise Stopped(f"{self._source.cluster} does not stand on {self._wanted}")
        return standing[0]

    @property
    def name(self) -> str:
        """Its stack, or what was asked for."""
        stacks = self._stacks()
        return str(stacks[0]) if stacks else f"{self._source.cluster} on {self._wanted}"

    def stands(self) -> bool:
        """Whether the cluster stands there."""
        return bool(standing_stacks(self._around.session, self._stacks()))

    def remove(self) -> None:
        """Destroy every stack of the cluster but the source's."""
        for stack in self._stacks():
            self._around.take_down(stack)

    def left(self) -> Sequence[str]:
        """What the clouds' inventories have of stacks that are there, and the stacks themselves."""
        return [found for stack in self._stacks() for found in (f"stack {stack}", *self._around.inventory(stack))]

    def _stacks(self) -> list[StackName]:
        return [name for name in self._around.session.names(self._source.cluster) if name != self._source]


def unchanged(path: Path, digest: str) -> Loaded:
    """The blueprint that a move began with. Raises Stopped where the file is not that any more."""
    try:
        loaded = load(path)
    except BlueprintInvalid as invalid:
        raise Stopped(f"the blueprint cannot be read any more: {invalid}") from None
    if loaded.digest != digest:
        raise Stopped(
            f"{path} was changed since the move began, and a move changes a place and nothing else; put it back as it "
            "was (`wayfare moves show ID -o json` has it), and change it after the move"
        )
    return loaded
