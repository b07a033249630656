"""Whether a model fits into the accelerators of a node, and how it is laid over them. Pure; GB are 10^9 bytes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from wayfare.blueprints import Blueprint, InferenceCluster, ServedModel
from wayfare.components.catalog import MachineType
from wayfare.components.contract import NotFeasible
from wayfare.components.memory import CACHE_BYTES, Share, share, token, told_gib, weights

#: Nodes that are counted up to when one is not enough.
_MOST_NODES = 64

_NOT_BUILT = "serving one model over several nodes is not built yet"


@dataclass(frozen=True)
class Fit:
    """How a model is laid over the accelerators of a node."""

    model: str
    tensor: int
    """Accelerators that share each layer."""
    pipeline: int
    """Groups of them that the layers are divided among."""
    batch: int
    """Sequences of full length that the cache holds at once."""
    context: int
    """Full length, in tokens."""
    arithmetic: tuple[str, ...]
    """How it came about, a line for each step."""

    def __str__(self) -> str:
        return (
            f"tensor parallel {self.tensor}, pipeline parallel {self.pipeline}, at most "
            f"{_sequences(self.batch, self.context)} at once"
        )

    def as_data(self) -> dict[str, object]:
        """The part of a row of `wayfare plan -o json`."""
        return {
            "name": self.model,
            "tensor_parallel": self.tensor,
            "pipeline_parallel": self.pipeline,
            "largest_batch": self.batch,
            "context": self.context,
            "arithmetic": list(self.arithmetic),
        }


def fitted(blueprint: Blueprint, machine: MachineType) -> Fit | None:
    """How a blueprint's model is laid over a machine's accelerators; None where it names none. Raises NotFeasible."""
    if not isinstance(blueprint, InferenceCluster):
        return None
    served = blueprint.spec.workload.served
    return None if served is None else fit(served, machine)


def fit(model: ServedModel, machine: MachineType) -> Fit:
    """The smallest tensor parallel size that holds a model within a node, and pipeline stages only if none does.

    Raises NotFeasible, with the arithmetic, where a node is too small.
    """
    layouts = list(_layouts(model, machine.accelerators))
    for tensor, pipeline in layouts:
        held = share(model, machine, tensor, pipeline)
        if held.batch >= model.concurrency:
            steps = tuple(_steps(model, machine, held, tensor, pipeline))
            return Fit(model.name, tensor, pipeline, held.batch, model.context, steps)
    raise NotFeasible(f"{model.name} does not fit: {_why_not(model, machine, layouts)}")


def _layouts(model: ServedModel, accelerators: int) -> Iterator[tuple[int, int]]:
    """Tensor and pipeline parallel sizes within a node, in the order in which they are tried."""
    stages = range(1, min(accelerators, model.layers) + 1)
    for pipeline in stages if model.pipeline_parallel is None else (model.pipeline_parallel,):
        for tensor in _tensors(model, accelerators):
            if tensor * pipeline <= accelerators:
                yield tensor, pipeline


def _tensors(model: ServedModel, accelerators: int) -> Sequence[int]:
    """Tensor parallel sizes that are asked for, or that the model's heads allow within a node."""
    if model.tensor_parallel is not None:
        return (model.tensor_parallel,) if model.tensor_parallel <= accelerators else ()
    return model.divisors(accelerators)


def _steps(model: ServedModel, machine: MachineType, held: Share, tensor: int, pipeline: int) -> Iterator[str]:
    over = tensor * pipeline
    partly = f", {_billions(model.unquantized)} of them in 16 bits" if model.unquantized else ""
    yield (
        f"weights: {_billions(model.parameters)} parameters in {model.dtype}{partly} are {_gb(weights(model))}; over "
        f"{over} of {machine.accelerators} accelerators {_gb(held.weights)} in each"
    )
    yield (
        f"cache: {_cached(model)} are {token(model) / 1024:,.1f} KiB for each token; for {model.context:,} tokens "
        f"{_gb(held.sequence)} in each{_beside(model, tensor)}"
    )
    measured = "one accelerator" if over == 1 else "several accelerators"
    yield (
        f"runtime and activations: {_gb(held.overhead)} in each, from what vLLM measured with {measured}, at a width "
        f"of {model.width:,}"
    )
    yield (
        f"memory: {model.utilization:g} of the {told_gib(machine):.1f} GiB that {machine.accelerator} with "
        f"{machine.memory_gib} GiB tells of are {_gb(held.usable)}"
    )
    yield f"left for the cache: {_gb(held.left)} in each, for {_sequences(held.batch, model.context)}"
    if over < machine.accelerators:
        yield f"{machine.accelerators - over} of {machine.accelerators} accelerators of a node stay idle"


