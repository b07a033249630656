"""AWS and Google Cloud resources in Terraform's words. That all of them are Terraform's, `make test-judges` tells."""

from typing import Any

import pytest

from tests.golden.graph import Graph, Resource, Secret
from tests.judges import terraform
from tests.judges.errors import NotConvertible


def resource(
    type: str, name: str = "one", references: dict[str, frozenset[str]] | None = None, **inputs: Any
) -> Resource:
    return Resource(type, name, None, frozenset(), (), inputs, references=references or {})


def graph(*rows: Resource) -> Graph:
    return {row.key: row for row in rows}


@pytest.mark.parametrize(
    ("token", "name"),
    [
        ("aws:eks/cluster:Cluster", "aws_eks_cluster"),
        ("aws:ec2/vpc:Vpc", "aws_vpc"),
        ("aws:ec2/capacityReservation:CapacityReservation", "aws_ec2_capacity_reservation"),
        ("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "aws_vpc_security_group_ingress_rule"),
        ("aws:fsx/lustreFileSystem:LustreFileSystem", "aws_fsx_lustre_file_system"),
        ("aws:kms/key:Key", "aws_kms_key"),
        ("gcp:container/nodePool:NodePool", "google_container_node_pool"),
        ("gcp:projects/iAMMember:IAMMember", "google_project_iam_member"),
        ("gcp:storage/bucketIAMMember:BucketIAMMember", "google_storage_bucket_iam_member"),
        ("gcp:serviceaccount/account:Account", "google_service_account"),
        ("gcp:artifactregistry/repository:Repository", "google_artifact_registry_repository"),
    ],
)
def test_type_names(token: str, name: str) -> None:
    assert terraform.type_name(token) == name


def test_one_nested_object_is_a_list_of_one_block() -> None:
    row = resource("aws:eks/cluster:Cluster", vpcConfig={"publicAccessCidrs": ["192.0.2.0/24"]}, roleArn="<Role r>.arn")
    assert terraform.values(row) == {
        "vpc_config": [{"public_access_cidrs": ["192.0.2.0/24"]}],
        "role_arn": "<Role r>.arn",
    }


def test_lists_of_blocks_are_singular_and_lists_of_texts_are_not() -> None:
    row = resource(
        "gcp:container/nodePool:NodePool",
        nodeLocations=["a"],
        nodeConfig={"taints": [{"key": "k", "value": "v", "effect": "e"}], "oauthScopes": ["s"]},
    )
    assert terraform.values(row) == {
        "node_locations": ["a"],
        "node_config": [{"taint": [{"key": "k", "value": "v", "effect": "e"}], "oauth_scopes": ["s"]}],
    }


def test_names_that_follow_no_rule_are_those_of_the_file() -> None:
    row = resource("aws:ec2/launchTemplate:LaunchTemplate", tagSpecifications=[{"resourceType": "instance"}])
    assert terraform.values(row) == {"tag_specifications": [{"resource_type": "instance"}]}


def test_the_keys_of_a_map_are_values() -> None:
    row = resource("gcp:container/cluster:Cluster", resourceLabels={"costCenter": "4711"})
    assert terraform.values(row) == {"resource_labels": {"costCenter": "4711"}}


def test_what_is_not_given_is_left_out_and_false_is_not() -> None:
    row = resource("aws:s3/bucket:Bucket", bucket=None, forceDestroy=False)
    assert terraform.values(row) == {"force_destroy": False}


def test_a_secret_is_judged_by_its_value_and_marked() -> None:
    (change,) = terraform.plan(graph(resource("aws:s3/bucket:Bucket", bucket=Secret("b"))))["resource_changes"]
    assert change["change"]["after"] == {"bucket": "b"}
    assert change["change"]["after_sensitive"] == {"bucket": True}


def test_a_plan_says_what_refers_to_what() -> None:
    bucket = resource("aws:s3/bucket:Bucket", "data")
    block = resource(
        "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
        "closed",
        references={"bucket": frozenset({bucket.key, "wayfare:aws:Bucket checkpoints"})},
        bucket="a-name",
    )
    made = terraform.plan(graph(bucket, block))["configuration"]["root_module"]["resources"]
    assert [one["expressions"] for one in made] == [
        {},
        {"bucket": {"references": ["aws_s3_bucket.data.id", "aws_s3_bucket.data"]}},
    ]


def test_other_packages_are_not_in_the_plan() -> None:
    rows = resource("aws:s3/bucket:Bucket"), resource("kubernetes:core/v1:Namespace"), resource("wayfare:aws:Bucket")
    planned = terraform.plan(graph(*rows))["planned_values"]["root_module"]["resources"]
    assert [one["address"] for one in planned] == ["aws_s3_bucket.one"]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (resource("aws:s3/nothing:Nothing"), "the installed SDK has no aws:s3/nothing:Nothing"),
        (resource("aws:s3/bucket:Bucket", buckets="b"), "aws:s3/bucket:Bucket has no input buckets"),
        (resource("aws:eks/cluster:Cluster", vpcConfig={"vpc": 1}), "has no input vpcConfig.vpc"),
        (resource("aws:s3/bucket:Bucket", tags=["a"]), "0 of the SDK's 1 shapes fit this value"),
        (resource("aws:s3/bucket:Bucket", bucket={"a": "b"}), "0 of the SDK's 1 shapes fit this value"),
        (resource("aws:s3/bucket:Bucket", bucket=object()), "a object has no form in JSON"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_converted_is_an_error(row: Resource, said: str) -> None:
    with pytest.raises(NotConvertible, match=said):
        terraform.values(row)


def test_two_resources_may_not_have_one_address() -> None:
    with pytest.raises(NotConvertible, match="two resources have one Terraform address"):
        terraform.plan(graph(resource("aws:s3/bucket:Bucket", "a.b"), resource("aws:s3/bucket:Bucket", "a_b")))
