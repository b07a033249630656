"""Whether a model fits into the accelerators of a pool, and how it is laid over them. Pure; GiB are 2^30 bytes.

Each layer is shared within a node, over the links between its accelerators. Layers are divided among nodes, which
pass on one vector for each token.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from wayfare.blueprints import Accelerator, Blueprint, InferenceCluster, Maker, ServedModel
from wayfare.components.catalog import MachineType
from wayfare.components.contract import NotFeasible
from wayfare.components.memory import CACHE_BYTES, GIB, Share, share, token, told_gib, weights

#: Makers whose accelerators are one device each to vLLM, and of which it spreads one model over nodes. A Trainium or
#: Inferentia2 is several NeuronCores, and a TPU may be two devices.
ONE_DEVICE_EACH = (Maker.NVIDIA, Maker.AMD)

#: Nodes that are counted up to where a model does not fit, so that the message can say how many would do.
_MOST_NODES = 64


@dataclass(frozen=True)
class Layout:
    """How one replica of a model is divided."""

    nodes: int
    """Nodes that it takes."""
    tensor: int
    """Accelerators that share each layer, all in one node."""
    pipeline: int
    """Groups of them that the layers are divided among."""

    @property
    def accelerators(self) -> int:
        """All that hold a part of it."""
        return self.tensor * self.pipeline


@dataclass(frozen=True)
class Fit:
    """A layout that holds the model."""

    model: str
    layout: Layout
    replicas: int
    """How often the pool holds the model."""
    batch: int
    """Sequences of full length that the cache of one replica holds at once."""
    context: int
    """Full length, in tokens."""
    arithmetic: tuple[str, ...]
    """How it came about, a line for each step."""

    def __str__(self) -> str:
        return (
            f"{_sizes(self.layout)}: {_counted(self.replicas, 'replica')}, each of at most "
            f"{_sequences(self.batch, self.context)} at once"
        )

    def as_data(self) -> dict[str, object]:
        """The part of a row of `wayfare plan -o json`."""
        return {
            "name": self.model,
            "tensor_parallel": self.layout.tensor,
            "pipeline_parallel": self.layout.pipeline,
            "nodes_per_replica": self.layout.nodes,
            "replicas": self.replicas,
            "largest_batch": self.batch,
            "context": self.context,
            "arithmetic": list(self.arithmetic),
        }


def fitted(blueprint: Blueprint, machine: MachineType, accelerator: Accelerator) -> Fit | None:
    """How a blueprint's model is laid over a pool; None where it names none.

    Raises NotFeasible where the pool does not hold it, or not so often as the blueprint wants.
    """
    if not isinstance(blueprint, InferenceCluster):
        return None
    workload = blueprint.spec.workload
    found = None if workload.served is None else fit(workload.served, machine, accelerator.nodes)
    held = accelerator.nodes if found is None else found.replicas
    if (workload.replicas or held) > held:
        raise NotFeasible(f"the pool holds {_counted(held, 'replica')}, not {workload.replicas}")
    if workload.scale is not None and workload.scale.least > held:
        raise NotFeasible(f"the pool holds {_counted(held, 'replica')}, not the {workload.scale.least} of scale.least")
    return found


def fit(model: ServedModel, machine: MachineType, nodes: int) -> Fit:
    """The layout of the fewest nodes that holds a model, of those that divide the pool evenly.

    Within a node the most accelerators that the model's heads allow share each layer: the pod has them all, and what
    lies idle is paid for. Raises NotFeasible, with the arithmetic, where the whole pool is too small.
    """
    layouts = list(_layouts(model, machine, nodes))
    for layout in layouts:
        held = _share(model, machine, layout)
        if held.batch >= model.concurrency:
            steps = tuple(_steps(model, machine, held, layout))
            return Fit(model.name, layout, nodes // layout.nodes, held.batch, model.context, steps)
    raise NotFeasible(f"{model.name} does not fit: {_why_not(model, machine, nodes, layouts)}")


def _layouts(model: ServedModel, machine: MachineType, nodes: int) -> Iterator[Layout]:
    """All that are possible, in the order in which they are tried: few nodes, few stages, much of a node."""
    most = nodes if machine.accelerator.maker in ONE_DEVICE_EACH else 1
    for group in (size for size in range(1, most + 1) if nodes % size == 0):
        yield from _over(model, machine.accelerators, group)


def _over(model: ServedModel, accelerators: int, group: int) -> Iterator[Layout]:
    """The layouts of a replica over so many nodes, each with as many stages as the others."""
    for stages in range(1, accelerators + 1):
        pipeline = group * stages
        if pipeline > model.layers or pipeline != (model.pipeline_parallel or pipeline):
            continue
        for tensor in _tensors(model, accelerators):
            if tensor * stages <= accelerators:
                yield Layout(group, tensor, pipeline)


def _tensors(model: ServedModel, accelerators: int) -> Sequence[int]:
    """Tensor parallel sizes that are asked for, or that the model's heads allow within a node, the largest first."""
    if model.tensor_parallel is not None:
        return (model.tensor_parallel,) if model.tensor_parallel <= accelerators else ()
    return model.divisors(accelerators)[::-1]


