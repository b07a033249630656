"""What a long operation shows while it runs."""

from rich.console import Console
from rich.status import Status

from wayfare.stacks.cli.console import tell
from wayfare.stacks.engine.outcome import Step
from wayfare.stacks.facts_workload import WORKLOADS
from wayfare.stacks.project import StackName

#: Resources that take long or decide: each is a line of its own when it is done, terminal or not.
_MILESTONES = frozenset(
    {
        *("CapacityReservation", "Reservation", "CapacityReservationGroup"),
        *("Cluster", "ManagedCluster", "NodeGroup", "NodePool", "AgentPool"),
        *("LustreFileSystem", "AmlFilesystem"),
        *(type.rpartition(":")[2] for type in WORKLOADS),
    }
)
_DONE = {"create": "created", "update": "updated", "delete": "deleted", "replace": "replaced"}
_DOING = {"create": "creating", "update": "updating", "delete": "deleting", "create-replacement": "creating anew"}


class ProgressLines:
    """Writes milestones to stderr, and on a terminal shows what is being done right now."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._status: Status | None = None
        self._count = 0

    def __enter__(self) -> "ProgressLines":
        if self._console.is_terminal:
            self._status = self._console.status("starting the engine")
            self._status.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._status is not None:
            self._status.stop()

    def __call__(self, stack: StackName, step: Step) -> None:
        """Take note of one step of the engine."""
        kind = step.type.rpartition(":")[2]
        if step.type.startswith("wayfare:"):
            return
        if step.done:
            self._count += 1
            if kind in _MILESTONES and step.operation in _DONE:
                tell(f"  {stack}: {_DONE[step.operation]} {kind} {step.name}")
        elif self._status is not None and step.operation in _DOING:
            self._status.update(f"{stack}: {_DOING[step.operation]} {kind} {step.name} ({self._count} done)")
