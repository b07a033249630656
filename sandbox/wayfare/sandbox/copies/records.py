"""What the sandbox keeps of a copy's Job while no process runs, and what the Job says of itself."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field

from wayfare.sandbox.behaviour import Properties
from wayfare.sandbox.copies.jobs import JOB, Job
from wayfare.sandbox.store import Store

_KEY = "copy {}"


@dataclass
class Record:
    """What is kept of a Job, by its index."""

    succeeded: list[int] = field(default_factory=list[int])
    failed: list[int] = field(default_factory=list[int])
    """Those that are not begun again."""
    tried: dict[int, int] = field(default_factory=dict[int, int])
    """How often the container of each has failed."""
    words: dict[int, str] = field(default_factory=dict[int, str])
    """The last lines of each that failed, as its pod tells them."""

    def over(self, job: Job) -> bool:
        """Whether no index is left."""
        return len(self.succeeded) + len(self.failed) >= job.completions


def recorded(store: Store, job: Job) -> Record:
    """The record of this very Job."""
    found = json.loads(store.meta(_KEY.format(job.key), "{}"))
    if found.get("uid") != job.uid:
        return Record()
    numbered = ({int(key): value for key, value in found[name].items()} for name in ("tried", "words"))
    return Record(found["succeeded"], found["failed"], *numbered)


def record(store: Store, job: Job, kept: Record) -> None:
    """Keep a record, and give the Job the status that its controller would give it."""
    told = {"uid": job.uid, "succeeded": kept.succeeded, "failed": kept.failed}
    with store.transaction():
        store.set_meta(_KEY.format(job.key), json.dumps({**told, "tried": kept.tried, "words": kept.words}))
        for row in store.resources("kubernetes", JOB, job.name, job.row.region):
            outputs = {**row.outputs, "status": status(job, kept)}
            store.change(
                row.number, inputs=row.inputs, outputs=outputs, tags=row.tags, failed=row.failed, nodes=row.nodes
            )


def status(job: Job, kept: Record, active: int = 0) -> Properties:
    """A Job's status (Kubernetes API, JobStatus)."""
    found: Properties = {
        "active": active,
        "succeeded": len(kept.succeeded),
        "failed": sum(kept.tried.values()),
        "completedIndexes": ranges(kept.succeeded),
        "failedIndexes": ranges(kept.failed),
    }
    if len(kept.succeeded) >= job.completions:
        reached = {"reason": "CompletionsReached", "message": "Reached expected number of succeeded pods"}
        found["conditions"] = [{"type": "Complete", "status": "True", **reached}]
    elif kept.over(job):
        why = {"reason": "FailedIndexes", "message": "Job has failed indexes"}
        found["conditions"] = [{"type": "Failed", "status": "True", **why}]
    return found


def ranges(numbers: Iterable[int]) -> str:
    """Indexes as Kubernetes writes them: `0-2,4`."""
    runs = list[list[int]]()
    for number in sorted(numbers):
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ",".join(
        str(run[0]) if len(run) == 1 else f"{run[0]}{'-' if len(run) > 2 else ','}{run[-1]}" for run in runs
    )
