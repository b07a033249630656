"""The managed Prometheus of a cluster, its alerts, and whom they reach."""

import json
from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

from wayfare.components.aws.control_plane import ControlPlane
from wayfare.components.aws.network import Network
from wayfare.components.aws.plan_platform import MonitoringPlan
from wayfare.components.contract import short_digest

#: A collector takes so many subnets at most (Prometheus API reference, EksConfiguration).
_SUBNETS = 5


class Monitoring(pulumi.ComponentResource):
    """A workspace of Amazon Managed Service for Prometheus and the collector that fills it.

    The collector's rights in the cluster are an access entry that the service makes by itself: EKS lets nobody else
    make one for a service's role. It comes through the private endpoint, which every cluster has.
    """

    def __init__(
        self,
        name: str,
        plan: MonitoringPlan,
        network: Network,
        control_plane: ControlPlane,
        system: pulumi.Resource,
        key: pulumi.Output[str] | None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("wayfare:aws:Monitoring", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        # As other pods of the system do, they need its nodes to become healthy.
        self.exporters: Sequence[pulumi.Resource] = [
            aws.eks.Addon(
                f"{name}-{exporter}",
                cluster_name=control_plane.name,
                addon_name=exporter,
                tags=plan.tags,
                opts=pulumi.ResourceOptions(parent=self, depends_on=[system]),
            )
            for exporter in plan.exporters
        ]
        workspace = aws.amp.Workspace(f"{name}-workspace", alias=plan.name, kms_key_arn=key, tags=plan.tags, opts=child)
        aws.amp.Scraper(
            f"{name}-collector",
            alias=plan.name,
            source={
                "eks": {
                    "cluster_arn": control_plane.cluster.arn,
                    "subnet_ids": network.cluster_subnets[:_SUBNETS],
                    "security_group_ids": [control_plane.security_group],
                }
            },
            destination={"amp": {"workspace_arn": workspace.arn}},
            scrape_configuration=plan.scrape,
            tags=plan.tags,
            opts=child,
        )
        aws.amp.RuleGroupNamespace(
            f"{name}-rules", name="wayfare", workspace_id=workspace.id, data=plan.rules, tags=plan.tags, opts=child
        )
        if plan.notify:
            self._tell(name, plan, workspace, key, child)
        self.register_outputs({"workspace": workspace.arn})

    def _tell(
        self,
        name: str,
        plan: MonitoringPlan,
        workspace: aws.amp.Workspace,
        key: pulumi.Output[str] | None,
        child: pulumi.ResourceOptions,
    ) -> None:
        """SNS is the alert manager's only way out; each address confirms its subscription by a mail that it gets."""
        account = aws.get_caller_identity_output(opts=pulumi.InvokeOutputOptions(parent=self)).account_id
        topic = aws.sns.Topic(f"{name}-alerts", name=plan.name, kms_master_key_id=key, tags=plan.tags, opts=child)
        let_in = aws.sns.TopicPolicy(
            f"{name}-alerts",
            arn=topic.arn,
            policy=pulumi.Output.all(topic.arn, workspace.arn, account).apply(
                lambda known: _publish(known[0], known[1], known[2])
            ),
            opts=child,
        )
        for address in plan.notify:
            aws.sns.TopicSubscription(
                f"{name}-mail-{short_digest(address, length=8)}",
                topic=topic.arn,
                protocol="email",
                endpoint=address,
                opts=child,
            )
        aws.amp.AlertManagerDefinition(
            f"{name}-alerts",
            workspace_id=workspace.id,
            definition=topic.arn.apply(lambda arn: _alert_manager(arn, plan.region)),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[let_in]),
        )


def _publish(topic: str, workspace: str, account: str) -> str:
    """Managed Service for Prometheus User Guide, "Giving … permission to send alert messages to your SNS topic"."""
    statement = {
        "Sid": "AlertsOfThisWorkspace",
        "Effect": "Allow",
        "Principal": {"Service": "aps.amazonaws.com"},
        "Action": ["sns:Publish", "sns:GetTopicAttributes"],
        "Resource": topic,
        "Condition": {"ArnEquals": {"aws:SourceArn": workspace}, "StringEquals": {"aws:SourceAccount": account}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _alert_manager(topic: str, region: str) -> str:
    """Every alert to the topic, one mail for each kind. The outer document holds the alert manager's own as a text."""
    configuration = {
        "route": {"receiver": "mail", "group_by": ["alertname"]},
        "receivers": [
            {"name": "mail", "sns_configs": [{"topic_arn": topic, "sigv4": {"region": region}, "send_resolved": True}]}
        ],
    }
    return json.dumps({"alertmanager_config": json.dumps(configuration)})
