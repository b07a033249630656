"""What is collected and watched for where the blueprint asks for managed metrics. Pure."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from wayfare.blueprints import Maker
from wayfare.components.agents import daemon_set
from wayfare.components.alerts import Alert, alerts_for
from wayfare.components.aws.plan_platform import MonitoringPlan
from wayfare.components.contract import Request
from wayfare.components.pods import ClusterObject, PodNeeds

#: Community add-ons of EKS that tell of nodes and of Kubernetes' objects (EKS User Guide, "Community add-ons"), and the
#: port of their metrics. Their pods bear the same name as `app.kubernetes.io/name`, as their charts have it.
_ADDONS = {"kube-state-metrics": 8080, "prometheus-node-exporter": 9100}

#: AWS's own exporter, as its DaemonSet has it (Neuron documentation, "Neuron Monitor DaemonSet").
_NEURON_MONITOR, _NEURON_PORT = "neuron-monitor", 8000
_NEURON_IMAGE = "public.ecr.aws/neuron/neuron-monitor:1.3.0"


@dataclass(frozen=True)
class _Exporter:
    """What tells the metrics of a maker's chips. EKS brings none."""

    name: str
    """`app.kubernetes.io/name` of its pods."""
    port: int
    chart: str | None
    """Its chart in `kubernetes/charts.py`; None where it is an object of Wayfare's own."""


_EXPORTERS: Mapping[Maker, _Exporter] = {
    Maker.NVIDIA: _Exporter("dcgm-exporter", 9400, "dcgm"),
    Maker.AWS: _Exporter(_NEURON_MONITOR, _NEURON_PORT, None),
}

#: Seconds between two looks: the shortest alert wants several of them.
_INTERVAL = 30


def monitoring_plan(request: Request) -> MonitoringPlan | None:
    """The managed Prometheus, if the blueprint asks for one."""
    wanted = request.blueprint.spec.monitoring
    if wanted.metrics == "none":
        return None
    rules = [_rule(alert) for alert in alerts_for(request.accelerator.name)]
    return MonitoringPlan(
        name=request.resource_name,
        region=request.placement.region,
        exporters=tuple(_ADDONS),
        scrape=json.dumps(_scrape(_EXPORTERS[request.accelerator.name.maker])),
        rules=json.dumps({"groups": [{"name": "wayfare", "rules": rules}]}),
        notify=wanted.notify,
        tags=request.tags,
    )


def watched(request: Request, pods: PodNeeds) -> PodNeeds:
    """With the exporter of the chip's maker, where metrics are asked for."""
    if request.blueprint.spec.monitoring.metrics == "none":
        return pods
    chart = _EXPORTERS[request.accelerator.name.maker].chart
    if chart is None:
        return replace(pods, objects=(*pods.objects, _neuron_monitor(pods)))
    return replace(pods, device_plugins=(*pods.device_plugins, chart))


def _neuron_monitor(pods: PodNeeds) -> ClusterObject:
    """AWS's exporter on the accelerator nodes. It reads the devices of the node, which takes a privileged container."""
    container = {
        "name": _NEURON_MONITOR,
        "image": _NEURON_IMAGE,
        "command": ["/opt/bin/entrypoint.sh"],
        "args": [
            *("--port", str(_NEURON_PORT)),
            *("--neuron-monitor-config", "/opt/aws/neuron/bin/neuron-monitor.conf"),
        ],
        # It runs out of memory on machines of many chips unless Go knows of the limit (as above).
        "env": [{"name": "GOMEMLIMIT", "value": "160MiB"}],
        "ports": [{"name": "metrics", "containerPort": _NEURON_PORT}],
        "resources": {
            "limits": {"cpu": "500m", "memory": "256Mi"},
            "requests": {"cpu": "256m", "memory": "128Mi"},
        },
        "securityContext": {"privileged": True},
    }
    return daemon_set(_NEURON_MONITOR, pods.tolerations, {"containers": [container]})


def _rule(alert: Alert) -> dict[str, Any]:
    lasts = {"for": f"{int(alert.lasts.total_seconds())}s"} if alert.lasts else {}
    return {
        "alert": alert.name,
        "expr": alert.expression,
        **lasts,
        "labels": {"severity": alert.severity.value},
        "annotations": {"summary": alert.summary},
    }


def _scrape(of_chips: _Exporter) -> dict[str, Any]:
    """The exporters' pods, and no others. What they say of namespace and pod is kept: it is the workload's."""
    ports = {of_chips.name: of_chips.port, **_ADDONS}
    wanted = "|".join(f"{name};{port}" for name, port in ports.items())
    labels = ["__meta_kubernetes_pod_label_app_kubernetes_io_name", "__meta_kubernetes_pod_container_port_number"]
    return {
        "global": {"scrape_interval": f"{_INTERVAL}s"},
        "scrape_configs": [
            {
                "job_name": "exporters",
                "honor_labels": True,
                "kubernetes_sd_configs": [{"role": "pod"}],
                "relabel_configs": [
                    {"action": "keep", "source_labels": labels, "separator": ";", "regex": wanted},
                    {
                        "action": "replace",
                        "source_labels": ["__meta_kubernetes_pod_node_name"],
                        "target_label": "node",
                    },
                ],
            }
        ],
    }
