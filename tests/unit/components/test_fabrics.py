"""What collective libraries are told of the fabric: a table by fabric, maker and series, and to whom it is told."""

from collections.abc import Mapping

import pytest

from tests.contract.asked import request, rows, sold
from tests.unit.components import published
from tests.unit.components.test_replicas import request as serving
from wayfare.blueprints import CloudName, Maker, Purchase
from wayfare.components.catalog import Fabric, MachineType, shipped_rows
from wayfare.components.clouds import cloud
from wayfare.components.contract import ClusterPlan, Request
from wayfare.components.kubernetes import fabrics
from wayfare.components.kubernetes.layers import Given, layers
from wayfare.components.pods import PodNeeds

EVERY = [pytest.param(row, id=row.name) for name in CloudName for row in rows(name)]

_EFA = {"FI_PROVIDER": "efa", "FI_EFA_USE_HUGE_PAGE": "0"}
_RDMA = {"FI_EFA_USE_DEVICE_RDMA": "1"}
_NEURON = {**_EFA, **_RDMA, "FI_EFA_FORK_SAFE": "1"}
_INFINIBAND = {
    "NCCL_NET": "IB",
    "NCCL_NET_GDR_LEVEL": "SYS",
    "NCCL_IB_PCI_RELAXED_ORDERING": "1",
    "NCCL_SOCKET_IFNAME": "eth0",
}
_NVLINK = {"NCCL_MNNVL_ENABLE": "1", "NCCL_CUMEM_ENABLE": "1"}

#: All that is said on machines whose list is short; those of Google's are judged by what matters in them, below.
SAID: Mapping[str, Mapping[str, str]] = {
    "p3dn.24xlarge": _EFA,
    "p4d.24xlarge": {**_EFA, **_RDMA},
    "p5.48xlarge": {**_EFA, **_RDMA},
    "p5.4xlarge": {**_EFA, **_RDMA},
    "p6-b300.48xlarge": {**_EFA, **_RDMA},
    # EFA without RDMA read: libfabric would refuse the card.
    "g5.48xlarge": _EFA,
    "g6e.48xlarge": _EFA,
    "trn1.32xlarge": _NEURON,
    "trn2.48xlarge": _NEURON,
    "inf2.48xlarge": {},
    "Standard_ND96amsr_A100_v4": _INFINIBAND,
    "Standard_ND96isr_H100_v5": _INFINIBAND,
    "Standard_ND96isr_MI300X_v5": _INFINIBAND,
    "Standard_ND128isr_NDR_GB200_v6": _NVLINK,
    "Standard_ND128isr_GB300_v6": _NVLINK,
    "Standard_NC24ads_A100_v4": {},
    "a2-ultragpu-8g": {},
    "ct6e-standard-4t": {},
    "tpu7x-standard-4t": {},
}

#: Where a library fails without the fabric, and by which variable. Of the others, `fabrics.py` says why it cannot.
HELD: Mapping[Fabric, tuple[str, str]] = {
    Fabric.INFINIBAND: ("NCCL_NET", "IB"),
    Fabric.ROCE: ("NCCL_NET", "gIB"),
    Fabric.TCPXO: ("NCCL_NET", "FasTrak"),
}


def machine(name: str) -> MachineType:
    return next(row for on in CloudName for row in rows(on) if row.name == name)


@pytest.mark.parametrize("name", SAID)
def test_a_machine_is_told_what_its_cloud_documents(name: str) -> None:
    assert fabrics.variables(machine(name)) == SAID[name]


@pytest.mark.parametrize("row", EVERY)
def test_every_fabric_has_its_settings(row: MachineType) -> None:
    """A machine type with a fabric that no table has raises. TPUs are told by GKE itself."""
    said = fabrics.variables(row)
    assert bool(said) == (row.fabric not in (Fabric.NONE, Fabric.ICI))
    assert all(value for value in said.values())
    # It would replace the image's own.
    assert "LD_LIBRARY_PATH" not in said
    name, value = HELD.get(row.fabric, ("", ""))
    assert said.get(name, "") == value


def test_a_fabric_of_another_makers_chips_is_no_silent_nothing() -> None:
    unknown = machine("p5.48xlarge").model_copy(update={"fabric": Fabric.ICI})
    with pytest.raises(KeyError):
        fabrics.variables(unknown)


def test_a_plugin_is_tuned_for_its_series() -> None:
    tuned = {name: fabrics.variables(machine(name)) for name in ("a3-ultragpu-8g", "a4-highgpu-8g", "a4x-highgpu-4g")}
    assert tuned["a3-ultragpu-8g"]["NCCL_TUNER_CONFIG_PATH"].endswith("_a3u.txtpb")
    assert tuned["a4-highgpu-8g"]["NCCL_TUNER_CONFIG_PATH"].endswith("_a4.txtpb")
    # Arm's plugin brings no such file, and has NVLink between machines beside RoCE.
    nvlink = tuned["a4x-highgpu-4g"]
    assert "NCCL_TUNER_CONFIG_PATH" not in nvlink
    assert (nvlink["NCCL_NET"], nvlink["NCCL_MNNVL_ENABLE"], nvlink["NCCL_CUMEM_ENABLE"]) == ("gIB", "2", "1")


