"""What every cluster is watched for: one set of rules, in PromQL, for the managed Prometheus of each cloud.

Metrics are those of NVIDIA's DCGM exporter (`DCGM_FI_DEV_…`, field identifiers of the DCGM API reference), of
kube-state-metrics (`kube_…`) and of the node exporter (`node_…`). A cloud whose collector names them otherwise
says so in its own `monitoring.py`.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from wayfare.components.contract import NAMESPACE


class Severity(StrEnum):
    """How soon somebody should look."""

    CRITICAL = "critical"
    """A job stops or computes wrongly."""
    WARNING = "warning"
    """A job is slower, or will stop."""


@dataclass(frozen=True)
class Alert:
    """One rule: it fires when the expression has held for so long."""

    name: str
    """In CamelCase, as Prometheus' rules are named."""
    expression: str
    """PromQL; what it gives says where."""
    lasts: timedelta
    severity: Severity
    summary: str
    """One sentence for whoever is told."""


ALERTS: tuple[Alert, ...] = (
    Alert(
        "AcceleratorXidError",
        # The gauge holds the last error's number. 13, 31, 43 and 45 come from the program and not from the chip
        # (NVIDIA, "XID Errors", the table of causes).
        "DCGM_FI_DEV_XID_ERRORS > 0 unless (DCGM_FI_DEV_XID_ERRORS == 13 or DCGM_FI_DEV_XID_ERRORS == 31"
        " or DCGM_FI_DEV_XID_ERRORS == 43 or DCGM_FI_DEV_XID_ERRORS == 45)",
        timedelta(0),
        Severity.CRITICAL,
        "An accelerator reports an XID error of hardware or driver; drain the node and have it replaced.",
    ),
    Alert(
        "AcceleratorMemoryRowsFailed",
        "DCGM_FI_DEV_ROW_REMAP_FAILURE > 0",
        timedelta(0),
        Severity.CRITICAL,
        "An accelerator could not remap a faulty row of its memory; have the node replaced.",
    ),
    Alert(
        "AcceleratorTooHot",
        # Celsius. NVIDIA's data-centre chips slow down from about 87, their memory from about 95 (product briefs).
        "DCGM_FI_DEV_GPU_TEMP > 87 or DCGM_FI_DEV_MEMORY_TEMP > 95",
        timedelta(minutes=10),
        Severity.WARNING,
        "An accelerator is held back for its temperature; all nodes of the job wait for it.",
    ),
    Alert(
        "NetworkInterfaceDown",
        # The machine's own cards, not the virtual ones of containers.
        'node_network_up{device=~"(eth|ens|enp|ib|rdma|mlx).*"} == 0',
        timedelta(minutes=2),
        Severity.CRITICAL,
        "A network card of a node is down; collectives over the fabric stop or slow down.",
    ),
    Alert(
        "NodeNotReady",
        'kube_node_status_condition{condition="Ready",status="true"} == 0',
        timedelta(minutes=5),
        Severity.CRITICAL,
        "A node is not ready.",
    ),
    Alert(
        "JobStalled",
        # Pods hold accelerators that compute nothing: a hung collective looks like this.
        f'avg by (namespace) (DCGM_FI_DEV_GPU_UTIL{{namespace="{NAMESPACE}"}}) < 1'
        f' and on (namespace) sum by (namespace) (kube_job_status_active{{namespace="{NAMESPACE}"}}) > 0',
        timedelta(minutes=30),
        Severity.WARNING,
        "A job is active and its accelerators have been idle for half an hour; it may hang.",
    ),
)
