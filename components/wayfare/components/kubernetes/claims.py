"""Devices that a pod claims beside its resources (dynamic resource allocation). Pure."""

from collections.abc import Callable
from dataclasses import dataclass

from wayfare.components.contract import NAMESPACE, Request
from wayfare.components.pods import ClusterObject, PodNeeds


@dataclass(frozen=True)
class Claim:
    """A resource claim template that pods name, and the object that it is or that makes it."""

    name: str
    is_needed: Callable[[PodNeeds], bool]
    wanted: Callable[[Request, PodNeeds], ClusterObject]


def _fabric(_request: Request, pods: PodNeeds) -> ClusterObject:
    """Claims every device of the fabric's classes on the pod's node."""
    requests = [
        {"name": f"class-{number}", "exactly": {"deviceClassName": device_class, "allocationMode": "All"}}
        for number, device_class in enumerate(pods.device_classes)
    ]
    spec = {"spec": {"devices": {"requests": requests}}}
    return ClusterObject("resource.k8s.io/v1", "ResourceClaimTemplate", "fabric", spec, NAMESPACE)


def _compute_domain(request: Request, _pods: PodNeeds) -> ClusterObject:
    """An NVLink domain over the job's nodes; its controller makes the claim template (NVIDIA, "ComputeDomains")."""
    spec = {
        "numNodes": request.accelerator.nodes,
        "channel": {"resourceClaimTemplate": {"name": "compute-domain"}},
    }
    return ClusterObject("resource.nvidia.com/v1beta1", "ComputeDomain", request.name, spec, NAMESPACE)


CLAIMS: tuple[Claim, ...] = (
    Claim("fabric", lambda pods: bool(pods.device_classes), _fabric),
    Claim("compute-domain", lambda pods: pods.compute_domain, _compute_domain),
)


def needed(pods: PodNeeds) -> tuple[Claim, ...]:
    """Those of this cloud and machine type."""
    return tuple(claim for claim in CLAIMS if claim.is_needed(pods))
