"""A training's own bucket, mounted to be written: on each cloud the whole of it, with the right to it and no more."""

import json
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from tests.golden.cases import TRAINING, of_type, one, pod_template, request
from tests.golden.graph import Graph, graph
from wayfare.blueprints import CloudName
from wayfare.components.pods import CHECKPOINTS


@cache
def stack(cloud: CloudName, *, careful: bool = False, contract: bool = True) -> Graph:
    """The library's training; `careful`: with the account's own keys and with private endpoints."""
    asked = request(cloud, TRAINING)
    spec: Any = asked.blueprint.spec
    if careful:
        network = spec.network.model_copy(update={"endpoints": "private"})
        spec = spec.model_copy(update={"encryption": "own", "network": network})
    if not contract:
        spec = spec.model_copy(update={"workload": spec.workload.model_copy(update={"checkpoint": None})})
    return graph(replace(asked, blueprint=asked.blueprint.model_copy(update={"spec": spec})))


def volume(resources: Graph) -> Any:
    return one(resources, "PersistentVolume", CHECKPOINTS).inputs["spec"]


@pytest.mark.parametrize("careful", [False, True])
@pytest.mark.parametrize("cloud", CloudName)
def test_the_bucket_that_is_mounted_is_the_one_that_the_container_is_told(cloud: CloudName, careful: bool) -> None:
    resources = stack(cloud, careful=careful)
    (container,) = pod_template(one(resources, "JobSet").inputs)["spec"]["containers"]
    told = {each["name"]: each.get("value") for each in container["env"]}
    mount = next(each for each in container["volumeMounts"] if each["name"] == CHECKPOINTS)
    assert mount == {"name": CHECKPOINTS, "mountPath": told["WAYFARE_CHECKPOINT_PATH"]}
    assert volume(resources)["accessModes"] == ["ReadWriteMany"]
    bucket = told["WAYFARE_CHECKPOINTS"].split("/")[-1]
    assert bucket in json.dumps(volume(resources)["csi"])


@pytest.mark.parametrize("careful", [False, True])
def test_on_aws_the_driver_may_do_with_the_bucket_what_the_workload_may(careful: bool) -> None:
    resources = stack(CloudName.AWS, careful=careful)
    driver, workload = (
        one(resources, "RolePolicy", end).inputs["policy"] for end in ("data-checkpoints", "identity-policy")
    )
    assert driver == workload
    assert ("kms:GenerateDataKey" in driver) is careful
    assert not [row for row in of_type(resources, "RolePolicy") if row.name.endswith("data-policy")]
    waits = one(resources, "JobSet").after
    assert "aws:eks/addon:Addon llm-pretrain-data-driver" in {*waits, *one(resources, "Namespace").after}


@pytest.mark.parametrize("careful", [False, True])
def test_on_azure_the_driver_asks_with_the_workload_s_own_token(careful: bool) -> None:
    resources = stack(CloudName.AZURE, careful=careful)
    attributes = volume(resources)["csi"]["volumeAttributes"]
    assert attributes["mountWithWorkloadIdentityToken"] == "true"
    assert attributes["clientID"].startswith("<UserAssignedIdentity llm-pretrain-identity")
    rights = [row for row in of_type(resources, "RoleAssignment") if row.name.startswith("llm-pretrain-data")]
    assert rights == [], "its rights on its own container are there without a mount"


@pytest.mark.parametrize("careful", [False, True])
def test_on_google_nothing_is_asked_of_the_whole_bucket_and_the_driver_has_no_limits(careful: bool) -> None:
    resources = stack(CloudName.GCP, careful=careful)
    assert volume(resources)["csi"]["volumeAttributes"] == {"skipCSIBucketAccessCheck": "true"}
    annotations = pod_template(one(resources, "JobSet").inputs)["metadata"]["annotations"]
    assert {key: value for key, value in annotations.items() if key.startswith("gke-gcsfuse/")} == {
        "gke-gcsfuse/volumes": "true",
        "gke-gcsfuse/cpu-limit": "0",
        "gke-gcsfuse/memory-limit": "0",
        "gke-gcsfuse/ephemeral-storage-limit": "0",
    }
    roles = [row.inputs["role"] for row in (*of_type(resources, "BucketIAMMember"), *of_type(resources, "IAMMember"))]
    assert "roles/storage.objectUser" in roles
    assert "roles/storage.objectViewer" not in roles


@pytest.mark.parametrize("cloud", CloudName)
def test_without_a_contract_no_bucket_is_mounted(cloud: CloudName) -> None:
    resources = stack(cloud, contract=False)
    assert not of_type(resources, "PersistentVolume")
    assert not [row for row in resources.values() if row.name.startswith("llm-pretrain-data-")]
