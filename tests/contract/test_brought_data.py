"""Data of another cloud: out of the question until a move has brought it, then read from the cluster's own bucket."""

import json
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from tests.golden.cases import TRAINING, of_type, one, pod_template, request
from tests.golden.graph import Graph, graph
from wayfare.blueprints import CloudName, DataSet
from wayfare.components.along import Along, prefix
from wayfare.components.clouds import cloud as cloud_of
from wayfare.components.contract import NotFeasible, Request
from wayfare.components.pods import CHECKPOINTS

SOURCES = {
    CloudName.AWS: "s3://corpus/v7",
    CloudName.AZURE: "https://corpus.blob.core.windows.net/books/v7",
    CloudName.GCP: "gs://corpus/v7",
}
FOREIGN = {CloudName.AWS: CloudName.GCP, CloudName.AZURE: CloudName.AWS, CloudName.GCP: CloudName.AZURE}


def wanted(cloud: CloudName, source: CloudName, elsewhere: str = "copy", along: Along | None = None) -> Request:
    asked = request(cloud, TRAINING)
    data = DataSet.model_validate({"from": SOURCES[source], "mount": "/data", "elsewhere": elsewhere})
    storage = asked.blueprint.spec.storage.model_copy(update={"data": (data,)})
    spec: Any = asked.blueprint.spec.model_copy(update={"storage": storage})
    made = replace(asked, blueprint=asked.blueprint.model_copy(update={"spec": spec}))
    return replace(made, along=along or Along())


@cache
def stack(cloud: CloudName) -> Graph:
    """The library's training, with a data set that a move has brought along."""
    source = FOREIGN[cloud]
    return graph(wanted(cloud, source, along=Along(data=(SOURCES[source],))))


@pytest.mark.parametrize("cloud", CloudName)
def test_nobody_has_copied_it_before_a_move_has(cloud: CloudName) -> None:
    source = FOREIGN[cloud]
    with pytest.raises(NotFeasible, match=f"nobody has copied it: bring the cluster up on {source}"):
        cloud_of(cloud).plan(wanted(cloud, source))
    # Whoever takes the option away has it left out again, and another data set was never brought.
    brought = Along(data=(SOURCES[source],))
    with pytest.raises(NotFeasible, match="`elsewhere: copy`"):
        cloud_of(cloud).plan(wanted(cloud, source, "refuse", brought))
    with pytest.raises(NotFeasible, match="nobody has copied it"):
        cloud_of(cloud).plan(wanted(cloud, source, along=Along(data=(f"{SOURCES[source]}/2",))))


@pytest.mark.parametrize("cloud", CloudName)
def test_it_is_read_from_the_cluster_s_own_bucket_below_a_prefix(cloud: CloudName) -> None:
    resources = stack(cloud)
    (container,) = pod_template(one(resources, "JobSet").inputs)["spec"]["containers"]
    assert {"name": "data-0", "mountPath": "/data", "readOnly": True} in container["volumeMounts"]
    data, own = (one(resources, "PersistentVolume", name).inputs["spec"] for name in ("data-0", CHECKPOINTS))
    assert data["accessModes"] == ["ReadOnlyMany"]
    assert data["csi"]["volumeHandle"] != own["csi"]["volumeHandle"]
    bucket = {each["name"]: each.get("value") for each in container["env"]}["WAYFARE_CHECKPOINTS"].split("/")[-1]
    assert bucket in json.dumps(data["csi"])
    assert any(prefix(SOURCES[FOREIGN[cloud]]) in option for option in data["mountOptions"])
    # What it is copied from is named nowhere: no right is asked for there.
    assert "corpus" not in str([row.inputs for row in resources.values()])


@pytest.mark.parametrize("cloud", CloudName)
def test_on_its_own_cloud_the_original_is_read_whatever_was_brought(cloud: CloudName) -> None:
    resources = graph(wanted(cloud, cloud, along=Along(data=(SOURCES[cloud],))))
    assert "corpus" in json.dumps(one(resources, "PersistentVolume", "data-0").inputs["spec"]["csi"])


def test_on_aws_the_driver_reads_the_cluster_s_own_bucket_also_without_checkpoints() -> None:
    source = FOREIGN[CloudName.AWS]
    made = wanted(CloudName.AWS, source, along=Along(data=(SOURCES[source],)))
    spec: Any = made.blueprint.spec
    spec = spec.model_copy(update={"workload": spec.workload.model_copy(update={"checkpoint": None})})
    resources = graph(replace(made, blueprint=made.blueprint.model_copy(update={"spec": spec})))
    assert of_type(resources, "Addon")
    assert "s3:GetObject" in one(resources, "RolePolicy", "data-checkpoints").inputs["policy"]
