"""What the properties of a cluster's resources mean to a person, cloud by cloud.

Paths and names of properties are those of the SDKs' resources, as the components of each cloud set them.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast

Inputs = Mapping[str, Any]

_STEP = re.compile(r'\["(?P<quoted>(?:[^"\\]|\\.)*)"\]|\[(?P<index>\d+)\]|\.?(?P<name>[^.\[]+)')

#: Component of a resource → what a person calls it.
_SUBJECTS = {
    "AcceleratorPool": "accelerator pool",
    "SystemPool": "system pool",
    "ControlPlane": "control plane",
    "Bucket": "checkpoint bucket",
    "Network": "network",
    "Capacity": "capacity",
    "FlowLog": "network log",
    "Identity": "workload identity",
    "Endpoints": "private endpoints",
    "Registry": "registry",
    "Monitoring": "monitoring",
    "SharedStore": "shared store",
    "Data": "data sets",
    "Workload": "workload",
}

_EKS_CLUSTER, _EKS_POOL = "aws:eks/cluster:Cluster", "aws:eks/nodeGroup:NodeGroup"
_AKS_CLUSTER, _AKS_POOL = "azure-native:containerservice:ManagedCluster", "azure-native:containerservice:AgentPool"
_GKE_CLUSTER, _GKE_POOL = "gcp:container/cluster:Cluster", "gcp:container/nodePool:NodePool"
_S3, _BLOB, _GCS = "aws:s3/bucket:Bucket", "azure-native:storage:StorageAccount", "gcp:storage/bucket:Bucket"
_LUSTRE = "gcp:lustre/instance:Instance"
_JOB, _DEPLOYMENT = "kubernetes:batch/v1:Job", "kubernetes:apps/v1:Deployment"

POOLS = frozenset({_EKS_POOL, _AKS_POOL, _GKE_POOL})
CONTROL_PLANES = frozenset({_EKS_CLUSTER, _AKS_CLUSTER, _GKE_CLUSTER})
BUCKETS = frozenset({_S3, _BLOB, _GCS})
MAINS = POOLS | CONTROL_PLANES | BUCKETS | {_JOB, _DEPLOYMENT}
"""Resources that are what their component is named for."""


@dataclass(frozen=True)
class Fact:
    """What some properties of a resource say together."""

    covers: re.Pattern[str]
    """Paths that it accounts for; the empty path is the resource as a whole."""
    read: Callable[[Inputs], object]
    """What the inputs say; None where they do not."""
    words: Callable[[Any, Any], str]
    """What changed, from what was read before to what is read after."""
    subject: str | None = None
    """What it is said of, where that is not the component."""


def subject(urn: str) -> str:
    """What a person calls the part of the cluster that a resource belongs to."""
    components = [token for token in urn.split("::")[2].split("$") if token.startswith("wayfare:")]
    return _SUBJECTS.get(components[-1].rpartition(":")[2], "cluster") if components else "cluster"


def path_steps(path: str) -> tuple[str | int, ...]:
    """The keys and indices of a property's path, as Pulumi writes it: `a.b[0]["c.d"]`."""
    found = (match.groupdict() for match in _STEP.finditer(path))
    return tuple(int(part["index"]) if part["index"] else part["quoted"] or part["name"] or "" for part in found)


def at(inputs: object, *path: str | int) -> Any:
    """The value at a path; None where there is none."""
    value: object = inputs
    for step in path:
        if isinstance(value, Mapping):
            value = cast("Mapping[object, object]", value).get(step)
        elif isinstance(value, list) and isinstance(step, int) and step < len(cast("list[object]", value)):
            value = cast("list[object]", value)[step]
        else:
            return None
    return value


_LABEL = re.compile(
    r"(?:tags|resourceLabels|nodeConfig\.resourceLabels|tagSpecifications\[\d+\]\.tags|(?P<google>labels))"
    r'(?:\.[^.\[\]]+|\["[^"]+"\])'
)


def label(type: str, path: str) -> str | None:
    """The tag that a property is: on Google a label. What Kubernetes calls a label is none."""
    match = _LABEL.fullmatch(path)
    if match is None or (match["google"] and not type.startswith("gcp:")):
        return None
    return str(path_steps(path)[-1])


def shown(value: object) -> str:
    """A plain value as it is read in a line."""
    if value is None:
        return "unset"
    return str(value).lower() if isinstance(value, bool) else str(value)


def moved(before: object, after: object) -> str:
    """`a → b`"""
    return f"{shown(before)} → {shown(after)}"


def _named(noun: str) -> Callable[[Any, Any], str]:
    return lambda before, after: f"{noun} {moved(before, after)}"


def _nodes(before: object, after: object) -> str:
    return f"{moved(before, after)} nodes"


