"""What every cluster is watched for: one set of rules, in PromQL, for the managed Prometheus of each cloud.

Rules of nodes read kube-state-metrics (`kube_…`) and the node exporter (`node_…`); rules of chips read the exporter of
the chip's maker, under the same names as far as it measures the same. A cloud whose collector names metrics otherwise
says so in its own package.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from wayfare.blueprints import AcceleratorName, Maker
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


#: The name of the one rule that a server without requests would break too.
JOB_STALLED = "JobStalled"

#: A job is active, by kube-state-metrics.
_ACTIVE = f'kube_job_status_active{{namespace="{NAMESPACE}"}}'

_OF_NODES = (
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
)


def _too_hot(expression: str) -> Alert:
    return Alert(
        "AcceleratorTooHot",
        expression,
        timedelta(minutes=10),
        Severity.WARNING,
        "An accelerator is held back for its temperature; all nodes of the job wait for it.",
    )


def _failed(expression: str) -> Alert:
    return Alert(
        "AcceleratorHardwareError",
        expression,
        timedelta(0),
        Severity.CRITICAL,
        "An accelerator reports a fatal error of its hardware; drain the node and have it replaced.",
    )


def _memory_failed(expression: str) -> Alert:
    return Alert(
        "AcceleratorMemoryFailed",
        expression,
        timedelta(0),
        Severity.CRITICAL,
        "An accelerator's memory has an error that it cannot repair; have the node replaced.",
    )


def _stalled(expression: str) -> Alert:
    """Pods hold accelerators that compute nothing: a hung collective looks like this."""
    return Alert(
        JOB_STALLED,
        expression,
        timedelta(minutes=30),
        Severity.WARNING,
        "A job is active and its accelerators have been idle for half an hour; it may hang.",
    )


#: Fields of NVIDIA's DCGM (DCGM API reference, "Field identifiers").
_NVIDIA = (
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
    _memory_failed("DCGM_FI_DEV_ROW_REMAP_FAILURE > 0"),
    # Celsius. NVIDIA's data-centre chips slow down from about 87, their memory from about 95 (product briefs).
    _too_hot("DCGM_FI_DEV_GPU_TEMP > 87 or DCGM_FI_DEV_MEMORY_TEMP > 95"),
    _stalled(
        f'avg by (namespace) (DCGM_FI_DEV_GPU_UTIL{{namespace="{NAMESPACE}"}}) < 1'
        f" and on (namespace) sum by (namespace) ({_ACTIVE}) > 0"
    ),
)

#: Metrics of AMD's Device Metrics Exporter ("List of Available Metrics": those that a virtual machine has too).
_AMD = (
    _failed('gpu_afid_errors{severity="fatal"} > 0'),
    _memory_failed("gpu_ecc_uncorrect_total > 0"),
    # Celsius: where an MI300X slows down, as `amd-smi static --limit` tells of it (AMD SMI's documentation).
    _too_hot("gpu_junction_temperature > 100 or gpu_memory_temperature > 95"),
    _stalled(
        f'avg by (namespace) (gpu_gfx_activity{{namespace="{NAMESPACE}"}}) < 1'
        f" and on (namespace) sum by (namespace) ({_ACTIVE}) > 0"
    ),
)

#: Metrics of AWS's Neuron Monitor (its user guide, "neuron-monitor-prometheus.py"). It tells no temperature, and not
#: whose pod uses a core: the nodes are the workload's alone.
_NEURON = (
    _failed('increase(execution_errors_total{error_type="hardware"}[10m]) > 0'),
    _memory_failed('hardware_ecc_events_total{event_type=~"(mem|sram)_ecc_uncorrected"} > 0'),
    _stalled(f"avg(neuroncore_utilization_ratio) < 0.01 and on () sum({_ACTIVE}) > 0"),
)

#: GKE measures TPUs by itself, and there is such a series only while a container holds one ("GKE system metrics").
_GOOGLE = (
    _stalled(
        'avg by (namespace_name) (kubernetes_io:container_accelerator_duty_cycle{monitored_resource="k8s_container",'
        f'namespace_name="{NAMESPACE}"}}) < 1'
    ),
)

_OF_CHIPS = {Maker.NVIDIA: _NVIDIA, Maker.AMD: _AMD, Maker.AWS: _NEURON, Maker.GOOGLE: _GOOGLE}


def alerts_for(accelerator: AcceleratorName) -> tuple[Alert, ...]:
    """The rules for a cluster of this chip."""
    return (*_OF_CHIPS[accelerator.maker], *_OF_NODES)
