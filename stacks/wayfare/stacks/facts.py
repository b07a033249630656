"""What the properties of a cluster's resources mean to a person, cloud by cloud.

Paths and names of properties are those of the SDKs' resources, as the components of each cloud set them.
"""

import re
from collections.abc import Iterable, Mapping

from wayfare.stacks.facts_workload import WORKLOAD, WORKLOADS
from wayfare.stacks.telling import Fact, Inputs, at, fact, moved, named, of_nodes, path_steps, read_at

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
    "Data": "mounted buckets",
    "Workload": "workload",
}

_EKS_CLUSTER, _EKS_POOL = "aws:eks/cluster:Cluster", "aws:eks/nodeGroup:NodeGroup"
_AKS_CLUSTER, _AKS_POOL = "azure-native:containerservice:ManagedCluster", "azure-native:containerservice:AgentPool"
_GKE_CLUSTER, _GKE_POOL = "gcp:container/cluster:Cluster", "gcp:container/nodePool:NodePool"
_S3, _BLOB, _GCS = "aws:s3/bucket:Bucket", "azure-native:storage:StorageAccount", "gcp:storage/bucket:Bucket"
_LUSTRE = "gcp:lustre/instance:Instance"

POOLS = frozenset({_EKS_POOL, _AKS_POOL, _GKE_POOL})
CONTROL_PLANES = frozenset({_EKS_CLUSTER, _AKS_CLUSTER, _GKE_CLUSTER})
BUCKETS = frozenset({_S3, _BLOB, _GCS})
MAINS = POOLS | CONTROL_PLANES | BUCKETS | WORKLOADS
"""Resources that are what their component is named for."""


def subject(urn: str) -> str:
    """What a person calls the part of the cluster that a resource belongs to."""
    components = [token for token in urn.split("::")[2].split("$") if token.startswith("wayfare:")]
    return _SUBJECTS.get(components[-1].rpartition(":")[2], "cluster") if components else "cluster"


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


_API = "Kubernetes API"

_KEEP = fact(
    r'(tags|labels)(\.wayfare-keep|\["wayfare-keep"\])|forceDestroy|softDeletePolicy\.retentionDurationSeconds',
    _kept,
    _keep,
)


