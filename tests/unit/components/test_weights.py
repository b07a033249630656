"""What brings a model's weights to the node's own disks."""

from typing import Any

import pytest

from tests.schemas.judge import misfits
from wayfare.blueprints import Weights
from wayfare.components.kubernetes.weights import with_weights
from wayfare.components.pods import ClusterObject


def pod(weights: Weights | None, *, scratch: bool = True) -> dict[str, Any]:
    container = {
        "name": "main",
        "image": "vllm/vllm-openai:v0.22.1",
        "securityContext": {"allowPrivilegeEscalation": False},
        "volumeMounts": [{"name": "scratch", "mountPath": "/scratch"}, {"name": "data-0", "mountPath": "/data"}],
    }
    volumes: list[dict[str, Any]] = [
        {"name": "scratch", "emptyDir": {}},
        {"name": "data-0", "persistentVolumeClaim": {"claimName": "data-0"}},
    ]
    spec: dict[str, Any] = {"containers": [container], "volumes": volumes}
    with_weights(spec, weights, scratch=scratch)
    return spec


def test_a_directory_is_copied_before_the_server_begins() -> None:
    spec = pod(Weights(source="/data/llama"))
    (copy,) = spec["initContainers"]
    assert copy["command"] == ["cp", "-r", "/data/llama/.", "/scratch/weights"]
    assert copy["image"] == spec["containers"][0]["image"]
    assert copy["volumeMounts"] == spec["containers"][0]["volumeMounts"]
    assert copy["securityContext"] == {"allowPrivilegeEscalation": False}


def test_an_image_is_mounted_to_be_read() -> None:
    spec = pod(Weights(image="registry.example/weights:1"))
    assert {"name": "weights", "mountPath": "/weights", "readOnly": True} in spec["containers"][0]["volumeMounts"]
    image = {"reference": "registry.example/weights:1", "pullPolicy": "IfNotPresent"}
    assert {"name": "weights", "image": image} in spec["volumes"]


def test_what_the_container_downloads_lands_on_the_nodes_disks() -> None:
    assert pod(None)["containers"][0]["env"] == [{"name": "HF_HOME", "value": "/scratch/huggingface"}]
    assert "env" not in pod(None, scratch=False)["containers"][0]


@pytest.mark.parametrize(
    "weights", [None, Weights(source="/data/llama"), Weights(image="registry.example/weights:1")], ids=str
)
def test_the_pod_is_one(weights: Weights | None) -> None:
    assert misfits(ClusterObject("v1", "Pod", "p", pod(weights))) == []
