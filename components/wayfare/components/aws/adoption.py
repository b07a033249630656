"""Which id a resource has on AWS whose maker died before it was written down.

Most of EC2 names things itself, so each resource carries its logical name in the tag `Name`, and is found by it. What
has a name of its own, or is a part of something that has, is found by that.
"""

import re
import zlib
from collections.abc import Mapping, Sequence
from typing import cast

import pulumi

from wayfare.components.adoption import Templates, by_template
from wayfare.components.asking import asked
from wayfare.components.aws.account import if_there, tagged
from wayfare.components.contract import Lost
from wayfare.components.trusting import TRUST_TAG

#: From the type to how its ARN goes on after the account; the groups joined are the id.
BY_TAG: Mapping[str, re.Pattern[str]] = {
    token: re.compile(pattern)
    for token, pattern in {
        "aws:amp/scraper:Scraper": r"scraper/(s-[\w-]+)",
        "aws:amp/workspace:Workspace": r"workspace/(ws-[\w-]+)",
        "aws:ec2/capacityReservation:CapacityReservation": r"capacity-reservation/(cr-\w+)",
        "aws:ec2/eip:Eip": r"elastic-ip/(eipalloc-\w+)",
        "aws:ec2/flowLog:FlowLog": r"vpc-flow-log/(fl-\w+)",
        "aws:ec2/internetGateway:InternetGateway": r"internet-gateway/(igw-\w+)",
        "aws:ec2/launchTemplate:LaunchTemplate": r"launch-template/(lt-\w+)",
        "aws:ec2/natGateway:NatGateway": r"natgateway/(nat-\w+)",
        "aws:ec2/routeTable:RouteTable": r"route-table/(rtb-\w+)",
        "aws:ec2/securityGroup:SecurityGroup": r"security-group/(sg-\w+)",
        "aws:ec2/subnet:Subnet": r"subnet/(subnet-\w+)",
        "aws:ec2/vpc:Vpc": r"vpc/(vpc-\w+)",
        "aws:ec2/vpcEndpoint:VpcEndpoint": r"vpc-endpoint/(vpce-\w+)",
        "aws:fsx/lustreFileSystem:LustreFileSystem": r"file-system/(fs-\w+)",
        "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": r"security-group-rule/(sgr-\w+)",
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": r"security-group-rule/(sgr-\w+)",
        "aws:eks/podIdentityAssociation:PodIdentityAssociation": r"podidentityassociation/([^/]+)/(a-\w+)",
    }.items()
}

#: Types whose id is their ARN, and how that goes on after the account. A mail subscription is not among them: it has
#: neither tag nor name, and SNS answers with the one that is there when it is asked for again.
BY_ARN: Mapping[str, re.Pattern[str]] = {
    "aws:amp/ruleGroupNamespace:RuleGroupNamespace": re.compile(r"rulegroupsnamespace/.+"),
    "aws:sns/topic:Topic": re.compile(r"[^:]+"),
}

BY_NAME: Templates = {
    "aws:amp/alertManagerDefinition:AlertManagerDefinition": "{workspaceId}",
    "aws:autoscaling/schedule:Schedule": "{scheduledActionName}",
    "aws:cloudwatch/logGroup:LogGroup": "{name}",
    "aws:ec2/placementGroup:PlacementGroup": "{name}",
    "aws:ecr/lifecyclePolicy:LifecyclePolicy": "{repository}",
    "aws:ecr/repository:Repository": "{name}",
    "aws:ecr/repositoryPolicy:RepositoryPolicy": "{repository}",
    "aws:eks/accessEntry:AccessEntry": "{clusterName}:{principalArn}",
    "aws:eks/accessPolicyAssociation:AccessPolicyAssociation": "{clusterName}#{principalArn}#{policyArn}",
    "aws:eks/addon:Addon": "{clusterName}:{addonName}",
    "aws:eks/cluster:Cluster": "{name}",
    "aws:eks/nodeGroup:NodeGroup": "{clusterName}:{nodeGroupName}",
    "aws:iam/role:Role": "{name}",
    "aws:iam/rolePolicy:RolePolicy": "{role}:{name}",
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": "{role}/{policyArn}",
    "aws:s3/bucket:Bucket": "{bucket}",
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": "{bucket}",
    "aws:s3/bucketPolicy:BucketPolicy": "{bucket}",
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": "{bucket}",
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": "{bucket}",
    "aws:s3/bucketVersioning:BucketVersioning": "{bucket}",
    "aws:sns/topicPolicy:TopicPolicy": "{arn}",
}