@pytest.mark.parametrize(("name", "cards"), [("a3-megagpu-8g", 8), ("a3-highgpu-8g", 4)])
def test_over_tcp_every_card_of_the_machine_is_named(name: str, cards: int) -> None:
    row = machine(name)
    said = fabrics.variables(row)
    (interfaces,) = [value for key, value in said.items() if key.endswith(("FASTRAK_IFNAME", "TCPX_SOCKET_IFNAME"))]
    assert interfaces.split(",") == [f"eth{number}" for number in range(1, cards + 1)]
    assert row.fabric_interfaces == cards
    # The first card is the pod's own, over which processes find each other.
    assert said["NCCL_SOCKET_IFNAME"] == "eth0"


def plan(on: CloudName, name: str, nodes: int = 2, kind: str = "TrainingCluster") -> ClusterPlan:
    row = shipped_rows(on).machine_type(name)
    purchase = next(each for each in (Purchase.ON_DEMAND, Purchase.SPOT) if row.sells(each))
    return cloud(on).plan(request(on, row, purchase, nodes=nodes, kind=kind))


def told(wanted: Request, pods: PodNeeds) -> dict[str, str]:
    return {each["name"]: each["value"] for each in fabrics.environment(wanted, pods)}


@pytest.mark.parametrize(
    ("on", "name"),
    [
        (CloudName.AWS, "p5.48xlarge"),
        (CloudName.AWS, "trn2.48xlarge"),
        (CloudName.AZURE, "Standard_ND96isr_H100_v5"),
        (CloudName.AZURE, "Standard_ND96isr_MI300X_v5"),
        (CloudName.GCP, "a3-highgpu-8g"),
        (CloudName.GCP, "a3-megagpu-8g"),
        (CloudName.GCP, "a3-ultragpu-8g"),
        (CloudName.GCP, "a4-highgpu-8g"),
    ],
)
def test_a_job_over_several_nodes_is_told_and_whoever_is_alone_is_not(on: CloudName, name: str) -> None:
    several, one, replicas = plan(on, name), plan(on, name, nodes=1), plan(on, name, kind="InferenceCluster")
    assert told(several.request, several.pods) == fabrics.variables(several.request.machine)
    for alone in (one, replicas):
        assert told(alone.request, alone.pods) == {}
        assert (alone.pods.paths, alone.pods.sidecars) == ((), ())


def test_what_the_container_of_a_job_reads_includes_it() -> None:
    found = layers(plan(CloudName.AZURE, "Standard_ND96isr_H100_v5"), Given())
    (job,) = found.workload.spec["replicatedJobs"]
    (container,) = job["template"]["spec"]["template"]["spec"]["containers"]
    variables = {each["name"]: each.get("value") for each in container["env"]}
    assert variables["NCCL_NET"] == "IB"
    assert variables["PET_NNODES"] == "2"


def test_a_replica_on_several_nodes_is_told_where_its_pods_have_the_fabric() -> None:
    wanted = serving(model=published.LLAMA_405B, nodes=4)
    planned = cloud(CloudName.AWS).plan(wanted)
    assert told(wanted, planned.pods) == fabrics.variables(wanted.machine)
    # Held to a fabric of which they have nothing, they would fail.
    assert told(wanted, PodNeeds({"nvidia.com/gpu": 8}, {})) == {}
    group = layers(planned, Given()).workload.spec["leaderWorkerTemplate"]
    for part in ("leaderTemplate", "workerTemplate"):
        (container,) = group[part]["spec"]["containers"]
        assert {"name": "FI_PROVIDER", "value": "efa"} in container["env"]


@pytest.mark.parametrize("on", CloudName)
def test_every_path_that_is_told_is_mounted(on: CloudName) -> None:
    """A path of another plugin, or of a plugin that no node has, would be found out by a job that fails."""
    seen = set[str]()
    for row, purchase in sold(on):
        planned = cloud(on).plan(request(on, row, purchase))
        mounts = [path.mount for path in planned.pods.paths]
        for name, value in told(planned.request, planned.pods).items():
            if value.startswith("/"):
                seen.add(row.name)
                assert any(value == mount or value.startswith(f"{mount}/") for mount in mounts), (row.name, name)
    assert seen == ({"a3-highgpu-8g", "a3-megagpu-8g", "a3-ultragpu-8g", "a4-highgpu-8g"} if on == "gcp" else set())


def test_makers_are_those_of_the_catalog() -> None:
    joined = {(row.fabric, row.accelerator.maker) for on in CloudName for row in rows(on)}
    assert {maker for fabric, maker in joined if fabric is Fabric.INFINIBAND} == {Maker.NVIDIA, Maker.AMD}