def _share(model: ServedModel, machine: MachineType, layout: Layout) -> Share:
    return share(model, machine, layout.tensor, layout.pipeline)


def _steps(model: ServedModel, machine: MachineType, held: Share, layout: Layout) -> Iterator[str]:
    partly = f", {_billions(model.unquantized)} of them in 16 bits" if model.unquantized else ""
    there = machine.accelerators * layout.nodes
    over = layout.accelerators
    yield (
        f"weights: {_billions(model.parameters)} parameters in {model.dtype}{partly} are {_gib(weights(model))}"
        f"{_divided(held, layout)}{_last_stage(model, layout)}"
    )
    yield (
        f"cache: {_cached(model)} are {token(model) / 1024:,.1f} KiB for each token; for {model.context:,} tokens "
        f"{_gib(held.sequence)} in each{_beside(model, layout.tensor)}"
    )
    measured = "one accelerator" if over == 1 else "several accelerators"
    yield (
        f"runtime and activations: {_gib(held.overhead)} in each, from what vLLM measured with {measured}, at a width "
        f"of {model.width:,}"
    )
    yield (
        f"memory: {model.utilization:g} of the {told_gib(machine):.1f} GiB that {machine.accelerator} with "
        f"{machine.memory_gib} GiB tells of are {_gib(held.usable)}"
    )
    yield f"left for the cache: {_gib(held.left)} in each, for {_sequences(held.batch, model.context)}"
    if over < there:
        yield f"{there - over} of {there} accelerators of a replica's {_counted(layout.nodes, 'node')} stay idle"


def _divided(held: Share, layout: Layout) -> str:
    over = layout.accelerators
    return " in one accelerator" if over == 1 else f"; {_gib(held.weights)} in each of {over} accelerators"


def _last_stage(model: ServedModel, layout: Layout) -> str:
    """That layers are not divided evenly, where they are not."""
    most, rest = -(-model.layers // layout.pipeline), model.layers % layout.pipeline
    return f", of those with {most} of {model.layers} layers" if rest else ""


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


def _why_not(model: ServedModel, machine: MachineType, nodes: int, layouts: Sequence[Layout]) -> str:
    """The arithmetic of the layout that came closest, and how many nodes would hold the model."""
    within = machine.accelerators
    if not _tensors(model, within):
        return f"tensorParallel {model.tensor_parallel} is more than the {within} accelerators of a node"
    if not layouts:
        tensor = f"tensorParallel {model.tensor_parallel} and " if model.tensor_parallel else ""
        return (
            f"{tensor}pipelineParallel {model.pipeline_parallel} cannot be laid over {_counted(nodes, 'node')} of "
            f"{_counted(within, 'accelerator')}{_one_node_each(machine)}"
        )
    closest = max(layouts, key=lambda layout: _share(model, machine, layout).left)
    return f"{_sum(model, machine, closest)}{_on_more(model, machine, nodes)}"


def _sum(model: ServedModel, machine: MachineType, layout: Layout) -> str:
    held = _share(model, machine, layout)
    cache = model.concurrency * held.sequence
    return (
        f"with {_sizes(layout)}, {_gib(weights(model))} of weights in {model.dtype} over {layout.accelerators} x "
        f"{machine.memory_gib} GiB are {_gib(held.weights)} in each; {_gib(held.overhead)} for runtime and activations "
        f"and {_gib(cache)} of cache for {model.concurrency:,} x {model.context:,} tokens make it "
        f"{_gib(held.weights + held.overhead + cache)}, and {_gib(held.usable)} can be used ({model.utilization:g} of "
        f"{told_gib(machine):.1f} GiB)"
    )


def _on_more(model: ServedModel, machine: MachineType, nodes: int) -> str:
    """The fewest nodes that would do, or why the number of nodes does not matter."""
    if machine.accelerator.maker not in ONE_DEVICE_EACH:
        return _one_node_each(machine)
    for group in range(nodes + 1, _MOST_NODES + 1):
        for layout in _over(model, machine.accelerators, group):
            if _share(model, machine, layout).batch >= model.concurrency:
                return f"; it would fit with {_sizes(layout)}"
    return ""


def _one_node_each(machine: MachineType) -> str:
    if machine.accelerator.maker in ONE_DEVICE_EACH:
        return ""
    return f"; one model is not spread over several nodes of {machine.accelerator}"


def _sizes(layout: Layout) -> str:
    over = f" over {layout.nodes} nodes" if layout.nodes > 1 else ""
    return f"tensor parallel {layout.tensor} and pipeline parallel {layout.pipeline}{over}"


def _sequences(count: int, context: int) -> str:
    return f"{_counted(count, 'sequence')} of {context:,} tokens"


def _counted(count: int, thing: str) -> str:
    return f"{count:,} {thing}{'' if count == 1 else 's'}"


def _gib(size: int) -> str:
    return f"{size / GIB:,.1f} GiB"


def _billions(parameters: int) -> str:
    return f"{parameters / 10**9:,.4g} billion"
