"""What the sandboxed AWS refuses, and in which words; ids and defaults are seen by the tests with the real engine."""

from collections.abc import Generator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from wayfare.components.aws.failures import RULES
from wayfare.components.catalog import shipped_catalog
from wayfare.components.failures import FailureKind, classify
from wayfare.sandbox import limits
from wayfare.sandbox.behaviour import UNKNOWN, Call, Nodes, Refused
from wayfare.sandbox.clock import VirtualClock
from wayfare.sandbox.clouds.aws import BEHAVIOUR
from wayfare.sandbox.clouds.aws.invokes import INVOKES
from wayfare.sandbox.ledger import Ledger
from wayfare.sandbox.store import Store
from wayfare.sandbox.view import View


@pytest.fixture
def view(tmp_path: Path) -> Generator[View]:
    store = Store(tmp_path)
    yield View("aws", store, Ledger(store, shipped_catalog()), VirtualClock())
    store.close()


def violations(view: View, token: str, **inputs: Any) -> list[str]:
    call = Call(token, "x", "urn", inputs, {"region": "us-east-1"}, view)
    check = BEHAVIOUR.rules[token].check
    assert check is not None
    return [path for path, _ in [*limits.check(BEHAVIOUR.limits(token), inputs), *check(call)]]


@pytest.mark.parametrize(
    ("token", "inputs", "paths"),
    [
        ("aws:ec2/vpc:Vpc", {"cidrBlock": "10.0.0.0/8"}, ["cidrBlock"]),
        ("aws:ec2/vpc:Vpc", {"cidrBlock": "10.0.1.0/16"}, ["cidrBlock"]),
        ("aws:ec2/vpc:Vpc", {"cidrBlock": UNKNOWN, "tags": {"aws:owner": "x"}}, ["tags.aws:owner"]),
        ("aws:ec2/vpc:Vpc", {"cidrBlock": "10.0.0.0/16", "tags": {str(n): "" for n in range(51)}}, ["tags"]),
        ("aws:ec2/placementGroup:PlacementGroup", {"strategy": "cluster", "partitionCount": 3}, ["partitionCount"]),
        ("aws:ec2/route:Route", {"destinationCidrBlock": "0.0.0.0/0"}, ["carrierGatewayId"]),
        (
            "aws:ec2/route:Route",
            {"destinationCidrBlock": "0.0.0.0/0", "gatewayId": "igw-1", "natGatewayId": UNKNOWN},
            ["natGatewayId"],
        ),
        ("aws:ec2/natGateway:NatGateway", {"connectivityType": "private", "allocationId": UNKNOWN}, ["allocationId"]),
        (
            "aws:ec2/launchTemplate:LaunchTemplate",
            {"blockDeviceMappings": [{"ebs": {"volumeType": "gp2", "throughput": 500, "volumeSize": 20000}}]},
            ["blockDeviceMappings[0].ebs.volumeSize", "blockDeviceMappings[0].ebs.throughput"],
        ),
        ("aws:ec2/launchTemplate:LaunchTemplate", {"userData": "#!/bin/bash"}, ["userData"]),
        ("aws:ec2/launchTemplate:LaunchTemplate", {"userData": UNKNOWN, "networkInterfaces": UNKNOWN}, []),
        (
            "aws:ec2/launchTemplate:LaunchTemplate",
            {"blockDeviceMappings": [{"ebs": {"volumeType": UNKNOWN, "throughput": 500}}]},
            [],
        ),
        ("aws:ec2/vpcEndpoint:VpcEndpoint", {"vpcEndpointType": UNKNOWN, "routeTableIds": ["rtb-1"]}, []),
        ("aws:ec2/vpcEndpoint:VpcEndpoint", {"subnetIds": ["subnet-1"]}, ["subnetIds"]),
        ("aws:ec2/natGateway:NatGateway", {"connectivityType": UNKNOWN, "allocationId": UNKNOWN}, []),
        ("aws:eks/nodeGroup:NodeGroup", {"launchTemplate": UNKNOWN, "scalingConfig": UNKNOWN, "taints": UNKNOWN}, []),
        (
            "aws:ec2/launchTemplate:LaunchTemplate",
            {"metadataOptions": {"httpPutResponseHopLimit": 65}},
            ["metadataOptions.httpPutResponseHopLimit"],
        ),
        (
            "aws:ec2/launchTemplate:LaunchTemplate",
            {"tagSpecifications": [{"resourceType": "subnet"}]},
            ["tagSpecifications[0].resourceType"],
        ),
        (
            "aws:eks/addon:Addon",
            {"addonVersion": "1.19", "resolveConflictsOnCreate": "PRESERVE"},
            ["resolveConflictsOnCreate", "addonVersion"],
        ),
        ("aws:eks/addon:Addon", {"addonVersion": "v1.19.2-eksbuild.5", "resolveConflictsOnUpdate": "PRESERVE"}, []),
        ("aws:eks/nodeGroup:NodeGroup", {"capacityType": "CAPACITY_BLOCK"}, ["capacityType"]),
        (
            "aws:eks/nodeGroup:NodeGroup",
            {"updateConfig": {"maxUnavailable": 1, "maxUnavailablePercentage": 50}},
            ["updateConfig.maxUnavailablePercentage"],
        ),
        (
            "aws:eks/cluster:Cluster",
            {"kubernetesNetworkConfig": {"serviceIpv4Cidr": "203.0.113.0/24"}},
            ["kubernetesNetworkConfig.serviceIpv4Cidr"],
        ),
        (
            "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
            {"rules": [{"id": "a", "status": "Enabled"}]},
            ["rules[0]"],
        ),
        (
            "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
            {
                "rules": [
                    {
                        "id": "a",
                        "status": "Enabled",
                        "transitions": [{"days": 7, "storageClass": "STANDARD_IA"}],
                        "expiration": {"days": 5},
                    }
                ]
            },
            ["rules[0].transitions[0].days", "rules[0].expiration.days"],
        ),
        ("aws:ec2/capacityReservation:CapacityReservation", {"endDate": "2026-11-24T12:00:00Z"}, ["endDate"]),
        ("aws:ec2/capacityReservation:CapacityReservation", {"endDateType": "limited", "endDate": UNKNOWN}, []),
        ("aws:ec2/capacityReservation:CapacityReservation", {"instancePlatform": "Linux"}, ["instancePlatform"]),
        (
            "aws:ec2/launchTemplate:LaunchTemplate",
            {"networkInterfaces": [{"interfaceType": "efaonly", "networkCardIndex": 0, "deviceIndex": 0}]},
            ["networkInterfaces[0].interfaceType"],
        ),
        (
            "aws:ec2/launchTemplate:LaunchTemplate",
            {"networkInterfaces": [{"interfaceType": "efa-only", "networkCardIndex": 0, "deviceIndex": 0}]},
            ["networkInterfaces[0].interfaceType"],
        ),
        (
            "aws:ec2/launchTemplate:LaunchTemplate",
            {"networkInterfaces": [{"networkCardIndex": 1}, {"networkCardIndex": 1}]},
            ["networkInterfaces[1].deviceIndex"],
        ),
        ("aws:eks/nodeGroup:NodeGroup", {"amiType": "AL2023_NVIDIA"}, ["amiType"]),
        ("aws:eks/nodeGroup:NodeGroup", {"taints": [{"key": "k", "effect": "NoSchedule"}]}, ["taints[0].effect"]),
        ("aws:eks/nodeGroup:NodeGroup", {"launchTemplate": {"id": "lt-1"}, "diskSize": 20}, ["diskSize"]),
        ("aws:iam/role:Role", {"name": "n" * 65, "assumeRolePolicy": "{"}, ["name", "assumeRolePolicy"]),
        ("aws:s3/bucket:Bucket", {"bucket": "Upper"}, ["bucket"]),
        (
            "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
            {"ipProtocol": "-1", "fromPort": 0, "referencedSecurityGroupId": "sg-1"},
            ["fromPort"],
        ),
    ],
)
def test_what_no_schema_knows_is_refused(view: View, token: str, inputs: dict[str, Any], paths: list[str]) -> None:
    assert violations(view, token, **inputs) == paths


