"""What the sandbox keeps of a cluster's training while no process runs, and what a JobSet says of it."""

import json
from dataclasses import asdict, dataclass

from wayfare.sandbox.behaviour import Properties, Wrong
from wayfare.sandbox.store import Store
from wayfare.sandbox.training.jobs import JOB_SET, Job

_KEY = "training of {}"


@dataclass(frozen=True)
class Record:
    """What is kept of a cluster's training."""

    uid: str = ""
    """Of the JobSet that the rest is about."""
    admitted: bool = False
    """Whether its queue has let it in."""
    restarts: int = 0
    end: str = ""
    """`Completed` or `Failed`, with which a JobSet ends; empty before."""
    crash: int = 0
    """So many runs are to crash."""
    hang: bool = False
    late: bool = False

    @property
    def wrong(self) -> list[Wrong]:
        """What is to go wrong."""
        wrongs = {Wrong.CRASH: self.crash > 0, Wrong.HANG: self.hang, Wrong.LATE: self.late}
        return [wrong for wrong, asked in wrongs.items() if asked]


def recorded(store: Store, job: Job) -> Record:
    """The record of this JobSet; what is to go wrong outlives the one before."""
    found = Record(**json.loads(store.meta(_KEY.format(job.key), "{}")))
    return found if found.uid == job.uid else Record(job.uid, crash=found.crash, hang=found.hang, late=found.late)


def record(store: Store, job: Job, kept: Record) -> None:
    """Keep a record."""
    store.set_meta(_KEY.format(job.key), json.dumps(asdict(kept)))


def tell_status(store: Store, job: Job, kept: Record) -> None:
    """Give the JobSet the status that its controller would give it (JobSet API, JobSetStatus)."""
    status: Properties = {"restarts": kept.restarts, "restartsCountTowardsMax": kept.restarts}
    if kept.end:
        message = f"its container failed {kept.restarts + 1} times" if kept.end == "Failed" else ""
        status["terminalState"] = kept.end
        status["conditions"] = [{"type": kept.end, "status": "True", "message": message}]
    with store.transaction():
        for row in store.resources("kubernetes", JOB_SET, job.name, job.key):
            outputs = {**row.outputs, "status": status}
            store.change(
                row.number, inputs=row.inputs, outputs=outputs, tags=row.tags, failed=row.failed, nodes=row.nodes
            )
