"""Questions to the account. They are asked from inside a Pulumi program, by the provider's own functions."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from wayfare.blueprints import CloudName
from wayfare.components.asking import asked
from wayfare.components.aws.plan import roles_path, trusts_path
from wayfare.components.aws.planning_platform import ENDPOINT, KEY, NETWORK, SUBNET
from wayfare.components.contract import Item, Need, ZoneQuestion, resource_name
from wayfare.components.trusting import TRUST_TAG

#: Where the tagging API lists what is global.
_GLOBAL = "us-east-1"


async def zones(questions: Sequence[ZoneQuestion]) -> Mapping[ZoneQuestion, Sequence[str]]:
    """The zones in which the account sees each machine type, all asked at once (EC2 DescribeInstanceTypeOfferings)."""
    answers = await asyncio.gather(*(_zones(question) for question in questions))
    return dict(zip(questions, answers, strict=True))


async def _zones(question: ZoneQuestion) -> Sequence[str]:
    offered = await asked(
        "aws:ec2/getInstanceTypeOfferings:getInstanceTypeOfferings",
        {
            "region": question.region,
            "locationType": "availability-zone",
            "filters": [{"name": "instance-type", "values": [question.machine_type]}],
        },
    )
    return sorted(offered["locations"])


async def lacking(needs: Sequence[Need]) -> Mapping[Need, str]:
    """Of what clusters need beforehand, what the account does not have, with the reason; all asked at once."""
    reasons = await asyncio.gather(*(_LACKING[need.kind](need) for need in needs))
    return {need: reason for need, reason in zip(needs, reasons, strict=True) if reason is not None}


async def _no_network(need: Need) -> str | None:
    found = await asked("aws:ec2/getVpcs:getVpcs", {"region": need.region, "filters": _filter("vpc-id", need.id)})
    return None if found["ids"] else f"the account has no VPC {need.id} in {need.region}"


async def _no_subnet(need: Need) -> str | None:
    """The id of the need is `vpc-…/subnet-…`, with `/ZONE` where the subnet must be in that zone."""
    vpc, subnet, *zone = need.id.split("/")
    filters = [*_filter("vpc-id", vpc), *_filter("subnet-id", subnet)]
    filters += [row for each in zone for row in _filter("availability-zone", each)]
    found = await asked("aws:ec2/getSubnets:getSubnets", {"region": need.region, "filters": filters})
    return None if found["ids"] else f"the VPC {vpc} has no subnet {subnet} in {(zone or [need.region])[0]}"


async def _no_key(need: Need) -> str | None:
    found = await if_there("aws:kms/getAlias:getAlias", {"region": need.region, "name": need.id})
    return None if found else f"the account has no key with the alias {need.id} in {need.region}"


async def _no_endpoint(need: Need) -> str | None:
    """The id of the need is `vpc-…/SERVICE`."""
    vpc, service = need.id.split("/")
    asked_for = {"region": need.region, "vpcId": vpc, "serviceName": service, "state": "available"}
    found = await if_there("aws:ec2/getVpcEndpoint:getVpcEndpoint", asked_for)
    return None if found else f"the VPC {vpc} has no endpoint for {service}"


async def if_there(function: str, arguments: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The answer, or None where the provider says that there is no such thing; other errors go on."""
    try:
        return await asked(function, arguments)
    except Exception as error:
        # Of this class is whatever the engine says; only its text tells what it was.
        if not _ABSENT.search(str(error)):
            raise
        return None


def _filter(name: str, value: str) -> list[Mapping[str, Any]]:
    return [{"name": name, "values": [value]}]


#: How the provider's functions say that there is no such thing (its `tfresource` and `retry` packages).
_ABSENT = re.compile(r"couldn't find resource|empty result|no matching .* found")

_LACKING: Mapping[str, Callable[[Need], Awaitable[str | None]]] = {
    ENDPOINT: _no_endpoint,
    KEY: _no_key,
    NETWORK: _no_network,
    SUBNET: _no_subnet,
}


async def inventory(cluster: str, region: str) -> Sequence[Item]:
    """What carries the cluster's tags in the region, and its IAM roles, which are global and found by their path.

    Load balancers and volumes that controllers in the cluster made carry its Kubernetes tag instead ("Tag your Amazon
    EKS resources"; the EBS CSI driver's `--k8s-tag-cluster-id`).
    A trust that lets pods elsewhere read the cluster's bucket is found by the same tags and path; issuers are global,
    and listed in the first region ("Services that support the Resource Groups Tagging API").
    The tagging API follows deletions with a delay: what was deleted minutes ago may still be listed. It knows no
    resource without tags: routes, attachments and rules go with what they belong to.
    """
    name = resource_name(cluster, CloudName.AWS, region)
    rows, everywhere, owned, roles = await asyncio.gather(
        tagged(cluster, region),
        _tagged(_GLOBAL, _tags(cluster, region)),
        _tagged(region, {f"kubernetes.io/cluster/{name}": "owned"}),
        asked("aws:iam/getRoles:getRoles", {"pathPrefix": roles_path(cluster, region)}),
    )
    listed: dict[str, Mapping[str, str]] = {row["resourceArn"]: row["tags"] for row in (*owned, *everywhere, *rows)}
    path = f":role{trusts_path(cluster, region)}"
    found = [item(arn, tags) for arn, tags in listed.items()]
    found += [item(arn, {TRUST_TAG: name} if (name := arn.partition(path)[2]) else {}) for arn in roles["arns"]]
    return sorted(found, key=lambda each: (each.kind, each.id))


async def tagged(cluster: str, region: str) -> Sequence[Mapping[str, Any]]:
    """What carries a cluster's tags in a region: `resourceArn` and `tags` of each."""
    return await _tagged(region, _tags(cluster, region))


def _tags(cluster: str, region: str) -> Mapping[str, str]:
    return {"wayfare-cluster": cluster, "wayfare-region": region}


async def _tagged(region: str, wanted: Mapping[str, str]) -> Sequence[Mapping[str, Any]]:
    answer = await asked(
        "aws:resourcegroupstaggingapi/getResources:getResources",
        {"region": region, "tagFilters": [{"key": key, "values": [value]} for key, value in wanted.items()]},
    )
    return answer["resourceTagMappingLists"]


def item(arn: str, tags: Mapping[str, str]) -> Item:
    """An item named by its ARN; a durable store that is still there was kept on purpose."""
    _, _, service, _, _, rest = arn.split(":", 5)
    kind = "bucket" if service == "s3" else re.split("[:/]", rest, maxsplit=1)[0]
    is_store = service in ("s3", "fsx")
    kept = is_store and tags.get("wayfare-keep") == "durable"
    return Item(kind=f"{service}:{kind}", id=arn, retained=kept, trust=tags.get(TRUST_TAG))
