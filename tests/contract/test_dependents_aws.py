"""What AWS would not delete while something depends on it, in a cluster that the components declared."""

from collections.abc import Generator
from pathlib import Path

import pytest

from tests.contract.dry_run import DryRun, dry_run
from tests.golden.cases import TRAINING, request
from wayfare.blueprints import CloudName
from wayfare.sandbox.behaviour import Refused
from wayfare.sandbox.checks import Subject

VPC, SUBNET = "aws:ec2/vpc:Vpc", "aws:ec2/subnet:Subnet"
NODE_GROUP, CLUSTER = "aws:eks/nodeGroup:NodeGroup", "aws:eks/cluster:Cluster"

#: Types in an order in which AWS lets everything go: each before what it stands on.
ORDER = (
    *("aws:autoscaling/schedule:Schedule", "aws:fsx/lustreFileSystem:LustreFileSystem", "aws:ec2/flowLog:FlowLog"),
    *("aws:eks/podIdentityAssociation:PodIdentityAssociation", "aws:eks/addon:Addon", NODE_GROUP),
    *("aws:ec2/launchTemplate:LaunchTemplate", "aws:eks/accessPolicyAssociation:AccessPolicyAssociation"),
    *("aws:eks/accessEntry:AccessEntry", CLUSTER, "aws:cloudwatch/logGroup:LogGroup"),
    *("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "aws:iam/rolePolicy:RolePolicy", "aws:iam/role:Role"),
    *("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "aws:ec2/vpcEndpoint:VpcEndpoint"),
    *("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", "aws:ec2/securityGroup:SecurityGroup"),
    *("aws:ec2/route:Route", "aws:ec2/routeTableAssociation:RouteTableAssociation", "aws:ec2/routeTable:RouteTable"),
    *("aws:ec2/natGateway:NatGateway", "aws:ec2/eip:Eip", "aws:ec2/internetGateway:InternetGateway", SUBNET, VPC),
    *("aws:ec2/capacityReservation:CapacityReservation", "aws:ec2/placementGroup:PlacementGroup"),
    "aws:s3/bucket:Bucket",
)


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sandbox")


@pytest.fixture(scope="module")
def cluster(directory: Path) -> Generator[DryRun]:
    with dry_run(directory, request(CloudName.AWS, TRAINING)) as run:
        assert run.refusals == []
        yield run


def ids(run: DryRun, type: str) -> list[str]:
    """What was made of a type."""
    return [id for made, id in run.made if made == type]


def held(run: DryRun, type: str, id: str) -> bool:
    """Whether the sandboxed cloud still has it."""
    return run.clouds["aws"].find(Subject(type, "urn", "x", {"region": run.region}), id, {}) is not None


@pytest.mark.parametrize(
    ("type", "said"),
    [
        (VPC, "DependencyViolation: The vpc 'vpc-"),
        (SUBNET, "DependencyViolation: The subnet 'subnet-"),
        ("aws:ec2/securityGroup:SecurityGroup", "has a dependent object"),
        ("aws:ec2/internetGateway:InternetGateway", "has some mapped public address(es)"),
        ("aws:ec2/routeTable:RouteTable", "DependencyViolation: The routeTable 'rtb-"),
        ("aws:ec2/eip:Eip", "InvalidIPAddress.InUse"),
        ("aws:ec2/placementGroup:PlacementGroup", "is in use and may not be deleted"),
        ("aws:iam/role:Role", "DeleteConflict: Cannot delete entity, must detach all policies first."),
        (CLUSTER, "ResourceInUseException: Cluster has nodegroups attached"),
    ],
)
def test_what_others_stand_on_stays(cluster: DryRun, type: str, said: str) -> None:
    found = ids(cluster, type)
    assert found
    for id in found:
        with pytest.raises(Refused) as refused:
            cluster.delete(type, id)
        assert said in str(refused.value)


def test_a_bucket_stays_while_it_holds_data(cluster: DryRun, directory: Path) -> None:
    (bucket,) = ids(cluster, "aws:s3/bucket:Bucket")
    data = directory / "buckets" / "aws" / bucket
    (data / "step-1").write_text("weights")
    with pytest.raises(Refused, match=r"BucketNotEmpty: .* You must delete all versions in the bucket"):
        cluster.delete("aws:s3/bucket:Bucket", bucket)
    (data / "step-1").unlink()


def test_all_of_it_goes_in_the_right_order(tmp_path: Path) -> None:
    with dry_run(tmp_path, request(CloudName.AWS, TRAINING)) as run:
        for type in ORDER:
            for id in ids(run, type):
                run.delete(type, id)
        # What is set on a bucket goes with it.
        made = [(type, id) for type, id in run.made if type.startswith("aws:") and "s3/bucket" not in type]
        assert made
        assert [each for each in made if held(run, *each)] == []
