"""AWS's plans, failure texts and catalog, and that every resource of a plan is declared."""

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Network
from typing import Any, cast

import pulumi
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pulumi.runtime.mocks import MockCallArgs, MockResourceArgs, Mocks

from tests.mocked import run_with_mocks
from wayfare.blueprints import (
    Accelerator,
    AcceleratorName,
    Checkpoints,
    CloudName,
    Purchase,
    TrainingCluster,
    TrainingSpec,
)
from wayfare.blueprints.models import Metadata, Storage
from wayfare.blueprints.workloads import TrainingWorkload
from wayfare.components.aws import CLOUD
from wayfare.components.aws.account import item
from wayfare.components.aws.failures import RULES
from wayfare.components.aws.plan import AwsPlan
from wayfare.components.aws.planning import plan
from wayfare.components.aws.planning_compute import interfaces, user_data
from wayfare.components.catalog import MachineType, Sale, shipped_catalog
from wayfare.components.contract import Holding, NotFeasible, Placement, Request
from wayfare.components.failures import FailureKind, Scope, classify

CATALOG = shipped_catalog()[CloudName.AWS]
UNTIL = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def request(
    machine: str = "p5.48xlarge",
    zone: str = "us-east-1a",
    purchase: Purchase = Purchase.ON_DEMAND,
    holding: Holding = Holding.HELD,
    name: str = "llm-pretrain",
    nodes: int = 4,
    checkpoints: Checkpoints | None = None,
) -> Request:
    row = CATALOG.machine_type(machine)
    accelerator = Accelerator(name=row.accelerator, per_node=row.accelerators, nodes=nodes)
    blueprint = TrainingCluster(
        api_version="wayfare.dev/v1",
        kind="TrainingCluster",
        metadata=Metadata(name=name, labels={"team": "research"}),
        spec=TrainingSpec.model_validate(
            {
                "accelerators": (accelerator,),
                "access": {"allow": ("203.0.113.0/24",)},
                "workload": TrainingWorkload(image="registry.example/train:1.4"),
                "storage": Storage(checkpoints=checkpoints or Checkpoints()),
            }
        ),
    )
    placement = Placement(CloudName.AWS, zone[:-1], zone, machine, purchase)
    return Request(blueprint, "0123456789abcdef" * 4, placement, row, accelerator, holding, UNTIL)


def sold(row: MachineType) -> bool:
    return row.sells(Purchase.ON_DEMAND)


MACHINES = st.sampled_from([row for row in CATALOG.machine_types if sold(row)])
NAMES = st.from_regex(r"^[a-z]([a-z0-9-]{0,22}[a-z0-9])?\Z")


@given(machine=MACHINES, nodes=st.integers(1, 512), name=NAMES, region=st.sampled_from(CATALOG.regions))
def test_a_plan_has_every_accelerator_and_names_within_the_limits(
    machine: MachineType, nodes: int, name: str, region: object
) -> None:
    region_name = getattr(region, "name", "")
    made = plan(request(machine.name, f"{region_name}a", nodes=nodes, name=name))
    pool, capacity = made.accelerator_pool, made.capacity
    assert pool.nodes == nodes
    assert capacity.reservation is not None
    assert capacity.reservation.nodes == nodes
    assert list(made.pods.accelerators.values()) == [machine.accelerators]
    assert max(map(len, (made.control_plane.role, made.control_plane.node_role, made.identity.role))) <= 64
    assert len(made.control_plane.name) <= 100
    assert len(f"{made.bucket.prefix}-123456789012-{made.bucket.region}") <= 63
    assert capacity.placement_group is not None
    assert len(capacity.placement_group) <= 255
    assert len(pool.template) <= 128


def unchanged(made: AwsPlan) -> tuple[object, ...]:
    return (made.network, made.control_plane, made.system_pool, made.bucket, made.identity)


@pytest.mark.parametrize(
    "other",
    [
        request(zone="us-east-1c"),
        request(machine="p5en.48xlarge"),
        request(machine="g6.xlarge"),
        request(purchase=Purchase.SPOT, holding=Holding.NONE),
        request(holding=Holding.RELEASED),
    ],
    ids=["zone", "machine type", "smaller machine type", "purchase", "released"],
)
def test_another_placement_in_the_region_changes_capacity_and_pool_alone(other: Request) -> None:
    first = plan(request())
    # Another machine type stands in the blueprint's accelerators, not in what the cluster is made of.
    assert unchanged(plan(other)) == unchanged(first)


