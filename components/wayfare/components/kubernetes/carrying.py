"""A copy between two buckets as an Indexed Job in the cluster: a pod for each share of the objects. Pure.

API: batch/v1 (Kubernetes, "Jobs": completion mode, backoff limit per index, pod failure policy). No shell is in
between: a pod finds its own share by the index that the Job's controller tells it, within its arguments.
"""

import base64
import posixpath
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from wayfare.components.contract import ACCELERATOR_POOL, NAMESPACE, POOL_LABEL, SERVICE_ACCOUNT
from wayfare.components.kubernetes.pod_template import given, toleration, verbatim
from wayfare.components.pods import ClusterObject, Toleration
from wayfare.components.trusting import FILES, TOKEN, Trusted

if TYPE_CHECKING:
    # Whoever only plans does not wait for the engine's SDK.
    import pulumi

Manifest = dict[str, Any]

#: What selects a copy's Job and its pods; no cluster has a name with dots. The queue's label is not among them: what
#: asks for no accelerators does not wait for any, nor for a queue that is closed.
LABELS: Mapping[str, str] = {
    "app.kubernetes.io/name": "copy.wayfare.dev",
    "app.kubernetes.io/component": "copy",
    "app.kubernetes.io/managed-by": "wayfare",
}

#: Where a pod finds the shares.
SHARES = "/etc/wayfare-copy"

#: How often a share is begun again after its container failed, 10 s later and each time twice as late (Kubernetes,
#: "Jobs", pod backoff failure policy): ten minutes, for a right that was just given may take as long until it holds
#: (Microsoft, "Troubleshoot Azure RBAC"; Google Cloud, "Access change propagation": seven).
_TRIES = 6

#: rclone's exit codes after which another try is of no use: what it was called with, and what it calls fatal or not to
#: be tried again (rclone.org, "Exit code").
_FINAL = (2, 6, 7)

#: Nobody in particular: rclone's image is written for any user. Not Google's or Kubernetes' own 65534.
_USER = 65532

#: 16 objects at once, each with its upload's parts in memory: a gigabyte on Azure (16 parts of 4 MiB each), less
#: elsewhere (rclone.org, "azureblob-upload-concurrency", "s3-upload-concurrency", "gcs-chunk-size").
_REQUESTS: Mapping[str, str] = {"cpu": "1", "memory": "2Gi"}
_LIMITS: Mapping[str, str] = {"memory": "8Gi"}

#: Seconds for which a token for the other cloud holds; the kubelet brings a new one before that ("TokenRequest").
_TOKEN_SECONDS = 3600


@dataclass(frozen=True)
class Carriage:
    """A copy as pods run it."""

    name: str
    """Of its objects: a DNS label."""
    image: str
    """Whose entry point is rclone."""
    arguments: tuple[str, ...]
    """rclone's, as they reach it, without what says which objects."""
    chosen: str
    """rclone's flag that says which objects, by a file: `--filter-from` or `--files-from0`."""
    shares: tuple[str, ...]
    """The text of that file for each pod."""
    environment: "Mapping[str, pulumi.Input[str]]"
    """The variables by which rclone knows both buckets."""
    trusted: Trusted = field(default_factory=Trusted)
    """By what it may read the one that is elsewhere."""
    tolerations: tuple[Toleration, ...] = ()
    """Of the accelerator pool, whose network it may use while nothing runs there."""
    labels: Mapping[str, str] = field(default_factory=dict[str, str])
    """What the cloud asks of a pod that signs in as its service account."""


def objects(carriage: Carriage) -> tuple[ClusterObject, ...]:
    """The objects, each after those that it names."""
    trust = (_map(_trust(carriage), {"data": dict(carriage.trusted.files)}),) if carriage.trusted.files else ()
    return (_map(carriage.name, _data(carriage.shares)), *trust, _job(carriage))


def share(index: object) -> str:
    """Name of a share's file."""
    return f"share-{index}"


def _map(name: str, data: Mapping[str, Any]) -> ClusterObject:
    return ClusterObject(
        "v1", "ConfigMap", name, namespace=NAMESPACE, labels=LABELS, beside={**data, "immutable": True}
    )


def _data(shares: tuple[str, ...]) -> Manifest:
    """As text where it is text, so that a person can read it."""
    files = {share(index): text for index, text in enumerate(shares)}
    if not any("\0" in text for text in shares):
        return {"data": files}
    return {"binaryData": {name: base64.b64encode(text.encode()).decode() for name, text in files.items()}}


