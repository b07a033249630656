"""What a served model takes of an accelerator's memory, in bytes: weights, cache, and what the engine needs itself.

The first two follow from the model. The third is assumed, from what vLLM measured.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

from wayfare.blueprints import AcceleratorName, ServedModel
from wayfare.components.catalog import MachineType

GIB = 2**30

#: Bits of one parameter, its share of the scales included. int4 is AWQ's and GPTQ's usual form: groups of 128 with a
#: scale of 16 bits and a zero of 4. mxfp4: blocks of 32 with a scale of 8 bits (Open Compute Project, "OCP Microscaling
#: Formats (MX) Specification"). nvfp4: blocks of 16 with a scale of 8 bits (NVIDIA, "Introducing NVFP4").
BITS: Mapping[str, Fraction] = {
    "fp32": Fraction(32),
    "bf16": Fraction(16),
    "fp16": Fraction(16),
    "fp8": Fraction(8),
    "int8": Fraction(8),
    "int4": 4 + Fraction(20, 128),
    "mxfp4": 4 + Fraction(8, 32),
    "nvfp4": 4 + Fraction(8, 16),
}
CACHE_BYTES: Mapping[str, int] = {"bf16": 2, "fp16": 2, "fp8": 1}

#: vLLM gives out the cache in blocks of so many tokens (`--block-size`).
BLOCK = 16

#: Tokens that vLLM computes at once (`--max-num-batched-tokens`): its server's default on accelerators of 70 GiB or
#: more, and more than on smaller ones. By so many more than its window a layer's cache reaches (`SlidingWindowSpec`).
BATCHED_TOKENS = 8192

#: What vLLM measured with Llama 3 8B on H100 (vllm-project/vllm, pull request 10511): outside of PyTorch 1.79 GiB with
#: one accelerator and 3.58 GiB in each of two, for the driver's context and NCCL's buffers; activations of 1.26 GiB at
#: a width of 4096, taken here to grow with it. Other makers' are taken to need the same. CUDA graphs lie in what
#: `utilization` leaves.
RUNTIME_ALONE = Fraction(18, 10) * GIB
RUNTIME_TOGETHER = Fraction(36, 10) * GIB
ACTIVATIONS = Fraction(126, 100) * GIB / 4096

#: Part of the memory that a vendor names which CUDA tells of, the least of what PyTorch's messages name: 22.03 GiB of
#: an L4's 22.5, 39.39 of an A100's 40, 79.1 of an H100's 80.
TOLD = 0.98

#: GDDR6 keeps its error correction in the memory itself, which is then a sixteenth smaller, in GiB as nvidia-smi shows
#: it. Where the catalog says less, that counts.
_BESIDE_CORRECTION: Mapping[AcceleratorName, float] = {
    AcceleratorName.T4: 15,
    AcceleratorName.A10: 22.5,
    AcceleratorName.A10G: 22.5,
    AcceleratorName.L4: 22.5,
    AcceleratorName.L40S: 45,
}


@dataclass(frozen=True)
class Share:
    """What one accelerator has to hold, and what it can, in bytes."""

    weights: int
    sequence: int
    """Cache of one sequence of full length."""
    overhead: int
    usable: int

    @property
    def left(self) -> int:
        """For the cache; negative where the rest is too much already."""
        return self.usable - self.weights - self.overhead

    @property
    def batch(self) -> int:
        """Sequences of full length at once."""
        return max(0, self.left // self.sequence)


def share(model: ServedModel, machine: MachineType, tensor: int, pipeline: int) -> Share:
    """What each accelerator holds, of those whose pipeline stage has the most layers."""
    return Share(
        weights=weights(model, tensor, pipeline),
        sequence=sequence(model, tensor, pipeline),
        overhead=overhead(model, tensor * pipeline),
        usable=usable(machine, model.utilization),
    )


def weights(model: ServedModel, tensor: int = 1, pipeline: int = 1) -> int:
    """Bytes of weights in each accelerator; of the whole model where it is not divided. Layers are divided whole."""
    wide = model.unquantized or 0
    bits = (model.parameters - wide) * BITS[model.dtype] + wide * 16
    return ceil(bits / 8 / tensor * Fraction(_up(model.layers, pipeline), model.layers))


def token(model: ServedModel) -> int:
    """Bytes of cache for one token that every layer sees, in the whole model."""
    return model.layers * _entry(model, 1)


def sequence(model: ServedModel, tensor: int = 1, pipeline: int = 1) -> int:
    """Bytes of cache for a sequence of full length in each accelerator; in the whole model where it is not divided.

    More accelerators than key-value heads hold copies of them (vLLM's `QKVParallelLinear`), and a latent cache is
    copied to each that shares a layer.
    """
    window = model.sliding_window
    near = 0 if window is None else window.layers
    reach = 0 if window is None else min(window.tokens - 1 + BATCHED_TOKENS, model.context)
    kept = _up(model.layers - near, pipeline) * _up(model.context, BLOCK) + _up(near, pipeline) * _up(reach, BLOCK)
    return kept * BLOCK * _entry(model, tensor)


def overhead(model: ServedModel, accelerators: int) -> int:
    """Bytes that the engine needs in each accelerator beside weights and cache; assumed, see above."""
    return ceil((RUNTIME_ALONE if accelerators == 1 else RUNTIME_TOGETHER) + ACTIVATIONS * model.width)


def usable(machine: MachineType, utilization: float) -> int:
    """Bytes of one accelerator's memory that may be used."""
    return floor(told_gib(machine) * GIB * utilization)


def told_gib(machine: MachineType) -> float:
    """Memory of one accelerator as its driver tells it, GiB."""
    return min(machine.memory_gib, _BESIDE_CORRECTION.get(machine.accelerator, machine.memory_gib)) * TOLD


def _entry(model: ServedModel, tensor: int) -> int:
    """Bytes that one layer caches for one token, in each accelerator."""
    size = CACHE_BYTES[model.cache_dtype]
    if model.latent is not None:
        return (model.latent.rank + model.latent.rotary) * size
    return 2 * _up(model.key_value_heads or 0, tensor) * (model.head_dimension or 0) * size


def _up(count: int, parts: int) -> int:
    """The most that one of so many parts has."""
    return -(-count // parts)