def test_releasing_the_capacity_leaves_the_pool_and_its_placement_group_as_they_are() -> None:
    held, released = plan(request()), plan(request(holding=Holding.RELEASED))
    assert held.capacity.reservation is not None
    assert released.capacity == replace(held.capacity, reservation=None)
    assert released.accelerator_pool == held.accelerator_pool


def test_a_new_digest_does_not_reach_the_launch_templates() -> None:
    first = plan(request())
    second = plan(replace(request(), digest="f" * 64))
    assert second.accelerator_pool.instance_tags == first.accelerator_pool.instance_tags
    assert second.accelerator_pool.tags != first.accelerator_pool.tags


def test_the_reservation_ends_by_itself() -> None:
    reservation = plan(request()).capacity.reservation
    assert reservation is not None
    assert reservation.end_date == "2026-11-24T12:00:00Z"


def test_one_inference_node_needs_no_placement_group() -> None:
    training = plan(request(nodes=1))
    assert training.capacity.placement_group is not None
    inference = request(nodes=1)
    object.__setattr__(inference.blueprint, "kind", "InferenceCluster")
    assert plan(inference).capacity.placement_group is None


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        (request(purchase=Purchase.SPOT, holding=Holding.HELD), "cannot hold"),
        (replace(request(), placement=replace(request().placement, zone="eu-west-1a")), "is not a zone"),
        (
            replace(request(), accelerator=Accelerator(name=AcceleratorName.H100, per_node=4, nodes=1)),
            "has 8 H100, not 4",
        ),
    ],
)
def test_what_aws_cannot_do_is_not_feasible(changed: Request, reason: str) -> None:
    with pytest.raises(NotFeasible, match=reason):
        plan(changed)


def test_a_machine_type_that_is_sold_in_blocks_alone_is_not_feasible() -> None:
    with pytest.raises(NotFeasible, match=r"does not sell p5e\.48xlarge"):
        plan(request("p5e.48xlarge", "us-east-2a"))


@given(machine=st.sampled_from(CATALOG.machine_types))
def test_each_card_with_the_fabric_has_one_interface_for_it(machine: MachineType) -> None:
    made = interfaces(machine)
    assert (made[0].card, made[0].device, made[0].kind) == (0, 0, "interface")
    assert len(made) == 1 + machine.fabric_interfaces
    assert len({(each.card, each.device) for each in made}) == len(made)
    assert {each.kind for each in made[1:]} <= {"efa-only"}
    assert all(each.card < machine.network_cards for each in made)


def test_card_0_of_p6_b300_has_no_fabric() -> None:
    made = interfaces(CATALOG.machine_type("p6-b300.48xlarge"))
    assert [(each.card, each.device, each.kind) for each in made[:3]] == [
        (0, 0, "interface"),
        (1, 0, "efa-only"),
        (2, 0, "efa-only"),
    ]
    assert made[-1].card == 16


def test_subnets_are_apart_from_each_other_and_from_the_services() -> None:
    made = plan(request())
    texts = [*made.network.cluster_subnets, made.network.public_subnet, made.accelerator_pool.subnet]
    subnets = [IPv4Network(text) for text in texts]
    assert all(subnet.subnet_of(IPv4Network(made.network.cidr)) for subnet in subnets)
    assert not any(a.overlaps(b) for a in subnets for b in subnets if a is not b)
    assert not IPv4Network(made.control_plane.services).overlaps(IPv4Network(made.network.cidr))


def test_user_data_is_mime_with_a_node_configuration() -> None:
    text = user_data()
    assert text.startswith("MIME-Version: 1.0\n")
    assert "strategy: RAID0" in text
    assert plan(request()).accelerator_pool.user_data == base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    ("keep", "expire", "days", "force"),
    [("durable", None, None, False), ("scratch", timedelta(days=30), 30, True)],
)
def test_the_bucket_keeps_what_is_durable(keep: str, expire: timedelta | None, days: int | None, force: bool) -> None:
    checkpoints = Checkpoints.model_validate({"keep": keep, "expire_after": expire})
    bucket = plan(request(checkpoints=checkpoints)).bucket
    assert (bucket.expire_days, bucket.force_destroy, bucket.versioned) == (days, force, not force)


def test_the_provider_gives_up_soon_when_there_is_no_capacity() -> None:
    assert CLOUD.configuration("us-east-1") == {"aws:region": "us-east-1", "aws:maxRetries": "5"}


