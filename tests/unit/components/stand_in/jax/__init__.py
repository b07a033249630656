"""Stands for JAX where there is none: one process for each machine, on a fabric that a test simulates."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from simulated import asked  # pyright: ignore - the stand-in's own, as it is found on its path

from jax import sharding as sharding


@dataclass(frozen=True)
class Device:
    """A chip."""

    process_index: int
    id: int


@dataclass
class Array:
    """Rows of like numbers, one for each member, on all chips; or their sum."""

    shape: tuple[int, ...]
    fill: float

    @property
    def addressable_shards(self) -> "list[Array]":
        return [self]

    @property
    def data(self) -> "Array":
        return self

    def __getitem__(self, _place: tuple[int, int]) -> float:
        return self.fill


class distributed:  # noqa: N801 - JAX's name
    """Who takes part."""

    node, nodes = 0, 1

    @classmethod
    def initialize(cls, coordinator_address: str, num_processes: int, process_id: int) -> None:
        assert coordinator_address.startswith("127.0.0.1:")
        cls.node, cls.nodes = process_id, num_processes

    @staticmethod
    def shutdown() -> None:
        """Nothing is held."""


class numpy:  # noqa: N801 - JAX's name
    """Arrays."""

    float32 = float

    @staticmethod
    def ones(shape: tuple[int, ...], dtype: str) -> Array:
        assert dtype == "float32"
        return Array(shape, 1.0)

    @staticmethod
    def sum(array: Array, axis: int) -> Array:
        """Every process has as many rows as chips, but for those of other lanes."""
        assert axis == 0
        members, _, count = array.shape
        ranks, local = list(range(distributed.nodes)), _local()
        own = members / distributed.nodes
        fill, _ = asked(distributed.node, "reduce", ranks, count * local, own * array.fill, {})
        return Array(array.shape[1:], fill)


def jit(function: Any, out_shardings: Any) -> Callable[..., Array]:
    """`sum` leaves it on every member, all else where the rows are."""
    adds = isinstance(function, partial)
    assert len(out_shardings.axes) == (1 if adds else 2)
    return lambda *arrays: function(*arrays)


def default_backend() -> str:
    return "cpu" if "STAND_IN_BLIND" in os.environ else "gpu"


def device_count() -> int:
    return distributed.nodes * _local()


def devices() -> list[Device]:
    return [Device(id % distributed.nodes, id) for id in range(device_count())]


def block_until_ready(array: Array | None) -> None:
    """Everything is when it is given back."""
    assert array is None or array.fill


def _local() -> int:
    return int(os.environ["WAYFARE_PROBE_PROCESSES"])
