"""How models are laid over pools, and how one that does not fit is refused: with the arithmetic."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import strategies
from tests.unit.components import published
from wayfare.blueprints import Accelerator, AcceleratorName, CloudName, ServedModel, TrainingCluster
from wayfare.components.catalog import MachineType, shipped_rows
from wayfare.components.contract import NotFeasible
from wayfare.components.fitting import Layout, fit, fitted

AWS = shipped_rows(CloudName.AWS)
H100 = AWS.machine_type("p5.48xlarge")
H200 = AWS.machine_type("p5en.48xlarge")


def changed(model: ServedModel, **fields: Any) -> ServedModel:
    return ServedModel.model_validate({**model.model_dump(by_alias=False), **fields}, by_name=True)


@pytest.mark.parametrize(
    ("model", "machine", "nodes", "layout"),
    [
        # The whole node shares each layer, also where less would do: the rest would lie idle.
        (published.LLAMA_8B, H100, 1, Layout(1, 8, 1)),
        (published.LLAMA_70B, H100, 3, Layout(1, 8, 1)),
        # Meta serves it so on one node of H100 (Llama 3.1 model card: the FP8 version is made for it), ...
        (changed(published.LLAMA_405B, dtype="fp8"), H100, 1, Layout(1, 8, 1)),
        # ... and in BF16 on two, by pipeline parallelism (The Llama 3 Herd of Models, arXiv 2407.21783, section 6.1).
        (published.LLAMA_405B, H100, 2, Layout(2, 8, 2)),
        # DeepSeek-V3's repository: 8 x H200 are enough for FP8.
        (published.DEEPSEEK_V3, H200, 2, Layout(1, 8, 1)),
        (published.DEEPSEEK_V3, H100, 2, Layout(2, 8, 2)),
        # gpt-oss model card: the large one fits into one accelerator of 80 GB.
        (published.GPT_OSS_120B, AWS.machine_type("p5.4xlarge"), 1, Layout(1, 1, 1)),
    ],
    ids=lambda each: getattr(each, "name", str(each)),
)
def test_layouts_that_are_known_to_work(model: ServedModel, machine: MachineType, nodes: int, layout: Layout) -> None:
    found = fit(model, machine, nodes)
    assert found.layout == layout
    assert found.replicas * layout.nodes == nodes
    assert found.batch >= model.concurrency


def test_a_pool_is_divided_evenly_though_fewer_nodes_would_do() -> None:
    assert fit(published.LLAMA_405B, H100, 3).layout == Layout(3, 8, 3)
    four = fit(published.LLAMA_405B, H100, 4)
    assert (four.layout, four.replicas) == (Layout(2, 8, 2), 2)


def test_heads_that_a_node_cannot_share_evenly_leave_it_to_stages() -> None:
    odd = changed(published.LLAMA_70B, attention_heads=20, key_value_heads=4, hidden_size=8192)
    assert fit(odd, H100, 1).layout == Layout(1, 4, 1), "20 heads are shared among 4, and that is enough"
    large = changed(odd, parameters=200_000_000_000)
    assert fit(large, H100, 1).layout == Layout(1, 4, 2)


def test_sizes_that_are_asked_for_are_taken() -> None:
    assert fit(changed(published.LLAMA_8B, tensor_parallel=2), H100, 1).layout == Layout(1, 2, 1)
    both = changed(published.LLAMA_8B, tensor_parallel=4, pipeline_parallel=2)
    assert fit(both, H100, 1).layout == Layout(1, 4, 2)
    assert fit(changed(published.LLAMA_8B, pipeline_parallel=4), H100, 2).layout == Layout(1, 2, 4)
    assert fit(changed(published.LLAMA_8B, tensor_parallel=8, pipeline_parallel=2), H100, 2).layout == Layout(2, 8, 2)


def test_the_arithmetic_is_shown() -> None:
    found = fit(changed(published.LLAMA_405B, context=131_072), H100, 2)
    assert found.arithmetic == (
        "weights: 405.9 billion parameters in bf16 are 756.0 GiB; 47.3 GiB in each of 16 accelerators",
        "cache: 2 x 126 layers x 8 heads x 128 x 2 bytes are 504.0 KiB for each token; for 131,072 tokens 3.9 GiB in "
        "each",
        "runtime and activations: 8.6 GiB in each, from what vLLM measured with several accelerators, at a width of "
        "16,384",
        "memory: 0.9 of the 78.4 GiB that H100 with 80 GiB tells of are 70.6 GiB",
        "left for the cache: 14.7 GiB in each, for 3 sequences of 131,072 tokens",
    )
    assert str(found) == (
        "tensor parallel 8 and pipeline parallel 2 over 2 nodes: 1 replica, each of at most 3 sequences of 131,072 "
        "tokens at once"
    )


def test_a_model_that_does_not_fit_is_refused_with_the_arithmetic_and_what_would_do() -> None:
    with pytest.raises(NotFeasible) as refused:
        fit(published.LLAMA_405B, H100, 1)
    assert str(refused.value) == (
        "meta-llama/Llama-3.1-405B-Instruct does not fit: with tensor parallel 8 and pipeline parallel 1, 756.0 GiB of "
        "weights in bf16 over 8 x 80 GiB are 94.5 GiB in each; 8.6 GiB for runtime and activations and 7.7 GiB of "
        "cache for 1 x 128,000 tokens make it 110.8 GiB, and 70.6 GiB can be used (0.9 of 78.4 GiB); it would fit "
        "with tensor parallel 8 and pipeline parallel 2 over 2 nodes"
    )


def test_more_sequences_than_the_cache_holds_do_not_fit() -> None:
    most = fit(published.LLAMA_70B, H100, 1).batch
    assert fit(changed(published.LLAMA_70B, concurrency=most), H100, 1).batch == most
    with pytest.raises(NotFeasible, match=f"of cache for {most + 1} x 128,000 tokens"):
        fit(changed(published.LLAMA_70B, concurrency=most + 1), H100, 1)


def test_sizes_that_the_pool_has_no_room_for_are_refused() -> None:
    with pytest.raises(NotFeasible, match="tensorParallel 16 is more than the 8 accelerators of a node"):
        fit(changed(published.LLAMA_405B, tensor_parallel=16), H100, 2)
    with pytest.raises(NotFeasible, match="pipelineParallel 3 cannot be laid over 2 nodes of 8 accelerators"):
        fit(changed(published.LLAMA_405B, tensor_parallel=8, pipeline_parallel=3), H100, 2)


def test_one_model_is_not_spread_over_nodes_whose_devices_are_counted_otherwise() -> None:
    inferentia = AWS.machine_type("inf2.48xlarge")
    with pytest.raises(NotFeasible, match="one model is not spread over several nodes of Inferentia2"):
        fit(published.LLAMA_405B, inferentia, 8)


def test_idle_accelerators_are_told() -> None:
    odd = changed(published.LLAMA_8B, attention_heads=28, key_value_heads=4)
    assert fit(odd, H100, 1).arithmetic[-1] == "4 of 8 accelerators of a replica's 1 node stay idle"


def test_layers_that_are_not_divided_evenly_are_told() -> None:
    lines = fit(published.DEEPSEEK_V3, H100, 2).arithmetic
    assert lines[0].endswith("in each of 16 accelerators, of those with 31 of 61 layers")
    assert lines[1].endswith("with copies: 8 accelerators share 1")


def test_a_blueprint_without_a_model_is_not_asked() -> None:
    training = TrainingCluster.model_validate(
        {
            "apiVersion": "wayfare.dev/v1",
            "kind": "TrainingCluster",
            "metadata": {"name": "llm"},
            "spec": {
                "accelerators": [{"name": "H100", "nodes": 1}],
                "access": {"allow": ["203.0.113.0/24"]},
                "workload": {"image": "registry.example/train:1"},
            },
        },
        strict=False,
    )
    assert fitted(training, H100, Accelerator(name=AcceleratorName.H100, nodes=1)) is None


pools = st.integers(1, 12)


def nodes_of(model: ServedModel, machine: MachineType, nodes: int) -> float:
    """Nodes of a replica; infinite where it does not fit."""
    try:
        return fit(model, machine, nodes).layout.nodes
    except NotFeasible:
        return float("inf")


@given(strategies.models(), pools)
def test_whatever_fits_keeps_what_is_promised(model: ServedModel, nodes: int) -> None:
    if nodes_of(model, H100, nodes) > nodes:
        return
    found = fit(model, H100, nodes)
    layout = found.layout
    assert layout.tensor * (layout.pipeline // layout.nodes) <= H100.accelerators, "a layer is shared within a node"
    assert layout.pipeline % layout.nodes == 0
    assert layout.pipeline <= model.layers
    assert model.attention_heads % layout.tensor == 0
    assert nodes == found.replicas * layout.nodes
    assert found.batch >= model.concurrency


@given(strategies.models(), pools, st.integers(1, 200))
def test_more_memory_never_makes_it_fit_worse(model: ServedModel, nodes: int, more: int) -> None:
    larger = H100.model_copy(update={"memory_gib": H100.memory_gib + more})
    assert nodes_of(model, larger, nodes) <= nodes_of(model, H100, nodes)


@given(strategies.models(), pools, st.integers(2, 4))
def test_a_multiple_of_the_pool_never_makes_it_fit_worse(model: ServedModel, nodes: int, times: int) -> None:
    assert nodes_of(model, H100, nodes * times) <= nodes_of(model, H100, nodes)


@given(strategies.models(), pools, st.integers(1, 2**19), st.integers(1, 16))
def test_less_is_never_refused_where_more_is_not(model: ServedModel, nodes: int, tokens: int, sequences: int) -> None:
    demanding = model.model_copy(
        update={"context": model.context + tokens, "concurrency": model.concurrency + sequences}
    )
    assert nodes_of(model, H100, nodes) <= nodes_of(demanding, H100, nodes)
