"""The sandbox's inventory shows whatever says whose it is: what it left out would count as gone."""

from pathlib import Path

import pytest

from tests.contract.dry_run import DryRun, MadeOne, dry_run
from tests.golden.cases import BLUEPRINTS, request
from wayfare.blueprints import CloudName
from wayfare.components.azure.account import search_query
from wayfare.components.contract import Request
from wayfare.sandbox.packages import PACKAGE_OF

TAGGED = "aws:resourcegroupstaggingapi/getResources:getResources"
ASSETS = "gcp:cloudasset/getSearchAllResources:getSearchAllResources"
GRAPH = "providers/Microsoft.ResourceGraph/resources"

#: Tagged, and found otherwise: roles by their path, a pool and what AKS makes with their cluster.
OTHERWISE = ("aws:iam/role:Role", "azure-native:containerservice:AgentPool")


def carries(row: MadeOne) -> bool:
    """Whether a resource names its cluster where its own tags are."""
    places = (row.inputs.get(name) for name in ("tags", "labels", "resourceLabels"))
    return any(isinstance(place, dict) and "wayfare-cluster" in place for place in places)


def shown(run: DryRun, asked: Request) -> list[str]:
    """How the inventory names what it shows of a cluster."""
    cloud = run.clouds[PACKAGE_OF[asked.placement.cloud]]
    match asked.placement.cloud:
        case CloudName.AWS:
            tags = [{"key": "wayfare-cluster", "values": [asked.name]}]
            found = cloud.invoke(TAGGED, {"tagFilters": tags}, {"region": run.region})
            return [row["resourceArn"] for row in found["resourceTagMappingLists"]]
        case CloudName.AZURE:
            found = cloud.rest("POST", GRAPH, {"query": search_query(asked.name, run.region)})
            return [row["id"] for row in found["data"]]
        case CloudName.GCP:
            found = cloud.invoke(ASSETS, {"query": f'labels.wayfare-cluster="{asked.name}"'}, {})
            return [row["name"] for row in found["results"]]


@pytest.mark.parametrize("blueprint", BLUEPRINTS)
@pytest.mark.parametrize("cloud", CloudName)
def test_what_says_whose_it_is_is_in_the_inventory(tmp_path: Path, cloud: CloudName, blueprint: str) -> None:
    asked = request(cloud, blueprint)
    with dry_run(tmp_path, asked) as run:
        tagged = [row for row in run.resources if carries(row) and row.type not in OTHERWISE]
        listed = [name.lower() for name in shown(run, asked)]
        assert tagged
        assert [row.urn for row in tagged if not any(_names(row, name) for name in listed)] == []


def _names(row: MadeOne, listed: str) -> bool:
    """Its id, a path that ends in its whole id, or an ARN that is among its outputs."""
    id, known = row.id.lower(), {str(value).lower() for value in row.outputs.values()}
    return listed == id or listed in known or listed.endswith(f"/{id}")