def _networks(before: Iterable[str] | None, after: Iterable[str] | None) -> str:
    was, now = tuple(before or ()), tuple(after or ())
    more, fewer = [each for each in now if each not in was], [each for each in was if each not in now]
    said = [f"allows {', '.join(more)} besides"] if more else []
    said += [f"no longer allows {', '.join(fewer)}"] if fewer else []
    return " and ".join(said) or "allows the same networks in another order"


def _expiry(before: int | None, after: int | None) -> str:
    if after is None:
        return f"objects expire no more (before: after {before} days)"
    return f"objects expire after {after} days" + (f" (before: {before} days)" if before is not None else "")


def _keep(before: str | None, after: str | None) -> str:
    fate = {"durable": "stays when the cluster is destroyed", "scratch": "is deleted with the cluster"}
    return f"keep {moved(before, after)}" + (f" (it {fate[after]})" if after in fate else "")


def _kept(inputs: Inputs) -> object:
    return at(inputs, "tags", "wayfare-keep") or at(inputs, "labels", "wayfare-keep")


def _days_s3(inputs: Inputs) -> object:
    return next((days for rule in at(inputs, "rules") or () if (days := at(rule, "expiration", "days"))), None)


def _days_gcs(inputs: Inputs) -> object:
    rules = at(inputs, "lifecycleRules") or ()
    return next((at(rule, "condition", "age") for rule in rules if at(rule, "action", "type") == "Delete"), None)


def _days_blob(inputs: Inputs) -> object:
    age = ("actions", "baseBlob", "delete", "daysAfterModificationGreaterThan")
    return at(inputs, "policy", "rules", 0, "definition", *age)


def _purchase_eks(inputs: Inputs) -> object:
    return {"SPOT": "spot", "ON_DEMAND": "on-demand", "CAPACITY_BLOCK": "block"}.get(at(inputs, "capacityType"))


def _purchase_gke(inputs: Inputs) -> object:
    if at(inputs, "nodeConfig", "spot"):
        return "spot"
    if at(inputs, "nodeConfig", "flexStart"):
        return "flex"
    reservation = at(inputs, "nodeConfig", "reservationAffinity", "values", 0)
    return "on-demand" if reservation is None else f"reservation {reservation}"


def _nodes_gke(inputs: Inputs) -> object:
    """A fixed number, or from none to the most that pods may ask for."""
    most = at(inputs, "autoscaling", "totalMaxNodeCount")
    return at(inputs, "nodeCount") if most is None else f"0 to {most}"


def _devices(inputs: Inputs) -> object:
    limits: Mapping[str, object] = at(inputs, *_CONTAINER, "resources", "limits") or {}
    return ", ".join(f"{count} {name}" for name, count in sorted(limits.items())) or None


def _read(*path: str | int) -> Callable[[Inputs], object]:
    return lambda inputs: at(inputs, *path)


def _fact(
    covers: str, read: Callable[[Inputs], object], words: Callable[[Any, Any], str], subject: str | None = None
) -> Fact:
    return Fact(re.compile(covers), read, words, subject)


_CONTAINER = ("spec", "template", "spec", "containers", 0)
_IN_CONTAINER = r"spec\.template\.spec\.containers\[0\]"
_API = "Kubernetes API"

_KEEP = _fact(
    r'(tags|labels)(\.wayfare-keep|\["wayfare-keep"\])|forceDestroy|softDeletePolicy\.retentionDurationSeconds',
    _kept,
    _keep,
)
_POD = (
    _fact(rf"{_IN_CONTAINER}\.image", _read(*_CONTAINER, "image"), _named("image")),
    _fact(rf"{_IN_CONTAINER}\.command\b.*", _read(*_CONTAINER, "command"), lambda _before, _after: "another command"),
    _fact(rf"{_IN_CONTAINER}\.resources\.(limits|requests)\b.*", _devices, _named("devices of a node:")),
)

