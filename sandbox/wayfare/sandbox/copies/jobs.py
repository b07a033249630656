"""Which copies the clusters' objects ask for: Jobs with a copy's labels, as a controller, a scheduler and a kubelet
read them. Looks at what the store holds and changes nothing.
"""

import base64
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wayfare.blueprints import CloudName
from wayfare.sandbox.behaviour import Properties
from wayfare.sandbox.copies.acting import Acting
from wayfare.sandbox.joined import nodes
from wayfare.sandbox.packages import CLOUDS
from wayfare.sandbox.pods import GRACE, environment_of, expanded, fits, is_ours, listed, part
from wayfare.sandbox.reach import CLUSTERS
from wayfare.sandbox.regions import CLUSTER_TAG, cluster_key
from wayfare.sandbox.store import Resource, Store

JOB = "kubernetes:batch/v1:Job"
_MAP, _ACCOUNT = "kubernetes:core/v1:ConfigMap", "kubernetes:core/v1:ServiceAccount"

_LABEL = ("app.kubernetes.io/component", "copy")
INDEX = "JOB_COMPLETION_INDEX"
"""The variable that tells a pod of an Indexed Job which one it is (Kubernetes, "Jobs", completion mode)."""


@dataclass(frozen=True)
class Job:
    """A copy that a cluster's objects ask for."""

    key: str
    """The cluster's, and the Job's own name."""
    cluster: str
    """The cluster's name, by its tag."""
    cloud: CloudName
    region: str
    row: Resource
    """The Job."""
    completions: int
    at_once: int
    tries: int
    """How often an index is begun again after its container failed."""
    final: frozenset[int]
    """Exit codes after which it is not."""
    grace: float
    """Seconds from SIGTERM to SIGKILL."""
    container: Mapping[str, Any]
    acting: Acting
    mounts: Mapping[str, Mapping[str, bytes]]
    """By path, the files of a ConfigMap there."""
    waits: str
    """Why no pod can run; empty where they can."""

    @property
    def name(self) -> str:
        """`namespace/name`."""
        return self.row.id

    @property
    def uid(self) -> str:
        """The Job's own: another one of the same name is another copy."""
        return str(part(self.row.outputs, "metadata").get("uid", self.row.number))

    @property
    def stack(self) -> str:
        """Wayfare's name for the cluster in its region."""
        return f"{self.cluster}.{self.cloud}-{self.region}"

    def environment(self, index: int) -> Mapping[str, str]:
        """The container's variables, as the kubelet would set them for a pod."""
        return {**self.acting.environment, INDEX: str(index)}

    def arguments(self, index: int) -> tuple[str, ...]:
        """Those of the container, as they reach its process."""
        known = self.environment(index)
        return tuple(expanded(str(each), known) for each in self.container.get("args") or ())

    def mounted(self, text: str, below: Path) -> str:
        """A path in the container, where a local process finds what is mounted there."""
        for path in self.mounts:
            text = text.replace(f"{path}/", f"{below}{path}/")
        return text


def jobs(store: Store) -> Mapping[str, Job]:
    """By key, every copy of every cluster."""
    rows = [row for row in store.resources("kubernetes", JOB) if _is_copy(row)]
    if not rows:
        return {}
    clusters = {cluster_key(row): row for token in CLUSTERS for row in store.resources(token=token)}
    found = (_Reader(store, clusters[row.region], row).job() for row in rows if row.region in clusters)
    return {job.key: job for job in found}


def _is_copy(row: Resource) -> bool:
    key, value = _LABEL
    indexed = part(row.outputs, "spec").get("completionMode") == "Indexed"
    return is_ours(row) and indexed and part(part(row.outputs, "metadata"), "labels").get(key) == value


class _Reader:
    """One Job, and the objects of its cluster that it names."""

    def __init__(self, store: Store, cluster: Resource, row: Resource) -> None:
        self._store, self._cluster, self._row, self._key = store, cluster, row, cluster_key(cluster)
        self._namespace = str(part(row.outputs, "metadata").get("namespace", "default"))
        self._spec = part(row.outputs, "spec")
        template = part(self._spec, "template")
        self._labels, self._pod = part(part(template, "metadata"), "labels"), part(template, "spec")
        self._container = next(iter(listed(self._pod, "containers")), dict[str, Any]())

    def job(self) -> Job:
        cluster, spec = self._cluster, self._spec
        completions = int(spec.get("completions", 1))
        mounts, tokens, missing = self._mounted()
        account = str(self._pod.get("serviceAccountName", "default"))
        acting = Acting(
            store=self._store,
            cluster=cluster,
            namespace=self._namespace,
            account=account,
            labels=self._labels,
            environment=environment_of(listed(self._container, "env")),
            files={f"{path}/{name}": each.decode() for path, files in mounts.items() for name, each in files.items()},
            tokens=tokens,
        )
        return Job(
            key=f"{self._key} {self._row.id}",
            cluster=cluster.tags.get(CLUSTER_TAG, cluster.name),
            cloud=CLOUDS[cluster.package],
            region=cluster.region,
            row=self._row,
            completions=completions,
            at_once=0 if spec.get("suspend") else int(spec.get("parallelism", 1)),
            tries=int(spec.get("backoffLimitPerIndex", 0)),
            final=frozenset(self._final()),
            grace=float(self._pod.get("terminationGracePeriodSeconds", GRACE)),
            container=self._container,
            acting=acting,
            mounts=mounts,
            waits=missing or self._unaccounted(account) or self._nowhere(),
        )

    def _final(self) -> Iterator[int]:
        for rule in listed(part(self._spec, "podFailurePolicy"), "rules"):
            codes = part(rule, "onExitCodes")
            if rule.get("action") in ("FailIndex", "FailJob") and codes.get("operator") == "In":
                yield from (int(each) for each in codes.get("values") or ())

    def _mounted(self) -> tuple[Mapping[str, Mapping[str, bytes]], Mapping[str, str], str]:
        """(files by path, whom each token is for, what keeps the container from starting)."""
        volumes = {str(each.get("name")): each for each in listed(self._pod, "volumes")}
        files, tokens = dict[str, Mapping[str, bytes]](), dict[str, str]()
        for mount in listed(self._container, "volumeMounts"):
            path, volume = str(mount.get("mountPath")), volumes.get(str(mount.get("name")), {})
            if name := part(volume, "configMap").get("name"):
                found = self._object(_MAP, f"{self._namespace}/{name}")
                if found is None:
                    return files, tokens, f'configmap "{name}" not found'
                files[path] = _files(found)
            for source in listed(part(volume, "projected"), "sources"):
                token = part(source, "serviceAccountToken")
                if token:
                    tokens[f"{path}/{token.get('path')}"] = str(token.get("audience", ""))
        return files, tokens, ""

    def _unaccounted(self, account: str) -> str:
        found = account == "default" or self._object(_ACCOUNT, f"{self._namespace}/{account}") is not None
        return "" if found else f"error looking up service account {self._namespace}/{account}: not found"

    def _nowhere(self) -> str:
        there: Sequence[Any] = nodes(self._store, self._cluster)
        if any(fits(node, self._pod, self._container) for node in there):
            return ""
        return f"0/{len(there)} nodes are available: none of them tolerates its pods"

    def _object(self, token: str, id: str) -> Properties | None:
        rows = self._store.resources("kubernetes", token, id, self._key)
        return rows[0].outputs if rows else None


def _files(found: Properties) -> Mapping[str, bytes]:
    texts = {str(name): str(text).encode() for name, text in part(found, "data").items()}
    return {**texts, **{str(name): base64.b64decode(each) for name, each in part(found, "binaryData").items()}}
