"""What the container is started with so that it serves the model as it was laid out."""

from wayfare.blueprints import Blueprint, InferenceCluster, Maker, vllm
from wayfare.components.catalog import MachineType
from wayfare.components.fitting import Fit, fitted

#: Makers whose accelerators vLLM counts as one device each. A Trainium or Inferentia2 is several NeuronCores, and a
#: TPU may be two devices.
_ONE_DEVICE_EACH = (Maker.NVIDIA, Maker.AMD)

#: vLLM's own default of `--max-num-seqs` on most accelerators. Beyond it, tables and graphs take memory as well.
MOST_SEQUENCES = 256


def command(blueprint: Blueprint, machine: MachineType) -> tuple[str, ...]:
    """The workload's command with what the model's layout adds to it. Raises NotFeasible where it does not fit."""
    layout = fitted(blueprint, machine)
    own = blueprint.spec.workload.command
    return own if layout is None else (*own, *added(blueprint, machine, layout))


def added(blueprint: Blueprint, machine: MachineType, layout: Fit) -> tuple[str, ...]:
    """The options that vLLM's command does not say itself; none for other programs, or where a file may say them."""
    said = vllm.options(blueprint.spec.workload.command)
    model = blueprint.spec.workload.served if isinstance(blueprint, InferenceCluster) else None
    if said is None or model is None or vllm.FILE in said:
        return ()
    wanted: dict[str, object] = {vllm.CONTEXT: layout.context, vllm.SEQUENCES: min(layout.batch, MOST_SEQUENCES)}
    if machine.accelerator.maker in _ONE_DEVICE_EACH:
        sizes = {vllm.TENSOR: layout.tensor, vllm.PIPELINE: layout.pipeline}
        wanted = {**sizes, **wanted, vllm.UTILIZATION: f"{model.utilization:g}"}
    if model.cache_dtype == "fp8":
        wanted[vllm.CACHE_DTYPE] = model.cache_dtype
    return tuple(f"{option}={value}" for option, value in wanted.items() if option not in said)


def note(blueprint: Blueprint, machine: MachineType, layout: Fit) -> str:
    """What is added to the command, or why nothing is."""
    said = vllm.options(blueprint.spec.workload.command)
    if said is None:
        return "the command is not vLLM's: nothing is added to it, and it must lay the model out so itself"
    if vllm.FILE in said:
        return f"the command takes options from a file ({vllm.FILE}): nothing is added to it"
    options = added(blueprint, machine, layout)
    text = f"added to the command: {' '.join(options)}" if options else "the command says all of it"
    if machine.accelerator.maker in _ONE_DEVICE_EACH:
        return text
    return f"{text}; not the parallel sizes: vLLM counts devices, and {machine.accelerator} may be several"
