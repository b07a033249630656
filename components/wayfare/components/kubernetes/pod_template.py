"""The pod that runs the blueprint's container, as Kubernetes' API has it: one takes a whole accelerator node. Pure."""

from collections.abc import Mapping
from typing import Any

from wayfare.components.catalog import MachineType
from wayfare.components.contract import ACCELERATOR_POOL, POOL_LABEL, SERVICE_ACCOUNT, Request
from wayfare.components.kubernetes import mounts
from wayfare.components.kubernetes.claims import needed
from wayfare.components.pods import PodNeeds, Sidecar, Toleration, Volume

Manifest = dict[str, Any]


def labels(request: Request) -> Mapping[str, str]:
    """What selects the workload's objects."""
    return {"app.kubernetes.io/name": request.name, "app.kubernetes.io/managed-by": "wayfare"}


def pod_template(
    request: Request, pods: PodNeeds, volumes: tuple[Volume, ...], environment: tuple[Manifest, ...], restart: str
) -> Manifest:
    """The pod, with everything that the cloud and the machine type ask of it. `restart` is its restart policy."""
    claims = [claim.name for claim in needed(pods)]
    spec = {
        "serviceAccountName": SERVICE_ACCOUNT,
        # The cloud's identity comes by a token of its own; the Kubernetes API is not the workload's.
        "automountServiceAccountToken": False,
        "restartPolicy": restart,
        "nodeSelector": {POOL_LABEL: ACCELERATOR_POOL, **pods.node_selector},
        "tolerations": [toleration(taint) for taint in pods.tolerations],
        "securityContext": {"seccompProfile": {"type": "RuntimeDefault"}},
        # They start before every other container, those that come before the workload's own included.
        "initContainers": [_sidecar(each) for each in pods.sidecars],
        "containers": [_container(request, pods, volumes, environment, claims)],
        "resourceClaims": [{"name": name, "resourceClaimTemplateName": name} for name in claims],
        "volumes": mounts.in_pod(pods, volumes),
    }
    metadata = {"labels": {**labels(request), **pods.labels}, "annotations": dict(pods.annotations)}
    return {"metadata": given(metadata), "spec": given(spec)}


def given(manifest: Mapping[str, Any]) -> Manifest:
    """A manifest without the fields that say nothing."""
    return {key: value for key, value in manifest.items() if value is not None and value not in ({}, [])}


def _container(
    request: Request,
    pods: PodNeeds,
    volumes: tuple[Volume, ...],
    environment: tuple[Manifest, ...],
    claims: list[str],
) -> Manifest:
    resources = {key: str(count) for key, count in {**pods.accelerators, **pods.fabric}.items()}
    return given(
        {
            "name": "main",
            "image": request.image,
            "command": [verbatim(argument) for argument in request.blueprint.spec.workload.command],
            "env": list(environment),
            "resources": given(
                {
                    "limits": resources,
                    "requests": {**resources, **_half_of(request.machine)},
                    "claims": [{"name": name} for name in claims],
                }
            ),
            "securityContext": {
                "allowPrivilegeEscalation": False,
                # Raw sockets are for forging packets; no collective library opens one.
                "capabilities": given({"add": list(pods.capabilities), "drop": ["NET_RAW"]}),
            },
            "volumeMounts": mounts.in_container(pods, volumes),
        }
    )


def _sidecar(wanted: Sidecar) -> Manifest:
    """Kubernetes ends it when the containers have ended, so that it keeps no job from being complete (kubernetes.io,
    "Sidecar Containers")."""
    capabilities = {"add": list(wanted.capabilities), "drop": ["NET_RAW"]}
    return given(
        {
            "name": wanted.name,
            "image": wanted.image,
            "command": list(wanted.command),
            "restartPolicy": "Always",
            "env": [{"name": name, "value": value} for name, value in wanted.environment.items()],
            "resources": given({"requests": dict(wanted.requests)}),
            "securityContext": {"allowPrivilegeEscalation": False, "capabilities": given(capabilities)},
            "volumeMounts": mounts.of_paths(wanted.paths),
        }
    )


def toleration(taint: Toleration) -> Manifest:
    """That a pod may stand on nodes with a taint."""
    operator = "Exists" if taint.value is None else "Equal"
    return given({"key": taint.key, "operator": operator, "value": taint.value, "effect": "NoSchedule"})


def verbatim(argument: str) -> str:
    """An argument, or a variable's value, that reaches the process as it was written.

    Kubernetes puts a variable's value in place of `$(NAME)` in either, and one `$` in place of two (kubernetes.io, API
    reference, Container.command and EnvVar.value).
    """
    return argument.replace("$", "$$")


def _half_of(machine: MachineType) -> Mapping[str, str]:
    """Processor time and memory that are the pod's for certain; it may use more.

    A pod that asks for none is the first to be evicted when its node runs out of memory. The other half leaves room for
    the node's own agents.
    """
    memory = {} if machine.ram_gib is None else {"memory": f"{machine.ram_gib // 2}Gi"}
    return {"cpu": str(machine.vcpus // 2), **memory}
