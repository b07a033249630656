"""The processes that stand for trainings' pods, made to agree with what the clusters' objects ask for.

`look` does what is due and says when to look again. All of it is called from one thread, which lives as long as the
processes are to: Linux ends them with the thread that started them.
"""

import hashlib
import logging
import shutil
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import IO

from wayfare.sandbox.behaviour import Properties, Refused, Wrong
from wayfare.sandbox.store import Store
from wayfare.sandbox.training.child import Child, last_step, last_words
from wayfare.sandbox.training.contract import Broken, Contract, Whole, objects_in
from wayfare.sandbox.training.jobs import JOB_SET, Job, jobs
from wayfare.sandbox.training.pods import Pods, Unseen
from wayfare.sandbox.training.records import record, recorded
from wayfare.sandbox.training.trainer import put

_LOG = logging.getLogger(__name__)

#: Seconds after a training's pods have gone until its late object is there.
LATE_SECONDS = 1.0

#: Seconds after which what could not be started is tried again.
_AGAIN = 1.0


class Runs:
    """At most one process for each cluster."""

    def __init__(
        self, store: Store, pods: Pods, elapsed: Callable[[], float], now: Callable[[], float] = time.monotonic
    ) -> None:
        """`elapsed`: virtual seconds, for the timeline; `now`: real seconds, of which a grace period has some."""
        self._store, self._pods, self._elapsed, self._now = store, pods, elapsed, now
        self._directory = store.directory / "trainings"
        self._children = dict[str, Child]()
        self._going = set[str]()
        """JobSets that are about to be deleted."""
        self._late = dict[str, tuple[float, Job]]()

    def look(self) -> float | None:
        """Start, end and note what is due; seconds until something is due by itself, None for never."""
        for key, child in list(self._children.items()):
            if (code := child.code()) is not None:
                self._ended(key, child, code)
        wanted, dues = self._wanted(), list[float]()
        for key, child in self._children.items():
            self._hold(child, wanted.get(key))
        for key, job in wanted.items():
            if key not in self._children and self._waits(job) is None:
                dues += self._started(job)
        for due, job in list(self._late.values()):
            if due <= self._now():
                self._write_late(job)
        dues += [child.told for child in self._children.values() if child.told is not None and not child.killed]
        dues += [due for due, _ in self._late.values()]
        if self._pods.look is not None and (wanted or self._children):
            dues.append(self._now() + self._pods.look)
        return max(0.0, min(dues) - self._now()) if dues else None

    def pipes(self) -> Iterator[IO[bytes]]:
        """What can be read from when it is time to look."""
        return (child.pipe for child in self._children.values())

    def rows(self, *, whole: bool = True) -> list[Properties]:
        """What there is to tell of every training. `whole`: with what a look into its bucket tells."""
        found = {**self._wanted(), **{key: child.job for key, child in self._children.items()}}
        return [self._row(found[key], whole=whole) for key in sorted(found)]

    def disturb(self, cluster: str, wrong: Wrong, times: int = 1) -> None:
        """Let something go wrong with the training of a cluster or a stack. Raises `Refused`."""
        job = self._named(cluster)
        kept, child = recorded(self._store, job), self._children.get(job.key)
        match wrong:
            case Wrong.CRASH:
                kept = replace(kept, crash=times)
            case Wrong.HANG:
                kept = replace(kept, hang=True)
            case Wrong.LATE:
                kept = replace(kept, late=True)
            case Wrong.MEND:
                self._late.pop(job.key, None)
                kept = replace(kept, crash=0, hang=False, late=False)
        record(self._store, job, kept)
        if child is None and wrong is Wrong.LATE:
            self._write_late(job)
        elif child is not None and wrong is not Wrong.LATE:
            # Whoever tells it to end afterwards finds it so.
            child.ask(wrong, answer=b"hangs" if wrong is Wrong.HANG else b"")

    def remove(self, key: str, uid: str) -> threading.Event:
        """End the training of a JobSet that is about to be deleted, and start it no more; set once it has ended."""
        self._going.add(uid)
        self.look()
        child = self._children.get(key)
        if child is not None and child.job.uid == uid:
            return child.ended
        done = threading.Event()
        done.set()
        return done

    def passed(self, seconds: float) -> None:
        """So much time passes at once: grace periods and what comes late are due so much earlier."""
        for child in self._children.values():
            if child.told is not None:
                child.told -= seconds
        self._late = {key: (due - seconds, job) for key, (due, job) in self._late.items()}

    def close(self) -> None:
        """End every process at once, as where the power fails."""
        for child in self._children.values():
            child.kill()
        for child in self._children.values():
            child.close()
        self._children.clear()
        self._late.clear()

    def forget(self) -> None:
        """End every process at once, and keep nothing of them."""
        self.close()
        self._going.clear()
        shutil.rmtree(self._directory, ignore_errors=True)

    def _wanted(self) -> Mapping[str, Job]:
        """The trainings as their pods have them. A process whose pods nobody sees goes on, and none begins."""
        found = dict(jobs(self._store))
        for key, job in found.items():
            child = self._children.get(key)
            try:
                found[key] = self._pods.seen(job, stood_for=child is not None)
            except Unseen as unseen:
                found[key] = replace(job, evicted=str(unseen)) if child is None else child.job
        return found

    def _aside(self, job: Job) -> Path:
        return self._directory / hashlib.sha256(job.key.encode()).hexdigest()[:12]

    def _waits(self, job: Job) -> str | None:
        """Why no process is to be started for a job that has none; None where one is."""
        kept = recorded(self._store, job)
        if kept.end == "Failed":
            return f"its container failed {kept.restarts + 1} times; the last one said: {last_words(self._aside(job))}"
        if kept.end:
            return ""
        if job.uid in self._going:
            return "it is being deleted"
        return job.evicted or ("" if kept.admitted else job.closed) or job.unmounted or None

    def _started(self, job: Job) -> list[float]:
        """Start a process; where that fails, as on a disk that is full, when to try again."""
        try:
            self._start(job)
        except (OSError, Unseen):
            _LOG.exception("the training of %s cannot be started", job.stack)
            return [self._now() + _AGAIN]
        return []

    def _start(self, job: Job) -> None:
        kept = recorded(self._store, job)
        self._pods.take(job)
        self._children[job.key] = child = Child(job, self._aside(job))
        record(self._store, job, replace(kept, admitted=True))
        self._note("began", job, f"process {child.pid} for {job.pods} pods")
        for wrong in kept.wrong:
            if wrong is not Wrong.LATE:
                child.ask(wrong)

    def _hold(self, child: Child, job: Job | None) -> None:
        """Let a process go on, ask it to end, or end it, as the objects have it now."""
        if child.told is None:
            same = job is not None and (job.uid, job.uids) == (child.job.uid, child.job.uids)
            if job is not None and same and not job.evicted and job.uid not in self._going:
                return
            child.end(self._now() + child.job.grace)
            self._note("told to end", child.job, f"within {child.job.grace:.0f} s: {_why(child.job, job)}")
        elif child.told <= self._now() and not child.killed:
            child.kill()
            self._note("killed", child.job, f"after {child.job.grace:.0f} s")

    def _ended(self, key: str, child: Child, code: int) -> None:
        del self._children[key]
        self._take_down(key, child, code)
        # Last, for whoever waits for it goes on then.
        child.close()

    def _take_down(self, key: str, child: Child, code: int) -> None:
        job, kept = child.job, recorded(self._store, child.job)
        self._note("ended", job, f"with {code}")
        if child.told is not None:
            record(self._store, job, replace(kept, admitted=False, hang=kept.hang and not child.killed))
            if kept.late:
                self._late[key] = (self._now() + LATE_SECONDS, job)
            return
        kept = replace(kept, crash=max(0, kept.crash - 1), hang=False)
        if code == 0:
            kept = replace(kept, end="Completed")
        elif kept.restarts >= job.restarts:
            kept = replace(kept, end="Failed")
        else:
            kept = replace(kept, restarts=kept.restarts + 1)
        record(self._store, job, kept)
        try:
            self._pods.ended(job, kept, code)
        except Unseen as unseen:
            # They run on, as far as anybody knows: a process begins again for them.
            self._note("untold", job, str(unseen))

    def _write_late(self, job: Job) -> None:
        """An object that was on its way when its sender ended."""
        self._late.pop(job.key, None)
        record(self._store, job, replace(recorded(self._store, job), late=False))
        if job.bucket is None:
            return
        newest = _newest(job)
        folder = "" if newest is None else newest.prefix if newest.prefix.endswith("/") else f"{newest.prefix}.parts/"
        count = sum(1 for name in objects_in(job.bucket) if name.rpartition("/")[2].startswith("late-"))
        name = f"{folder}late-{count}.bin"
        try:
            put(job.bucket, self._aside(job) / "late", name, hashlib.sha256(name.encode()).digest())
        except OSError as error:
            self._note("late", job, f"nothing: {error.strerror}")
        else:
            self._note("late", job, name)

    def _named(self, cluster: str) -> Job:
        found = {**jobs(self._store), **{key: child.job for key, child in self._children.items()}}
        fit = [job for job in found.values() if cluster in (job.cluster, job.stack, job.key)]
        if len(fit) != 1:
            known = ", ".join(sorted(job.stack for job in fit or found.values())) or "none"
            count = "more than one" if fit else "no"
            raise Refused(f"{cluster!r} is {count} training of the sandbox; there is: {known}")
        return fit[0]

    def _row(self, job: Job, *, whole: bool) -> Properties:
        kept, child = recorded(self._store, job), self._children.get(job.key)
        if child is None:
            why = self._waits(job)
            state, reason = (kept.end.lower() or "waiting"), "it is about to start" if why is None else why
        else:
            state, reason = ("running", "") if child.told is None else ("ending", "it was told to end")
        newest = _newest(job) if whole else None
        return {
            "cluster": job.cluster,
            "stack": job.stack,
            "cloud": str(job.cloud),
            "region": job.region,
            "state": state,
            "reason": reason,
            "pods": 0 if child is None else job.pods,
            "wanted": job.pods,
            "step": last_step(self._aside(job)),
            "whole": None if newest is None else newest.step,
            "restarts": kept.restarts,
            "pid": None if child is None else child.pid,
            "wrong": [str(wrong) for wrong in kept.wrong],
        }

    def _note(self, kind: str, job: Job, text: str) -> None:
        _LOG.info("training of %s: %s %s", job.stack, kind, text)
        self._store.note(self._elapsed(), kind, "kubernetes", JOB_SET, job.name, job.stack, text)


def _why(was: Job, job: Job | None) -> str:
    """Why a process is to end."""
    if job is not None and job.uid == was.uid and job.evicted:
        return job.evicted
    return "its set is gone" if job is None or job.uid != was.uid or job.uids == was.uids else "its pods are others"


def _newest(job: Job) -> Whole | None:
    """The newest whole checkpoint, looked up in the bucket."""
    contract = Contract.of(job.environment)
    if contract is None or job.bucket is None:
        return None
    try:
        return contract.newest(objects_in(job.bucket))
    except Broken:
        return None
