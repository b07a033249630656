"""What every cluster is watched for: one set of rules, in PromQL, for the managed Prometheus of each cloud.

Rules of nodes read kube-state-metrics (`kube_…`) and the node exporter (`node_…`); rules of chips read the exporter of
the chip's maker, under the same names as far as it measures the same. A cloud whose collector names metrics otherwise
says so in its own package.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from functools import partial

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


_CRITICAL = partial(Alert, severity=Severity.CRITICAL)
_WARNING = partial(Alert, severity=Severity.WARNING)

#: The one rule that a server without requests would break too.
JOB_STALLED = "JobStalled"

#: Rules that more than one maker's metrics can tell of: each lacks its expression.
_FAILED = partial(
    _CRITICAL,
    name="AcceleratorHardwareError",
    lasts=timedelta(0),
    summary="An accelerator reports a fatal error of its hardware; drain the node and have it replaced.",
)
_MEMORY_FAILED = partial(
    _CRITICAL,
    name="AcceleratorMemoryFailed",
    lasts=timedelta(0),
    summary="An accelerator's memory has an error that it cannot repair; have the node replaced.",
)
_TOO_HOT = partial(
    _WARNING,
    name="AcceleratorTooHot",
    lasts=timedelta(minutes=10),
    summary="An accelerator is held back for its temperature; all nodes of the job wait for it.",
)
# Pods hold accelerators that compute nothing: a hung collective looks like this.
_STALLED = partial(
    _WARNING,
    name=JOB_STALLED,
    lasts=timedelta(minutes=30),
    summary="A job is active and its accelerators have been idle for half an hour; it may hang.",
)

#: A job is active, by kube-state-metrics.
_ACTIVE = f'kube_job_status_active{{namespace="{NAMESPACE}"}}'


def _idle(utilization: str) -> str:
    """A job is active and uses less than a hundredth of its accelerators, by a metric in percent that says whose."""
    return (
        f'avg by (namespace) ({utilization}{{namespace="{NAMESPACE}"}}) < 1'
        f" and on (namespace) sum by (namespace) ({_ACTIVE}) > 0"
    )


#: The same by GKE, which measures GPUs and TPUs itself; there is such a series only while a container holds one ("GKE
#: system metrics").
IDLE_BY_GKE = (
    'avg by (namespace_name) (kubernetes_io:container_accelerator_duty_cycle{monitored_resource="k8s_container",'
    f'namespace_name="{NAMESPACE}"}}) < 1'
)

_OF_NODES = (
    _CRITICAL(
        name="NetworkInterfaceDown",
        # The machine's own cards, not the virtual ones of containers.
        expression='node_network_up{device=~"(eth|ens|enp|ib|rdma|mlx).*"} == 0',
        lasts=timedelta(minutes=2),
        summary="A network card of a node is down; collectives over the fabric stop or slow down.",
    ),
    _CRITICAL(
        name="NodeNotReady",
        expression='kube_node_status_condition{condition="Ready",status="true"} == 0',
        lasts=timedelta(minutes=5),
        summary="A node is not ready.",
    ),
)

#: Fields of NVIDIA's DCGM (DCGM API reference, "Field identifiers").
_NVIDIA = (
    _CRITICAL(
        name="AcceleratorXidError",
        # The gauge holds the last error's number. 13, 31, 43 and 45 come from the program and not from the chip
        # (NVIDIA, "XID Errors", the table of causes).
        expression="DCGM_FI_DEV_XID_ERRORS > 0 unless (DCGM_FI_DEV_XID_ERRORS == 13 or DCGM_FI_DEV_XID_ERRORS == 31"
        " or DCGM_FI_DEV_XID_ERRORS == 43 or DCGM_FI_DEV_XID_ERRORS == 45)",
        lasts=timedelta(0),
        summary="An accelerator reports an XID error of hardware or driver; drain the node and have it replaced.",
    ),
    _MEMORY_FAILED(expression="DCGM_FI_DEV_ROW_REMAP_FAILURE > 0"),
    # Celsius. NVIDIA's data-centre chips slow down from about 87, their memory from about 95 (product briefs).
    _TOO_HOT(expression="DCGM_FI_DEV_GPU_TEMP > 87 or DCGM_FI_DEV_MEMORY_TEMP > 95"),
    _STALLED(expression=_idle("DCGM_FI_DEV_GPU_UTIL")),
)

#: Metrics of AMD's Device Metrics Exporter ("List of Available Metrics": those that a virtual machine has too).
_AMD = (
    _FAILED(expression='gpu_afid_errors{severity="fatal"} > 0'),
    _MEMORY_FAILED(expression="gpu_ecc_uncorrect_total > 0"),
    # Celsius: where an MI300X slows down, as `amd-smi static --limit` tells of it (AMD SMI's documentation).
    _TOO_HOT(expression="gpu_junction_temperature > 100 or gpu_memory_temperature > 95"),
    _STALLED(expression=_idle("gpu_gfx_activity")),
)

#: Metrics of AWS's Neuron Monitor (its user guide, "neuron-monitor-prometheus.py"). It tells no temperature, and not
#: whose pod uses a core: the nodes are the workload's alone.
_NEURON = (
    _FAILED(expression='increase(execution_errors_total{error_type="hardware"}[10m]) > 0'),
    _MEMORY_FAILED(expression='hardware_ecc_events_total{event_type=~"(mem|sram)_ecc_uncorrected"} > 0'),
    _STALLED(expression=f"avg(neuroncore_utilization_ratio) < 0.01 and on () sum({_ACTIVE}) > 0"),
)

#: What GKE tells of TPUs.
_GOOGLE = (_STALLED(expression=IDLE_BY_GKE),)

_OF_CHIPS = {Maker.NVIDIA: _NVIDIA, Maker.AMD: _AMD, Maker.AWS: _NEURON, Maker.GOOGLE: _GOOGLE}


def alerts_for(accelerator: AcceleratorName) -> tuple[Alert, ...]:
    """The rules for a cluster of this chip."""
    return (*_OF_CHIPS[accelerator.maker], *_OF_NODES)
