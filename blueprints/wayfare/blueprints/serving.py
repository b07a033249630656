"""The model that an inference cluster serves: what its memory follows from, as its `config.json` and card tell it."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, model_validator

from wayfare.blueprints import patterns, vllm
from wayfare.blueprints.base import Model
from wayfare.blueprints.quantities import Parameters

WIDE = ("fp32", "bf16", "fp16")
"""Types of weights that are not quantized."""


class Latent(Model):
    """The cache of latent attention (DeepSeek's MLA): one vector for all heads, in place of keys and values of each."""

    rank: Annotated[int, Field(ge=1, le=65_536)]
    """Elements of the compressed vector, `kv_lora_rank` in `config.json`."""
    rotary: Annotated[int, Field(ge=0, le=65_536)]
    """Elements of the key's part that carries the position, `qk_rope_head_dim` in `config.json`."""


class SlidingWindow(Model):
    """Layers whose attention reaches back only so far, so that their cache does not grow with the context."""

    layers: Annotated[int, Field(ge=1, le=1000)]
    """How many of the model's layers."""
    tokens: Annotated[int, Field(ge=1, le=100_000_000)]
    """How far back they reach, in tokens."""


class ServedModel(Model):
    """A model, the longest context that it is served with, and how it is laid over a node's accelerators."""

    name: Annotated[str, Field(pattern=patterns.MODEL_NAME.regex, max_length=200)]
    """What people call it, such as `meta-llama/Llama-3.1-70B-Instruct`."""
    parameters: Parameters
    """All parameters, those of every expert included, such as `70.6B`."""
    dtype: Literal["fp32", "bf16", "fp16", "fp8", "int8", "int4", "mxfp4", "nvfp4"] = "bf16"
    """Type of the weights as they are in memory."""
    unquantized: Parameters | None = None
    """Of `parameters`, those that stay in 16 bits where the weights are quantized: embeddings, norms, routers."""
    layers: Annotated[int, Field(ge=1, le=1000)]
    """Layers with attention, `num_hidden_layers` in `config.json`."""
    hidden_size: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    """Width of a layer, which activations follow from; unset takes attention heads x head dimension."""
    attention_heads: Annotated[int, Field(ge=1, le=4096)]
    """Query heads, `num_attention_heads` in `config.json`."""
    key_value_heads: Annotated[int, Field(ge=1, le=4096)] | None = None
    """Heads whose keys and values are cached, `num_key_value_heads` in `config.json`; unset with `latent`."""
    head_dimension: Annotated[int, Field(ge=1, le=65_536)] | None = None
    """Elements of one head's key, `head_dim` in `config.json`; unset with `latent`."""
    latent: Latent | None = None
    """For a model with latent attention; unset means that keys and values of each head are cached."""
    sliding_window: SlidingWindow | None = None
    """For a model of which some layers see only the last tokens; unset means that all see the whole context."""
    cache_dtype: Literal["bf16", "fp16", "fp8"] = "bf16"
    """Type of the cached keys and values."""
    context: Annotated[int, Field(ge=1, le=100_000_000)]
    """Longest sequence, prompt and answer together, in tokens, such as 131072."""
    concurrency: Annotated[int, Field(ge=1, le=100_000)] = 1
    """Sequences of that length that must fit at once."""
    tensor_parallel: Annotated[int, Field(ge=1, le=64)] | None = None
    """Accelerators that share each layer, all in one node; unset takes as many as the heads allow."""
    pipeline_parallel: Annotated[int, Field(ge=1, le=512)] | None = None
    """Groups of them that the layers are divided among, over several nodes where one is too small; unset takes the
    fewest."""
    utilization: Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)] = 0.9
    """Part of an accelerator's memory that is used, vLLM's `--gpu-memory-utilization`."""

    @property
    def width(self) -> int:
        """Width of a layer in elements."""
        return self.hidden_size or self.attention_heads * (self.head_dimension or 0)

    @model_validator(mode="after")
    def _is_a_model(self) -> "ServedModel":
        heads = (self.key_value_heads, self.head_dimension)
        if self.latent is not None and heads != (None, None):
            raise ValueError("`latent` stands in place of `keyValueHeads` and `headDimension`; leave them out")
        if self.latent is not None and self.hidden_size is None:
            raise ValueError("`latent` needs `hiddenSize`; it is `hidden_size` in the model's config.json")
        if self.latent is None and None in heads:
            raise ValueError(
                "the cache needs `keyValueHeads` and `headDimension`; they are in the model's config.json (head_dim is "
                "hidden_size divided by num_attention_heads where it is not there)"
            )
        if self.key_value_heads is not None and self.attention_heads % self.key_value_heads:
            raise ValueError(
                f"{self.attention_heads} attention heads cannot share {self.key_value_heads} key-value heads evenly"
            )
        if self.sliding_window is not None and self.sliding_window.layers > self.layers:
            raise ValueError(f"`slidingWindow` has more layers than the {self.layers} of the model")
        return self

    @model_validator(mode="after")
    def _is_quantized_in_part(self) -> "ServedModel":
        if self.unquantized is not None:
            if self.dtype in WIDE:
                raise ValueError(f"weights in {self.dtype} are not quantized; leave `unquantized` out")
            if self.unquantized > self.parameters:
                raise ValueError("`unquantized` is more than all `parameters`")
        return self

    @model_validator(mode="after")
    def _can_be_divided(self) -> "ServedModel":
        if self.tensor_parallel is not None and (reason := self.indivisible(self.tensor_parallel)) is not None:
            raise ValueError(reason)
        if self.pipeline_parallel is not None and self.pipeline_parallel > self.layers:
            raise ValueError(f"pipelineParallel {self.pipeline_parallel} is more than the {self.layers} layers")
        return self

    def indivisible(self, tensor: int) -> str | None:
        """Why so many accelerators cannot share a layer, with a hint; None where they can.

        vLLM gives each the same number of attention heads, and of key-value heads too, or else each of these to the
        same number of accelerators (its `ModelConfig.verify_with_parallel_config` and `QKVParallelLinear`).
        """
        known = ", ".join(str(size) for size in self.divisors(64))
        if self.attention_heads % tensor:
            return f"tensorParallel {tensor} does not divide {self.attention_heads} attention heads; possible: {known}"
        heads = self.key_value_heads
        if heads is not None and heads % tensor and tensor % heads:
            return f"tensorParallel {tensor} does not divide {heads} key-value heads, nor they it; possible: {known}"
        return None

    def divisors(self, most: int) -> list[int]:
        """The tensor parallel sizes up to `most` that the model's heads allow, the smallest first."""
        heads = self.key_value_heads
        return [
            size
            for size in range(1, most + 1)
            if self.attention_heads % size == 0 and (heads is None or heads % size == 0 or size % heads == 0)
        ]


