"""What is collected and watched for where the blueprint asks for managed metrics. Pure."""

import json
from typing import Any

from wayfare.components.alerts import ALERTS, Alert
from wayfare.components.aws.plan_platform import MonitoringPlan
from wayfare.components.contract import NotFeasible, Request
from wayfare.components.pods import PodNeeds

#: Community add-ons of EKS (EKS User Guide, "Community add-ons"): node exporter and kube-state-metrics.
EXPORTERS = ("kube-state-metrics", "prometheus-node-exporter")

#: What Wayfare installs for NVIDIA's chips: EKS has no exporter for them.
DCGM = "dcgm"

#: From the label `app.kubernetes.io/name` of an exporter's pods, which its chart sets, to the port of its metrics.
_PORTS = {"dcgm-exporter": 9400, "kube-state-metrics": 8080, "prometheus-node-exporter": 9100}

#: Seconds between two looks: the shortest alert wants several of them.
_INTERVAL = 30


def monitoring_plan(request: Request, pods: PodNeeds) -> MonitoringPlan | None:
    """The managed Prometheus, if the blueprint asks for one.

    Raises `NotFeasible` for chips that are not NVIDIA's: half of the rules are on metrics of NVIDIA's DCGM.
    """
    wanted = request.blueprint.spec.monitoring
    if wanted.metrics == "none":
        return None
    if "nvidia" not in pods.device_plugins:
        chip = request.accelerator.name
        raise NotFeasible(f"managed metrics are those of NVIDIA's DCGM, and {chip} is not NVIDIA's")
    return MonitoringPlan(
        name=request.resource_name,
        region=request.placement.region,
        exporters=EXPORTERS,
        scrape=json.dumps(_scrape()),
        rules=json.dumps({"groups": [{"name": "wayfare", "rules": [_rule(alert) for alert in ALERTS]}]}),
        notify=wanted.notify,
        tags=request.tags,
    )


def exporters(plan: MonitoringPlan | None) -> tuple[str, ...]:
    """Charts that the cluster installs to be watched."""
    return () if plan is None else (DCGM,)


def _rule(alert: Alert) -> dict[str, Any]:
    lasts = {"for": f"{int(alert.lasts.total_seconds())}s"} if alert.lasts else {}
    return {
        "alert": alert.name,
        "expr": alert.expression,
        **lasts,
        "labels": {"severity": alert.severity.value},
        "annotations": {"summary": alert.summary},
    }


def _scrape() -> dict[str, Any]:
    """The exporters' pods, and no others. What they say of namespace and pod is kept: it is the workload's."""
    wanted = "|".join(f"{name};{port}" for name, port in _PORTS.items())
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
