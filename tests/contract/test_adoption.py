"""A resource whose maker died is found: the id that is told from what was asked for is the one that it has."""

from pathlib import Path

import pytest

from tests.contract.dry_run import DryRun, dry_run
from tests.golden.cases import BLUEPRINTS, request
from wayfare.blueprints import CloudName
from wayfare.components.adoption import by_template
from wayfare.components.aws import adoption as aws
from wayfare.components.azure import adoption as azure
from wayfare.components.contract import Lost
from wayfare.components.gcp import adoption as gcp
from wayfare.sandbox.packages import PACKAGE_OF

TAGGED = "aws:resourcegroupstaggingapi/getResources:getResources"

#: Asked of the account and not told from inputs: the id of what joins a subnet to its routes.
ASKED = {"aws:ec2/routeTableAssociation:RouteTableAssociation"}


def told(run: DryRun, cloud: CloudName) -> dict[str, str]:
    """The ids that a cloud's package tells, by URN."""
    lost = [Lost(row.urn, row.type, row.name, row.inputs) for row in run.resources]
    account = run.clouds[PACKAGE_OF[cloud]].behaviour.account
    match cloud:
        case CloudName.AWS:
            found = by_template(aws.BY_NAME, lost)
            found |= {row.urn: id for row in lost if (id := aws.route_id(row)) is not None}
            tagged = run.clouds["aws"].invoke(TAGGED, {"tagFilters": []}, {"region": run.region})
            for row in tagged["resourceTagMappingLists"]:
                found |= aws.by_tag(row["resourceArn"], row["tags"].get("Name", ""), lost)
            return found
        case CloudName.AZURE:
            return by_template(azure.BY_NAME, lost, subscription=account["subscriptionId"])
        case CloudName.GCP:
            return gcp.named(lost, account["project"])


@pytest.mark.parametrize("blueprint", BLUEPRINTS)
@pytest.mark.parametrize("cloud", list(CloudName))
def test_every_resource_is_found_by_what_was_asked_for(tmp_path: Path, cloud: CloudName, blueprint: str) -> None:
    with dry_run(tmp_path, request(cloud, blueprint)) as run:
        assert run.refusals == []
        wanted = {row.urn: row.id for row in run.resources if row.type not in ASKED}
        assert {urn: id.lower() for urn, id in told(run, cloud).items()} == {
            urn: id.lower() for urn, id in wanted.items()
        }


def test_what_was_not_known_tells_no_id() -> None:
    pool = Lost("urn", "aws:eks/nodeGroup:NodeGroup", "pool", {"nodeGroupName": "accelerator"})
    assert by_template(aws.BY_NAME, [pool]) == {}
