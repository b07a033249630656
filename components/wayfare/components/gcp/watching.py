"""Which alert rules GKE evaluates, how it names what they look at, and what must run in the cluster for them. Pure."""

import re
from collections.abc import Mapping
from dataclasses import replace

from wayfare.components.alerts import IDLE_BY_GKE, JOB_STALLED, Alert, Severity, alerts_for
from wayfare.components.contract import Request
from wayfare.components.gcp.plan_platform import AlertPlan, MonitoringPlan
from wayfare.components.pods import ClusterObject, PodNeeds

_SEVERITIES = {Severity.CRITICAL: "CRITICAL", Severity.WARNING: "WARNING"}

#: What GKE measures by itself ("GKE system metrics"), where others run an exporter for it. A node that does not answer
#: any more has the status Unknown.
_BY_GKE: Mapping[str, str] = {
    "NodeNotReady": 'kubernetes_io:node_status_condition{monitored_resource="k8s_node",condition="Ready",'
    'status!="True"} > 0',
    JOB_STALLED: IDLE_BY_GKE,
}

#: Metrics by which an expression is narrowed to one cluster: GKE's own say `cluster_name`, those of exporters
#: `cluster`.
_METRIC = re.compile(r"\b((?:DCGM_FI_|node_|kube_|kubernetes_io:)\w+)(\{)?")
_OF_GKE = "kubernetes_io:"

#: Where the exporters' charts put their pods, by the label that tells them from others.
_EXPORTERS = {"dcgm-gke": "dcgm-exporter", "node-exporter": "prometheus-node-exporter"}


def monitoring(request: Request, labels: Mapping[str, str]) -> MonitoringPlan | None:
    """Alert rules for this cluster, where the blueprint asks for metrics."""
    if not is_watched(request):
        return None
    wanted = (alert for alert in alerts_for(request.accelerator.name) if _applies(request, alert))
    return MonitoringPlan(
        cluster=request.resource_name,
        alerts=tuple(_alert(request, alert) for alert in wanted),
        notify=request.blueprint.spec.monitoring.notify,
        labels=labels,
    )


def components(request: Request) -> tuple[str, ...]:
    """What GKE itself collects. Its own DCGM leaves errors out; two of them on one node would be one too many."""
    return ("SYSTEM_COMPONENTS",) if is_watched(request) and not _is_tpu(request) else ("SYSTEM_COMPONENTS", "DCGM")


def watched(request: Request, pods: PodNeeds) -> PodNeeds:
    """The exporters, and what has the managed Prometheus collect from them."""
    if not is_watched(request):
        return pods
    exporters = [name for name in _EXPORTERS if not (_is_tpu(request) and name == "dcgm-gke")]
    return replace(
        pods,
        device_plugins=(*pods.device_plugins, *exporters),
        objects=(*pods.objects, *(_collected(_EXPORTERS[name]) for name in exporters)),
    )


def is_watched(request: Request) -> bool:
    """Whether the blueprint asks for metrics."""
    return request.blueprint.spec.monitoring.metrics == "managed"


def _is_tpu(request: Request) -> bool:
    return request.accelerator.name.is_tpu


def _applies(request: Request, alert: Alert) -> bool:
    """A server without requests is idle and does not hang."""
    return request.training or alert.name != JOB_STALLED


def _alert(request: Request, alert: Alert) -> AlertPlan:
    cluster = request.resource_name
    return AlertPlan(
        name=alert.name,
        title=f"{cluster} {alert.name}",
        expression=_narrowed(_BY_GKE.get(alert.name, alert.expression), cluster),
        lasts_seconds=int(alert.lasts.total_seconds()),
        severity=_SEVERITIES[alert.severity],
        summary=alert.summary,
    )


def _narrowed(expression: str, cluster: str) -> str:
    """Each metric of an expression with the label of the cluster that the managed Prometheus adds."""

    def narrow(found: re.Match[str]) -> str:
        label = "cluster_name" if found[1].startswith(_OF_GKE) else "cluster"
        return f'{found[1]}{{{label}="{cluster}"' + ("," if found[2] else "}")

    return _METRIC.sub(narrow, expression)


def _collected(pods: str) -> ClusterObject:
    """Managed Service for Prometheus, "Configure target scraping": pods of a label in all namespaces."""
    return ClusterObject(
        api_version="monitoring.googleapis.com/v1",
        kind="ClusterPodMonitoring",
        name=pods,
        spec={
            "selector": {"matchLabels": {"app.kubernetes.io/name": pods}},
            "endpoints": [{"port": "metrics", "interval": "30s"}],
            "targetLabels": {"metadata": ["pod", "container", "node"]},
        },
    )
