"""Volumes of buckets: what their drivers take, and that the cluster has the driver.

An API server takes any volume; a pod that mounts a wrong one stays in ContainerCreating, which nobody waits for. So the
volume is refused, in the words of whoever would keep the pod.

Sources: Mountpoint for Amazon S3 CSI driver, "Configuring" (a handle is processed once, `bucketName`), README (access
modes), Mountpoint, "Configuring Mountpoint" (options); Blob CSI driver, "Driver parameters" (static provisioning,
workload identity), BlobFuse, "Mount parameters"; GKE, "Mount Cloud Storage buckets as persistent volumes", Cloud
Storage FUSE, "CLI options"; kubelet's words for a driver that is not there.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from wayfare.sandbox.behaviour import Call, Row, StoreView
from wayfare.sandbox.clouds.kubernetes_pods import flat, text_of
from wayfare.sandbox.wire import is_unknown

VOLUME = "kubernetes:core/v1:PersistentVolume"
_EKS, _ADDON = "aws:eks/cluster:Cluster", "aws:eks/addon:Addon"
_AKS, _GKE = "azure-native:containerservice:ManagedCluster", "gcp:container/cluster:Cluster"

_ANY_MODE = frozenset({"ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany"})


@dataclass(frozen=True)
class _Driver:
    """What a driver of buckets takes."""

    modes: frozenset[str]
    attributes: frozenset[str]
    """Those that a static volume must have."""
    options: frozenset[str]
    """Names of mount options, without leading hyphens and values."""
    installed: Callable[[Row, StoreView], bool]


def refused(call: Call) -> str | None:
    """Why a pod could not mount this volume; None where it could, or where its driver is none of these."""
    spec = flat(call.inputs, "spec")
    source = flat(spec, "csi")
    name = text_of(source.get("driver"))
    driver = _DRIVERS.get(name)
    if driver is None:
        return None
    found = next(_wrong(call, spec, source, driver), None)
    return None if found is None else f"PersistentVolume {flat(call.inputs, 'metadata').get('name')}: {found}"


def _wrong(call: Call, spec: Mapping[str, Any], source: Mapping[str, Any], driver: _Driver) -> Iterator[str]:
    name, handle = text_of(source.get("driver")), source.get("volumeHandle")
    cluster = call.cluster
    if cluster is not None and cluster.token in _CLUSTERS and not driver.installed(cluster, call.store):
        yield f"driver name {name} not found in the list of registered CSI drivers"
    for row in call.store.rows(VOLUME):
        other = flat(flat(row.inputs, "spec"), "csi")
        if (
            row.region == call.region
            and row.id != call.id
            and (name, handle) == tuple(other.get(key) for key in ("driver", "volumeHandle"))
        ):
            yield f"volumeHandle {handle} is that of {row.id}: only one of them is mounted, a handle must be unique"
    attributes = flat(source, "volumeAttributes")
    for missing in sorted(driver.attributes - attributes.keys()):
        yield f"{name} requires the volume attribute {missing}"
    for mode in spec.get("accessModes") or ():
        if text_of(mode) and mode not in driver.modes:
            yield f"{name} does not support access mode {mode}"
    yield from _options(name, spec.get("mountOptions") or (), driver)


def _options(name: str, options: Any, driver: _Driver) -> Iterator[str]:
    seen: set[str] = set()
    for option in options:
        if is_unknown(option):
            continue
        bare = str(option).removeprefix("-o ").lstrip("-").replace("=", " ").partition(" ")[0]
        # Google's driver writes what is nested in a configuration file with colons.
        if bare.partition(":")[0] not in driver.options:
            yield f"{name}: unexpected mount option '{option}'"
        elif bare in seen:
            yield f"{name}: the mount option '{bare}' is given twice"
        seen.add(bare)
    if "read-only" in seen and seen & {"allow-delete", "allow-overwrite"}:
        yield f"{name}: what is mounted read-only takes neither allow-delete nor allow-overwrite"


def _has_addon(cluster: Row, store: StoreView) -> bool:
    mine = {cluster.id, cluster.inputs.get("name")}
    return any(
        row.inputs.get("addonName") == "aws-mountpoint-s3-csi-driver" and row.inputs.get("clusterName") in mine
        for row in store.rows(_ADDON)
    )


def _blob_enabled(cluster: Row, _store: StoreView) -> bool:
    return flat(flat(cluster.inputs, "storageProfile"), "blobCSIDriver").get("enabled") is True


def _fuse_enabled(cluster: Row, _store: StoreView) -> bool:
    return flat(flat(cluster.inputs, "addonsConfig"), "gcsFuseCsiDriverConfig").get("enabled") is True


_CLUSTERS = frozenset({_EKS, _AKS, _GKE})

_DRIVERS: Mapping[str, _Driver] = {
    "s3.csi.aws.com": _Driver(
        modes=frozenset({"ReadOnlyMany", "ReadWriteMany"}),
        attributes=frozenset({"bucketName"}),
        options=frozenset(
            {
                *("allow-delete", "allow-other", "allow-overwrite", "allow-root", "cache", "debug", "debug-crt"),
                *("dir-mode", "file-mode", "gid", "uid", "max-cache-size", "max-threads", "maximum-throughput-gbps"),
                *("metadata-ttl", "negative-metadata-ttl", "prefix", "read-only", "read-part-size", "region"),
                *("requester-pays", "sse", "sse-kms-key-id", "storage-class", "upload-checksums", "write-part-size"),
                *("endpoint-url", "force-path-style", "expected-bucket-owner", "incremental-upload"),
            }
        ),
        installed=_has_addon,
    ),
    "blob.csi.azure.com": _Driver(
        modes=_ANY_MODE,
        attributes=frozenset({"containerName"}),
        options=frozenset(
            {
                *("allow_other", "ro", "attr_timeout", "entry_timeout", "negative_timeout", "umask", "uid", "gid"),
                *("block-cache", "block-cache-block-size", "block-cache-disk-size", "block-cache-disk-timeout"),
                *("block-cache-parallelism", "block-cache-path", "block-cache-pool-size", "block-cache-prefetch"),
                *("block-cache-prefetch-on-open", "cache-size-mb", "cancel-list-on-mount-seconds", "tmp-path"),
                *("file-cache-timeout-in-seconds", "log-level", "subdirectory", "use-adls", "use-attr-cache"),
                *("attr-cache-timeout", "virtual-directory", "streaming", "read-only", "disable-writeback-cache"),
            }
        ),
        installed=_blob_enabled,
    ),
    "gcsfuse.csi.storage.gke.io": _Driver(
        modes=_ANY_MODE,
        attributes=frozenset(),
        options=frozenset(
            {
                *("dir-mode", "enable-hns", "file-cache", "file-mode", "file-system", "gcs-connection", "gid", "uid"),
                *("implicit-dirs", "logging", "metadata-cache", "only-dir", "read_ahead_kb", "rename-dir-limit"),
                *("write", "profile", "ro", "client-protocol", "custom-endpoint", "max-conns-per-host"),
            }
        ),
        installed=_fuse_enabled,
    ),
}
