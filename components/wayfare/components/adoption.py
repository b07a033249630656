"""How a resource's id follows from what was asked for: one template for each type, kept by each cloud in a table.

A resource whose maker died is found again by its id. Where a name decides it, the id can be told from the inputs, in
the form in which the provider keeps it (each type's "Import" section in the provider's documentation).
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from wayfare.components.contract import Lost

Templates = Mapping[str, str]
"""From a resource type to its id, with inputs in braces: `{clusterName}:{nodeGroupName}`, `{metadata.name}`."""

#: Objects in a cluster, the same everywhere; those of a namespace are named by both.
KUBERNETES: Templates = {
    "kubernetes:core/v1:Namespace": "{metadata.name}",
    "kubernetes:core/v1:ServiceAccount": "{metadata.namespace}/{metadata.name}",
    "kubernetes:core/v1:ConfigMap": "{metadata.namespace}/{metadata.name}",
    "kubernetes:core/v1:Service": "{metadata.namespace}/{metadata.name}",
    "kubernetes:batch/v1:Job": "{metadata.namespace}/{metadata.name}",
    "kubernetes:apps/v1:Deployment": "{metadata.namespace}/{metadata.name}",
    "kubernetes:apps/v1:DaemonSet": "{metadata.namespace}/{metadata.name}",
    "kubernetes:mellanox.com/v1alpha1:NicClusterPolicy": "{metadata.name}",
    "kubernetes:storage.k8s.io/v1:StorageClass": "{metadata.name}",
    "kubernetes:core/v1:PersistentVolume": "{metadata.name}",
    "kubernetes:core/v1:PersistentVolumeClaim": "{metadata.namespace}/{metadata.name}",
    "kubernetes:core/v1:PodTemplate": "{metadata.namespace}/{metadata.name}",
    "kubernetes:networking.k8s.io/v1:NetworkPolicy": "{metadata.namespace}/{metadata.name}",
    "kubernetes:resource.nvidia.com/v1beta1:ComputeDomain": "{metadata.namespace}/{metadata.name}",
    "kubernetes:autoscaling.x-k8s.io/v1:ProvisioningRequest": "{metadata.namespace}/{metadata.name}",
    "kubernetes:resource.k8s.io/v1:ResourceClaimTemplate": "{metadata.namespace}/{metadata.name}",
    "kubernetes:helm.sh/v3:Release": "{namespace}/{name}",
}

_FIELD = re.compile(r"\{([A-Za-z.]+)\}")


def by_template(templates: Templates, lost: Sequence[Lost], **account: str) -> dict[str, str]:
    """The ids, by URN, of the resources that have a template and all of its inputs; `account` adds to the inputs."""
    known = {**KUBERNETES, **templates}
    found: dict[str, str] = {}
    for resource in lost:
        template = known.get(resource.type)
        id = None if template is None else _filled(template, {**account, **resource.inputs})
        if id is not None:
            found[resource.urn] = id
    return found


def _filled(template: str, inputs: Mapping[str, Any]) -> str | None:
    values: dict[str, str] = {}
    for field in _FIELD.findall(template):
        value: Any = inputs
        for part in field.split("."):
            value = value.get(part) if isinstance(value, Mapping) else None  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType] - inputs are any JSON
        if not isinstance(value, str) or not value:
            return None
        values[field] = value
    return _FIELD.sub(lambda match: values[match[1]], template)
