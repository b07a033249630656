"""Two who install the accelerators' driver, and how it is done with one."""

from collections.abc import Mapping
from typing import Any

from tests.contract.planted import Mistake, Right
from tests.golden.cases import INFERENCE
from wayfare.blueprints import CloudName

_OPERATOR: Mapping[str, Any] = {
    "chart": "gpu-operator",
    "name": "gpu-operator",
    "repositoryOpts": {"repo": "https://helm.ngc.nvidia.com/nvidia"},
    "version": "v25.10.1",
    "values": {},
}
_WITHOUT_DRIVER = {**_OPERATOR, "values": {"driver": {"enabled": False}}}
_NONE = {"gpuProfile.driver": "None"}

MISTAKES = (
    Mistake(
        "NVIDIA's operator on nodes whose driver AKS installs",
        CloudName.AZURE,
        "Release",
        _OPERATOR,
        "",
        "NVIDIA GPU driver is already pre-installed on the node, will not proceed with the containerized driver "
        "installation (pools gpu: AKS installs it; set gpuProfile.driver to None",
        blueprint=INFERENCE,
        refused=("accelerator-pool", "workload-nvidia"),
    ),
    Mistake(
        "AKS's driver beside the operator that InfiniBand needs",
        CloudName.AZURE,
        "AgentPool",
        {"gpuProfile.driver": "Install"},
        "",
        "NVIDIA GPU driver is already pre-installed on the node",
        refused=("accelerator-pool", "workload-gpu-operator"),
    ),
)

RIGHTS = (
    Right(
        "NVIDIA's operator where AKS installs none",
        CloudName.AZURE,
        {"Release": _OPERATOR, "AgentPool": _NONE},
        INFERENCE,
    ),
    Right("NVIDIA's operator without a driver of its own", CloudName.AZURE, {"Release": _WITHOUT_DRIVER}, INFERENCE),
    Right("AKS's driver and no operator", CloudName.AZURE, {"AgentPool": {"gpuProfile.driver": "Install"}}, INFERENCE),
)
