"""The memory of well-known models, against figures that others published. Each names its source."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import strategies
from tests.unit.components import published
from wayfare.blueprints import AcceleratorName, CloudName, ServedModel
from wayfare.components.catalog import MachineType, shipped_rows
from wayfare.components.memory import GIB, Share, sequence, share, token, told_gib, weights

H100 = shipped_rows(CloudName.AWS).machine_type("p5.48xlarge")


@pytest.mark.parametrize(
    ("model", "size"),
    [
        # DeepSeek-AI, "Insights into DeepSeek-V3" (arXiv 2505.09343), table 1, in BF16.
        (published.DEEPSEEK_V3, 70_272),
        (published.QWEN_72B, 327_680),
        (published.LLAMA_405B, 516_096),
        # Jiang et al., "Mixtral of Experts" (arXiv 2401.04088), table 1: 32 layers, 8 heads of 128.
        (published.MIXTRAL, 131_072),
    ],
    ids=lambda each: getattr(each, "name", each),
)
def test_bytes_of_cache_for_a_token(model: ServedModel, size: int) -> None:
    assert token(model) == size


@pytest.mark.parametrize(
    ("model", "tokens", "gib"),
    [
        # Hugging Face, "Llama 3.1 - 405B, 70B & 8B with multilinguality and long context": table of the cache.
        (published.LLAMA_8B, 1_000, 0.125),
        (published.LLAMA_8B, 16_000, 1.95),
        (published.LLAMA_8B, 128_000, 15.62),
        (published.LLAMA_70B, 1_000, 0.313),
        (published.LLAMA_70B, 16_000, 4.88),
        (published.LLAMA_70B, 128_000, 39.06),
    ],
)
def test_cache_for_a_sequence(model: ServedModel, tokens: int, gib: float) -> None:
    whole = sequence(model.model_copy(update={"context": tokens}))
    assert whole / GIB == pytest.approx(gib, rel=0.03)


@pytest.mark.parametrize(
    ("model", "gib"),
    [
        # gpt-oss model card (arXiv 2508.10925), table 1: size of the checkpoint.
        (published.GPT_OSS_120B, 60.8),
        (published.GPT_OSS_20B, 12.8),
        # Hugging Face, the same text on Llama 3.1: 16, 140 and 810 GB in 16 bits.
        (published.LLAMA_8B, 16e9 / GIB),
        (published.LLAMA_70B, 140e9 / GIB),
        (published.LLAMA_405B, 810e9 / GIB),
        # and 405 GB in FP8.
        (published.LLAMA_405B.model_copy(update={"dtype": "fp8"}), 405e9 / GIB),
    ],
    ids=lambda each: getattr(each, "name", str(each)),
)
def test_weights(model: ServedModel, gib: float) -> None:
    assert weights(model) / GIB == pytest.approx(gib, rel=0.01)


def test_a_layer_that_sees_a_window_keeps_no_more() -> None:
    """Of gpt-oss's 36 layers 18 keep 127 + 8,192 tokens, in blocks of 16; the others all 131,072 of the context."""
    entry = 2 * 8 * 64 * 2
    assert sequence(published.GPT_OSS_120B) == 18 * (131_072 + 8_320) * entry


def test_key_value_heads_are_copied_where_accelerators_are_more_and_a_latent_cache_always() -> None:
    qwen = published.QWEN_72B
    assert sequence(qwen, 8) * 8 == sequence(qwen)
    assert sequence(qwen, 16) == sequence(qwen, 8)
    assert sequence(published.DEEPSEEK_V3, 8) == sequence(published.DEEPSEEK_V3)


@pytest.mark.parametrize(
    ("name", "gib"),
    [
        # As PyTorch's messages name the "total capacity" of each.
        (AcceleratorName.L4, 22.03),
        (AcceleratorName.A10G, 22.06),
        (AcceleratorName.T4, 14.74),
        (AcceleratorName.A100, 39.39),
        (AcceleratorName.H100, 79.1),
    ],
)
def test_no_more_memory_is_counted_on_than_there_is(name: AcceleratorName, gib: float) -> None:
    rows = [row for cloud in CloudName for row in shipped_rows(cloud).machine_types if row.accelerator is name]
    told = {told_gib(row) for row in rows if not (name is AcceleratorName.A100 and row.memory_gib == 80)}
    assert told
    assert all(gib * 0.97 <= each <= gib * 1.001 for each in told)


sizes = st.sampled_from((1, 2, 4, 8))


def held(model: ServedModel, tensor: int, pipeline: int, machine: MachineType = H100) -> Share:
    return share(model, machine, tensor, min(pipeline, model.layers))


@given(strategies.models(), sizes, sizes)
def test_more_memory_holds_no_fewer_sequences(model: ServedModel, tensor: int, pipeline: int) -> None:
    larger = H100.model_copy(update={"memory_gib": H100.memory_gib + 1})
    assert held(model, tensor, pipeline, larger).batch >= held(model, tensor, pipeline).batch


@given(strategies.models(), sizes, sizes)
def test_nothing_is_lost_when_a_model_is_divided(model: ServedModel, tensor: int, pipeline: int) -> None:
    pipeline = min(pipeline, model.layers)
    assert weights(model, tensor, pipeline) * tensor * pipeline >= weights(model)
    assert sequence(model, tensor, pipeline) * tensor * pipeline >= sequence(model)


@given(strategies.models(), sizes, sizes)
def test_what_is_divided_further_takes_no_more_of_each(model: ServedModel, tensor: int, pipeline: int) -> None:
    one, more = held(model, tensor, pipeline), held(model, 2 * tensor, pipeline)
    assert more.weights <= one.weights
    assert more.sequence <= one.sequence


@given(strategies.models(), st.integers(1, 2**19))
def test_a_longer_context_never_fits_better(model: ServedModel, more: int) -> None:
    longer = model.model_copy(update={"context": model.context + more})
    assert held(longer, 1, 1).batch <= held(model, 1, 1).batch


def test_a_batch_is_what_is_left_in_whole_sequences() -> None:
    one = Share(weights=10, sequence=3, overhead=2, usable=20)
    assert (one.left, one.batch) == (8, 2)
    assert replace(one, weights=30).batch == 0, "there is less than nothing left"
