"""Two who install the accelerators' driver, and how it is done with one."""

from collections.abc import Mapping
from typing import Any

from tests.contract.planted import Mistake, Right
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
        refused=("accelerator-pool", "workload-nvidia"),
    ),
)

RIGHTS = (
    Right("NVIDIA's operator where AKS installs none", CloudName.AZURE, {"Release": _OPERATOR, "AgentPool": _NONE}),
    Right("NVIDIA's operator without a driver of its own", CloudName.AZURE, {"Release": _WITHOUT_DRIVER}),
    Right("AKS's driver and no operator", CloudName.AZURE, {"AgentPool": {"gpuProfile.driver": "Install"}}),
)
