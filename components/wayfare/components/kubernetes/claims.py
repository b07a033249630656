"""Devices that a pod claims and nodes that it has made, beside its resources (dynamic resource allocation, queues)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as kubernetes

from wayfare.components.contract import NAMESPACE, Request
from wayfare.components.pods import PodNeeds

#: GKE ends nodes of queued provisioning after this time ("Flex-start", maximum run duration).
QUEUED_FOR_SECONDS = 7 * 24 * 3600

Declare = Callable[[str, Request, PodNeeds, pulumi.ResourceOptions], pulumi.Resource]


@dataclass(frozen=True)
class Claim:
    """A resource claim template that pods name, and what makes it."""

    name: str
    is_needed: Callable[[PodNeeds], bool]
    declare: Declare


def _fabric(name: str, request: Request, pods: PodNeeds, opts: pulumi.ResourceOptions) -> pulumi.Resource:  # noqa: ARG001 - a `Declare`
    """Claims every device of the fabric's classes on the pod's node."""
    requests = [
        kubernetes.resource.v1.DeviceRequestArgs(
            name=f"class-{number}",
            exactly=kubernetes.resource.v1.ExactDeviceRequestArgs(
                device_class_name=device_class, allocation_mode="All"
            ),
        )
        for number, device_class in enumerate(pods.device_classes)
    ]
    return kubernetes.resource.v1.ResourceClaimTemplate(
        name,
        metadata={"name": "fabric", "namespace": NAMESPACE},
        spec=kubernetes.resource.v1.ResourceClaimTemplateSpecArgs(
            spec=kubernetes.resource.v1.ResourceClaimSpecArgs(
                devices=kubernetes.resource.v1.DeviceClaimArgs(requests=requests)
            )
        ),
        opts=opts,
    )


def _compute_domain(name: str, request: Request, pods: PodNeeds, opts: pulumi.ResourceOptions) -> pulumi.Resource:  # noqa: ARG001 - a `Declare`
    """An NVLink domain over the job's nodes; its controller makes the claim template (NVIDIA, "ComputeDomains")."""
    return kubernetes.apiextensions.CustomResource(
        name,
        api_version="resource.nvidia.com/v1beta1",
        kind="ComputeDomain",
        metadata={"name": request.name, "namespace": NAMESPACE},
        spec={
            "numNodes": request.accelerator.nodes,
            "channel": {"resourceClaimTemplate": {"name": "compute-domain"}},
        },
        opts=opts,
    )


CLAIMS: tuple[Claim, ...] = (
    Claim("fabric", lambda pods: bool(pods.device_classes), _fabric),
    Claim("compute-domain", lambda pods: pods.compute_domain, _compute_domain),
)


def queued(pods: PodNeeds, request: Request) -> Mapping[str, str]:
    """Annotations of pods whose nodes are made at once by a request (GKE, "Flex-start with queued provisioning")."""
    if pods.provisioning_class is None:
        return {}
    return {
        "autoscaling.x-k8s.io/consume-provisioning-request": request.name,
        "autoscaling.x-k8s.io/provisioning-class-name": pods.provisioning_class,
    }


def provisioning(
    name: str,
    request: Request,
    pods: PodNeeds,
    template: kubernetes.core.v1.PodTemplateSpecArgs,
    opts: pulumi.ResourceOptions,
) -> list[pulumi.Resource]:
    """The request that has all nodes of a job made together, or none of them."""
    if pods.provisioning_class is None:
        return []
    shape = kubernetes.core.v1.PodTemplate(
        f"{name}-shape", metadata={"name": request.name, "namespace": NAMESPACE}, template=template, opts=opts
    )
    asked = kubernetes.apiextensions.CustomResource(
        f"{name}-provisioning",
        api_version="autoscaling.x-k8s.io/v1",
        kind="ProvisioningRequest",
        metadata={"name": request.name, "namespace": NAMESPACE, "annotations": {"pulumi.com/skipAwait": "true"}},
        spec={
            "provisioningClassName": pods.provisioning_class,
            "parameters": {"maxRunDurationSeconds": str(QUEUED_FOR_SECONDS)},
            "podSets": [{"count": request.accelerator.nodes, "podTemplateRef": {"name": request.name}}],
        },
        # Its specification cannot change.
        opts=pulumi.ResourceOptions.merge(
            opts,
            pulumi.ResourceOptions(depends_on=[shape], delete_before_replace=True, replace_on_changes=["spec"]),
        ),
    )
    return [shape, asked]
