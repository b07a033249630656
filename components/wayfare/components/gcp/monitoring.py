"""Who is told when the cluster does not do well."""

import pulumi
import pulumi_gcp as gcp

from wayfare.components.gcp.plan_platform import AlertPlan, MonitoringPlan


class Monitoring(pulumi.ComponentResource):
    """Alert policies over the managed Prometheus, and mail for whoever wants to know; nothing without a plan.

    The collector itself is a part of GKE and of the control plane's settings. Audit logs need nothing: Google keeps
    those of administration for every project.
    """

    def __init__(
        self,
        name: str,
        plan: MonitoringPlan | None,
        project: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("wayfare:gcp:Monitoring", name, None, opts)
        if plan is not None:
            channels = [self._channel(f"{name}-mail-{i}", plan, who, project) for i, who in enumerate(plan.notify)]
            for alert in plan.alerts:
                self._policy(f"{name}-{alert.name}", plan, alert, channels, project)
        self.register_outputs({})

    def _channel(
        self, name: str, plan: MonitoringPlan, address: str, project: pulumi.Input[str]
    ) -> gcp.monitoring.NotificationChannel:
        return gcp.monitoring.NotificationChannel(
            name,
            project=project,
            display_name=f"{plan.cluster} {address}",
            type="email",
            labels={"email_address": address},
            user_labels=dict(plan.labels),
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _policy(
        self,
        name: str,
        plan: MonitoringPlan,
        alert: AlertPlan,
        channels: list[gcp.monitoring.NotificationChannel],
        project: pulumi.Input[str],
    ) -> None:
        gcp.monitoring.AlertPolicy(
            name,
            project=project,
            display_name=alert.title,
            combiner="OR",
            severity=alert.severity,
            conditions=[
                gcp.monitoring.AlertPolicyConditionArgs(
                    display_name=alert.name,
                    condition_prometheus_query_language=(
                        gcp.monitoring.AlertPolicyConditionConditionPrometheusQueryLanguageArgs(
                            query=alert.expression,
                            duration=f"{alert.lasts_seconds}s",
                            evaluation_interval=f"{plan.evaluated_every_seconds}s",
                            alert_rule=alert.name,
                            rule_group="wayfare",
                            # The first metric of a new cluster comes minutes after its rules.
                            disable_metric_validation=True,
                        )
                    ),
                )
            ],
            documentation=gcp.monitoring.AlertPolicyDocumentationArgs(content=alert.summary, mime_type="text/markdown"),
            notification_channels=[channel.id for channel in channels],
            user_labels=dict(plan.labels),
            opts=pulumi.ResourceOptions(parent=self),
        )
