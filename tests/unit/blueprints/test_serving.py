"""The model that a blueprint names: what it must say, and that it agrees with the command."""

import re
import shlex
from typing import Any

import pytest
from pydantic import ValidationError

from wayfare.blueprints import BlueprintInvalid, InferenceCluster, ServedModel, ServingWorkload, loads, vllm
from wayfare.blueprints.quantities import format_parameters, parse_parameters

MODEL: dict[str, Any] = {
    "name": "meta-llama/Llama-3.1-70B-Instruct",
    "parameters": 70_600_000_000,
    "layers": 80,
    "attentionHeads": 64,
    "keyValueHeads": 8,
    "headDimension": 128,
    "context": 131_072,
}
TEXT = """\
apiVersion: wayfare.dev/v1
kind: InferenceCluster
metadata: {name: serve}
spec:
  accelerators: [{name: H100, nodes: 1}]
  access: {allow: [203.0.113.0/24]}
  workload:
    image: vllm/vllm-openai:v0.22.1
    command: [vllm, serve, meta-llama/Llama-3.1-70B-Instruct]
    model:
      name: meta-llama/Llama-3.1-70B-Instruct
      parameters: 70.6B
      layers: 80
      attentionHeads: 64
      keyValueHeads: 8
      headDimension: 128
      context: 131072
"""


def model(**fields: Any) -> ServedModel:
    return ServedModel.model_validate({**MODEL, **fields})


def workload(words: str, **fields: Any) -> ServingWorkload:
    return ServingWorkload(image="vllm/vllm-openai:v0.22.1", command=tuple(shlex.split(words)), model=model(**fields))


def test_a_blueprint_names_its_model() -> None:
    blueprint = loads(TEXT, "b.yaml").blueprint
    assert isinstance(blueprint, InferenceCluster)
    assert blueprint.spec.workload.model == model()


@pytest.mark.parametrize(
    ("text", "instead", "said"),
    [
        (
            "parameters: 70.6B",
            "parameters: 70600000000",
            "12:19: spec.workload.model.parameters: 70600000000 is no number of parameters; write a number of at most "
            "3 decimals and M, B or T, such as 70.6B",
        ),
        (
            "context: 131072",
            "context: 131072\n      kv_lora_rank: 512",
            "18:7: spec.workload.model.kv_lora_rank: unknown key; in spec.workload.model it is called latent.rank",
        ),
        (
            "context: 131072",
            "context: 131072\n      dtype: bfloat16",
            '18:14: spec.workload.model.dtype: "bfloat16" is not known, must be one of fp32, bf16, fp16, fp8, int8, '
            "int4, mxfp4, nvfp4; did you mean bf16?",
        ),
        (
            "keyValueHeads: 8",
            "keyValueHeads: 7",
            "10:5: spec.workload.model: 64 attention heads cannot share 7 key-value heads evenly",
        ),
        (
            "kind: InferenceCluster",
            "kind: TrainingCluster",
            "10:5: spec.workload.model: unknown key; only kind: InferenceCluster has it",
        ),
        (
            "Instruct]",
            "Instruct, --max-model-len=8192]",
            "7:3: spec.workload: `command` says --max-model-len=8192 and `model` says context: 131072; say it once, in "
            "`model`",
        ),
        (
            "context: 131072",
            "context: 131072\n      tensorParallel: 16",
            "4:1: spec: tensorParallel 16 is more than the 8 accelerators of a node; every layer is shared within one "
            "node",
        ),
    ],
)
def test_a_mistake_is_told_with_its_place_and_a_hint(text: str, instead: str, said: str) -> None:
    assert text in TEXT
    with pytest.raises(BlueprintInvalid) as caught:
        loads(TEXT.replace(text, instead), "b.yaml")
    assert [str(problem) for problem in caught.value.problems] == [f"b.yaml:{said}"]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"headDimension": None}, "the cache needs `keyValueHeads` and `headDimension`"),
        ({"latent": {"rank": 512, "rotary": 64}}, "`latent` stands in place of `keyValueHeads`"),
        (
            {"latent": {"rank": 512, "rotary": 64}, "keyValueHeads": None, "headDimension": None},
            "`latent` needs `hiddenSize`",
        ),
        ({"slidingWindow": {"layers": 81, "tokens": 128}}, "`slidingWindow` has more layers than the 80"),
        ({"unquantized": 1_000_000}, "weights in bf16 are not quantized"),
        ({"dtype": "fp8", "unquantized": 80_000_000_000}, "`unquantized` is more than all `parameters`"),
        ({"tensorParallel": 3}, "tensorParallel 3 does not divide 64 attention heads; possible: 1, 2, 4, 8, 16"),
        ({"pipelineParallel": 81}, "pipelineParallel 81 is more than the 80 layers"),
    ],
)
def test_what_no_model_can_be_is_refused(fields: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=re.escape(said)):
        model(**fields)


def test_key_value_heads_are_shared_evenly_too() -> None:
    with pytest.raises(ValidationError, match="tensorParallel 6 does not divide 4 key-value heads"):
        model(attentionHeads=12, keyValueHeads=4, tensorParallel=6)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("vllm serve m --tensor-parallel-size=3", "does not divide 64 attention heads"),
        ("vllm serve m -pp 81", "is more than the 80 layers"),
        ("vllm serve m --max-num-seqs 2", "says concurrency: 4"),
        ("vllm serve m --gpu-memory-utilization 0.5", "says utilization: 0.9"),
        ("vllm serve m --kv-cache-dtype=fp8_e5m2", "says cacheDtype: bf16"),
        ("vllm serve m --data-parallel-size=2", "further copies of the model are further `nodes`"),
        ("env A=b /usr/bin/vllm serve m --max-model-len 1024", "says context: 131072"),
        ("python3 -m vllm.entrypoints.openai.api_server --max_model_len=1024", "says context: 131072"),
    ],
)
def test_a_command_that_says_something_else_is_refused(words: str, said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        workload(words, concurrency=4)


def test_sizes_that_only_the_command_says_are_the_models() -> None:
    served = workload("vllm serve m -tp 4 --pipeline-parallel-size=2").served
    assert served is not None
    assert (served.tensor_parallel, served.pipeline_parallel) == (4, 2)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("vllm serve m", {}),
        ("vllm serve m --tensor_parallel_size 2 -tp=4", {vllm.TENSOR: "4"}),
        ("vllm serve m --max-num-s 8", {vllm.SEQUENCES: "8"}),
        ("vllm serve m --max-num-batched-tokens 8", {}),
        ("vllm bench serve", None),
        ("sglang serve m --tensor-parallel-size 2", None),
        ("env", None),
        ("", None),
    ],
)
def test_options_are_read_as_vllm_reads_them(words: str, found: dict[str, str] | None) -> None:
    assert vllm.options(shlex.split(words)) == found


@pytest.mark.parametrize("text", ["1M", "494M", "70.6B", "235.1B", "1.04T", "10T"])
def test_parameters_read_back_as_they_are_written(text: str) -> None:
    assert format_parameters(parse_parameters(text)) == text


@pytest.mark.parametrize("text", ["70.6", "70,6B", "-1B", "0.5M", "11T", "1.2345B", "B", "1e3B", ""])
def test_what_is_no_number_of_parameters_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="parameters"):
        parse_parameters(text)
