"""Devices that a pod claims beside its resources (dynamic resource allocation)."""

from collections.abc import Callable
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as kubernetes

from wayfare.components.contract import NAMESPACE, Request
from wayfare.components.pods import PodNeeds

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
