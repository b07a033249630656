"""AWS's plans for wishes about the platform, and what an account lacks for them."""

import json
from collections.abc import Mapping
from dataclasses import replace
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

import pulumi
import pytest
from pulumi.runtime import MockCallArgs, MockResourceArgs, Mocks

from tests.contract.dry_run import DryRun, dry_run
from tests.contract.platform_aws import PRIVATE, wish, with_key, with_network
from tests.golden.cases import TRAINING
from tests.mocked import event_loop
from wayfare.components.aws import CLOUD
from wayfare.components.aws.account import lacking
from wayfare.components.aws.planning import plan
from wayfare.components.aws.planning_monitoring import monitoring_plan
from wayfare.components.contract import Need, NotFeasible


class Asked(Mocks):
    """An account that is the sandbox's."""

    def __init__(self, run: DryRun) -> None:
        self.run = run

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        raise AssertionError(f"{args.typ}: a question makes nothing")

    def call(self, args: MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]] | None]:
        return self.run.call(args), []


def lacks(run: DryRun, needs: tuple[Need, ...]) -> Mapping[str, str]:
    """By id, what the sandbox's account lacks."""
    found: dict[str, str] = {}

    async def ask() -> None:
        found.update({need.id: reason for need, reason in (await lacking(needs)).items()})

    with event_loop() as loop:
        pulumi.runtime.set_mocks(Asked(run), project="wayfare", stack="test", preview=False)
        loop.run_until_complete(ask())
    return found


def test_every_address_is_awss_part_of_the_space() -> None:
    made = plan(wish(network={"space": "10.128.0.0/9"}))
    space = IPv4Network("10.128.0.0/11")
    texts = [made.network.cidr, made.control_plane.services, made.accelerator_pool.subnet, made.network.public_subnet]
    assert all(IPv4Network(text).subnet_of(space) for text in (*texts, *made.network.cluster_subnets))
    assert CLOUD.gives(made).addresses == (made.network.cidr, made.control_plane.services)


def test_a_zone_without_a_subnet_is_not_feasible() -> None:
    asked = wish(TRAINING, **PRIVATE)
    with pytest.raises(NotFeasible, match="no accelerator subnet in us-east-1c, only in us-east-1a"):
        plan(replace(asked, placement=replace(asked.placement, zone="us-east-1c")))


def test_a_network_in_another_region_is_not_used() -> None:
    asked = wish(TRAINING, **PRIVATE)
    elsewhere = plan(replace(asked, placement=replace(asked.placement, region="us-west-2", zone="us-west-2a")))
    assert elsewhere.network.existing is None
    assert elsewhere.needs == ()


def test_an_existing_network_is_needed_and_asked_for(tmp_path: Path) -> None:
    needs = plan(wish(TRAINING, **PRIVATE)).needs
    assert [need.kind for need in needs] == ["network", "subnet", "subnet", "subnet"]
    ids: list[str] = []
    with dry_run(tmp_path, wish(), before=lambda run: ids.extend(with_network(run))) as run:
        vpc, first, second, third = ids
        region = {"region": "us-east-1", "remedy": "make it"}
        wanted = (
            Need("network", id=vpc, **region),
            Need("subnet", id=f"{vpc}/{first}", **region),
            Need("subnet", id=f"{vpc}/{third}/us-east-1a", **region),
        )
        assert lacks(run, wanted) == {}
        wrong = (
            Need("network", id="vpc-0123456789abcdef0", **region),
            Need("subnet", id=f"vpc-0123456789abcdef0/{first}", **region),
            Need("subnet", id=f"{vpc}/{second}/us-east-1a", **region),
        )
        assert lacks(run, wrong) == {
            "vpc-0123456789abcdef0": "the account has no VPC vpc-0123456789abcdef0 in us-east-1",
            f"vpc-0123456789abcdef0/{first}": f"the VPC vpc-0123456789abcdef0 has no subnet {first} in us-east-1",
            f"{vpc}/{second}/us-east-1a": f"the VPC {vpc} has no subnet {second} in us-east-1a",
        }


def test_what_is_wished_shows_in_what_the_plan_gives() -> None:
    private = CLOUD.gives(plan(wish(TRAINING, **PRIVATE)))
    assert private.api == "private endpoint for 10.20.0.0/16"
    assert private.network == "the VPC vpc-0a1b2c3d4e5f60718, which exists already"
    standing = replace(wish(deletionProtection=True, kubernetes={"version": "1.35"}), complete=True)
    assert CLOUD.gives(plan(standing)).kubernetes == "1.35, protected from deletion"


def test_a_missing_key_is_told_with_what_to_run(tmp_path: Path) -> None:
    (need,) = plan(wish(encryption="own")).needs
    assert need.remedy == "run `wayfare bootstrap aws --region us-east-1`"
    with dry_run(tmp_path, wish()) as run:
        reason = "the account has no key with the alias alias/wayfare in us-east-1"
        assert lacks(run, (need,)) == {"alias/wayfare": reason}
    with dry_run(tmp_path / "2", wish(), before=with_key) as run:
        assert lacks(run, (need,)) == {}
        assert lacks(run, (replace(need, region="us-west-2"),)).keys() == {"alias/wayfare"}


def test_an_existing_network_brings_its_own_endpoints(tmp_path: Path) -> None:
    network = {**PRIVATE["network"], "endpoints": "private"}
    made = plan(wish(TRAINING, **{**PRIVATE, "network": network}, registry="private"))
    assert made.endpoints is not None
    assert made.endpoints.services == ()
    needs = [need for need in made.needs if need.kind == "private endpoint"]
    assert [need.id.rpartition("us-east-1.")[2] for need in needs] == ["s3", "ecr.api", "ecr.dkr"]
    with dry_run(tmp_path, wish()) as run:
        (vpc,) = [row.id for row in run.resources if row.type == "aws:ec2/vpc:Vpc"]
        wanted = [replace(needs[0], id=f"{vpc}/com.amazonaws.us-east-1.{name}") for name in ("s3", "ecr.api")]
        assert lacks(run, tuple(wanted)) == {
            wanted[1].id: f"the VPC {vpc} has no endpoint for com.amazonaws.us-east-1.ecr.api"
        }


def test_a_repository_is_shown() -> None:
    asked = wish(registry="private")
    assert CLOUD.gives(plan(asked)).registry == f"ECR repository {asked.resource_name}, immutable tags, scanned"


def test_rules_hold_for_as_long_as_they_say() -> None:
    made = monitoring_plan(wish(monitoring={"metrics": "managed"}))
    assert made is not None
    rules = {rule["alert"]: rule for rule in json.loads(made.rules)["groups"][0]["rules"]}
    assert rules["NodeNotReady"]["for"] == "300s"
    assert "for" not in rules["AcceleratorXidError"]
    assert {rule["labels"]["severity"] for rule in rules.values()} == {"critical", "warning"}
