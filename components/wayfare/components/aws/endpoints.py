"""Private endpoints in the cluster's network, and the bucket that answers there alone."""

import json
from collections.abc import Sequence
from typing import Any

import pulumi
import pulumi_aws as aws

from wayfare.components.aws.bucket import Bucket, tls_only
from wayfare.components.aws.network import Network
from wayfare.components.aws.plan_platform import EndpointsPlan

#: Reading and writing what objects hold.
_CONTENT = [
    *("s3:GetObject*", "s3:PutObject*", "s3:RestoreObject", "s3:ReplicateObject"),
    *("s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"),
]
#: Telling objects' names, and deleting them: what it takes to destroy a bucket with all that is in it.
_CLEARING = ["s3:ListBucket*", "s3:DeleteObject*"]


class Endpoints(pulumi.ComponentResource):
    """Interface endpoints for what nodes and pods call, beside the network's gateway to S3, and the bucket's policy.

    The policy is here and not with the bucket, which outlives the cluster: without its network nobody could read it.
    """

    def __init__(
        self,
        name: str,
        plan: EndpointsPlan,
        network: Network,
        bucket: Bucket,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("wayfare:aws:Endpoints", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        self.made = self._interfaces(name, plan, network, child) if plan.services else []
        invoke = pulumi.InvokeOutputOptions(parent=self)
        caller = aws.get_caller_identity_output(opts=invoke)
        whoever = aws.iam.get_session_context_output(arn=caller.arn, opts=invoke).issuer_arn
        aws.s3.BucketPolicy(
            f"{name}-bucket",
            bucket=bucket.name,
            policy=pulumi.Output.all(bucket.arn, network.vpc, whoever).apply(
                lambda known: inside_only(known[0], known[1], [known[2], *plan.operators])
            ),
            # A bucket has one policy: this is the bucket's own under another name, and not a second one, whose
            # predecessor's deletion would take it along.
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=[bucket.private],
                aliases=[pulumi.Alias(name=bucket.policy_name, parent=bucket)],
            ),
        )
        self.register_outputs({})

    @staticmethod
    def _interfaces(
        name: str, plan: EndpointsPlan, network: Network, child: pulumi.ResourceOptions
    ) -> list[pulumi.Resource]:
        group = aws.ec2.SecurityGroup(
            f"{name}-callers",
            vpc_id=network.vpc,
            description="Callers of the private endpoints",
            tags=plan.tags,
            opts=child,
        )
        aws.vpc.SecurityGroupIngressRule(
            f"{name}-callers-in",
            description="Private endpoints from the cluster's network",
            security_group_id=group.id,
            cidr_ipv4=plan.cidr,
            ip_protocol="tcp",
            from_port=443,
            to_port=443,
            tags=plan.tags,
            opts=child,
        )
        return [
            aws.ec2.VpcEndpoint(
                f"{name}-{service.replace('.', '-')}",
                vpc_id=network.vpc,
                service_name=f"com.amazonaws.{plan.region}.{service}",
                vpc_endpoint_type="Interface",
                private_dns_enabled=True,
                subnet_ids=network.cluster_subnets,
                security_group_ids=[group.id],
                tags=plan.tags,
                opts=child,
            )
            for service in plan.services
        ]


def inside_only(arn: str, vpc: str, operators: Sequence[str]) -> str:
    """A bucket's policy: over TLS alone, what objects hold inside of the network alone, and their names and deletion
    there and by operators, so that the bucket can be destroyed from where Wayfare runs.

    Nothing keeps the account from changing the policy or deleting the bucket. Services that act for the account by
    roles of their own (FSx that fills a file system from the bucket) come from no network of the account's (IAM User
    Guide, "Establish permissions guardrails using data perimeters").
    """
    outside: dict[str, Any] = {
        "StringNotEquals": {"aws:SourceVpc": vpc},
        "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
        "ArnNotLike": {"aws:PrincipalArn": ["arn:aws:iam::*:role/aws-service-role/*"]},
    }
    excepted = {"ArnNotLike": {"aws:PrincipalArn": [*outside["ArnNotLike"]["aws:PrincipalArn"], *operators]}}
    statements: list[dict[str, Any]] = [
        *json.loads(tls_only(arn))["Statement"],
        {
            "Sid": "ContentInsideOfTheNetworkAlone",
            "Effect": "Deny",
            "Principal": "*",
            "Action": _CONTENT,
            "Resource": f"{arn}/*",
            "Condition": outside,
        },
        {
            "Sid": "NamesAndDeletionInsideOrByOperators",
            "Effect": "Deny",
            "Principal": "*",
            "Action": _CLEARING,
            "Resource": [arn, f"{arn}/*"],
            "Condition": {**outside, **excepted},
        },
    ]
    return json.dumps({"Version": "2012-10-17", "Statement": statements})
