"""What is asked of an account by a function's name is what the installed SDK would ask, and is answered as it says."""

import importlib
import inspect
import re
import subprocess
import sys
import typing
from collections.abc import Mapping
from typing import Any, cast

import pulumi
import pytest
from pulumi.runtime import MockCallArgs, MockResourceArgs, Mocks

from tests.mocked import event_loop
from wayfare.blueprints import CloudName, ExistingGcpNetwork
from wayfare.components.clouds import cloud
from wayfare.components.contract import Lost, Need, ZoneQuestion
from wayfare.components.gcp import needs as gcp_needs
from wayfare.sandbox.packages import PACKAGES

#: What a provider answers, by function.
ANSWERS: Mapping[str, Mapping[str, Any]] = {
    "aws:ec2/getInstanceTypeOfferings:getInstanceTypeOfferings": {"locations": ["b", "a"]},
    "aws:resourcegroupstaggingapi/getResources:getResources": {
        "resourceTagMappingLists": [{"resourceArn": "arn:aws:ec2:r:1:vpc/vpc-1", "tags": {"Name": "llm-network-vpc"}}]
    },
    "aws:iam/getRoles:getRoles": {"arns": ["arn:aws:iam::1:role/wayfare/r/llm/node"]},
    "aws:ec2/getSubnets:getSubnets": {"ids": []},
    "aws:ec2/getVpcEndpoint:getVpcEndpoint": {"id": "vpce-1"},
    "aws:ec2/getVpcs:getVpcs": {"ids": ["vpc-1"]},
    "aws:kms/getAlias:getAlias": {"targetKeyArn": "arn:aws:kms:r:1:key/1"},
    "aws:ec2/getRouteTable:getRouteTable": {
        "associations": [{"subnetId": "subnet-1", "routeTableAssociationId": "rtbassoc-1"}]
    },
    "gcp:compute/getZones:getZones": {"names": ["a", "b"]},
    "gcp:compute/getMachineTypes:getMachineTypes": {"machineTypes": [{"name": "m"}]},
    "gcp:organizations/getClientConfig:getClientConfig": {"project": "p"},
    "gcp:cloudasset/getSearchAllResources:getSearchAllResources": {
        "results": [{"name": "x", "assetType": "t", "labels": {"wayfare-cluster": "llm", "wayfare-region": "r"}}]
    },
    "gcp:compute/getNetworks:getNetworks": {"networks": ["n"]},
    "gcp:compute/getSubnetworks:getSubnetworks": {
        "subnetworks": [{"name": "s", "network": "projects/p/global/networks/n", "privateIpGoogleAccess": True}]
    },
    "gcp:compute/getSubnetwork:getSubnetwork": {"secondaryIpRanges": [{"rangeName": "pods"}]},
    "azure-native:authorization:getClientConfig": {"subscriptionId": "s"},
    "azure-native:authorization:getClientToken": {"token": "t"},
}