def test_spot_cannot_be_held_and_blocks_are_not_bought() -> None:
    for row in CATALOG.machine_types:
        assert Sale.SPOT not in row.holdable
        assert Sale.BLOCK not in row.holdable
        assert set(row.holdable) <= set(row.sales)
        assert set(row.regions) <= {region.name for region in CATALOG.regions}


_API = "operation error EC2: CreateCapacityReservation, https response error StatusCode: {}, RequestID: 1, api error {}"
_POOL = (
    "1 error occurred:\n\t* waiting for EKS Node Group (llm:accelerator) create: unexpected state 'CREATE_FAILED', "
    "wanted target 'ACTIVE'. last error: eks-accelerator-3ec2: AsgInstanceLaunchFailures: {}"
)


@pytest.mark.parametrize(
    ("message", "kind", "scope"),
    [
        (_API.format(500, "InsufficientInstanceCapacity: Insufficient capacity."), FailureKind.STOCKOUT, Scope.ZONE),
        (
            _API.format(
                400, "VcpuLimitExceeded: You have requested more vCPU capacity than your current vCPU limit of 0"
            ),
            FailureKind.QUOTA,
            Scope.FAMILY,
        ),
        (
            _POOL.format(
                "Could not launch On-Demand Instances. InsufficientInstanceCapacity - We currently do not have "
                "sufficient p5.48xlarge capacity in the Availability Zone you requested (us-east-1a). Our system will "
                "be working on provisioning additional capacity. Launching EC2 instance failed."
            ),
            FailureKind.STOCKOUT,
            Scope.ZONE,
        ),
        (
            _POOL.format(
                "Could not launch Spot Instances. UnfulfillableCapacity - Unable to fulfill capacity due to your "
                "request configuration. Please adjust your request and try again. Launching EC2 instance failed."
            ),
            FailureKind.STOCKOUT,
            Scope.ZONE,
        ),
        (
            _POOL.format(
                "Could not launch Spot Instances. InsufficientInstanceCapacity - There is no Spot capacity available "
                "that matches your request. Launching EC2 instance failed."
            ),
            FailureKind.STOCKOUT,
            Scope.ZONE,
        ),
        (
            _POOL.format(
                "Could not launch On-Demand Instances. VcpuLimitExceeded - You have requested more vCPU capacity"
            ),
            FailureKind.QUOTA,
            Scope.FAMILY,
        ),
        (
            _POOL.format("You've reached your quota for maximum Fleet Requests for this account."),
            FailureKind.QUOTA,
            Scope.REGION,
        ),
        (
            _POOL.format(
                "Could not launch Spot Instances. InvalidFleetConfiguration - Your requested instance type "
                "(p3.8xlarge) is not supported in your requested Availability Zone (us-east-2c)."
            ),
            FailureKind.NOT_OFFERED,
            Scope.ZONE,
        ),
        (
            "api error ReservationCapacityExceeded: The requested reservation does not have sufficient compatible and "
            "available capacity for this request.",
            FailureKind.RESERVATION_FULL,
            Scope.ZONE,
        ),
        (
            "UnsupportedAvailabilityZoneException: Cannot create cluster because us-east-1e, the targeted availability "
            "zone, does not currently have sufficient capacity to support the cluster.",
            FailureKind.NOT_OFFERED,
            Scope.REGION,
        ),
        (
            _POOL.format("Ec2SubnetInvalidConfiguration ... InsufficientFreeAddressesInSubnet"),
            FailureKind.ADDRESS_SPACE,
            Scope.ZONE,
        ),
        (
            _API.format(403, "UnauthorizedOperation: You are not authorized to perform this operation."),
            FailureKind.CREDENTIALS,
            Scope.ZONE,
        ),
        (
            "api error AuthFailure: AWS was not able to validate the provided access credentials",
            FailureKind.CREDENTIALS,
            Scope.ZONE,
        ),
        (_API.format(503, "RequestLimitExceeded: Request limit exceeded."), FailureKind.TRANSIENT, Scope.ZONE),
        (_API.format(500, "InternalError: An internal error has occurred"), FailureKind.TRANSIENT, Scope.ZONE),
        (
            "StatusCode: 409, api error BucketNotEmpty: The bucket you tried to delete is not empty",
            FailureKind.UNKNOWN,
            Scope.ZONE,
        ),
        (
            "NodeCreationFailure: Instances failed to join the kubernetes cluster",
            FailureKind.UNKNOWN,
            Scope.ZONE,
        ),
        (
            _API.format(400, "InvalidParameterValue: Invalid value for parameter endDate"),
            FailureKind.UNKNOWN,
            Scope.ZONE,
        ),
    ],
)
def test_what_aws_says_is_understood(message: str, kind: FailureKind, scope: Scope) -> None:
    meaning = classify(message, RULES)
    assert (meaning.kind, meaning.scope) == (kind, scope)


