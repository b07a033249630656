"""All objects of a cluster's workload, in the order in which they are made: planned here, once. Pure.

The component transcribes them, and `wayfare render` writes them for whoever applies them otherwise.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

from pydantic.alias_generators import to_camel

from wayfare.components.contract import NAMESPACE, SERVICE_ACCOUNT, ClusterPlan, Request
from wayfare.components.kubernetes import claims, mounts
from wayfare.components.kubernetes.charts import BRINGS, DEVICE_PLUGINS, Chart, Values
from wayfare.components.kubernetes.gateway import gateway
from wayfare.components.kubernetes.pod_template import pod_template
from wayfare.components.kubernetes.queues import queue
from wayfare.components.kubernetes.replicas import objects as replicas
from wayfare.components.kubernetes.training import job_set
from wayfare.components.pods import ClusterObject, PodNeeds, Volume

if TYPE_CHECKING:
    # Whoever only plans does not wait for the engine's SDK.
    import pulumi


@dataclass(frozen=True)
class Release:
    """A chart to install, with its values for this cluster."""

    name: str
    chart: Chart
    values: Values


@dataclass(frozen=True)
class Layers:
    """Each layer needs those before it."""

    plugins: tuple[Release, ...]
    """What brings devices and drivers to nodes."""
    namespace: ClusterObject
    ground: tuple[ClusterObject, ...]
    """Who the pods are, who reaches them, and what they mount."""
    devices: tuple[ClusterObject, ...]
    """Of the kinds that the plugins bring."""
    operators: tuple[Release, ...]
    """What runs the workload's kind, each after those before it."""
    beside: tuple[ClusterObject, ...]
    """What belongs to the workload; each may name those before it."""
    workload: ClusterObject
    """What runs the blueprint's container."""


#: From a name in the stack's outputs to a volume's own.
_EXPORTED = {to_camel(field.name): field.name for field in fields(Volume)}


@dataclass(frozen=True)
class Given:
    """What only a cluster that stands tells."""

    service_account_annotations: "Mapping[str, pulumi.Input[str]]" = field(default_factory=dict[str, Any])
    volumes: Sequence[Volume] = ()
    checkpoints: "pulumi.Input[str] | None" = None
    """URL of the cluster's bucket, where the workload is told it."""

    def exported(self) -> dict[str, Any]:
        """What the stack exports of it."""
        return {
            "serviceAccountAnnotations": dict(self.service_account_annotations),
            "volumes": [{key: getattr(volume, name) for key, name in _EXPORTED.items()} for volume in self.volumes],
            **({} if self.checkpoints is None else {"checkpoints": self.checkpoints}),
        }

    @classmethod
    def read(cls, exported: Mapping[str, Any]) -> "Given":
        """From what a stack exports."""
        rows: list[dict[str, Any]] = [
            {name: row[key] for key, name in _EXPORTED.items()} for row in exported["volumes"]
        ]
        for row in rows:
            row["mount_options"] = tuple(row["mount_options"])
        return cls(
            exported["serviceAccountAnnotations"], tuple(Volume(**row) for row in rows), exported.get("checkpoints")
        )


def untold(plan: ClusterPlan) -> tuple[str, ...]:
    """What of the workload no plan knows, in words; empty where it can be written before the cluster stands."""
    storage = plan.request.blueprint.spec.storage
    wanting = {
        "the identity of its service account": plan.pods.account_annotated,
        "the address of its shared store": storage.shared is not None,
        "the volumes of its data sets": bool(storage.data),
        "the name of its checkpoint bucket": plan.request.checkpoint is not None,
    }
    return tuple(words for words, is_wanting in wanting.items() if is_wanting)


def layers(plan: ClusterPlan, given: Given) -> Layers:
    """The workload of a plan. Raises NotFeasible where a model does not fit its pool."""
    request, pods, volumes = plan.request, plan.pods, tuple(given.volumes)
    if request.training:
        workload, beside = job_set(request, pods, volumes, given.checkpoints), queue(request, pods)
    else:
        workload, *others = replicas(request, pod_template(request, pods, volumes, (), restart="Always"))
        beside = (*others, *gateway(request))
    charts = {name: chart for each in (workload, *beside) for name, chart in BRINGS.get(each.kind, {}).items()}
    return Layers(
        plugins=_releases({plugin: DEVICE_PLUGINS[plugin] for plugin in pods.device_plugins}, request, pods),
        namespace=_namespace(pods),
        ground=(
            _account(given),
            _apart(),
            *mounts.storage_class(pods),
            *(mounts.volume(each) for each in volumes),
            *(mounts.claim(each) for each in volumes),
        ),
        devices=(*pods.objects, *(claim.wanted(request, pods) for claim in claims.needed(pods))),
        operators=_releases(charts, request, pods),
        beside=beside,
        workload=workload,
    )


def _releases(charts: Mapping[str, Chart], request: Request, pods: PodNeeds) -> tuple[Release, ...]:
    machine = request.placement.machine_type
    return tuple(Release(name, chart, chart.values(pods, machine)) for name, chart in charts.items())


def _namespace(pods: PodNeeds) -> ClusterObject:
    """With its Pod Security Standard. Baseline lets no capability be added that RDMA needs."""
    standard = "privileged" if pods.capabilities else "baseline"
    return ClusterObject("v1", "Namespace", NAMESPACE, labels={"pod-security.kubernetes.io/enforce": standard})


def _account(given: Given) -> ClusterObject:
    return ClusterObject(
        "v1",
        "ServiceAccount",
        SERVICE_ACCOUNT,
        namespace=NAMESPACE,
        annotations=given.service_account_annotations,
        beside={"automountServiceAccountToken": False},
    )


def _apart() -> ClusterObject:
    """Pods of the workload's namespace are reached by each other, and by nobody else."""
    spec: Values = {"podSelector": {}, "policyTypes": ["Ingress"], "ingress": [{"from": [{"podSelector": {}}]}]}
    return ClusterObject("networking.k8s.io/v1", "NetworkPolicy", "within-the-namespace", spec, NAMESPACE)
