"""How PyTorch and JAX all-reduce over the machines of a job. Neither is imported before it is asked for."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Protocol

from fabric_figures import Refused, Settings, neighbour

_FLOAT = 4  # bytes

_BLIND = "sees none of this machine's accelerators; look at whether the image is built for them"


class Framework(Protocol):
    """What measuring needs of a framework."""

    members: int
    """Processes or chips in each all-reduce."""
    lanes: int
    """All-reduces that run beside each other on a machine."""
    tells: bool
    """Whether this process is the one of its machine that says what was found."""

    def all_reduce(self) -> None:
        """Begin it, in all lanes at once."""
        ...

    def done(self) -> None:
        """Wait until all that was begun has ended."""
        ...

    def total(self) -> float:
        """The first number of the last result."""
        ...

    def gathered(self, value: float) -> Sequence[float]:
        """What every process has, in the order of machines."""
        ...

    def exchange(self, step: int) -> bool:
        """Send to the machine's neighbour of this step and receive from it; False where there is none, or the framework
        cannot."""
        ...

    def end(self) -> None:
        """Let go of the accelerators."""
        ...


class _Torch:
    """PyTorch, one process for each accelerator: NCCL, RCCL, or Neuron's collectives through XLA."""

    def __init__(self, settings: Settings) -> None:
        torch: Any = import_module("torch")
        dist: Any = import_module("torch.distributed")
        self._torch, self._dist = torch, dist
        self._backend = settings.backend or self._own_backend()
        local, self._xla, self._device = int(os.environ["LOCAL_RANK"]), None, "cpu"
        if self._backend == "nccl":
            torch.cuda.set_device(local)
            self._device = f"cuda:{local}"
        elif self._backend == "xla":
            self._xla: Any = import_module("torch_xla.core.xla_model")
            import_module("torch_xla.distributed.xla_backend")
            self._device = self._xla.xla_device()
        dist.init_process_group(self._backend, timeout=timedelta(seconds=settings.limit))
        self._rank, self._size = dist.get_rank(), dist.get_world_size()
        self.members, self.lanes, self.tells = settings.nodes, self._size // settings.nodes, local == 0
        self._groups = [list(range(lane, self._size, self.lanes)) for lane in range(self.lanes)]
        # XLA is told of all groups with each call; else each process makes all of them, its own among them.
        made = [] if self._xla else [dist.new_group(group) for group in self._groups]
        self._group = made[self._rank % self.lanes] if made else None
        self._buffer = torch.ones(settings.size // _FLOAT, device=self._device)

    def _own_backend(self) -> str:
        if self._torch.cuda.is_available():
            return "nccl"
        if find_spec("torch_xla") is not None:
            return "xla"
        raise Refused(f"fabric probe: PyTorch {_BLIND}")

    def _sum(self, tensor: Any, groups: list[list[int]] | None = None, group: Any = None) -> Any:
        if self._xla:
            return self._xla.all_reduce("sum", tensor, groups=groups)
        self._dist.all_reduce(tensor, group=group)
        return tensor

    def all_reduce(self) -> None:
        self._buffer = self._sum(self._buffer, self._groups, self._group)

    def done(self) -> None:
        if self._xla:
            self._xla.mark_step()
            self._xla.wait_device_ops()
        elif self._backend == "nccl":
            self._torch.cuda.synchronize()

    def total(self) -> float:
        return float(self._buffer[0].item())

    def gathered(self, value: float) -> Sequence[float]:
        own = self._torch.zeros(self._size, device=self._device)
        own[self._rank] = value
        return self._sum(own).tolist()

    def exchange(self, step: int) -> bool:
        other = None if self._xla else neighbour(self._rank // self.lanes, self.members, step)
        if other is None:
            return False
        dist, partner = self._dist, other * self.lanes + self._rank % self.lanes
        received = self._torch.empty_like(self._buffer)
        both = [dist.P2POp(dist.isend, self._buffer, partner), dist.P2POp(dist.irecv, received, partner)]
        for each in dist.batch_isend_irecv(both):
            each.wait()
        return True

    def end(self) -> None:
        if not self._xla:
            self._dist.destroy_process_group()


class _Jax:
    """JAX, one process for each machine: over the machines for each chip, or over all chips of a slice of TPUs."""

    def __init__(self, settings: Settings) -> None:
        jax: Any = import_module("jax")
        jax.distributed.initialize(
            coordinator_address=f"{settings.first}:{settings.port + 1}",
            num_processes=settings.nodes,
            process_id=settings.node,
        )
        if jax.default_backend() == "cpu" and not settings.backend:
            raise Refused(f"fabric probe: JAX {_BLIND}")
        self._jax, self.tells = jax, True
        self._gather: Any = import_module("jax.experimental.multihost_utils").process_allgather
        self._over(jax.device_count() if settings.each == "chip" else settings.nodes, settings.size // _FLOAT)

    def _over(self, members: int, count: int) -> None:
        """One array with a row for each member, which lies there: to add up its rows is an all-reduce."""
        jax, sharding = self._jax, import_module("jax.sharding")
        self.members, self.lanes = members, jax.device_count() // members
        shape = (members, self.lanes)
        devices = sorted(jax.devices(), key=lambda device: (device.process_index, device.id))
        by_member = [devices[member * self.lanes : (member + 1) * self.lanes] for member in range(members)]
        mesh = sharding.Mesh(by_member, ("member", "lane"))
        rows = sharding.NamedSharding(mesh, sharding.PartitionSpec("member", "lane"))
        everywhere = sharding.NamedSharding(mesh, sharding.PartitionSpec("lane"))
        self._ones: Any = jax.jit(lambda: jax.numpy.ones((*shape, count), "float32"), out_shardings=rows)()
        added: Any = partial(jax.numpy.sum, axis=0)
        self._add: Any = jax.jit(added, out_shardings=everywhere)
        self._result: Any = None

    def all_reduce(self) -> None:
        self._result = self._add(self._ones)

    def done(self) -> None:
        self._jax.block_until_ready(self._result)

    def total(self) -> float:
        return float(self._result.addressable_shards[0].data[0, 0])

    def gathered(self, value: float) -> Sequence[float]:
        return self._gather(self._jax.numpy.float32(value)).ravel().tolist()

    def exchange(self, step: int) -> bool:  # noqa: ARG002 - it sends to all or to none
        return False

    def end(self) -> None:
        self._jax.distributed.shutdown()


FRAMEWORKS: Mapping[str, Callable[[Settings], Framework]] = {"torch": _Torch, "jax": _Jax}
