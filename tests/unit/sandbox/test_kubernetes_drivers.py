"""NVIDIA's operator beside a cloud that installs the driver itself."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.unit.sandbox.azure_store import FakeRow, FakeStore
from wayfare.sandbox.behaviour import Call, HalfMade
from wayfare.sandbox.checks import Subject
from wayfare.sandbox.clouds.azure import names
from wayfare.sandbox.clouds.kubernetes import BEHAVIOUR, NAMESPACE, RELEASE
from wayfare.sandbox.clouds.kubernetes_drivers import POLICY, aks_pool_unready
from wayfare.sandbox.server import make_server

GROUP = "/subscriptions/s/resourceGroups/g/providers/Microsoft.ContainerService/managedClusters"
H100 = "Standard_ND96isr_H100_v5"


def cloud(**pool: Any) -> FakeStore:
    inputs = {"agentPoolName": "gpu", "vmSize": H100, **pool}
    return FakeStore([FakeRow(names.POOL, f"{GROUP}/c/agentPools/gpu", inputs, {})])


def why(token: str, inputs: Mapping[str, Any], around: FakeStore, **cluster: Any) -> str | None:
    row = FakeRow(names.CLUSTER, f"{GROUP}/c", {"agentPoolProfiles": [], **cluster}, {})
    call = Call(token, "r", "urn", dict(inputs), {}, around, id="gpu-operator", cluster=row)
    rule = BEHAVIOUR.rules[token].unready
    assert rule is not None
    return rule(call)


OPERATOR = {"chart": "nvidia/gpu-operator", "name": "gpu-operator"}


@pytest.mark.parametrize(
    ("token", "inputs"),
    [
        (RELEASE, OPERATOR),
        (RELEASE, {**OPERATOR, "values": {"driver": {"enabled": True}}}),
        (RELEASE, {"chart": "oci://nvcr.example/charts/gpu-operator"}),
        (POLICY, {"metadata": {"name": "cluster-policy"}, "spec": {"driver": {"version": "580.95.05"}}}),
    ],
)
def test_the_operator_is_never_ready_where_aks_installs_the_driver(token: str, inputs: Mapping[str, Any]) -> None:
    said = why(token, inputs, cloud())
    assert said is not None
    assert "NVIDIA GPU driver is already pre-installed on the node" in said
    assert "pools gpu: AKS installs it" in said
    assert why(token, inputs, cloud(gpuProfile={"driver": "Install"})) == said
    assert why(token, inputs, cloud(gpuProfile={"driver": "None"})) is None


@pytest.mark.parametrize(
    "inputs",
    [
        {**OPERATOR, "values": {"driver": {"enabled": False}}},
        {**OPERATOR, "values": {"driver": {"enabled": "false"}}},
        {**OPERATOR, "skipAwait": True},
        {"chart": "nvidia-device-plugin"},
    ],
)
def test_another_release_or_an_operator_without_driver_is_ready(inputs: Mapping[str, Any]) -> None:
    assert why(RELEASE, inputs, cloud()) is None


@pytest.mark.parametrize(
    "pool",
    [
        {"vmSize": "Standard_D8s_v5"},
        {"vmSize": "Standard_ND96isr_MI300X_v5"},
        {"vmSize": "Standard_NV32as_v4"},
        {"osType": "Windows"},
        {"nodeLabels": {"nvidia.com/gpu.deploy.driver": "false"}},
        {"nodeLabels": {"nvidia.com/gpu.deploy.operands": "false"}},
    ],
)
def test_a_pool_without_such_a_driver_does_not_matter(pool: Mapping[str, Any]) -> None:
    assert why(RELEASE, OPERATOR, cloud(**pool)) is None


def test_a_pool_in_the_cluster_s_own_definition_counts_and_another_cluster_s_does_not() -> None:
    elsewhere = FakeStore([replace(cloud().held[0], id=f"{GROUP}/other/agentPools/gpu")])
    assert why(RELEASE, OPERATOR, elsewhere) is None
    said = why(RELEASE, OPERATOR, elsewhere, agentPoolProfiles=[{"name": "first", "vmSize": H100}])
    assert said is not None
    assert "pools first" in said


@pytest.mark.parametrize(("values", "bad"), [({}, True), ({"driver": {"enabled": False}}, False)])
def test_a_pool_that_comes_after_the_operator_shows_no_accelerators(values: Mapping[str, Any], bad: bool) -> None:
    cluster = FakeRow(names.CLUSTER, f"{GROUP}/c", {}, {})
    for place, matters in (("c", True), ("other", False)):
        key = f"azure-native/eastus/{GROUP}/{place}"
        store = FakeStore([cluster, FakeRow(RELEASE, "gpu/o", {**OPERATOR, "values": values}, {}, region=key)])
        inputs = {"agentPoolName": "gpu", "vmSize": H100}
        said = aks_pool_unready(Call(names.POOL, "p", "urn", inputs, {}, store, id=f"{GROUP}/c/agentPools/gpu"))
        assert (said is not None) == (bad and matters)
        assert said is None or "agent pool gpu was created, but its accelerators never show" in said


def test_the_engine_keeps_what_is_not_ready_and_finds_it_ready_once_the_pool_is_another(tmp_path: Path) -> None:
    server = make_server(tmp_path, quiet=0.0)
    id = f"{GROUP}/c"
    common: dict[str, Any] = {"region": "eastus", "urn": "", "tags": {}, "failed": False, "nodes": None, "at": 0.0}
    own: dict[str, Any] = {"agentPoolProfiles": []}
    add = server.store.add
    add(package="azure-native", token=names.CLUSTER, id=id, name="c", inputs=own, outputs={"fqdn": "c.test"}, **common)
    pool, at = {"agentPoolName": "gpu", "vmSize": H100}, f"{id}/agentPools/gpu"
    add(package="azure-native", token=names.POOL, id=at, name="p", inputs=pool, outputs={}, **common)
    kubeconfig = (
        '{"current-context": "c", "contexts": [{"name": "c", "context": {"cluster": "c"}}], '
        '"clusters": [{"name": "c", "cluster": {"server": "https://c.test"}}]}'
    )
    kubernetes = server.clouds["kubernetes"]
    release = Subject(RELEASE, "urn", "operator", {"kubeconfig": kubeconfig})
    space = replace(release, token=NAMESPACE)
    inputs: dict[str, Any] = {**OPERATOR, "namespace": "gpu", "values": {}}
    with server.clock.call():
        kubernetes.create(space, {"metadata": {"name": "gpu"}})
        with pytest.raises(HalfMade, match=r'Helm release "gpu/gpu-operator" was created, but failed to initialize'):
            kubernetes.create(release, inputs)
        with pytest.raises(HalfMade, match="already pre-installed"):
            kubernetes.read(release, "gpu/gpu-operator", inputs)
        with pytest.raises(HalfMade, match="already pre-installed"):
            kubernetes.update(release, "gpu/gpu-operator", inputs, {**inputs, "values": {"driver": {"enabled": True}}})
        right = {**inputs, "values": {"driver": {"enabled": False}}}
        kubernetes.update(release, "gpu/gpu-operator", inputs, right)
        assert kubernetes.read(release, "gpu/gpu-operator", right) is not None
    assert not [row for row in server.store.resources("kubernetes") if row.failed]
    server.store.close()
