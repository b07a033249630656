"""What a pod on the accelerator pool has to say and what it mounts, in Kubernetes' terms."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    # Whoever only plans does not wait for the engine's SDK.
    import pulumi


#: Name of the volume that is the cluster's own bucket.
CHECKPOINTS = "checkpoints"


@dataclass(frozen=True)
class Toleration:
    """A taint of the accelerator pool that a pod must tolerate, with effect NoSchedule."""

    key: str
    value: str | None = None
    """None tolerates any value of the key."""


@dataclass(frozen=True)
class Scratch:
    """The local disks of an accelerator node as one volume, mounted at `/scratch`."""

    per_node_gib: int
    """What is asked of it."""
    storage_class: str | None = None
    """Storage class of a generic ephemeral volume; None where the node's own ephemeral storage lies on those disks, so
    that a plain `emptyDir` is on them."""
    provisioner: str | None = None
    """The driver behind the storage class, where the cluster must make that class itself."""


@dataclass(frozen=True)
class ClusterObject:
    """An object in the cluster as its API has it, whatever its kind."""

    api_version: str
    kind: str
    name: str
    spec: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Empty for a kind that has none."""
    namespace: str | None = None
    """None for a kind of the whole cluster."""
    labels: Mapping[str, str] = field(default_factory=dict[str, str])
    annotations: "Mapping[str, pulumi.Input[str]]" = field(default_factory=dict[str, Any])
    beside: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Fields beside the specification, such as the `value` of a priority class."""
    outlives: bool = False
    """Whether what a controller makes for it in the cloud would outlive the cluster: then it goes before the cluster
    does, and its end is waited for."""

    def manifest(self) -> dict[str, Any]:
        """The object as it is written in a file."""
        given = {
            "name": self.name,
            "namespace": self.namespace,
            "labels": dict(self.labels),
            "annotations": dict(self.annotations),
        }
        return {
            "apiVersion": self.api_version,
            "kind": self.kind,
            "metadata": {key: value for key, value in given.items() if value},
            **({"spec": self.spec} if self.spec else {}),
            **self.beside,
        }


@dataclass(frozen=True)
class PodNeeds:
    """What a pod on the accelerator pool has to say, on this cloud and machine type."""

    accelerators: Mapping[str, int]
    """Extended resource of one node's accelerators, such as `{"nvidia.com/gpu": 8}`."""
    fabric: Mapping[str, int]
    """Extended resources of the fabric on one node, such as `{"vpc.amazonaws.com/efa": 32}`; empty where the fabric
    needs none."""
    tolerations: tuple[Toleration, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict[str, str])
    annotations: Mapping[str, str] = field(default_factory=dict[str, str])
    device_plugins: tuple[str, ...] = ()
    """Plugins that the cloud does not bring along and the cluster must install: `nvidia`, `amd`, `efa`, `neuron`."""
    device_classes: tuple[str, ...] = ()
    """Kubernetes device classes of the fabric, such as `mrdma.google.com`: the pod claims every device of each on its
    node through a resource claim. Empty where extended resources say it all."""
    node_selector: Mapping[str, str] = field(default_factory=dict[str, str])
    """Labels of the nodes beside the pool's own, such as the topology of a TPU slice."""
    account_annotated: bool = False
    """Whether the workload's service account is tied to its identity by an annotation, whose value only a cluster that
    stands tells."""
    scratch: Scratch | None = None
    """None where the blueprint asks for none."""
    compute_domain: bool = False
    """Whether a job's pods share memory over NVLink across nodes, by a ComputeDomain of NVIDIA's DRA driver."""
    topology: tuple[str, ...] = ()
    """Labels by which the cloud tells how near nodes are to each other, from the widest to the nearest; empty where it
    tells nothing, or where the placement domain says it all."""
    provisioning_class: str | None = None
    """Class of the ProvisioningRequest that has the nodes made (`queued-provisioning.gke.io`); None where they are
    there already."""
    objects: tuple[ClusterObject, ...] = ()
    """Objects that follow the device plugins' charts, such as the policy by which an operator installs a driver."""
    capabilities: tuple[str, ...] = ()
    """Linux capabilities of the container beside the usual ones, such as `IPC_LOCK`, without which RDMA cannot pin
    memory. The workload's namespace then lets them through."""


@dataclass(frozen=True)
class Volume:
    """Storage that exists outside of Kubernetes, mounted into the workload through a CSI driver."""

    name: str
    """A DNS label, such as `shared`."""
    mount: str
    """Path in the container."""
    driver: str
    """The CSI driver, such as `fsx.csi.aws.com`."""
    handle: "pulumi.Input[str]"
    """The driver's volume handle."""
    attributes: "Mapping[str, pulumi.Input[str]]" = field(default_factory=dict[str, Any])
    """The driver's volume attributes."""
    capacity_gib: int = 1
    """What the claim says; drivers of buckets do not look at it."""
    read_only: bool = False
    mount_options: tuple[str, ...] = ()
