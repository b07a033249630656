"""Every machine type with managed metrics: the rules that its cloud evaluates, and the exporters that fill them."""

import json
import re

import promql_parser
import pytest

from tests.contract.asked import KINDS, blueprint, purchases, request, why_not
from tests.contract.test_matrix import PLANNED, ids
from wayfare.blueprints import CloudName, Maker
from wayfare.components.alerts import JOB_STALLED, alerts_for
from wayfare.components.aws.plan import AwsPlan
from wayfare.components.azure.plan import AzurePlan
from wayfare.components.catalog import MachineType
from wayfare.components.clouds import cloud
from wayfare.components.contract import ClusterPlan
from wayfare.components.gcp.plan import GcpPlan
from wayfare.components.kubernetes.charts import DCGM_FIELDS, DEVICE_PLUGINS

#: By a chip's maker, pods of its exporter: a chart, or an object of Wayfare's own; TPUs are measured by GKE itself.
EXPORTER = {Maker.NVIDIA: "dcgm-exporter", Maker.AMD: "device-metrics-exporter-charts", Maker.AWS: "neuron-monitor"}

#: What is watched for on every chip (docs/clouds); of Neuron devices no temperature is told, and TPUs are Google's to
#: look after, which repairs their nodes.
WATCHED = {"NetworkInterfaceDown", "NodeNotReady", JOB_STALLED}
OF_CHIPS = {
    Maker.NVIDIA: {"AcceleratorXidError", "AcceleratorMemoryFailed", "AcceleratorTooHot"},
    Maker.AMD: {"AcceleratorHardwareError", "AcceleratorMemoryFailed", "AcceleratorTooHot"},
    Maker.AWS: {"AcceleratorHardwareError", "AcceleratorMemoryFailed"},
    Maker.GOOGLE: set[str](),
}

#: What a maker's exporter tells, of all that rules may look at.
METRICS = {
    Maker.NVIDIA: r"DCGM_FI_DEV_\w+",
    Maker.AMD: r"gpu_(afid_errors|ecc_uncorrect_total|junction_temperature|memory_temperature|gfx_activity)",
    Maker.AWS: r"(execution_errors|hardware_ecc_events)_total|neuroncore_utilization_ratio",
    Maker.GOOGLE: r"kubernetes_io:container_accelerator_duty_cycle",
}
OF_NODES = r"node_network_up|kube_node_status_condition|kube_job_status_active"


def watched(name: CloudName, machine: MachineType, kind: str) -> ClusterPlan:
    """The plan of a cluster with managed metrics."""
    wanted = blueprint((machine,), nodes=2, kind=kind)
    data = wanted.model_dump(by_alias=True, exclude_unset=True)
    data["spec"]["monitoring"] = {"metrics": "managed"}
    if why_not(machine) is not None:
        data["spec"]["kubernetes"] = {"version": "1.35"}
    asked = type(wanted).model_validate(data, strict=False)
    return cloud(name).plan(request(name, machine, purchases(machine)[0], kind=kind, wanted=asked))


def rules(made: ClusterPlan) -> dict[str, str]:
    """The expressions of the rules, by their names."""
    match made:
        case AwsPlan(monitoring=aws) if aws is not None:
            (group,) = json.loads(aws.rules)["groups"]
            return {rule["alert"]: rule["expr"] for rule in group["rules"]}
        case AzurePlan() if made.monitoring.metrics is not None:
            return {alert.name: alert.expression for alert in made.monitoring.metrics.alerts}
        case GcpPlan(monitoring=gcp) if gcp is not None:
            return {alert.name: alert.expression for alert in gcp.alerts}
        case _:
            raise AssertionError(made)


def metrics(expression: str) -> set[str]:
    """Names of all series that an expression selects. Raises ValueError for what is no PromQL."""
    found: set[str] = set()

    def visit(node: promql_parser.Expr) -> bool:
        if isinstance(node, promql_parser.VectorSelector):
            found.add(str(node.name))
        return True

    promql_parser.walk(promql_parser.parse(expression), visit)
    return found


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("name", "machine"), PLANNED, ids=ids)
def test_every_machine_type_is_watched_by_its_makers_exporter(name: CloudName, machine: MachineType, kind: str) -> None:
    made, maker = watched(name, machine, kind), machine.accelerator.maker
    found = rules(made)
    gone = {JOB_STALLED} if name is CloudName.GCP and kind == "InferenceCluster" else set[str]()
    assert found.keys() == (WATCHED | OF_CHIPS[maker]) - gone

    # A Prometheus would take every rule, and each looks at what an exporter of this cluster tells.
    gke = r"|kubernetes_io:\w+" if name is CloudName.GCP else ""
    told = re.compile(f"{METRICS[maker]}|{OF_NODES}{gke}")
    for rule, expression in found.items():
        selected = metrics(expression)
        assert selected, rule
        assert all(told.fullmatch(each) for each in selected), (rule, selected)
        assert {each for each in selected if each.startswith("DCGM_FI")} <= DCGM_FIELDS.keys()

    exporters = {DEVICE_PLUGINS[each].name for each in made.pods.device_plugins}
    exporters |= {each.name for each in made.pods.objects}
    assert exporters & set(EXPORTER.values()) == ({EXPORTER[maker]} if maker in EXPORTER else set())


def test_rules_of_different_chips_that_are_called_the_same_say_the_same() -> None:
    """Whoever is called at night reads one runbook for all clouds."""
    said: dict[str, tuple[object, ...]] = {}
    for _, machine in PLANNED:
        for alert in alerts_for(machine.accelerator):
            assert said.setdefault(alert.name, (alert.summary, alert.severity, alert.lasts)) == (
                alert.summary,
                alert.severity,
                alert.lasts,
            )
