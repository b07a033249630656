"""Which alert rules GKE evaluates, how it names what they look at, and what must run in the cluster for them. Pure."""

import re
from collections.abc import Mapping
from dataclasses import replace

from wayfare.components.alerts import ALERTS, Alert, Severity
from wayfare.components.contract import NAMESPACE, Request
from wayfare.components.gcp.plan_platform import AlertPlan, MonitoringPlan
from wayfare.components.pods import ClusterObject, PodNeeds

_SEVERITIES = {Severity.CRITICAL: "CRITICAL", Severity.WARNING: "WARNING"}

#: What GKE measures by itself ("GKE system metrics"), where others run an exporter for it. Its metrics say
#: `cluster_name` where those of exporters say `cluster`. A node that does not answer any more has the status Unknown.
_BY_GKE: Mapping[str, str] = {
    "NodeNotReady": 'kubernetes_io:node_status_condition{{monitored_resource="k8s_node",condition="Ready",'
    'status!="True",cluster_name="{cluster}"}} > 0',
    # There are such series only while a container holds accelerators, and so while a job is active.
    "JobStalled": "avg by (namespace_name) (kubernetes_io:container_accelerator_duty_cycle"
    f'{{{{monitored_resource="k8s_container",namespace_name="{NAMESPACE}",cluster_name="{{cluster}}"}}}}) < 1',
}

#: Metrics of the exporters, by which an expression is narrowed to one cluster.
_METRIC = re.compile(r"\b((?:DCGM_FI_|node_|kube_)\w+)(\{)?")
_OF_GPUS = "DCGM_FI_"

#: Where the exporters' charts put their pods, by the label that tells them from others.
_EXPORTERS = {"dcgm-gke": "dcgm-exporter", "node-exporter": "prometheus-node-exporter"}


def monitoring(request: Request, labels: Mapping[str, str]) -> MonitoringPlan | None:
    """Alert rules for this cluster, where the blueprint asks for metrics."""
    if not is_watched(request):
        return None
    return MonitoringPlan(
        cluster=request.resource_name,
        alerts=tuple(_alert(request, alert) for alert in ALERTS if _applies(request, alert)),
        notify=request.blueprint.spec.monitoring.notify,
        labels=labels,
    )


def components(request: Request) -> tuple[str, ...]:
    """What GKE itself collects. Its own DCGM leaves errors out; two of them on one node would be one too many."""
    return ("SYSTEM_COMPONENTS",) if is_watched(request) and not _is_tpu(request) else ("SYSTEM_COMPONENTS", "DCGM")


def with_exporters(request: Request, pods: PodNeeds) -> PodNeeds:
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
    """TPUs have no DCGM; a server without requests is idle and does not hang."""
    if alert.name == "JobStalled":
        return request.training
    return alert.name in _BY_GKE or not (_is_tpu(request) and _OF_GPUS in alert.expression)


def _alert(request: Request, alert: Alert) -> AlertPlan:
    cluster = request.resource_name
    own = _BY_GKE.get(alert.name)
    return AlertPlan(
        name=alert.name,
        title=f"{cluster} {alert.name}",
        expression=_narrowed(alert.expression, cluster) if own is None else own.format(cluster=cluster),
        lasts_seconds=int(alert.lasts.total_seconds()),
        severity=_SEVERITIES[alert.severity],
        summary=alert.summary,
    )


def _narrowed(expression: str, cluster: str) -> str:
    """Each metric of an expression with the label of the cluster that the managed Prometheus adds."""

    def narrow(found: re.Match[str]) -> str:
        return f'{found[1]}{{cluster="{cluster}",' if found[2] else f'{found[1]}{{cluster="{cluster}"}}'

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