@pytest.mark.parametrize("reserves", [True, False])
@pytest.mark.parametrize("purchase", ["on-demand", "spot"])
def test_its_own_words_are_understood(purchase: str, reserves: bool) -> None:
    nodes = Nodes("us-east-1a", "p5.48xlarge", purchase, 4, reserves)
    assert classify(BEHAVIOUR.stockout(nodes, "us-east-1"), RULES).kind is FailureKind.STOCKOUT
    assert classify(BEHAVIOUR.over_quota(nodes, "us-east-1", "P", 0, 768), RULES).kind is FailureKind.QUOTA


def test_zones_carry_the_ids_that_are_the_same_in_every_account(view: View) -> None:
    asked = INVOKES["aws:index/getAvailabilityZones:getAvailabilityZones"]
    answer = asked({"excludeZoneIds": ["use1-az3"]}, {"region": "us-east-1"}, view)
    assert answer["names"] == ["us-east-1a", "us-east-1b"]
    assert answer["zoneIds"] == ["use1-az1", "use1-az2"]
    assert asked({"region": "ap-northeast-1"}, {}, view)["zoneIds"][0] == "apne1-az1"


def test_a_zone_offers_what_the_catalog_says(view: View) -> None:
    asked = INVOKES["aws:ec2/getInstanceTypeOfferings:getInstanceTypeOfferings"]
    question = {"locationType": "availability-zone", "filters": [{"name": "instance-type", "values": ["p4d.24xlarge"]}]}
    assert len(asked({**question, "region": "us-east-1"}, {}, view)["locations"]) == 3
    assert asked({**question, "region": "eu-west-1"}, {}, view)["locations"] == []


def test_a_bucket_with_data_stays_unless_it_was_made_to_be_emptied(view: View, tmp_path: Path) -> None:
    rules = BEHAVIOUR.rules["aws:s3/bucket:Bucket"]
    assert rules.create is not None
    assert rules.delete is not None
    call = Call("aws:s3/bucket:Bucket", "x", "urn", {"bucket": "data"}, {"region": "us-east-1"}, view)
    made = rules.create(call)
    (tmp_path / "buckets" / "aws" / "data" / "step-1").write_text("weights")
    with pytest.raises(Refused, match="BucketNotEmpty: The bucket you tried to delete is not empty"):
        rules.delete(replace(call, id=made.id, outputs=made.outputs))
    assert not view.bucket_empty("data")
    rules.delete(replace(call, id=made.id, outputs={**made.outputs, "forceDestroy": True}))
    assert not (tmp_path / "buckets" / "aws" / "data").exists()
