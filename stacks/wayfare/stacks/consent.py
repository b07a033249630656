"""What is lost when something is replaced or deleted, and the name by which a person agrees to it."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from wayfare.stacks.facts import BUCKETS, CONTROL_PLANES, POOLS

#: Kinds of resources that hold data, wherever they are.
_STORES = frozenset(
    {
        *("Bucket", "StorageAccount", "BlobContainer", "Volume", "Disk", "FileSystem", "Registry"),
        *("LustreFileSystem", "AmlFilesystem", "PersistentVolume", "PersistentVolumeClaim"),
        *("Repository", "Workspace"),
    }
)

#: Those whose kind says nothing by itself.
_STORE_TYPES = frozenset({"gcp:lustre/instance:Instance"})

#: Kinds in a bucket's component whose loss keeps every object.
_EXPIRY = frozenset({"BucketLifecycleConfiguration", "BlobServiceProperties", "ManagementPolicy"})


@dataclass(frozen=True)
class Loss:
    """What is lost with something that is replaced or deleted."""

    name: str
    """What `--replace` calls it."""
    what: str


_POOL = Loss("pool", "whatever runs on the accelerator pool's nodes, and what their local disks hold")
_CONTROL_PLANE = Loss("control-plane", "every object in the Kubernetes cluster, and whatever runs in it")
_BUCKET = Loss("bucket", "every object in the checkpoint bucket")
_STORE = Loss("store", "whatever the store holds")

NAMES = tuple(loss.name for loss in (_POOL, _CONTROL_PLANE, _BUCKET, _STORE))
"""What `--replace` takes."""


def holds_data(type: str) -> bool:
    """Whether resources of a type hold data themselves."""
    return type in _STORE_TYPES or type.rpartition(":")[2] in _STORES


def loss_of(type: str, subject: str) -> Loss | None:
    """What is lost with a resource of a type in a part of the cluster; None where that needs no consent."""
    kind = type.rpartition(":")[2]
    if type in POOLS and subject == "accelerator pool":
        return _POOL
    if type in CONTROL_PLANES:
        return _CONTROL_PLANE
    if type in BUCKETS or (subject == "checkpoint bucket" and kind not in _EXPIRY):
        return _BUCKET
    return _STORE if holds_data(type) else None


def unagreed(losses: Iterable[Loss | None], agreed: Collection[str]) -> tuple[Loss, ...]:
    """What would be lost without anybody's consent, each once."""
    return tuple(loss for loss in dict.fromkeys(losses) if loss is not None and loss.name not in agreed)