FACTS: Mapping[str, tuple[Fact, ...]] = {
    _EKS_POOL: (
        _fact(r"scalingConfig\b.*", _read("scalingConfig", "desiredSize"), _nodes),
        _fact(r"instanceTypes\b.*", _read("instanceTypes", 0), _named("machine type")),
        _fact(r"capacityType", _purchase_eks, _named("purchase")),
    ),
    "aws:ec2/launchTemplate:LaunchTemplate": (
        _fact(r"instanceType", _read("instanceType"), _named("machine type of the reservation")),
        _fact(
            r"(capacityReservationSpecification|instanceMarketOptions)\b.*",
            _read("capacityReservationSpecification", "capacityReservationTarget", "capacityReservationId"),
            _named("reservation"),
        ),
    ),
    "aws:ec2/subnet:Subnet": (_fact(r"availabilityZone", _read("availabilityZone"), _named("zone")),),
    _AKS_POOL: (
        _fact(r"count|minCount|maxCount", _read("count"), _nodes),
        _fact(r"vmSize", _read("vmSize"), _named("machine type")),
        _fact(r"availabilityZones\b.*", _read("availabilityZones", 0), _named("zone")),
        _fact(
            r"scaleSetPriority|scaleSetEvictionPolicy|spotMaxPrice",
            lambda inputs: "spot" if at(inputs, "scaleSetPriority") == "Spot" else "on-demand",
            _named("purchase"),
        ),
    ),
    _GKE_POOL: (
        _fact(r"nodeCount|autoscaling\b.*", _nodes_gke, _nodes),
        _fact(r"nodeConfig\.machineType", _read("nodeConfig", "machineType"), _named("machine type")),
        _fact(r"nodeLocations\b.*", _read("nodeLocations", 0), _named("zone")),
        _fact(r"version", _read("version"), _named("Kubernetes version")),
        _fact(
            r"nodeConfig\.(spot|flexStart|reservationAffinity\b.*)|queuedProvisioning\b.*|management\b.*",
            _purchase_gke,
            _named("purchase"),
        ),
        _fact(r"placementPolicy\b.*", _read("placementPolicy", "tpuTopology"), _named("topology")),
    ),
    _LUSTRE: (
        _fact(r"capacityGib", _read("capacityGib"), _named("capacity in GiB:")),
        _fact(r"perUnitStorageThroughput", _read("perUnitStorageThroughput"), _named("MB/s for each TiB:")),
        _fact(r"location", _read("location"), _named("zone")),
        _KEEP,
    ),
    _EKS_CLUSTER: (
        _fact(r"vpcConfig\.publicAccessCidrs\b.*", _read("vpcConfig", "publicAccessCidrs"), _networks, _API),
        _fact(r"vpcConfig\.endpointPublicAccess", _read("vpcConfig", "endpointPublicAccess"), _named("public"), _API),
        _fact(r"deletionProtection", _read("deletionProtection"), _named("deletion protection")),
        _fact(r"version", _read("version"), _named("Kubernetes version")),
    ),
    _AKS_CLUSTER: (
        _fact(
            r"apiServerAccessProfile\.authorizedIPRanges\b.*",
            _read("apiServerAccessProfile", "authorizedIPRanges"),
            _networks,
            _API,
        ),
        _fact(r"kubernetesVersion", _read("kubernetesVersion"), _named("Kubernetes version")),
    ),
    _GKE_CLUSTER: (
        _fact(
            r"masterAuthorizedNetworksConfig\.cidrBlocks\b.*",
            lambda inputs: [
                at(block, "cidrBlock") for block in at(inputs, "masterAuthorizedNetworksConfig", "cidrBlocks") or ()
            ],
            _networks,
            _API,
        ),
        _fact(r"releaseChannel\b.*", _read("releaseChannel", "channel"), _named("release channel")),
        _fact(r"minMasterVersion", _read("minMasterVersion"), _named("Kubernetes version")),
        _fact(r"deletionProtection", _read("deletionProtection"), _named("deletion protection")),
    ),
    _S3: (_KEEP,),
    "aws:fsx/lustreFileSystem:LustreFileSystem": (
        _KEEP,
        _fact(r"storageCapacity", _read("storageCapacity"), _named("GiB")),
        _fact(r"perUnitStorageThroughput", _read("perUnitStorageThroughput"), _named("MB/s for each TiB")),
    ),
    "aws:s3/bucketVersioning:BucketVersioning": (
        _fact(
            r"versioningConfiguration\.status",
            _read("versioningConfiguration", "status"),
            _named("versions of objects"),
        ),
    ),
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": (_fact(r"rules\b.*", _days_s3, _expiry),),
    _BLOB: (_KEEP, _fact(r"sku\.name", _read("sku", "name"), _named("redundancy"))),
    "azure-native:resources:ResourceGroup": (_KEEP,),
    "azure-native:storagecache:AmlFilesystem": (
        _KEEP,
        _fact(r"storageCapacityTiB", _read("storageCapacityTiB"), _named("TiB")),
        _fact(r"sku\.name", _read("sku", "name"), _named("tier")),
        _fact(r"zones\b.*", _read("zones", 0), _named("zone")),
    ),
    "azure-native:storage:BlobServiceProperties": (
        _fact(
            r"(.*Policy\b.*)?",
            _read("deleteRetentionPolicy", "days"),
            lambda before, after: f"deleted objects can be had back for {moved(before or 0, after or 0)} days",
        ),
    ),
    "azure-native:storage:ManagementPolicy": (_fact(r"(policy\b.*)?", _days_blob, _expiry),),
    _GCS: (_KEEP, _fact(r"lifecycleRules\b.*", _days_gcs, _expiry)),
    _JOB: (
        _fact(
            # The first variable is PET_NNODES, which torchrun reads.
            rf"spec\.(completions|parallelism)|{_IN_CONTAINER}\.env\[0\]\.value",
            _read("spec", "completions"),
            _nodes,
        ),
        *_POD,
    ),
    _DEPLOYMENT: (_fact(r"spec\.replicas", _read("spec", "replicas"), _nodes), *_POD),
}
