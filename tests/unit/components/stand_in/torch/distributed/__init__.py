"""Collectives of the stand-in."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from simulated import asked  # pyright: ignore - the stand-in's own, as it is found on its path

from torch import Tensor

_SMALL = 1024  # numbers: what is told beside the measuring takes no time


def init_process_group(backend: str, timeout: timedelta) -> None:
    assert backend == "nccl"
    assert timeout > timedelta()
    if os.environ["NCCL_DEBUG"] == "INFO" and "STAND_IN_NETWORK" in os.environ:
        file = Path(os.environ["NCCL_DEBUG_FILE"].replace("%p", str(os.getpid())))
        file.write_text(f"h:1:1 [0] NCCL INFO Using network {os.environ['STAND_IN_NETWORK']}\n", encoding="utf-8")


def destroy_process_group() -> None:
    """Nothing is held."""


def get_rank() -> int:
    return int(os.environ["RANK"])


def get_world_size() -> int:
    return int(os.environ["WORLD_SIZE"])


def new_group(ranks: Sequence[int]) -> Sequence[int]:
    return ranks


def all_reduce(tensor: Tensor, group: Sequence[int] | None = None) -> None:
    counted = tensor.count if tensor.count > _SMALL else 0
    ranks = list(group) if group is not None else list(range(get_world_size()))
    tensor.fill, tensor.items = asked(get_rank(), "reduce", ranks, counted, tensor.fill, tensor.items)


def isend() -> None:
    """Named by an operation, and done by the batch."""


def irecv() -> None:
    """The same."""


@dataclass(frozen=True)
class P2POp:
    """To send or to receive."""

    op: object
    tensor: Tensor
    peer: int


class Work:
    """Something that has ended."""

    def wait(self) -> None:
        """At once."""


def batch_isend_irecv(ops: Sequence[P2POp]) -> list[Work]:
    sent, received = ops
    assert (sent.op, received.op, sent.peer) == (isend, irecv, received.peer)
    asked(get_rank(), "exchange", sorted([get_rank(), sent.peer]), sent.tensor.count, 0.0, {})
    return [Work(), Work()]