_ISSUER = "aws:iam/openIdConnectProvider:OpenIdConnectProvider"
_ROUTE = "aws:ec2/route:Route"
_ASSOCIATION = "aws:ec2/routeTableAssociation:RouteTableAssociation"


def named(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
    """Puts the logical name into the tag `Name` of everything that has tags."""
    tags = cast("Mapping[str, str] | None", args.props.get("tags"))
    if not tags or not args.type_.startswith("aws:"):
        return None
    return pulumi.ResourceTransformationResult({**args.props, "tags": {**tags, "Name": args.name}}, args.opts)


async def ids(cluster: str, region: str, lost: Sequence[Lost]) -> Mapping[str, str]:
    """By URN, the id of each lost resource that carries the cluster's tags, and of those that a name tells."""
    found = by_template(BY_NAME, lost)
    found |= {resource.urn: id for resource in lost if (id := route_id(resource)) is not None}
    for resource in lost:
        if resource.type == _ASSOCIATION and (id := await _association(region, resource)) is not None:
            found[resource.urn] = id
        if resource.type == _ISSUER and (id := await _issuer(resource)) is not None:
            found[resource.urn] = id
    if any(resource.type in BY_TAG.keys() | BY_ARN.keys() for resource in lost):
        for row in await tagged(cluster, region):
            found |= by_tag(row["resourceArn"], row["tags"].get("Name", ""), lost)
    return found


def by_tag(arn: str, name: str, lost: Sequence[Lost]) -> dict[str, str]:
    """By URN, the id of the lost resource that an ARN and the tag `Name` are of."""
    place = arn.split(":", 5)[5]
    matches = {
        resource.urn: match
        for resource in lost
        if resource.name == name and resource.type in BY_TAG and (match := BY_TAG[resource.type].fullmatch(place))
    }
    found = {urn: ",".join(match.groups()) for urn, match in matches.items()}
    return found | {
        resource.urn: arn
        for resource in lost
        if resource.name == name and resource.type in BY_ARN and BY_ARN[resource.type].fullmatch(place)
    }


def route_id(resource: Lost) -> str | None:
    """The provider's own id of a route: the table's, and a checksum of where it leads (its `routeCreateID`)."""
    table, target = resource.inputs.get("routeTableId"), resource.inputs.get("destinationCidrBlock")
    if resource.type != _ROUTE or not (isinstance(table, str) and isinstance(target, str)):
        return None
    return f"r-{table}{zlib.crc32(target.encode())}"


async def _issuer(resource: Lost) -> str | None:
    """An account has one of an issuer, which may be somebody else's: ours has this trust's tag."""
    url = resource.inputs.get("url")
    tags = cast("Mapping[str, str]", resource.inputs.get("tags") or {})
    if not isinstance(url, str):
        return None
    found = await if_there("aws:iam/getOpenIdConnectProvider:getOpenIdConnectProvider", {"url": url})
    return None if found is None or found["tags"].get(TRUST_TAG) != tags.get(TRUST_TAG) else found["arn"]


async def _association(region: str, resource: Lost) -> str | None:
    """A subnet has one association at most."""
    subnet, table = resource.inputs.get("subnetId"), resource.inputs.get("routeTableId")
    if not (isinstance(subnet, str) and isinstance(table, str)):
        return None
    found = await asked("aws:ec2/getRouteTable:getRouteTable", {"region": region, "routeTableId": table})
    return next((row["routeTableAssociationId"] for row in found["associations"] if row["subnetId"] == subnet), None)
