"""What a failover stands on in earnest: stacks brought up and cleaned up by the engine, and the accounts' inventory."""

import os
import threading
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from wayfare.blueprints import Loaded
from wayfare.components.along import Along
from wayfare.components.clouds import cloud
from wayfare.components.contract import Holding, Item
from wayfare.components.failures import FailureKind, Meaning, Scope, classify
from wayfare.stacks.accounts import AccountSilent
from wayfare.stacks.engine.outcome import EngineFailed, Refusal, StackBusy, Step
from wayfare.stacks.engine.state import Recorded
from wayfare.stacks.facts import BUCKETS
from wayfare.stacks.failover import Failure, Remains
from wayfare.stacks.placement import Candidate
from wayfare.stacks.project import Queue, StackName, StackSettings
from wayfare.stacks.recovery import Tell, doubtful, recover, unlocked
from wayfare.stacks.session import Session
from wayfare.stacks.stores import Store, durable

#: After such a failure the cloud may have made what the engine thinks it has not: the answer was lost, not the call.
_MAY_HAVE_WORKED = frozenset({FailureKind.TRANSIENT, FailureKind.UNKNOWN})

_NOTHING_KNOWN = Meaning(FailureKind.UNKNOWN, Scope.ZONE, timedelta(0))
_CONTROL = Meaning(FailureKind.CONTROL, Scope.ZONE, timedelta(0))

Progress = Callable[[StackName, Step], None]


@dataclass(frozen=True)
class _CleanUp:
    """A clean-up in a thread of its own, which begins when the attempt after it has."""

    future: Future[Remains]
    turn: threading.Event

    def wait(self) -> Remains:
        """Wait until it is done, and give what remains."""
        self.turn.set()
        return self.future.result()


class EngineGround:
    """Brings candidates of one blueprint up as stacks, and cleans them up beside each other."""

    def __init__(
        self,
        session: Session,
        loaded: Loaded,
        older: Sequence[StackName],
        progress: Progress,
        tell: Tell,
        queue: Queue = Queue.OPEN,
        along: Along | None = None,
    ) -> None:
        """`older`: the cluster's stacks that are there already. `queue`: whether what is brought up may run. `along`:
        what a move brings along, beside what an earlier one has."""
        self._session = session
        self._loaded = loaded
        self._progress = progress
        self._tell = tell
        self._queue = queue
        self._along = along or Along()
        self._pool = ThreadPoolExecutor(max_workers=4, thread_name_prefix="clean-up")
        # Set while an attempt makes something, and when it is over. Before that its stack and its program, which the
        # cluster waits for, have the processors to themselves.
        self._under_way = threading.Event()
        self._said: set[str] = set()
        # Stacks that held something before this run may hold data that is not this run's to delete.
        self._older = {str(name) for name in older}
        # Stacks of which the state may not tell everything: whoever worked on them last may have died.
        self._doubtful = {str(name) for name in older if doubtful(session, name)}

    def close(self) -> None:
        """Wait for the threads to end."""
        self._under_way.set()
        self._pool.shutdown(wait=True)

    def stack(self, candidate: Candidate) -> str:
        """`<cluster>.<cloud>-<region>`."""
        return str(self._name(candidate))

    def now(self) -> datetime:
        """The session's time."""
        return self._session.now()

    def up(self, candidate: Candidate) -> Failure | None:
        """Bring a candidate up; when its pool runs, give back what was held for it and protect it where asked."""
        name = self._name(candidate)
        holdable = candidate.machine is not None and candidate.machine.holds(candidate.purchase)
        hold = holdable and not self._runs(name, candidate)
        try:
            failure = self._bring(name, candidate, Holding.HELD if hold else Holding.RELEASED)
        finally:
            self._under_way.set()
        # At last, and not at first: what is not complete must be deletable.
        protect = self._loaded.blueprint.spec.deletion_protection and not self._complete(name)
        if failure is None and (hold or protect):
            failure = self._settle(name, candidate, complete=protect)
        return failure

    def clean_up(self, stack: str) -> _CleanUp:
        """Delete a stack beside the next attempt, as soon as that is under way."""
        name = StackName.parse(stack)
        if name is None:
            raise ValueError(f"{stack!r} is not a stack of a cluster")
        keep_data = durable(self._loaded.blueprint) if stack in self._older else frozenset[Store]()
        # What this run did itself, it knows; what an earlier one left may be more than its state says.
        unclear = stack in self._doubtful
        self._doubtful.discard(stack)
        if self._under_way.is_set():
            self._under_way = threading.Event()
        turn = self._under_way

        def job() -> Remains:
            turn.wait()
            return destroy(self._session, name, self._progress, self._tell, keep_data=keep_data, unclear=unclear)

        return _CleanUp(self._pool.submit(job), turn)

    def _name(self, candidate: Candidate) -> StackName:
        return StackName(self._loaded.blueprint.metadata.name, candidate.cloud, candidate.placement.region)

    def _runs(self, name: StackName, candidate: Candidate) -> bool:
        """Whether the stack already has this placement's pool, in full."""
        if str(name) not in self._older or not self._session.stacks.history(str(name)).is_up:
            return False
        settings = self._session.settings(name)
        nodes = self._session.stacks.outputs(str(name)).get("nodes")
        return (
            settings is not None and settings.placement == candidate.placement and nodes == candidate.accelerator.nodes
        )

    def _complete(self, name: StackName) -> bool:
        settings = self._session.settings(name)
        return settings is not None and settings.complete

    def _settle(self, name: StackName, candidate: Candidate, *, complete: bool) -> Failure | None:
        """Give held capacity back, and protect what is complete.

        The pool runs, so nothing that goes wrong here is a reason to leave the place.
        """
        failure = self._bring(name, candidate, Holding.RELEASED, complete=complete)
        if failure is not None and failure.meaning.kind is FailureKind.TRANSIENT:
            failure = self._bring(name, candidate, Holding.RELEASED, complete=complete)
        return None if failure is None else replace(failure, meaning=_NOTHING_KNOWN)

    def _bring(
        self, name: StackName, candidate: Candidate, holding: Holding, *, complete: bool = False
    ) -> Failure | None:
        session = self._session
        complete = complete or self._complete(name)
        wanted = configuration(
            session, self._loaded, candidate, holding, complete=complete, queue=self._queue, along=self._along
        )
        session.stacks.configure(str(name), wanted)
        if str(name) in self._doubtful:
            self._doubtful.discard(str(name))
            recover(session, name, self._tell, program=True)

        def seen(step: Step) -> None:
            self._under_way.set()
            self._progress(name, step)

        bring = partial(session.stacks.up, str(name), seen)
        update = unlocked(session, name, self._tell, bring)
        for said in update.idle:
            if said not in self._said:
                self._tell(f"warning: {said}")
        self._said.update(update.idle)
        failure = decisive(candidate, update.refusals) if update.refusals else None
        if failure is not None and failure.meaning.kind in _MAY_HAVE_WORKED:
            self._doubtful.add(str(name))
        return failure