def _cached(model: ServedModel) -> str:
    size = CACHE_BYTES[model.cache_dtype]
    if model.latent is not None:
        return f"{model.layers} layers x ({model.latent.rank} + {model.latent.rotary}) x {size} bytes"
    return f"2 x {model.layers} layers x {model.key_value_heads} heads x {model.head_dimension} x {size} bytes"


def _beside(model: ServedModel, tensor: int) -> str:
    """What makes a sequence's cache more or less than its tokens'."""
    window = model.sliding_window
    heads = 1 if model.latent is not None else model.key_value_heads or tensor
    text = "" if window is None else f", of which {window.layers} layers see {window.tokens:,} back"
    return f"{text}, with copies: {tensor} accelerators share {heads}" if tensor > heads else text


def _why_not(model: ServedModel, machine: MachineType, layouts: Sequence[tuple[int, int]]) -> str:
    """The arithmetic of the layout that came closest, and over how many nodes the model would fit."""
    within = machine.accelerators
    tensors = _tensors(model, within)
    if not tensors:
        return f"tensorParallel {model.tensor_parallel} is more than the {within} accelerators of a node"
    if not layouts:
        pipeline = model.pipeline_parallel or 1
        fewest = min(tensors)
        held = share(model, machine, fewest, pipeline)
        more = f"tensor parallel {fewest} and pipeline parallel {pipeline} are more than the {within} of a node"
        return f"{more}: {_sum(model, machine, held, fewest * pipeline)}; {_NOT_BUILT}"
    tensor, pipeline = max(layouts, key=lambda layout: share(model, machine, *layout).left)
    held = share(model, machine, tensor, pipeline)
    return f"{_sum(model, machine, held, tensor * pipeline)}{_on_several(model, machine, max(tensors))}"


def _sum(model: ServedModel, machine: MachineType, held: Share, over: int) -> str:
    cache = model.concurrency * held.sequence
    return (
        f"{_gb(weights(model))} of weights in {model.dtype} over {over} x {machine.memory_gib} GiB are "
        f"{_gb(held.weights)} in each; with {_gb(held.overhead)} for runtime and activations and {_gb(cache)} of cache "
        f"for {model.concurrency} x {model.context:,} tokens that makes {_gb(held.weights + held.overhead + cache)}, "
        f"and {_gb(held.usable)} can be used ({model.utilization:g} of {told_gib(machine):.1f} GiB)"
    )


def _on_several(model: ServedModel, machine: MachineType, tensor: int) -> str:
    """With pipeline stages over nodes, the fewest that would do; empty where no number does, or one is asked for."""
    if model.pipeline_parallel is not None:
        return ""
    for nodes in range(2, _MOST_NODES + 1):
        pipeline = nodes * (machine.accelerators // tensor)
        if pipeline <= model.layers and share(model, machine, tensor, pipeline).batch >= model.concurrency:
            sizes = f"tensor parallel {tensor} and pipeline parallel {pipeline}"
            return f"; {nodes} nodes would hold it with {sizes}, and {_NOT_BUILT}"
    return ""


def _sequences(count: int, context: int) -> str:
    return f"{count:,} {'sequence' if count == 1 else 'sequences'} of {context:,} tokens"


def _gb(size: int) -> str:
    return f"{size / 10**9:,.1f} GB"


def _billions(parameters: int) -> str:
    return f"{parameters / 10**9:,.4g} billion"
