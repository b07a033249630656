"""Mistakes in two resources at once, which only the launch of a node group brings together."""

from pathlib import Path

import pytest

from tests.contract.dry_run import Edit, Refusal, changed, dry_run
from tests.golden.cases import TRAINING, request
from wayfare.blueprints import CloudName, Purchase
from wayfare.sandbox.behaviour import Properties, Refused
from wayfare.sandbox.checks import Subject

TEMPLATE, NODES = "accelerator-template", "accelerator-nodes"
#: What holds the name of both.
NAMES = {"aws:ec2/launchTemplate:LaunchTemplate": "name", "aws:eks/nodeGroup:NodeGroup": "nodeGroupName"}


def refusals(directory: Path, edit: Edit, purchase: Purchase = Purchase.ON_DEMAND) -> list[Refusal]:
    with dry_run(directory, request(CloudName.AWS, TRAINING, purchase=purchase), edit) as run:
        return run.refusals


def own_group_only(_type: str, name: str, inputs: Properties) -> Properties:
    """The fabric's interfaces without the cluster's group, which EKS opens to itself."""
    if name.endswith(TEMPLATE):
        for index in range(1, len(inputs["networkInterfaces"])):
            inputs = changed(inputs, f"networkInterfaces[{index}].securityGroups[0]", ...)
    return inputs


def test_the_fabric_s_own_group_is_enough(tmp_path: Path) -> None:
    assert refusals(tmp_path, own_group_only) == []


@pytest.mark.parametrize("side", ["Ingress", "Egress"])
def test_a_fabric_that_is_open_to_all_addresses_is_not_open_to_itself(tmp_path: Path, side: str) -> None:
    """EFA's traffic has no address, so that a rule for 0.0.0.0/0 does not let it through."""

    def edit(type: str, name: str, inputs: Properties) -> Properties:
        if type.endswith(f":SecurityGroup{side}Rule"):
            inputs = changed(changed(inputs, "referencedSecurityGroupId", ...), "cidrIpv4", "0.0.0.0/0")
        return own_group_only(type, name, inputs)

    first = refusals(tmp_path, edit)[0]
    assert first.name.endswith(NODES)
    assert "Unresponsive receiver" in first.text


@pytest.mark.parametrize(
    ("purchase", "said"),
    [
        (Purchase.ON_DEMAND, "must be launched in the us-east-1a Availability Zone"),
        (Purchase.SPOT, "A cluster placement group can't span multiple Availability Zones."),
    ],
)
def test_a_placement_group_is_in_one_zone(tmp_path: Path, purchase: Purchase, said: str) -> None:
    """With a reservation the zone is taken already; without one the nodes themselves would take two."""
    elsewhere: list[str] = []

    def edit(type: str, name: str, inputs: Properties) -> Properties:
        if type.endswith(":RouteTableAssociation") and name.endswith("cluster-1"):
            elsewhere.append(inputs["subnetId"])
        if name.endswith(NODES):
            inputs = changed(inputs, f"subnetIds[{len(inputs['subnetIds'])}]", elsewhere[0])
        return inputs

    first = refusals(tmp_path, edit, purchase)[0]
    assert first.name.endswith(NODES)
    assert said in first.text


def test_a_capacity_block_needs_all_that_its_guide_asks_for(tmp_path: Path) -> None:
    """Market, reservation and machine type in the template; the capacity type, and no machine type, in the pool."""
    block = {
        "instanceMarketOptions": {"marketType": "capacity-block"},
        "capacityReservationSpecification": {
            "capacityReservationTarget": {"capacityReservationId": "cr-0a1b2c3d4e5f60718"}
        },
        "instanceType": "p5.48xlarge",
    }

    def said(missing: str, capacity: str = "CAPACITY_BLOCK") -> str:
        def edit(_type: str, name: str, inputs: Properties) -> Properties:
            if name.endswith(TEMPLATE):
                return inputs | {key: value for key, value in block.items() if key != missing}
            if name.endswith(NODES):
                return changed(changed(inputs, "instanceTypes", ...), "capacityType", capacity)
            return inputs

        directory = tmp_path / f"{missing or 'whole'}-{capacity}"
        directory.mkdir()
        found = refusals(directory, edit)
        return found[0].text if found else ""

    assert "with the market type capacity-block" in said("instanceMarketOptions")
    assert "with a capacity reservation id" in said("capacityReservationSpecification")
    assert "with an instance type" in said("instanceType")
    assert "The capacity type must be CAPACITY_BLOCK" in said("", "ON_DEMAND")


def test_a_gateway_must_be_there_before_a_nat_gateway(tmp_path: Path) -> None:
    def edit(type: str, name: str, inputs: Properties) -> Properties:
        if type.endswith(":InternetGateway"):
            return changed(inputs, "vpcId", ...)
        if type.endswith(":Route") and name.endswith("public"):
            return changed(inputs, "gatewayId", "local")
        return inputs

    first = refusals(tmp_path, edit)[0]
    assert first.name.endswith("network-nat")
    assert "Gateway.NotAttached" in first.text


def test_a_node_role_without_its_policies_makes_nodes_that_never_join(tmp_path: Path) -> None:
    def edit(_type: str, name: str, inputs: Properties) -> Properties:
        if name.endswith("AmazonEKSWorkerNodePolicy"):
            return inputs | {"policyArn": "arn:aws:iam::aws:policy/AmazonEKSClusterPolicy"}
        return inputs

    first = refusals(tmp_path, edit)[0]
    assert first.name.endswith("-nodes")
    assert "NodeCreationFailure" in first.text


def test_another_version_of_the_template_is_tried_as_the_first_one_was(tmp_path: Path) -> None:
    asked: dict[str, Properties] = {}

    def edit(type: str, name: str, inputs: Properties) -> Properties:
        if name.endswith((TEMPLATE, NODES)):
            asked[type] = inputs
        return inputs

    with dry_run(tmp_path, request(CloudName.AWS, TRAINING), edit) as run:
        cloud = run.clouds["aws"]

        def update(type: str, inputs: Properties) -> Properties:
            subject = Subject(type, "urn", "x", {"region": run.region})
            rows = [cloud.find(subject, id, {}) for made, id in run.made if made == type]
            (row,) = (row for row in rows if row is not None and row.inputs[NAMES[type]] == asked[type][NAMES[type]])
            with run.clock.call():
                return cloud.update(subject, row.id, asked[type], inputs)

        template, pool = asked
        labelled = update(pool, changed(asked[pool], "labels.more", "yes"))
        assert labelled["labels"] == {**asked[pool]["labels"], "more": "yes"}
        assert labelled["status"] == "ACTIVE"

        second = changed(asked[pool], "launchTemplate.version", "2")
        with pytest.raises(Refused, match=r"UpdateNodegroupVersion.* has no version 2"):
            update(pool, second)
        update(template, changed(asked[template], "placement.groupName", "elsewhere"))
        with pytest.raises(Refused, match="The Placement Group 'elsewhere' is unknown"):
            update(pool, second)
        update(template, changed(asked[template], "description", "as it was"))
        assert update(pool, changed(asked[pool], "launchTemplate.version", "3"))["launchTemplate"]["version"] == "3"