def test_inventory_names_kinds_by_arn() -> None:
    arns = [
        ("arn:aws:ec2:us-east-1:123456789012:vpc/vpc-1", "ec2:vpc"),
        ("arn:aws:logs:us-east-1:123456789012:log-group:/aws/eks/x/cluster", "logs:log-group"),
        ("arn:aws:s3:::llm-1", "s3:bucket"),
        ("arn:aws:iam::123456789012:role/wayfare/us-east-1/llm/node", "iam:role"),
    ]
    assert [item(arn, {}).kind for arn, _ in arns] == [kind for _, kind in arns]
    assert item("arn:aws:s3:::llm-1", {"wayfare-keep": "durable"}).retained
    assert not item("arn:aws:s3:::llm-1", {"wayfare-keep": "scratch"}).retained


class Account(Mocks):
    """Gives every resource an id and answers the functions that components ask."""

    def __init__(self) -> None:
        self.made: dict[str, tuple[str, dict[str, Any]]] = {}

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        inputs = cast("dict[str, Any]", args.inputs)  # pyright: ignore[reportUnknownMemberType] - untyped
        self.made[f"{args.typ}/{args.name}"] = (args.typ, inputs)
        outputs: dict[str, Any] = {"arn": f"arn:aws:x:us-east-1:123456789012:{args.name}", **inputs}
        if args.typ == "aws:eks/cluster:Cluster":
            outputs |= {"endpoint": "https://x", "certificateAuthority": {"data": "eA=="}}
            outputs["identities"] = [{"oidcs": [{"issuer": "https://oidc.eks.us-east-1.amazonaws.com/id/1"}]}]
            outputs["vpcConfig"] = {**inputs["vpcConfig"], "clusterSecurityGroupId": "sg-1"}
        if args.typ == "aws:ec2/launchTemplate:LaunchTemplate":
            outputs["latestVersion"] = 1
        return f"{args.name}-id", outputs

    def call(self, args: MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]] | None]:
        answers: dict[str, dict[str, Any]] = {
            "aws:index/getAvailabilityZones:getAvailabilityZones": {"names": ["us-east-1a", "us-east-1b"]},
            "aws:index/getCallerIdentity:getCallerIdentity": {"accountId": "123456789012", "arn": "arn:aws:sts::1:x/y"},
            "aws:iam/getSessionContext:getSessionContext": {"issuerArn": "arn:aws:iam::123456789012:role/Admin"},
        }
        return answers[args.token], []


#: Types of AWS that have no tags.
UNTAGGED = {
    "aws:ec2/route:Route",
    "aws:ec2/routeTableAssociation:RouteTableAssociation",
    "aws:eks/accessPolicyAssociation:AccessPolicyAssociation",
    "aws:iam/rolePolicy:RolePolicy",
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
    "aws:s3/bucketPolicy:BucketPolicy",
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    "aws:s3/bucketVersioning:BucketVersioning",
}


def test_a_whole_cluster_is_declared_and_tagged() -> None:
    account, wanted = Account(), request()
    seen: list[str] = []

    def declare() -> None:
        built = CLOUD.build(plan(wanted), pulumi.ResourceOptions())
        pulumi.Output.all(built.kubeconfig, built.checkpoints).apply(seen.extend)

    run_with_mocks(account, declare)
    kubeconfig, checkpoints = seen
    assert json.loads(kubeconfig)["users"][0]["user"]["exec"]["command"] == "aws"
    assert checkpoints == f"s3://{wanted.resource_name}-123456789012-us-east-1"
    made = {key: each for key, each in account.made.items() if each[0].startswith("aws:")}
    assert all(key.partition("/")[2].rpartition("/")[2].startswith(wanted.name) for key in account.made)
    assert {kind for kind, inputs in made.values() if "tags" not in inputs} == UNTAGGED
    _, pool = account.made["aws:eks/nodeGroup:NodeGroup/llm-pretrain-accelerator-nodes"]
    assert pool["scalingConfig"] == {"minSize": 4, "desiredSize": 4, "maxSize": 4}
    _, template = account.made["aws:ec2/launchTemplate:LaunchTemplate/llm-pretrain-accelerator-template"]
    assert len(template["networkInterfaces"]) == 33
    assert template["placement"]["groupName"] == plan(wanted).capacity.placement_group
    assert "capacityReservationSpecification" not in template
