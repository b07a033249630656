"""What the container is started with so that it serves the model as it was laid out."""

from wayfare.blueprints import Blueprint, InferenceCluster, ServingWorkload, vllm
from wayfare.components.catalog import MachineType
from wayfare.components.fitting import ONE_DEVICE_EACH, Fit

#: vLLM's own default of `--max-num-seqs` on most accelerators. Beyond it, tables and graphs take memory as well.
MOST_SEQUENCES = 256


def added(blueprint: Blueprint, machine: MachineType, fit: Fit) -> tuple[str, ...]:
    """The options that vLLM's command does not say itself; none for other programs, or where a file may say them."""
    said = vllm.options(blueprint.spec.workload.command)
    model = blueprint.spec.workload.served if isinstance(blueprint, InferenceCluster) else None
    if said is None or model is None or vllm.FILE in said:
        return ()
    wanted: dict[str, object] = {vllm.CONTEXT: fit.context, vllm.SEQUENCES: min(fit.batch, MOST_SEQUENCES)}
    if machine.accelerator.maker in ONE_DEVICE_EACH:
        sizes = {vllm.TENSOR: fit.layout.tensor, vllm.PIPELINE: fit.layout.pipeline}
        wanted = {**sizes, **wanted, vllm.UTILIZATION: f"{model.utilization:g}"}
    if model.cache_dtype == "fp8":
        wanted[vllm.CACHE_DTYPE] = model.cache_dtype
    return tuple(f"{option}={value}" for option, value in wanted.items() if option not in said)


def joining(workload: ServingWorkload, fit: Fit, *, worker: bool) -> tuple[str, ...]:
    """How the processes of one replica on several nodes find each other: none for one node, or another program.

    `$(…)` is Kubernetes' way to name a variable, and LeaderWorkerSet's webhook sets these (its `AddLWSVariables`). vLLM
    runs without Ray so (docs.vllm.ai, "Parallelism and Scaling", multi-node with multiprocessing).
    """
    if workload.vllm_says is None or fit.layout.nodes == 1:
        return ()
    return (
        "--distributed-executor-backend=mp",
        f"--nnodes={fit.layout.nodes}",
        f"--node-rank={'$(LWS_WORKER_INDEX)' if worker else 0}",
        "--master-addr=$(LWS_LEADER_ADDRESS)",
        *(("--headless",) if worker else ()),
    )


def note(blueprint: Blueprint, machine: MachineType, fit: Fit) -> str:
    """What is added to the command, or why nothing is."""
    said = vllm.options(blueprint.spec.workload.command)
    if said is None:
        return "the command is not vLLM's: nothing is added to it, and it must lay the model out so itself"
    if vllm.FILE in said:
        return f"the command takes options from a file ({vllm.FILE}): no sizes are added to it"
    options = added(blueprint, machine, fit)
    text = f"added to the command: {' '.join(options)}" if options else "the command says all of it"
    if machine.accelerator.maker in ONE_DEVICE_EACH:
        return text
    return f"{text}; not the parallel sizes: vLLM counts devices, and {machine.accelerator} may be several"
