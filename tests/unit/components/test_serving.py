"""What vLLM is started with: what follows from the layout, as far as the command does not say it."""

import shlex

import pytest

from tests.unit.components import published
from wayfare.blueprints import Accelerator, AcceleratorName, Blueprint, CloudName, InferenceCluster, ServedModel
from wayfare.components.catalog import shipped_rows
from wayfare.components.fitting import fit, fitted
from wayfare.components.serving import added, note

H100 = shipped_rows(CloudName.AWS).machine_type("p5.48xlarge")
TPU = shipped_rows(CloudName.GCP).machine_type("ct6e-standard-8t")


def serving(words: str, model: ServedModel | None = published.LLAMA_70B, nodes: int = 1) -> Blueprint:
    workload = {
        "image": "vllm/vllm-openai:v0.22.1",
        "command": shlex.split(words),
        "model": model and model.model_dump(by_alias=True),
    }
    return InferenceCluster.model_validate(
        {
            "apiVersion": "wayfare.dev/v1",
            "kind": "InferenceCluster",
            "metadata": {"name": "llm"},
            "spec": {
                "accelerators": [{"name": "H100", "perNode": 8, "nodes": nodes}],
                "access": {"allow": ["203.0.113.0/24"]},
                "workload": workload,
            },
        },
        strict=False,
    )


def started(blueprint: Blueprint) -> str:
    pool = Accelerator(name=AcceleratorName.H100, per_node=8, nodes=blueprint.spec.accelerators[0].nodes)
    found = fitted(blueprint, H100, pool)
    return " ".join((*blueprint.spec.workload.command, *(() if found is None else added(blueprint, H100, found))))


def test_what_follows_from_the_layout_is_added() -> None:
    assert started(serving("vllm serve meta/llama")) == (
        "vllm serve meta/llama --tensor-parallel-size=8 --pipeline-parallel-size=1 --max-model-len=128000 "
        "--max-num-seqs=9 --gpu-memory-utilization=0.9"
    )


def test_what_the_command_says_is_left_as_it_is() -> None:
    words = "vllm serve meta/llama -tp 4 --max_model_len 128000 --max-num-seqs=64"
    assert started(serving(words)) == f"{words} --pipeline-parallel-size=1 --gpu-memory-utilization=0.9"


def test_a_batch_beyond_vllms_own_default_is_not_asked_for() -> None:
    short = published.LLAMA_8B.model_copy(update={"context": 1024})
    assert "--max-num-seqs=256" in started(serving("vllm serve meta/llama", short))


def test_a_cache_in_fp8_is_said() -> None:
    small = published.LLAMA_8B.model_copy(update={"cache_dtype": "fp8"})
    assert started(serving("vllm serve meta/llama", small)).endswith(" --kv-cache-dtype=fp8")


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("python3 -m sglang.launch_server --tp 8", "the command is not vLLM's"),
        ("vllm serve --config /etc/vllm.yaml", "the command takes options from a file"),
    ],
)
def test_a_command_that_cannot_be_added_to_is_left_and_that_is_told(words: str, why: str) -> None:
    blueprint = serving(words)
    assert started(blueprint) == words
    assert note(blueprint, H100, fit(published.LLAMA_70B, H100, 1)).startswith(why)


def test_a_chip_that_may_be_several_devices_is_given_no_parallel_sizes() -> None:
    blueprint, found = serving("vllm serve meta/llama", published.LLAMA_8B), fit(published.LLAMA_8B, TPU, 1)
    assert {option.split("=")[0] for option in added(blueprint, TPU, found)} == {"--max-model-len", "--max-num-seqs"}
    assert note(blueprint, TPU, found).endswith("vLLM counts devices, and TPUv6e may be several")


def test_without_a_model_nothing_is_added() -> None:
    assert started(serving("vllm serve meta/llama", None)) == "vllm serve meta/llama"
