"""What a network of the cluster's own rejects, written down (CIS AWS Foundations, "VPC flow logging is enabled")."""

import json
from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

from wayfare.components.aws.control_plane import trust
from wayfare.components.aws.plan_platform import FlowLogPlan


class FlowLog(pulumi.ComponentResource):
    """Rejected traffic of a VPC in a log group of its own: what is allowed would cost more than it tells."""

    def __init__(
        self,
        name: str,
        plan: FlowLogPlan,
        vpc: pulumi.Input[str],
        key: pulumi.Input[str] | None,
        after: Sequence[pulumi.Resource],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("wayfare:aws:FlowLog", name, None, opts)
        child = pulumi.ResourceOptions(parent=self, depends_on=list(after))
        logs = aws.cloudwatch.LogGroup(
            f"{name}-logs",
            name=plan.log_group,
            retention_in_days=plan.log_days,
            kms_key_id=key,
            tags=plan.tags,
            opts=child,
        )
        role = aws.iam.Role(
            f"{name}-role",
            name=plan.role,
            path=plan.roles_path,
            assume_role_policy=trust("vpc-flow-logs.amazonaws.com", "sts:AssumeRole"),
            tags=plan.tags,
            opts=child,
        )
        writes = aws.iam.RolePolicy(
            f"{name}-writes",
            name="writes",
            role=role.name,
            policy=logs.arn.apply(_writes),
            opts=child,
        )
        self.flow_log = aws.ec2.FlowLog(
            f"{name}-flow-log",
            vpc_id=vpc,
            traffic_type="REJECT",
            log_destination_type="cloud-watch-logs",
            log_destination=logs.arn,
            iam_role_arn=role.arn,
            max_aggregation_interval=600,
            tags=plan.tags,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[writes]),
        )
        self.register_outputs({"id": self.flow_log.id})


def _writes(group: str) -> str:
    """What the role needs (VPC User Guide, "IAM role for publishing flow logs"), on this group alone."""
    actions = ("CreateLogStream", "PutLogEvents", "DescribeLogGroups", "DescribeLogStreams")
    statement = {
        "Effect": "Allow",
        "Action": [f"logs:{action}" for action in actions],
        "Resource": [group, f"{group}:*"],
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
