"""Questions to the account. They are asked from inside a Pulumi program, by the provider's own functions."""

import asyncio
import re
from collections.abc import Mapping, Sequence
from typing import TypeVar

import pulumi
import pulumi_aws as aws

from wayfare.components.aws.plan import roles_path
from wayfare.components.contract import Item, ZoneQuestion

T = TypeVar("T")


async def zones(questions: Sequence[ZoneQuestion]) -> Mapping[ZoneQuestion, Sequence[str]]:
    """The zones in which the account sees each machine type, all asked at once (EC2 DescribeInstanceTypeOfferings)."""
    answers = await asyncio.gather(*(_zones(question) for question in questions))
    return dict(zip(questions, answers, strict=True))


async def _zones(question: ZoneQuestion) -> Sequence[str]:
    offered = await known(
        aws.ec2.get_instance_type_offerings_output(
            region=question.region,
            location_type="availability-zone",
            filters=[{"name": "instance-type", "values": [question.machine_type]}],
        ).locations
    )
    return sorted(offered)


async def inventory(cluster: str, region: str) -> Sequence[Item]:
    """What carries the cluster's tags in the region, and its IAM roles, which are global and found by their path.

    The tagging API follows deletions with a delay: what was deleted minutes ago may still be listed. It knows no
    resource without tags: routes, attachments and rules go with what they belong to.
    """
    tagged, roles = await asyncio.gather(
        known(
            aws.resourcegroupstaggingapi.get_resources_output(
                region=region,
                tag_filters=cluster_filters(cluster, region),
            ).resource_tag_mapping_lists
        ),
        known(aws.iam.get_roles_output(path_prefix=roles_path(cluster, region)).arns),
    )
    found = [item(row.resource_arn, row.tags) for row in tagged] + [item(arn, {}) for arn in roles]
    return sorted(found, key=lambda each: (each.kind, each.id))


def cluster_filters(cluster: str, region: str) -> list[aws.resourcegroupstaggingapi.GetResourcesTagFilterArgs]:
    """What finds a cluster's resources by their tags."""
    wanted = {"wayfare-cluster": cluster, "wayfare-region": region}
    return [
        aws.resourcegroupstaggingapi.GetResourcesTagFilterArgs(key=key, values=[value]) for key, value in wanted.items()
    ]


def item(arn: str, tags: Mapping[str, str]) -> Item:
    """An item named by its ARN; a durable bucket that is still there was kept on purpose."""
    _, _, service, _, _, rest = arn.split(":", 5)
    kind = "bucket" if service == "s3" else re.split("[:/]", rest, maxsplit=1)[0]
    return Item(kind=f"{service}:{kind}", id=arn, retained=service == "s3" and tags.get("wayfare-keep") == "durable")


async def known(output: pulumi.Output[T]) -> T:
    """The value of an output that a function of the provider gives, which is always known."""
    value = await output.future()
    if value is None:
        raise ValueError("the provider's function gave no answer")
    return value
