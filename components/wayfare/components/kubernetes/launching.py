"""What the processes of a job read to find each other. Pure."""

from typing import Any

from wayfare.blueprints import Maker
from wayfare.components.contract import Request

#: PyTorch's default.
RENDEZVOUS_PORT = 29500

#: Set on every pod of an Indexed Job (kubernetes.io, "Jobs", completion mode).
_INDEX = "metadata.annotations['batch.kubernetes.io/job-completion-index']"

#: The first pod of JobSet's first job, as `training.job_set` names them: `<set>-node-0-0.<subdomain>`.
_FIRST = "{name}-node-0-0.{name}"


def environment(request: Request) -> tuple[dict[str, Any], ...]:
    """Variables of the container. What torchrun reads in place of its flags (`PET_` and the flag's name), so that one
    command fits every size. On TPUs GKE itself tells pods of a JobSet what JAX reads (GKE, "TPUs in GKE").
    """
    if request.accelerator.name.maker is Maker.GOOGLE:
        return ()
    return (
        {"name": "PET_NNODES", "value": str(request.accelerator.nodes)},
        {"name": "PET_NODE_RANK", "valueFrom": {"fieldRef": {"fieldPath": _INDEX}}},
        {"name": "PET_MASTER_ADDR", "value": _FIRST.format(name=request.name)},
        {"name": "PET_MASTER_PORT", "value": str(RENDEZVOUS_PORT)},
    )


def first(request: Request) -> str:
    """The name by which pods find the first of them."""
    return _FIRST.format(name=request.name)


def own_index() -> dict[str, Any]:
    """Which of the job's pods a pod is, from 0: the source of a variable's value."""
    return {"fieldRef": {"fieldPath": _INDEX}}