FACTS: Mapping[str, tuple[Fact, ...]] = {
    _EKS_POOL: (
        fact(r"scalingConfig\b.*", read_at("scalingConfig", "desiredSize"), of_nodes),
        fact(r"instanceTypes\b.*", read_at("instanceTypes", 0), named("machine type")),
        fact(r"capacityType", _purchase_eks, named("purchase")),
    ),
    "aws:ec2/launchTemplate:LaunchTemplate": (
        fact(r"instanceType", read_at("instanceType"), named("machine type of the reservation")),
        fact(
            r"(capacityReservationSpecification|instanceMarketOptions)\b.*",
            read_at("capacityReservationSpecification", "capacityReservationTarget", "capacityReservationId"),
            named("reservation"),
        ),
    ),
    "aws:ec2/subnet:Subnet": (fact(r"availabilityZone", read_at("availabilityZone"), named("zone")),),
    _AKS_POOL: (
        fact(r"count|minCount|maxCount", read_at("count"), of_nodes),
        fact(r"vmSize", read_at("vmSize"), named("machine type")),
        fact(r"availabilityZones\b.*", read_at("availabilityZones", 0), named("zone")),
        fact(
            r"scaleSetPriority|scaleSetEvictionPolicy|spotMaxPrice",
            lambda inputs: "spot" if at(inputs, "scaleSetPriority") == "Spot" else "on-demand",
            named("purchase"),
        ),
    ),
    _GKE_POOL: (
        fact(r"nodeCount|autoscaling\b.*", _nodes_gke, of_nodes),
        fact(r"nodeConfig\.machineType", read_at("nodeConfig", "machineType"), named("machine type")),
        fact(r"nodeLocations\b.*", read_at("nodeLocations", 0), named("zone")),
        fact(r"version", read_at("version"), named("Kubernetes version")),
        fact(
            r"nodeConfig\.(spot|flexStart|reservationAffinity\b.*)|queuedProvisioning\b.*|management\b.*",
            _purchase_gke,
            named("purchase"),
        ),
        fact(r"placementPolicy\b.*", read_at("placementPolicy", "tpuTopology"), named("topology")),
    ),
    _LUSTRE: (
        fact(r"capacityGib", read_at("capacityGib"), named("capacity in GiB:")),
        fact(r"perUnitStorageThroughput", read_at("perUnitStorageThroughput"), named("MB/s for each TiB:")),
        fact(r"location", read_at("location"), named("zone")),
        _KEEP,
    ),
    _EKS_CLUSTER: (
        fact(r"vpcConfig\.publicAccessCidrs\b.*", read_at("vpcConfig", "publicAccessCidrs"), _networks, _API),
        fact(r"vpcConfig\.endpointPublicAccess", read_at("vpcConfig", "endpointPublicAccess"), named("public"), _API),
        fact(r"deletionProtection", read_at("deletionProtection"), named("deletion protection")),
        fact(r"version", read_at("version"), named("Kubernetes version")),
    ),
    _AKS_CLUSTER: (
        fact(
            r"apiServerAccessProfile\.authorizedIPRanges\b.*",
            read_at("apiServerAccessProfile", "authorizedIPRanges"),
            _networks,
            _API,
        ),
        fact(r"kubernetesVersion", read_at("kubernetesVersion"), named("Kubernetes version")),
    ),
    _GKE_CLUSTER: (
        fact(
            r"masterAuthorizedNetworksConfig\.cidrBlocks\b.*",
            lambda inputs: [
                at(block, "cidrBlock") for block in at(inputs, "masterAuthorizedNetworksConfig", "cidrBlocks") or ()
            ],
            _networks,
            _API,
        ),
        fact(r"releaseChannel\b.*", read_at("releaseChannel", "channel"), named("release channel")),
        fact(r"minMasterVersion", read_at("minMasterVersion"), named("Kubernetes version")),
        fact(r"deletionProtection", read_at("deletionProtection"), named("deletion protection")),
    ),
    _S3: (_KEEP,),
    "aws:fsx/lustreFileSystem:LustreFileSystem": (
        _KEEP,
        fact(r"storageCapacity", read_at("storageCapacity"), named("GiB")),
        fact(r"perUnitStorageThroughput", read_at("perUnitStorageThroughput"), named("MB/s for each TiB")),
    ),
    "aws:s3/bucketVersioning:BucketVersioning": (
        fact(
            r"versioningConfiguration\.status",
            read_at("versioningConfiguration", "status"),
            named("versions of objects"),
        ),
    ),
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": (fact(r"rules\b.*", _days_s3, _expiry),),
    _BLOB: (_KEEP, fact(r"sku\.name", read_at("sku", "name"), named("redundancy"))),
    "azure-native:resources:ResourceGroup": (_KEEP,),
    "azure-native:storagecache:AmlFilesystem": (
        _KEEP,
        fact(r"storageCapacityTiB", read_at("storageCapacityTiB"), named("TiB")),
        fact(r"sku\.name", read_at("sku", "name"), named("tier")),
        fact(r"zones\b.*", read_at("zones", 0), named("zone")),
    ),
    "azure-native:storage:BlobServiceProperties": (
        fact(
            r"(.*Policy\b.*)?",
            read_at("deleteRetentionPolicy", "days"),
            lambda before, after: f"deleted objects can be had back for {moved(before or 0, after or 0)} days",
        ),
    ),
    "azure-native:storage:ManagementPolicy": (fact(r"(policy\b.*)?", _days_blob, _expiry),),
    _GCS: (_KEEP, fact(r"lifecycleRules\b.*", _days_gcs, _expiry)),
    **WORKLOAD,
}
