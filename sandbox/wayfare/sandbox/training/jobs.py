"""Which trainings the clusters' objects ask for, each as one process: JobSets with Wayfare's label, as a queue, a
scheduler and a kubelet read them. Looks at what the store holds and changes nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wayfare.blueprints import CloudName
from wayfare.sandbox.behaviour import Properties
from wayfare.sandbox.joined import nodes
from wayfare.sandbox.packages import CLOUDS, PACKAGE_OF
from wayfare.sandbox.pods import GRACE, environment_of, fits, is_ours, listed, part
from wayfare.sandbox.reach import CLUSTERS
from wayfare.sandbox.regions import CLUSTER_TAG, cluster_key
from wayfare.sandbox.store import Resource, Store
from wayfare.sandbox.training.contract import COMPLETE

JOB_SET = "kubernetes:jobset.x-k8s.io/v1alpha2:JobSet"
_LOCAL_QUEUE, _CLUSTER_QUEUE = (f"kubernetes:kueue.x-k8s.io/v1beta2:{kind}" for kind in ("LocalQueue", "ClusterQueue"))
_CLAIM, _VOLUME = "kubernetes:core/v1:PersistentVolumeClaim", "kubernetes:core/v1:PersistentVolume"
_CONTAINER = "azure-native:storage:BlobContainer"

_QUEUE_LABEL = "kueue.x-k8s.io/queue-name"
_PATH = "WAYFARE_CHECKPOINT_PATH"


@dataclass(frozen=True)
class Job:
    """A training that a cluster's objects ask for."""

    key: str
    """The cluster's."""
    cluster: str
    """The cluster's name, by its tag."""
    cloud: CloudName
    region: str
    number: int
    """Of the JobSet in the store."""
    name: str
    """`namespace/name` of the JobSet."""
    uid: str
    """The JobSet's own: another one of the same name is another training."""
    pods: int
    environment: Mapping[str, str]
    """The container's variables, as the kubelet would set them."""
    bucket: Path | None
    """The bytes of the bucket to which checkpoints go; None where the container mounts none."""
    grace: float
    """Seconds from SIGTERM to SIGKILL."""
    restarts: int
    """How often its set begins again after a container failed."""
    evicted: str
    """Why it may not run; empty where it may."""
    closed: str
    """Why its queue lets nothing more in; empty where it does."""
    unmounted: str
    """Why its container cannot start; empty where it can."""
    uids: frozenset[str] = frozenset()
    """Of its pods that run; none where pods are imagined."""

    @property
    def stack(self) -> str:
        """Wayfare's name for the cluster in its region."""
        return f"{self.cluster}.{self.cloud}-{self.region}"


def jobs(store: Store) -> Mapping[str, Job]:
    """By cluster key, the first training of each cluster."""
    found = dict[str, Job]()
    sets = [row for row in store.resources("kubernetes", JOB_SET) if is_ours(row)]
    if not sets:
        return found
    clusters = {cluster_key(row): row for token in CLUSTERS for row in store.resources(token=token)}
    for row in sets:
        if row.region in clusters and row.region not in found:
            found[row.region] = _Reader(store, clusters[row.region], row).job()
    return found


