"""Edits of a training job that is right as the program declares it."""

from collections.abc import Callable, Iterable
from copy import deepcopy
from typing import TYPE_CHECKING

from wayfare.components.kubernetes.queues import PRIORITY_LABEL, QUEUE_LABEL
from wayfare.sandbox.behaviour import Properties

if TYPE_CHECKING:
    from tests.kubernetes.living import Living

Edit = Callable[[Properties], object]
"""Changes a set that is right."""

#: What a device's name ends in that no node has.
ANOTHER = "-of-another-make"


def job_set(cluster: "Living", name: str, *, queued: bool = True, priority: str | None = None) -> Properties:
    """The blueprint's set under another name, behind the queue or past it."""
    item = deepcopy(cluster.job_set)
    item["metadata"]["name"] = name
    labels: dict[str, str] = item["metadata"]["labels"]
    if not queued:
        del labels[QUEUE_LABEL], labels[PRIORITY_LABEL]
    if priority is not None:
        labels[PRIORITY_LABEL] = priority
    return item


def pod(item: Properties) -> Properties:
    """The specification of a set's pods, to be edited."""
    return item["spec"]["replicatedJobs"][0]["template"]["spec"]["template"]["spec"]


def job(item: Properties) -> Properties:
    """The specification of a set's only job, to be edited."""
    return item["spec"]["replicatedJobs"][0]["template"]["spec"]


def renamed(resources: Iterable[str]) -> Edit:
    """Ask for devices under names that no plugin gives them."""

    def edit(item: Properties) -> None:
        for container in (*pod(item)["containers"], *pod(item).get("initContainers", ())):
            for part in ("requests", "limits"):
                amounts: dict[str, str] = container.get("resources", {}).get(part, {})
                for name in set(resources) & amounts.keys():
                    amounts[f"{name}{ANOTHER}"] = amounts.pop(name)

    return edit
