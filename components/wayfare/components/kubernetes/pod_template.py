"""The pod that runs the blueprint's container: one takes a whole accelerator node."""

from collections.abc import Mapping

import pulumi_kubernetes as kubernetes

from wayfare.components.catalog import MachineType
from wayfare.components.contract import ACCELERATOR_POOL, POOL_LABEL, SERVICE_ACCOUNT, Request
from wayfare.components.kubernetes import mounts
from wayfare.components.kubernetes.claims import CLAIMS
from wayfare.components.pods import PodNeeds, Volume
from wayfare.components.serving import command as serving_command

#: PyTorch's default.
RENDEZVOUS_PORT = 29500


def labels(request: Request) -> Mapping[str, str]:
    """What selects the workload's objects."""
    return {"app.kubernetes.io/name": request.name, "app.kubernetes.io/managed-by": "wayfare"}


def pod_template(
    request: Request, pods: PodNeeds, volumes: tuple[Volume, ...], annotations: Mapping[str, str]
) -> kubernetes.core.v1.PodTemplateSpecArgs:
    """The pod, with everything that the cloud and the machine type ask of it."""
    resources = {key: str(count) for key, count in {**pods.accelerators, **pods.fabric}.items()}
    command = [
        _verbatim(argument) for argument in serving_command(request.blueprint, request.machine, request.accelerator)
    ]
    claims = [claim.name for claim in CLAIMS if claim.is_needed(pods)]
    container = kubernetes.core.v1.ContainerArgs(
        name="main",
        image=request.image,
        command=command or None,
        env=_rendezvous(request),
        resources=kubernetes.core.v1.ResourceRequirementsArgs(
            limits=resources,
            requests={**resources, **_half_of(request.machine)},
            claims=[kubernetes.core.v1.ResourceClaimArgs(name=name) for name in claims] or None,
        ),
        security_context=kubernetes.core.v1.SecurityContextArgs(
            allow_privilege_escalation=False,
            # Raw sockets are for forging packets; no collective library opens one.
            capabilities=kubernetes.core.v1.CapabilitiesArgs(add=list(pods.capabilities) or None, drop=["NET_RAW"]),
        ),
        volume_mounts=mounts.in_container(pods, volumes),
    )
    return kubernetes.core.v1.PodTemplateSpecArgs(
        metadata=kubernetes.meta.v1.ObjectMetaArgs(
            labels={**labels(request), **pods.labels}, annotations={**pods.annotations, **annotations} or None
        ),
        spec=kubernetes.core.v1.PodSpecArgs(
            service_account_name=SERVICE_ACCOUNT,
            # The cloud's identity comes by a token of its own; the Kubernetes API is not the workload's.
            automount_service_account_token=False,
            subdomain=request.name if request.training else None,
            restart_policy="Never" if request.training else "Always",
            node_selector={POOL_LABEL: ACCELERATOR_POOL, **pods.node_selector},
            tolerations=[
                kubernetes.core.v1.TolerationArgs(
                    key=taint.key,
                    operator="Exists" if taint.value is None else "Equal",
                    value=taint.value,
                    effect="NoSchedule",
                )
                for taint in pods.tolerations
            ],
            security_context=kubernetes.core.v1.PodSecurityContextArgs(
                seccomp_profile=kubernetes.core.v1.SeccompProfileArgs(type="RuntimeDefault")
            ),
            containers=[container],
            resource_claims=[
                kubernetes.core.v1.PodResourceClaimArgs(name=name, resource_claim_template_name=name) for name in claims
            ]
            or None,
            volumes=mounts.in_pod(pods, volumes),
        ),
    )


def _rendezvous(request: Request) -> list[kubernetes.core.v1.EnvVarArgs]:
    """What torchrun reads in place of its flags (`PET_` and the flag's name), so that one command fits every size.

    An Indexed Job's pod has the host name `<job>-<index>` and its index in an annotation.
    """
    if not request.training:
        return []
    rank = kubernetes.core.v1.EnvVarSourceArgs(
        field_ref=kubernetes.core.v1.ObjectFieldSelectorArgs(
            field_path="metadata.annotations['batch.kubernetes.io/job-completion-index']"
        )
    )
    return [
        kubernetes.core.v1.EnvVarArgs(name="PET_NNODES", value=str(request.accelerator.nodes)),
        kubernetes.core.v1.EnvVarArgs(name="PET_NODE_RANK", value_from=rank),
        kubernetes.core.v1.EnvVarArgs(name="PET_MASTER_ADDR", value=f"{request.name}-0.{request.name}"),
        kubernetes.core.v1.EnvVarArgs(name="PET_MASTER_PORT", value=str(RENDEZVOUS_PORT)),
    ]


def _verbatim(argument: str) -> str:
    """An argument that reaches the process as it was written.

    Kubernetes puts a variable's value in place of `$(NAME)` in a command, and one `$` in place of two
    (kubernetes.io, API reference, Container.command).
    """
    return argument.replace("$", "$$")


def _half_of(machine: MachineType) -> Mapping[str, str]:
    """Processor time and memory that are the pod's for certain; it may use more.

    A pod that asks for none is the first to be evicted when its node runs out of memory. The other half leaves room for
    the node's own agents.
    """
    memory = {} if machine.ram_gib is None else {"memory": f"{machine.ram_gib // 2}Gi"}
    return {"cpu": str(machine.vcpus // 2), **memory}
