"""Every resource has an owner, and says whose it is wherever it can."""

import re
from functools import cache

import pytest

from tests.golden.cases import PLACEMENTS, declared, of_type, request
from tests.golden.graph import Resource, values
from wayfare.blueprints import CloudName
from wayfare.sandbox.packages import CLOUDS
from wayfare.sandbox.schema import Schemas

CASES = sorted(PLACEMENTS)
CLUSTER = "wayfare:index:Cluster"


@cache
def schemas(package: str) -> Schemas:
    return Schemas(package)


def carries_tags(row: Resource) -> str | None:
    """The input of a type that takes tags, as the installed SDK has it."""
    package = row.type.split(":")[0]
    if package not in CLOUDS:
        return None
    schema = schemas(package).get(row.type)
    assert schema is not None, row.type
    return next((name for name in ("tags", "resourceLabels", "labels") if name in schema.inputs), None)


@pytest.mark.parametrize(("cloud", "blueprint"), CASES)
def test_every_resource_belongs_to_the_cluster(cloud: CloudName, blueprint: str) -> None:
    resources = declared(cloud, blueprint)
    (root,) = (key for key, row in resources.items() if row.type == CLUSTER)
    for key in resources:
        chain, at = [key], resources[key].parent
        while at is not None:
            chain.append(at)
            at = resources[at].parent
        assert chain[-1] == root, key
    assert {row.parent for row in resources.values() if row.type.startswith("wayfare:")} == {None, root}


@pytest.mark.parametrize(("cloud", "blueprint"), CASES)
def test_names_begin_with_the_cluster(cloud: CloudName, blueprint: str) -> None:
    asked = request(cloud, blueprint)
    assert [row.key for row in declared(cloud, blueprint).values() if not row.name.startswith(asked.name)] == []


@pytest.mark.parametrize(("cloud", "blueprint"), CASES)
def test_everything_that_can_carry_tags_says_whose_it_is(cloud: CloudName, blueprint: str) -> None:
    """The cluster, its region, the blueprint's digest and its labels: inventory and bill are read from these."""
    asked = request(cloud, blueprint)
    wanted = {
        "wayfare-cluster": asked.name,
        "wayfare-region": asked.placement.region,
        "wayfare-blueprint": asked.digest[:16],
        **asked.blueprint.metadata.labels,
    }
    if cloud is CloudName.GCP:
        wanted = {key.lower(): value.lower() for key, value in wanted.items()}
    tagged = 0
    for row in declared(cloud, blueprint).values():
        if (name := carries_tags(row)) is not None:
            assert wanted.items() <= row.inputs.get(name, {}).items(), row.key
            tagged += 1
    assert tagged >= (2 if cloud is CloudName.GCP else 8)


@pytest.mark.parametrize("blueprint", sorted({blueprint for _, blueprint in CASES}))
def test_machines_carry_tags_through_their_pools(blueprint: str) -> None:
    """What a pool makes outside the stack is found by its tags alone."""
    for template in of_type(declared(CloudName.AWS, blueprint), "LaunchTemplate"):
        kinds = {each["resourceType"]: each["tags"] for each in template.inputs["tagSpecifications"]}
        assert set(kinds) == {"instance", "volume", "network-interface"}
        assert all(tags["wayfare-cluster"] == request(CloudName.AWS, blueprint).name for tags in kinds.values())
    for pool in of_type(declared(CloudName.GCP, blueprint), "NodePool"):
        assert pool.inputs["nodeConfig"]["resourceLabels"]["wayfare-region"] == PLACEMENTS[CloudName.GCP, blueprint][0]


@pytest.mark.parametrize(("cloud", "blueprint"), CASES)
def test_a_durable_bucket_says_that_it_is_kept(cloud: CloudName, blueprint: str) -> None:
    keep = request(cloud, blueprint).blueprint.spec.storage.checkpoints.keep
    marks = {
        value
        for row in declared(cloud, blueprint).values()
        for path, value in values(row.inputs)
        if re.search(r"\.wayfare-keep$", path)
    }
    assert marks == {keep}