class _Reader:
    """One JobSet, and the objects of its cluster that it names."""

    def __init__(self, store: Store, cluster: Resource, row: Resource) -> None:
        self._store, self._cluster, self._row, self._key = store, cluster, row, cluster_key(cluster)
        self._metadata, self._spec = part(row.outputs, "metadata"), part(row.outputs, "spec")
        self._namespace = str(self._metadata.get("namespace", "default"))
        self._jobs = [each | part(part(each, "template"), "spec") for each in listed(self._spec, "replicatedJobs")]
        self._pod = part(part(self._jobs[0], "template"), "spec") if self._jobs else {}
        self._container = next(iter(listed(self._pod, "containers")), dict[str, Any]())

    def job(self) -> Job:
        environment = environment_of(listed(self._container, "env"))
        bucket, unmounted = self._bucket(environment)
        pods = sum(int(each.get("replicas", 1)) * int(each.get("parallelism", 1)) for each in self._jobs)
        held, closed = self._queued()
        cluster = self._cluster
        return Job(
            key=self._key,
            cluster=cluster.tags.get(CLUSTER_TAG, cluster.name),
            cloud=CLOUDS[cluster.package],
            region=cluster.region,
            number=self._row.number,
            name=self._row.id,
            uid=str(self._metadata.get("uid", self._row.number)),
            pods=pods,
            environment=environment,
            bucket=bucket,
            grace=float(self._pod.get("terminationGracePeriodSeconds", GRACE)),
            restarts=int(part(self._spec, "failurePolicy").get("maxRestarts", 0)),
            evicted=held or self._short(pods),
            closed=closed,
            unmounted=unmounted,
        )

    def _queued(self) -> tuple[str, str]:
        """(why the queue takes it off its nodes, why it does not let it in).

        `HoldAndDrain` does both, `Hold` lets what was admitted go on (Kueue, "Cluster Queue", stopPolicy).
        """
        name = part(self._metadata, "labels").get(_QUEUE_LABEL)
        if name is None:
            return ("its set is suspended", "") if self._spec.get("suspend") else ("", "")
        local = self._object(_LOCAL_QUEUE, f"{self._namespace}/{name}")
        if local is None:
            return "", f"the queue {name} is not there"
        whole = str(part(local, "spec").get("clusterQueue", ""))
        cluster = self._object(_CLUSTER_QUEUE, whole)
        if cluster is None:
            return "", f"the cluster queue {whole} is not there"
        policies = {str(part(each, "spec").get("stopPolicy", "None")) for each in (local, cluster)}
        if "HoldAndDrain" in policies:
            return f"the queue {name} is held and drained", ""
        return "", f"the queue {name} is held" if "Hold" in policies else ""

    def _short(self, pods: int) -> str:
        """Why its pods have no nodes, one for each of them."""
        fit = [node for node in nodes(self._store, self._cluster) if fits(node, self._pod, self._container)]
        return "" if len(fit) >= pods else f"its pods could run on {len(fit)} of {pods} nodes that have joined"

    def _bucket(self, environment: Mapping[str, str]) -> tuple[Path | None, str]:
        """The bucket that is mounted to be written where checkpoints go, or why there is none."""
        if (path := environment.get(_PATH)) is None:
            return None, f"{COMPLETE} is set, and {_PATH} is not" if COMPLETE in environment else ""
        mounts = {str(each.get("mountPath")): each for each in listed(self._container, "volumeMounts")}
        volumes = {str(each.get("name")): each for each in listed(self._pod, "volumes")}
        mount = mounts.get(path, {})
        claimed = part(volumes.get(str(mount.get("name")), {}), "persistentVolumeClaim")
        claim = self._object(_CLAIM, f"{self._namespace}/{claimed.get('claimName')}") or {}
        volume = self._object(_VOLUME, str(part(claim, "spec").get("volumeName"))) or {}
        csi = part(part(volume, "spec"), "csi")
        if not csi or any(each.get("readOnly") for each in (mount, claimed, csi)):
            return None, f"no volume to be written is mounted at {path}"
        name = _bucket_of(csi)
        if name is None:
            return None, f"the volume at {path} is no bucket: its driver is {csi.get('driver')}"
        package, bucket = name
        place = self._store.bucket(package, bucket)
        return (place, "") if self._is_there(package, bucket) else (None, f"the bucket {bucket} is not there")

    def _is_there(self, package: str, bucket: str) -> bool:
        if package != PACKAGE_OF[CloudName.AZURE]:
            return self._store.bucket(package, bucket).is_dir()
        # Azure's containers are directories in that of their account, from their first blob on.
        account, _, container = bucket.partition("/")
        end = f"/storageaccounts/{account}/blobservices/default/containers/{container}".lower()
        return any(row.id.lower().endswith(end) for row in self._store.resources(package, _CONTAINER))

    def _object(self, token: str, id: str) -> Properties | None:
        rows = self._store.resources("kubernetes", token, id, self._key)
        return rows[0].outputs if rows else None


def _bucket_of(csi: Mapping[str, Any]) -> tuple[str, str] | None:
    """(package, name in the store) of what a volume mounts, as its driver's documentation has it; None for no bucket.

    Mountpoint for Amazon S3 CSI driver, "Static provisioning"; Azure Blob CSI driver, "driver parameters"; GKE, "Mount
    Cloud Storage buckets as persistent volumes".
    """
    attributes = part(csi, "volumeAttributes")
    match csi.get("driver"):
        case "s3.csi.aws.com":
            return PACKAGE_OF[CloudName.AWS], str(attributes.get("bucketName"))
        case "blob.csi.azure.com":
            return PACKAGE_OF[CloudName.AZURE], f"{attributes.get('storageAccount')}/{attributes.get('containerName')}"
        case "gcsfuse.csi.storage.gke.io":
            return PACKAGE_OF[CloudName.GCP], str(csi.get("volumeHandle")).partition(":")[0]
        case _:
            return None
