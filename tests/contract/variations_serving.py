"""For each field that only an `InferenceCluster` has two values of it, as in `variations.py`."""

import json
from collections.abc import Mapping
from typing import Any

from tests.contract.variations import Variation

MODEL: Mapping[str, Any] = {
    "name": "meta-llama/Llama-3.1-70B-Instruct",
    "parameters": "70.6B",
    "layers": 80,
    "hiddenSize": 8192,
    "attentionHeads": 64,
    "keyValueHeads": 8,
    "headDimension": 128,
    "context": 32768,
}
_LATENT = {**MODEL, "keyValueHeads": None, "headDimension": None}


def _serving(**workload: Any) -> str:
    """A workload that serves; JSON is YAML, too."""
    base = {"image": "vllm/vllm-openai:v0.22.1", "command": ["vllm", "serve", "m"], "model": MODEL}
    return f"workload: {json.dumps({**base, **workload})}"


def _model(before: Mapping[str, Any] = MODEL, /, **after: Any) -> Variation:
    """A model, and the same with something else in it."""
    return Variation(_serving(model=before), _serving(model={**before, **after}))


def _latent(**after: Any) -> Variation:
    latent = {"rank": 512, "rotary": 64}
    return _model({**_LATENT, "latent": latent}, latent={**latent, **after})


def _window(**after: Any) -> Variation:
    window = {"layers": 40, "tokens": 128}
    return _model({**MODEL, "slidingWindow": window}, slidingWindow={**window, **after})


SERVING_VARIATIONS: Mapping[str, Variation] = {
    "spec.workload.port": Variation(_serving(), _serving(port=9000)),
    "spec.workload.replicas": Variation(_serving(), _serving(replicas=1)),
    "spec.workload.start": Variation(_serving(), _serving(start="2h")),
    "spec.workload.drain": Variation(_serving(), _serving(drain="30s")),
    "spec.workload.model.name": _model(name="meta-llama/Llama-3.3-70B-Instruct"),
    "spec.workload.model.parameters": _model(parameters="8B"),
    "spec.workload.model.dtype": _model(dtype="fp8"),
    "spec.workload.model.unquantized": _model({**MODEL, "dtype": "mxfp4"}, unquantized="2B"),
    "spec.workload.model.layers": _model(layers=40),
    "spec.workload.model.hiddenSize": _model(hiddenSize=4096),
    "spec.workload.model.attentionHeads": _model(attentionHeads=8, keyValueHeads=4),
    "spec.workload.model.keyValueHeads": _model(keyValueHeads=4),
    "spec.workload.model.headDimension": _model(headDimension=64),
    "spec.workload.model.latent.rank": _latent(rank=256),
    "spec.workload.model.latent.rotary": _latent(rotary=32),
    "spec.workload.model.slidingWindow.layers": _window(layers=20),
    "spec.workload.model.slidingWindow.tokens": _window(tokens=4096),
    "spec.workload.model.cacheDtype": _model(cacheDtype="fp8"),
    "spec.workload.model.context": _model(context=65536),
    "spec.workload.model.concurrency": _model(concurrency=10_000),
    "spec.workload.model.tensorParallel": _model(tensorParallel=4),
    "spec.workload.model.pipelineParallel": _model(pipelineParallel=2),
    "spec.workload.model.utilization": _model(utilization=0.8),
}
"""What only an `InferenceCluster` has."""
