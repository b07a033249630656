"""Schemas derived from the installed SDKs, and values held against them."""

from pathlib import Path
from typing import Any

import pytest

from wayfare.sandbox import conform, generic
from wayfare.sandbox.behaviour import UNKNOWN
from wayfare.sandbox.schema import ANYTHING, ResourceSchema, Schemas

CLUSTER = "aws:eks/cluster:Cluster"
MANAGED = "azure-native:containerservice:ManagedCluster"


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("schemas")


def schema(package: str, token: str, cache: Path) -> ResourceSchema:
    found = Schemas(package, cache).get(token)
    assert found is not None
    return found


def test_every_violation_has_its_path_and_the_nearest_name(cache: Path) -> None:
    inputs: dict[str, Any] = {
        "rolArn": "arn",
        "vpcConfig": {"subnetIds": ["subnet-1", 3], "endpointPublicAcces": True},
        "deletionProtection": "yes",
        "tags": {"team": 7},
    }
    assert conform.check(schema("aws", CLUSTER, cache), inputs) == [
        ("rolArn", "unknown property 'rolArn'; did you mean 'roleArn'?"),
        ("vpcConfig.subnetIds[1]", "expected a string, got the number 3"),
        (
            "vpcConfig.endpointPublicAcces",
            "unknown property 'endpointPublicAcces'; did you mean 'endpointPublicAccess'?",
        ),
        ("deletionProtection", "expected a boolean, got a string"),
        ("tags.team", "expected a string, got the number 7"),
        ("roleArn", "missing required property 'roleArn'"),
    ]


@pytest.mark.parametrize("value", [UNKNOWN, {"subnetIds": UNKNOWN}, {"subnetIds": ["subnet-1", UNKNOWN]}])
def test_what_is_not_known_yet_conforms(cache: Path, value: object) -> None:
    assert conform.check(schema("aws", CLUSTER, cache), {"roleArn": UNKNOWN, "vpcConfig": value}) == []


def test_a_closed_enum_names_its_values(cache: Path) -> None:
    given = {"resourceGroupName": "g", "identity": {"type": "UserAsigned"}}
    ((path, reason),) = conform.check(schema("azure-native", MANAGED, cache), given)
    assert path == "identity.type"
    assert "did you mean 'UserAssigned'?" in reason


def test_nested_required_properties_are_asked_for(cache: Path) -> None:
    pool = schema("aws", "aws:eks/nodeGroup:NodeGroup", cache)
    given: dict[str, Any] = {
        "clusterName": "c",
        "nodeRoleArn": "r",
        "subnetIds": ["s"],
        "scalingConfig": {"minSize": 0},
    }
    assert [path for path, _ in conform.check(pool, given)] == ["scalingConfig.desiredSize", "scalingConfig.maxSize"]


def test_a_preview_knows_inputs_and_nothing_that_the_cloud_decides(cache: Path) -> None:
    cluster = schema("aws", CLUSTER, cache)
    outputs = conform.fill_unknown(cluster, {"roleArn": "r", "vpcConfig": {"subnetIds": ["s"]}})
    assert all(outputs[name] == UNKNOWN for name in cluster.output_only)
    assert {"arn", "endpoint", "status"} <= cluster.output_only
    assert outputs["roleArn"] == "r"
    assert outputs["vpcConfig"]["subnetIds"] == ["s"]
    assert outputs["vpcConfig"]["clusterSecurityGroupId"] == UNKNOWN


def test_an_output_of_another_shape_is_not_echoed(cache: Path) -> None:
    cluster = schema("azure-native", MANAGED, cache)
    given = {"resourceGroupName": "g", "identity": {"type": "UserAssigned", "userAssignedIdentities": ["id"]}}
    assert conform.fill_unknown(cluster, given)["identity"] == UNKNOWN
    assert generic.echoed(cluster, given)["identity"]["userAssignedIdentities"] == {"id": {}}


def test_types_are_kept_on_disk_and_read_back_the_same(tmp_path: Path) -> None:
    derived = schema("kubernetes", "kubernetes:apps/v1:Deployment", tmp_path)
    (file,) = tmp_path.glob("*/*.json")
    assert schema("kubernetes", "kubernetes:apps/v1:Deployment", tmp_path) == derived
    file.write_text("{")
    assert schema("kubernetes", "kubernetes:apps/v1:Deployment", tmp_path) == derived, "a damaged file is derived anew"


def test_kinds_that_no_sdk_knows(cache: Path) -> None:
    kubernetes = Schemas("kubernetes", cache)
    assert kubernetes.get("kubernetes:kueue.x-k8s.io/v1beta1:ClusterQueue") is ANYTHING
    assert kubernetes.get("kubernetes:apps/v1:Deploymnt") is None
    assert kubernetes.get("kubernetes:rbac.authorization.k8s.io/v1:Rol") is None
    assert Schemas("aws", cache).get("aws:eks/cluster:Clutser") is None
