"""What a training reads of the contract about its checkpoints, and how long it may take to end. Pure."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from wayfare.blueprints import Checkpoint, Maker
from wayfare.components.contract import Request
from wayfare.components.kubernetes.pod_template import verbatim

if TYPE_CHECKING:
    # Whoever only plans does not wait for the engine's SDK.
    import pulumi

#: URL of the bucket; what of the blueprint's contract is called as there; and the seconds of its grace.
URL, PATH = "WAYFARE_CHECKPOINTS", "WAYFARE_CHECKPOINT_PATH"
COMPLETE, STEP = "WAYFARE_CHECKPOINT_COMPLETE", "WAYFARE_CHECKPOINT_STEP"
GRACE = "WAYFARE_GRACE_SECONDS"

#: How long torchrun waits between SIGTERM to its workers and SIGKILL, in seconds: 30 where this is unset, and always
#: before PyTorch 2.12 (pytorch/pytorch, pull request 172596).
TORCHRUN_WAITS = "TORCH_ELASTIC_SHUTDOWN_TIMEOUT"


def seconds(contract: Checkpoint) -> int:
    """The grace, as Kubernetes counts it."""
    return contract.grace // timedelta(seconds=1)


def environment(request: Request, url: "pulumi.Input[str] | None") -> tuple[dict[str, Any], ...]:
    """Variables of the container; none without a contract. `url` is the bucket's, None where nobody knows it yet."""
    contract = request.checkpoint
    if contract is None:
        return ()
    grace = str(seconds(contract))
    told: dict[str, Any] = {
        **({} if url is None else {URL: url}),
        PATH: contract.path,
        COMPLETE: contract.complete,
        STEP: verbatim(contract.step),
        GRACE: grace,
        # JAX on TPUs has no launcher in between.
        **({} if request.accelerator.name.maker is Maker.GOOGLE else {TORCHRUN_WAITS: grace}),
    }
    return tuple({"name": name, "value": value} for name, value in told.items())
