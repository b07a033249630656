"""A model on two nodes of H100, with a way in and replicas that follow the queue: up and away, with the real engine."""

import pytest

from tests.engine.rehearsal import Rehearsal
from wayfare.blueprints import CloudName

BLUEPRINT = """\
apiVersion: wayfare.dev/v1
kind: InferenceCluster
metadata: {name: serve-large}
spec:
  accelerators: [{name: H100, perNode: 8, nodes: 4, interconnectGbps: 1600}]
  access: {allow: [203.0.113.0/24]}
  gateway: {host: llm.example.com, certificate: tls, keys: clients, allow: [203.0.113.0/24]}
  workload:
    image: vllm/vllm-openai:v0.22.1
    command: [vllm, serve, meta-llama/Llama-3.1-405B-Instruct]
    scale: {waiting: 8}
    model:
      name: meta-llama/Llama-3.1-405B-Instruct
      parameters: 405.9B
      layers: 126
      hiddenSize: 16384
      attentionHeads: 128
      keyValueHeads: 8
      headDimension: 128
      context: 131072
"""
#: What there must be of the workload, by kind.
MADE = {
    *("LeaderWorkerSet", "Service", "PodDisruptionBudget", "ScaledObject", "NetworkPolicy"),
    *("GatewayClass", "Gateway", "HTTPRoute", "SecurityPolicy", "EnvoyProxy"),
}


@pytest.mark.parametrize("cloud", list(CloudName))
def test_a_model_on_several_nodes_comes_and_goes_with_its_load_balancer(rehearsal: Rehearsal, cloud: CloudName) -> None:
    (rehearsal.project.root / "large.yaml").write_text(BLUEPRINT, encoding="utf-8")
    up = rehearsal.wayfare("up", "large.yaml", "--sandbox", "--yes", "--cloud", cloud.value, "-o", "json")
    assert up.data["outputs"]["nodes"] == 4
    (stack,) = rehearsal.stacks()
    kinds = [row["type"].rpartition(":")[2] for row in rehearsal.resources(stack)]
    assert set(kinds) >= MADE
    assert kinds.count("Service") == 2, "one within the cluster, and the load balancer"
    gone = rehearsal.wayfare("destroy", "serve-large", "--sandbox", "--yes", "--delete-data")
    assert "the inventory shows nothing of it" in gone.out