def configuration(
    session: Session,
    loaded: Loaded,
    candidate: Candidate,
    holding: Holding,
    *,
    complete: bool = False,
    queue: Queue = Queue.OPEN,
    along: Along | None = None,
) -> dict[str, str]:
    """What a stack is configured with to bring a blueprint up at a placement. `along`: what comes to what it has."""
    placement = candidate.placement
    before = session.settings(StackName(loaded.blueprint.metadata.name, placement.cloud, placement.region))
    has = Along() if before is None else before.along
    settings = StackSettings(
        blueprint=blueprint_path(loaded.path, session.project.root),
        cloud=placement.cloud,
        region=placement.region,
        zone=placement.zone,
        machine_type=placement.machine_type,
        purchase=placement.purchase,
        reservation=placement.reservation or "",
        alternative=candidate.wish[0],
        capacity=holding,
        complete=complete,
        queue=queue,
        mode=session.mode,
    ).with_along(has.with_(along or Along()))
    return {**settings.as_configuration(), **cloud(placement.cloud).configuration(placement.region)}


def blueprint_path(path: Path, root: Path) -> str:
    """A blueprint's path as a stack's settings name it: relative where it lies in the project."""
    absolute = path.resolve()
    inside = absolute.is_relative_to(root.resolve())
    return os.path.relpath(absolute, root.resolve()) if inside else str(absolute)


def decisive(candidate: Candidate, refusals: Sequence[Refusal]) -> Failure:
    """The refusal that decides what follows: one that stops before one that leads on before one that is retried.

    A program's own mistake names no resource; it is never taken for a shortage, whatever words it holds.
    """
    rules = cloud(candidate.cloud).failures

    def meaning(refusal: Refusal) -> Meaning:
        if refusal.control:
            return _CONTROL
        return classify(refusal.message, rules) if refusal.urn else _NOTHING_KNOWN

    def weight(refusal: Refusal) -> int:
        kind = meaning(refusal).kind
        return 2 if kind is FailureKind.TRANSIENT else 1 if kind.leads_on else 0

    first = min(refusals, key=weight)
    return Failure(first.message, meaning(first), first.urn)


def destroy(
    session: Session, name: StackName, progress: Progress, tell: Tell, *, keep_data: Collection[Store], unclear: bool
) -> Remains:
    """Delete a stack and prove its absence. Gives what the inventory still holds; `retained` is what was to be kept.

    `unclear`: whoever worked on it last may have died, and left what its state does not know.
    """
    try:
        if unclear:
            recover(session, name, tell, program=session.settings(name) is not None)
        return _destroy(session, name, progress, tell, keep_data=keep_data)
    except (AccountSilent, EngineFailed, StackBusy) as error:
        return Remains(problem=str(error))


def _destroy(
    session: Session, name: StackName, progress: Progress, tell: Tell, *, keep_data: Collection[Store]
) -> Remains:
    stacks, stack = session.stacks, str(name)

    def is_kept(resource: Recorded) -> bool:
        return resource.id is not None and any(store.has(resource, name.cloud) for store in keep_data)

    doomed = [each.urn for each in stacks.resources(stack) if each.type in BUCKETS and not is_kept(each)]
    unlocked(session, name, tell, partial(stacks.let_go_full, stack, doomed))
    doom = partial(stacks.destroy, stack, lambda step: progress(name, step), keep=is_kept)
    update = unlocked(session, name, tell, doom)
    if update.refusals:
        return Remains(problem="; ".join(refusal.message for refusal in update.refusals))
    left = [resource for resource in stacks.resources(stack) if resource.id is not None]
    kept = [str(resource.id) for resource in left if is_kept(resource)]
    # What they stand on, such as the network of a file system, is named by its own id and not by a part of it.
    ground = [str(resource.id) for resource in left if kept and not is_kept(resource)]

    def retained(item: Item) -> bool:
        return any(id in item.id for id in kept) or item.id.endswith(tuple(ground))

    remains = Remains()
    for _ in session.looks():
        found = session.accounts.inventory(name.cloud, name.cluster, name.region)
        remains = Remains(tuple(replace(item, retained=retained(item)) for item in found))
        if remains.proven:
            break
    if not kept:
        stacks.remove(stack)
    return remains
