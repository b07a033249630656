"""What botocore's models say about the types that the components use, and that the table reaches every one of them."""

import subprocess
import sys
from pathlib import Path

import pytest

from wayfare.sandbox.behaviour import Limit
from wayfare.sandbox.clouds.aws import BEHAVIOUR
from wayfare.sandbox.clouds.aws.limits import derived, limits_of
from wayfare.sandbox.clouds.aws.operations import OPERATIONS
from wayfare.sandbox.limits import check

GRAPHS = Path(__file__).resolve().parents[2] / "golden" / "__snapshots__" / "test_graphs"

#: Types whose calls the models describe without a single value, pattern, length or range: EC2's and S3's say nothing
#: about ids, address ranges, ports and policies, which the sandbox's own rules know.
NOTHING_SAID = {
    "aws:ec2/internetGateway:InternetGateway",
    "aws:ec2/route:Route",
    "aws:ec2/routeTable:RouteTable",
    "aws:ec2/routeTableAssociation:RouteTableAssociation",
    "aws:ec2/securityGroup:SecurityGroup",
    "aws:ec2/subnet:Subnet",
    "aws:s3/bucketPolicy:BucketPolicy",
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
    "aws:sns/topic:Topic",
    "aws:sns/topicPolicy:TopicPolicy",
    "aws:sns/topicSubscription:TopicSubscription",
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
}


def used() -> set[str]:
    """Every type of AWS in the golden graphs."""
    lines = [line for file in GRAPHS.glob("*aws*.yaml") for line in file.read_text(encoding="utf-8").splitlines()]
    return {line.partition(" ")[0] for line in lines if line.startswith("aws:")}


def test_every_type_that_the_components_use_has_its_call_in_the_table() -> None:
    assert len(used()) >= 30
    assert used() <= OPERATIONS.keys()


def test_a_type_without_limits_is_one_of_those_that_the_models_say_nothing_about() -> None:
    assert {token for token in OPERATIONS if not limits_of(token)} == NOTHING_SAID
    # An internet gateway's call takes nothing but tags: the provider attaches it to its VPC by another call.
    unmatched = {token for token in NOTHING_SAID if not derived(token).matched}
    assert unmatched == {"aws:ec2/internetGateway:InternetGateway"}


def test_the_mapping_reaches_as_much_as_it_did() -> None:
    """A renamed call or member would lose limits without a sound."""
    assert sum(len(limits_of(token)) for token in OPERATIONS) >= 110
    assert sum(len(derived(token).matched) for token in OPERATIONS) >= 450
    assert len(limits_of("aws:ec2/launchTemplate:LaunchTemplate")) >= 30
    assert len(limits_of("aws:eks/nodeGroup:NodeGroup")) >= 18


def test_patterns_that_python_cannot_compile_are_counted() -> None:
    # Auto Scaling writes what XML may hold as pairs of surrogates, for the four texts of a scheduled action.
    skipped = {token: len(derived(token).skipped) for token in OPERATIONS if derived(token).skipped}
    assert skipped == {"aws:autoscaling/schedule:Schedule": 4}


def test_what_the_table_renames_or_leaves_out_is_there() -> None:
    for token, operation in OPERATIONS.items():
        assert set(operation.renamed) <= derived(token).matched, token
        assert not set(operation.left_out) & derived(token).matched, token


@pytest.mark.parametrize(
    ("token", "path", "limit"),
    [
        (
            "aws:eks/nodeGroup:NodeGroup",
            "capacityType",
            Limit("botocore eks CreateNodegroup.capacityType", values=("ON_DEMAND", "SPOT", "CAPACITY_BLOCK")),
        ),
        (
            "aws:eks/nodeGroup:NodeGroup",
            "taints.key",
            Limit("botocore eks CreateNodegroup.taints.key", shortest=1, longest=63),
        ),
        (
            "aws:eks/nodeGroup:NodeGroup",
            "updateConfig.maxUnavailablePercentage",
            Limit("botocore eks CreateNodegroup.updateConfig.maxUnavailablePercentage", least=1, most=100),
        ),
        (
            "aws:eks/cluster:Cluster",
            "enabledClusterLogTypes[]",
            Limit(
                "botocore eks CreateCluster.enabledClusterLogTypes",
                values=("api", "audit", "authenticator", "controllerManager", "scheduler"),
            ),
        ),
        (
            "aws:iam/role:Role",
            "maxSessionDuration",
            Limit("botocore iam CreateRole.maxSessionDuration", least=3600, most=43200),
        ),
        (
            "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
            "policyArn",
            Limit("botocore iam AttachRolePolicy.policyArn", shortest=20, longest=2048),
        ),
        (
            "aws:cloudwatch/logGroup:LogGroup",
            "name",
            Limit("botocore logs CreateLogGroup.name", pattern=r"[\.\-_/#A-Za-z0-9]+", longest=512),
        ),
        (
            "aws:ec2/launchTemplate:LaunchTemplate",
            "metadataOptions.httpTokens",
            Limit("botocore ec2 CreateLaunchTemplate.metadataOptions.httpTokens", values=("optional", "required")),
        ),
        (
            "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
            "rules.status",
            Limit("botocore s3 PutBucketLifecycleConfiguration.rules.status", values=("Enabled", "Disabled")),
        ),
    ],
)
def test_a_limit_is_the_models_own(token: str, path: str, limit: Limit) -> None:
    assert limits_of(token)[path] == limit


def test_the_machine_types_are_those_of_the_catalog_and_more() -> None:
    values = limits_of("aws:ec2/launchTemplate:LaunchTemplate")["instanceType"].values
    assert len(values) > 1000
    assert {"p5.48xlarge", "p6-b300.48xlarge", "g6.xlarge", "m6i.large"} <= set(values)


def test_the_sandbox_holds_values_against_them() -> None:
    found = check(BEHAVIOUR.limits("aws:eks/nodeGroup:NodeGroup"), {"taints": [{"key": "k", "effect": "NoSchedule"}]})
    assert [path for path, _ in found] == ["taints[0].effect"]
    assert BEHAVIOUR.limits("aws:sqs/queue:Queue") == {}


def test_the_models_are_read_when_they_are_asked_for_and_not_at_the_start() -> None:
    program = "import sys, wayfare.sandbox.server as s; print(sorted({'botocore', 'pulumi_aws'} & set(sys.modules)))"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert ran.stdout.strip() == "[]"
