"""Every object of the library's clusters is what a real API server takes, field by field."""

from collections.abc import Iterator, Mapping

import pytest

from tests.golden.graph import Graph
from tests.judges.cases import BLUEPRINTS, Case, declared, requests
from tests.judges.manifests import objects
from tests.kubernetes.living import Living
from wayfare.blueprints import CloudName
from wayfare.sandbox.behaviour import Properties
from wayfare.sandbox.clouds.kubernetes import RELEASE
from wayfare.sandbox.planes.api import ApiRefused

#: Kinds of charts whose controllers do not run here: their modules' definitions judge them (tests/schemas).
_BY_DEFINITION = {"EnvoyProxy", "Gateway", "GatewayClass", "HTTPRoute", "ScaledObject", "SecurityPolicy"}

#: Kinds that this control plane does not have. Those beside `_BY_DEFINITION` a chart or the cloud itself brings, and no
#: module carries their definitions: nobody judges them.
UNJUDGED: Mapping[CloudName, set[str]] = {
    CloudName.AWS: _BY_DEFINITION,
    CloudName.AZURE: {*_BY_DEFINITION, "NicClusterPolicy"},
    CloudName.GCP: {*_BY_DEFINITION, "ClusterPodMonitoring"},
}


def test_every_object_is_taken(cluster: Living) -> None:
    judged, unjudged = list[str](), set[str]()
    refused = dict[str, str]()
    for case, item in _items(cluster):
        if cluster.api.kind(item["apiVersion"], item["kind"]) is None:
            unjudged.add(item["kind"])
            continue
        where = f"{case}: {item['kind']} {item['metadata']['name']}"
        judged.append(where)
        try:
            cluster.tried(_anew(item))
        except ApiRefused as refusal:
            refused[where] = str(refusal)
    assert refused == {}
    assert unjudged == UNJUDGED[cluster.cloud]
    assert len(judged) >= len(BLUEPRINTS)


def test_a_field_that_nobody_knows_is_refused(cluster: Living) -> None:
    for _, item in _items(cluster):
        if cluster.api.kind(item["apiVersion"], item["kind"]) is not None and "spec" in item:
            with pytest.raises(ApiRefused, match="replicaz"):
                cluster.tried({**item, "spec": {**item["spec"], "replicaz": 1}})
            return
    raise AssertionError("no object has a specification")


def _anew(item: Properties) -> Properties:
    """Volumes of the running cluster have the same names, and what a volume stands for never changes."""
    if item["kind"] != "PersistentVolume":
        return item
    metadata = item["metadata"]
    return {**item, "metadata": {**metadata, "name": f"{metadata['name']}-tried"}}


def _items(cluster: Living) -> Iterator[tuple[Case, Properties]]:
    for case in requests():
        if case.cloud is cluster.cloud:
            graph = declared(case)
            for namespace in _made_with_charts(graph):
                cluster.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}})
            yield from ((case, item) for item in objects(graph))


def _made_with_charts(graph: Graph) -> set[str]:
    releases = [row.inputs for row in graph.values() if row.type == RELEASE]
    return {each["namespace"] for each in releases if each.get("createNamespace")}
