"""What an accelerator node is, in terms that a table written by hand and a cluster's resources have in common."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from tests.golden.cases import pod_template
from tests.golden.graph import Graph, Properties, Resource
from wayfare.blueprints import Purchase
from wayfare.components.kubernetes.charts import SYSTEM_NAMESPACE


@dataclass(frozen=True)
class Node:
    """A node of a training cluster's accelerator pool, as its cloud's documentation wants it."""

    image: str
    """The cloud's own word for the node image: `AL2023_x86_64_NVIDIA`, `Ubuntu2404`, `COS_CONTAINERD`."""
    driver: str
    """Who installs the accelerators' driver, in the cloud's own word: `image`, `Install`, `LATEST`."""
    nics: tuple[str, ...]
    """What says how the node is wired, in the order of its cards; a cloud's module says in which words. Empty where
    the machine brings its wiring along and nothing is asked for."""
    domain: str
    """What keeps nodes close to each other, in the cloud's own word; `none` where nothing is asked for."""
    taints: tuple[str, ...]
    """`key=value:Effect`, with Kubernetes' spelling of the effect."""
    pod: Mapping[str, int]
    """Extended resources of a pod that has the whole node: accelerators and fabric."""
    plugins: tuple[str, ...]
    """Charts that the cluster installs for them, by their names in their repositories, sorted."""
    labels: Mapping[str, str] = field(default_factory=dict[str, str])
    """Labels of a node that the fabric or the chip needs, without the pool's own."""


class Table(Protocol):
    """What a module `matrix_<cloud>` holds. Nothing in it reads the catalog or a plan."""

    NODES: Mapping[str, Node]
    """By machine type; from the vendor's documentation, which the module names."""
    REFUSED: Mapping[str, str]
    """Machine types that cannot be planned, and what the refusal must say."""
    SOLD: Mapping[str, frozenset[Purchase]]
    """By machine type, the purchases that a blueprint can ask for."""
    BOUGHT: Mapping[Purchase, Properties]
    """By purchase, what the cloud must be told to get it, with `seen_purchase`'s keys."""

    def seen(self, graph: Graph) -> Node:
        """The node that a cluster's resources describe."""
        ...

    def seen_purchase(self, graph: Graph) -> Properties:
        """What a cluster's resources say of how its nodes are bought."""
        ...


def one_of(graph: Graph, type: str, name: str) -> Resource:
    """The only resource whose type and name end so."""
    (found,) = (row for row in graph.values() if row.type.endswith(f":{type}") and row.name.endswith(name))
    return found


def workload_of(graph: Graph) -> Resource:
    """The JobSet or the Deployment that runs the blueprint's container."""
    (found,) = (row for row in graph.values() if row.type.endswith((":JobSet", ":Deployment")))
    return found


def requests_of_the_pod(graph: Graph) -> Mapping[str, int]:
    """Extended resources that the workload's container asks for."""
    container = pod_template(workload_of(graph).inputs)["spec"]["containers"][0]
    return {name: int(count) for name, count in container["resources"]["limits"].items() if "/" in name}


def charts(graph: Graph) -> tuple[str, ...]:
    """Names of the device plugins' charts."""
    releases = [row.inputs for row in graph.values() if row.type.endswith(":Release")]
    plugins = [each["chart"] for each in releases if each["namespace"] == SYSTEM_NAMESPACE]
    return tuple(sorted(str(chart).rpartition("/")[2] for chart in plugins))
