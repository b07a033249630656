"""What the properties of the workload's objects mean to a person.

Paths are those of the objects that `components/kubernetes` plans.
"""

import re
from collections.abc import Mapping
from functools import partial

from wayfare.stacks.telling import Fact, Inputs, at, fact, named, of_nodes, path_steps, read_at

_Path = tuple[str | int, ...]

_JOB_SET, _DEPLOYMENT = "kubernetes:jobset.x-k8s.io/v1alpha2:JobSet", "kubernetes:apps/v1:Deployment"
_CLUSTER_QUEUE = "kubernetes:kueue.x-k8s.io/v1beta2:ClusterQueue"
_NAMESPACES_QUOTA = "kubernetes:core/v1:ResourceQuota"

_WORKERS = "kubernetes:leaderworkerset.x-k8s.io/v1:LeaderWorkerSet"

WORKLOADS = frozenset({_JOB_SET, _DEPLOYMENT, _WORKERS})
"""The objects that run the blueprint's container."""

_CONTAINER = "spec.template.spec.containers[0]"


def _workload(above: str, nodes: str, *also: str) -> tuple[Fact, ...]:
    """Of an object with one container: `above` leads to what has its pods, `nodes` from there to how many there are.

    `also`: other paths from there at which the same number stands.
    """
    container = above + _CONTAINER
    # What comes first, to try the fabric, has the same image, devices and number of nodes.
    first = rf"{re.escape(above)}spec\.template\.spec\.initContainers\[\d+\]"
    here = rf"({re.escape(container)}|{first})"
    numbers = "|".join((*(re.escape(above + path) for path in (nodes, *also)), rf"{first}\.env\[\d+\]\.value"))
    return (
        fact(numbers, read_at(*path_steps(above + nodes)), of_nodes),
        fact(rf"{here}\.image", read_at(*path_steps(container), "image"), named("image")),
        fact(
            rf"{here}\.command\b.*",
            read_at(*path_steps(container), "command"),
            lambda _before, _after: "another command",
        ),
        fact(
            rf"{here}\.resources\.(limits|requests)\b.*",
            partial(_devices, path_steps(container)),
            named("devices of a node:"),
        ),
    )


def _contract(pod: str) -> tuple[Fact, ...]:
    """Of a training: what it is told about its checkpoints, and how long it may take to end."""
    steps = path_steps(pod)
    return (
        fact(
            rf"{re.escape(pod)}\.(containers\[0\]|initContainers\[\d+\])\.env\b.*",
            partial(_told, steps),
            lambda _before, _after: "another contract about checkpoints",
        ),
        fact(
            rf"{re.escape(pod)}\.terminationGracePeriodSeconds",
            read_at(*steps, "terminationGracePeriodSeconds"),
            named("seconds to end in:"),
        ),
    )


def _told(pod: _Path, inputs: Inputs) -> object:
    variables = at(inputs, *pod, "containers", 0, "env") or ()
    told = {each["name"]: each.get("value") for each in variables if each["name"].startswith("WAYFARE_")}
    return sorted(told.items()) or None


def _replicas() -> tuple[Fact, ...]:
    """Of replicas with several pods each: the first of them answers, and the others have the same image and command."""
    template = ("spec", "leaderWorkerTemplate")
    answers = (*template, "leaderTemplate", "spec", "containers", 0)
    here = r"spec\.leaderWorkerTemplate\.(leader|worker)Template\.spec\.containers\[0\]"
    return (
        fact(r"spec\.replicas", read_at("spec", "replicas"), named("replicas:")),
        fact(r"spec\.leaderWorkerTemplate\.size", read_at(*template, "size"), named("nodes of a replica:")),
        fact(rf"{here}\.image", read_at(*answers, "image"), named("image")),
        fact(rf"{here}\.command\b.*", read_at(*answers, "command"), lambda _before, _after: "another command"),
    )


def _devices(container: _Path, inputs: Inputs) -> object:
    return _counted(at(inputs, *container, "resources", "limits") or {})


def _quota(inputs: Inputs) -> object:
    rows = at(inputs, "spec", "resourceGroups", 0, "flavors", 0, "resources") or ()
    return _counted({each["name"]: each["nominalQuota"] for each in rows if "/" in each["name"]})


def _counted(devices: Mapping[str, object]) -> str | None:
    return ", ".join(f"{count} {name}" for name, count in sorted(devices.items())) or None


WORKLOAD: Mapping[str, tuple[Fact, ...]] = {
    # The first variable is PET_NNODES, which torchrun reads.
    _JOB_SET: (
        *_workload(
            "spec.replicatedJobs[0].template.", "spec.completions", "spec.parallelism", f"{_CONTAINER}.env[0].value"
        ),
        *_contract("spec.replicatedJobs[0].template.spec.template.spec"),
    ),
    _DEPLOYMENT: _workload("", "spec.replicas"),
    _WORKERS: _replicas(),
    _CLUSTER_QUEUE: (fact(r"spec\.resourceGroups\b.*", _quota, named("devices of the queue:")),),
    _NAMESPACES_QUOTA: (
        fact(r"spec\.hard\b.*", read_at("spec", "hard", "pods"), named("most pods of the namespace:")),
    ),
}
"""By resource type."""
