"""Requests with wishes for the platform on AWS, and what is in an account already."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from tests.contract.dry_run import DryRun, MadeOne
from tests.golden.cases import INFERENCE, request
from wayfare.blueprints import CloudName
from wayfare.components.aws.bootstrap_plan import key_policy
from wayfare.components.contract import Request
from wayfare.sandbox.checks import Subject

AWS = CloudName.AWS
TAGGED = "aws:resourcegroupstaggingapi/getResources:getResources"
CLUSTER, NODES = "aws:eks/cluster:Cluster", "aws:eks/nodeGroup:NodeGroup"


def wish(blueprint: str = INFERENCE, **spec: Any) -> Request:
    """What a library blueprint asks for with other wishes."""
    asked = request(AWS, blueprint)
    wanted = asked.blueprint.model_dump(mode="json", by_alias=True, exclude_unset=True)
    model = type(asked.blueprint).model_validate({**wanted, "spec": {**wanted["spec"], **spec}}, strict=False)
    return replace(asked, blueprint=model)


def of(run: DryRun, type: str, name: str = "") -> list[MadeOne]:
    """What was made of a type."""
    assert run.refusals == []
    return [row for row in run.resources if row.type == type and row.name.endswith(name)]


def policy(row: MadeOne, key: str = "policy") -> list[dict[str, Any]]:
    """The statements of a policy."""
    return json.loads(row.inputs[key])["Statement"]


PRIVATE = {
    "access": {"api": "private", "allow": ["10.20.0.0/16"]},
    "network": {
        "existing": [
            {
                "cloud": "aws",
                "region": "us-east-1",
                "vpc": "vpc-0a1b2c3d4e5f60718",
                "clusterSubnets": ["subnet-0a1b2c3d4e5f60001", "subnet-0a1b2c3d4e5f60002"],
                "acceleratorSubnets": {"us-east-1a": "subnet-0a1b2c3d4e5f60003"},
                "reach": "10.20.0.2:443",
            }
        ]
    },
}


def with_network(run: DryRun) -> list[str]:
    """Make somebody else's network in the account; its ids, the VPC's first."""
    vpc = run.make(
        "aws:ec2/vpc:Vpc",
        "theirs",
        {"cidrBlock": "10.200.0.0/16", "enableDnsSupport": True, "enableDnsHostnames": True},
    )
    places = (("a", "10.200.0.0/20"), ("b", "10.200.16.0/20"), ("a", "10.200.64.0/18"))
    subnet = "aws:ec2/subnet:Subnet"
    return [
        vpc,
        *(
            run.make(subnet, cidr, {"vpcId": vpc, "cidrBlock": cidr, "availabilityZone": f"us-east-1{zone}"})
            for zone, cidr in places
        ),
    ]


WATCHED = {"metrics": "managed", "notify": ["oncall@example.com", "platform@example.com"]}


def with_key(run: DryRun) -> None:
    """What `wayfare bootstrap` leaves in the account."""
    region, account = "us-east-1", "123456789012"
    policy = key_policy(account, region)
    key = run.make("aws:kms/key:Key", "key", {"policy": policy, "enableKeyRotation": True, "region": region})
    run.make("aws:kms/alias:Alias", "alias", {"name": "alias/wayfare", "targetKeyId": key, "region": region})


def update(run: DryRun, row: MadeOne, inputs: dict[str, Any]) -> None:
    """Change something that was made. Raises `Refused`."""
    subject = Subject(row.type, row.urn, row.name, {"region": run.region})
    with run.clock.call():
        run.clouds["aws"].update(subject, row.id, row.inputs, inputs)


def statements(rows: Sequence[MadeOne], sid: str) -> dict[str, Any]:
    """The statement of that name."""
    (found,) = (each for row in rows for each in policy(row) if each.get("Sid") == sid)
    return found