_SIZES = {vllm.TENSOR: "tensorParallel", vllm.PIPELINE: "pipelineParallel", vllm.CONTEXT: "context"}


def agree(model: ServedModel, said: Mapping[str, str]) -> None:
    """Refuse a vLLM command whose options say something else than the model. Raises ValueError with a hint.

    A size that only one of them says is no contradiction: the other takes it.
    """
    wanted = {
        vllm.TENSOR: model.tensor_parallel,
        vllm.PIPELINE: model.pipeline_parallel,
        vllm.CONTEXT: model.context,
    }
    for option, size in wanted.items():
        written = vllm.whole_number(said.get(option, ""))
        if None not in (written, size) and written != size:
            raise ValueError(_two_things(option, str(written), _SIZES[option], str(size)))
    tensor, pipeline = (vllm.whole_number(said.get(option, "")) or 1 for option in (vllm.TENSOR, vllm.PIPELINE))
    if (reason := model.indivisible(tensor)) is not None:
        raise ValueError(reason)
    if pipeline > model.layers:
        raise ValueError(f"{vllm.PIPELINE}={pipeline} is more than the {model.layers} layers")
    sequences = vllm.whole_number(said.get(vllm.SEQUENCES, ""))
    if sequences is not None and sequences < model.concurrency:
        raise ValueError(_two_things(vllm.SEQUENCES, str(sequences), "concurrency", str(model.concurrency)))
    if (part := said.get(vllm.UTILIZATION)) is not None and _number(part) != model.utilization:
        raise ValueError(_two_things(vllm.UTILIZATION, part, "utilization", f"{model.utilization:g}"))
    if vllm.DATA_PARALLEL in said and said[vllm.DATA_PARALLEL] != "1":
        raise ValueError(f"`command` says {vllm.DATA_PARALLEL}; further copies of the model are further `nodes`")
    kind = said.get(vllm.CACHE_DTYPE)
    if kind is not None and kind.startswith("fp8") != (model.cache_dtype == "fp8"):
        raise ValueError(_two_things(vllm.CACHE_DTYPE, kind, "cacheDtype", model.cache_dtype))


def filled(model: ServedModel, said: Mapping[str, str]) -> ServedModel:
    """The model, with the sizes that it leaves open and the command's options say."""
    return model.model_copy(
        update={
            "tensor_parallel": model.tensor_parallel or vllm.whole_number(said.get(vllm.TENSOR, "")),
            "pipeline_parallel": model.pipeline_parallel or vllm.whole_number(said.get(vllm.PIPELINE, "")),
        }
    )


def _two_things(option: str, written: str, field: str, wanted: str) -> str:
    return f"`command` says {option}={written} and `model` says {field}: {wanted}; say it once, in `model`"


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