def _trust(carriage: Carriage) -> str:
    return f"{carriage.name}-trust"


def _job(carriage: Carriage) -> ClusterObject:
    count = len(carriage.shares)
    spec = {
        "completionMode": "Indexed",
        "completions": count,
        "parallelism": count,
        # A share that fails for good ends none of the others: what they bring stays, and need not be copied again.
        "backoffLimitPerIndex": _TRIES,
        "podFailurePolicy": {
            "rules": [
                # A node that is drained or taken back is not the copy's failure.
                {"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget", "status": "True"}]},
                {"action": "FailIndex", "onExitCodes": {"operator": "In", "values": list(_FINAL)}},
            ]
        },
        # It stays until whoever made it has seen how it ended.
        "template": {"metadata": {"labels": {**LABELS, **carriage.labels}}, "spec": _pod(carriage)},
    }
    return ClusterObject("batch/v1", "Job", carriage.name, spec, NAMESPACE, LABELS)


def _pod(carriage: Carriage) -> Manifest:
    near = {"matchExpressions": [{"key": POOL_LABEL, "operator": "In", "values": [ACCELERATOR_POOL]}]}
    spread = {
        "maxSkew": 1,
        "topologyKey": "kubernetes.io/hostname",
        "whenUnsatisfiable": "ScheduleAnyway",
        "labelSelector": {"matchLabels": dict(LABELS)},
    }
    return given(
        {
            "serviceAccountName": SERVICE_ACCOUNT,
            "automountServiceAccountToken": False,
            "restartPolicy": "Never",
            "enableServiceLinks": False,
            # Nodes of queued provisioning are not there before a job asks for them: others will do.
            "affinity": {
                "nodeAffinity": {
                    "preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 100, "preference": near}]
                }
            },
            "topologySpreadConstraints": [spread],
            "tolerations": [toleration(each) for each in carriage.tolerations],
            "securityContext": {
                "runAsNonRoot": True,
                "runAsUser": _USER,
                "runAsGroup": _USER,
                "fsGroup": _USER,
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            "containers": [_container(carriage)],
            "volumes": _volumes(carriage),
        }
    )


def _container(carriage: Carriage) -> Manifest:
    # `$(…)` is the controller's to fill in, and nothing else of the arguments is.
    own = f"{carriage.chosen}={SHARES}/{share('$(JOB_COMPLETION_INDEX)')}"
    mounts = {"shares": SHARES, "scratch": "/tmp"}  # noqa: S108 - of the container, where nobody else is
    if carriage.trusted.files:
        mounts["trust"] = FILES
    if carriage.trusted.audience is not None:
        mounts["token"] = posixpath.dirname(TOKEN)
    environment = {**carriage.environment, **carriage.trusted.environment}
    return {
        "name": "rclone",
        "image": carriage.image,
        "command": ["rclone"],
        "args": [*map(verbatim, carriage.arguments), own],
        "env": [{"name": name, "value": _verbatim(value)} for name, value in sorted(environment.items())],
        "resources": {"requests": dict(_REQUESTS), "limits": dict(_LIMITS)},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        # Its last words are told by the pod, where nobody reads logs.
        "terminationMessagePolicy": "FallbackToLogsOnError",
        "volumeMounts": [
            given({"name": name, "mountPath": path, "readOnly": None if name == "scratch" else True})
            for name, path in mounts.items()
        ],
    }


def _verbatim(value: "pulumi.Input[str]") -> Any:
    """Also of what only the engine will know."""
    known: Any = value
    return verbatim(known) if isinstance(known, str) else known.apply(verbatim)


def _volumes(carriage: Carriage) -> list[Manifest]:
    found: list[Manifest] = [
        {"name": "shares", "configMap": {"name": carriage.name}},
        {"name": "scratch", "emptyDir": {"sizeLimit": "1Gi"}},
    ]
    if carriage.trusted.files:
        found.append({"name": "trust", "configMap": {"name": _trust(carriage)}})
    if (audience := carriage.trusted.audience) is not None:
        token = {
            "path": posixpath.basename(TOKEN),
            "audience": audience,
            "expirationSeconds": _TOKEN_SECONDS,
        }
        found.append({"name": "token", "projected": {"sources": [{"serviceAccountToken": token}]}})
    return found