class Account(Mocks):
    """Keeps what it is asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        raise AssertionError(f"{args.typ}: a question makes nothing")

    def call(self, args: MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]] | None]:
        self.asked.append((args.token, cast("dict[str, Any]", args.args)))  # pyright: ignore[reportUnknownMemberType] - untyped
        return dict(ANSWERS[args.token]), []


def lost(type: str, **inputs: str) -> Lost:
    return Lost(urn=type, type=type, name="llm-network-vpc", inputs=inputs)


#: What AWS and Google Cloud answer to questions about zones, an inventory and lost resources. Azure's questions go to
#: its management API but for the two functions that give access to it.
FOUND = {
    CloudName.AWS: (
        {ZoneQuestion("r", "m"): ["a", "b"]},
        ["ec2:vpc", "iam:role"],
        {"aws:ec2/vpc:Vpc": "vpc-1", "aws:ec2/routeTableAssociation:RouteTableAssociation": "rtbassoc-1"},
    ),
    CloudName.GCP: (
        {ZoneQuestion("r", "m"): ("a", "b")},
        ["t"],
        {"gcp:compute/network:Network": "projects/p/global/networks/n"},
    ),
}
LOST = {
    CloudName.AWS: (
        lost("aws:ec2/vpc:Vpc"),
        lost("aws:ec2/routeTableAssociation:RouteTableAssociation", subnetId="subnet-1", routeTableId="rtb-1"),
    ),
    CloudName.AZURE: (lost("azure-native:resources:ResourceGroup", resourceGroupName="g"),),
    CloudName.GCP: (lost("gcp:compute/network:Network", name="n"),),
}


#: What a cluster may need beforehand; of these, the answers above have all but what stands behind.
NEEDS: Mapping[CloudName, tuple[tuple[Need, ...], list[str]]] = {
    CloudName.AWS: (
        tuple(
            Need(kind, "r", id, "make it")
            for kind, id in (
                ("network", "vpc-1"),
                ("subnet", "vpc-1/subnet-1/a"),
                ("encryption key", "alias/wayfare"),
                ("private endpoint", "vpc-1/com.amazonaws.r.s3"),
            )
        ),
        ["the VPC vpc-1 has no subnet subnet-1 in a"],
    ),
    CloudName.GCP: (
        gcp_needs.of_network(
            ExistingGcpNetwork(
                cloud="gcp",
                region="r-1",
                network="projects/project/global/networks/n",
                subnetwork="projects/project/regions/r-1/subnetworks/s",
                pods="pods",
                services="services",
            )
        ),
        ["subnetwork s has no secondary range services, but pods"],
    ),
}


@pytest.mark.parametrize("name", FOUND)
def test_questions_are_asked_and_answered_in_the_providers_spelling(name: CloudName) -> None:
    account, found = Account(), list[Any]()
    needs, missing = NEEDS.get(name, ((), []))

    async def ask() -> None:
        asked = cloud(name)
        found.append(await asked.zones([ZoneQuestion("r", "m")]))
        found.append([item.kind for item in await asked.inventory("llm", "r")])
        found.append(await asked.ids("llm", "r", LOST[name]))
        found.append(list((await asked.lacking(needs)).values()))

    with event_loop() as loop:
        pulumi.runtime.set_mocks(account, project="wayfare", stack="test", preview=False)
        loop.run_until_complete(ask())
    assert tuple(found) == (*FOUND[name], missing)
    assert {function for function, _ in account.asked} == {each for each in ANSWERS if each.startswith(f"{name}:")}
    for function, arguments in account.asked:
        assert arguments.keys() <= parameters(function), function


def test_azures_ids_need_the_subscription() -> None:
    account, found = Account(), list[Any]()

    async def ask() -> None:
        found.append(await cloud(CloudName.AZURE).ids("llm", "r", LOST[CloudName.AZURE]))

    with event_loop() as loop:
        pulumi.runtime.set_mocks(account, project="wayfare", stack="test", preview=False)
        loop.run_until_complete(ask())
    assert found == [{"azure-native:resources:ResourceGroup": "/subscriptions/s/resourceGroups/g"}]


@pytest.mark.parametrize("function", ANSWERS)
def test_the_sdk_knows_the_function_and_each_part_of_its_answer(function: str) -> None:
    name = function.rpartition(":")[2]
    hold(ANSWERS[function], getattr(sdk_module(function), f"{name[0].upper()}{name[1:]}Result"), function)


def test_whoever_plans_or_asks_does_not_wait_for_an_sdk() -> None:
    program = (
        "import sys; from wayfare.blueprints import CloudName; from wayfare.components.clouds import cloud;"
        "[cloud(name) for name in CloudName]; print([name for name in sys.modules if name.startswith('pulumi_')])"
    )
    assert subprocess.check_output([sys.executable, "-c", program], text=True) == "[]\n"


def sdk_module(function: str) -> Any:
    """The SDK's module of a function."""
    package, _, rest = function.partition(":")
    place, name = (rest.split("/")[0], rest.split(":")[-1])
    snake = re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
    return importlib.import_module(f"{PACKAGES[package].sdk}.{place.partition(':')[0]}.{snake}")


def parameters(function: str) -> set[str]:
    """The arguments with which the SDK calls a function."""
    source = inspect.getsource(sdk_module(function))
    assert f"invoke_output('{function}'" in source
    return set(re.findall(r"__args__\['(\w+)'\]", source))


def hold(answer: Mapping[str, Any], type: Any, place: str) -> None:
    """Hold an answer against the type that the SDK gives it."""
    known: Mapping[str, Any] = pulumi._types.output_type_types(type)  # pyright: ignore
    assert answer.keys() <= known.keys(), place
    for key, value in answer.items():
        if isinstance(value, list) and value and isinstance(value[0], Mapping):
            (inner,) = [each for each in typing.get_args(known[key]) if inspect.isclass(each)]
            hold(cast("Mapping[str, Any]", value[0]), inner, f"{place}.{key}")
