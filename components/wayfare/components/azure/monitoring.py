"""What is watched: the control plane's audit log, and metrics with alerts."""

import re
from collections.abc import Sequence
from datetime import timedelta

import pulumi
import pulumi_azure_native as azure
import pulumi_kubernetes as kubernetes

from wayfare.components.alerts import Alert, Severity
from wayfare.components.azure.bucket import expire, recoverable
from wayfare.components.azure.caller import Caller
from wayfare.components.azure.control_plane import ControlPlane
from wayfare.components.azure.keys import Key, encryption
from wayfare.components.azure.plan_platform import AuditPlan, MetricsPlan, MonitoringPlan, world_name

#: Azure Monitor: 0 is critical, 2 a warning.
_SEVERITIES = {Severity.CRITICAL: 0, Severity.WARNING: 2}
#: The collector's targets, and what the names of their metrics begin with.
_TARGETS = {"kubestate": "kube_", "nodeexporter": "node_"}
_STREAM = "Microsoft-PrometheusMetrics"


class Monitoring(pulumi.ComponentResource):
    """An archive of audit logs always, and Azure's managed Prometheus where metrics are asked for.

    The archive is a storage account and no Log Analytics workspace: that costs a hundred times as much for each GB, and
    takes a key of the account's own only with a dedicated cluster of 100 GB a day.
    """

    def __init__(
        self,
        name: str,
        plan: MonitoringPlan,
        control_plane: ControlPlane,
        key: Key | None,
        caller: Caller,
        group: azure.resources.ResourceGroup,
        after: Sequence[pulumi.Resource],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("wayfare:azure:Monitoring", name, None, opts)
        self._audit(name, plan.audit, control_plane, key, caller, group, after)
        if plan.metrics is not None:
            self._metrics(name, plan.metrics, control_plane, group, after)
            self._collected(name, plan.metrics, control_plane)
        self.register_outputs({})

    def _audit(
        self,
        name: str,
        plan: AuditPlan,
        control_plane: ControlPlane,
        key: Key | None,
        caller: Caller,
        group: azure.resources.ResourceGroup,
        after: Sequence[pulumi.Resource],
    ) -> None:
        account = azure.storage.StorageAccount(
            f"{name}-audit",
            account_name=caller.subscription.apply(lambda known: world_name(plan.stem, known, plan.group)),
            resource_group_name=group.name,
            location=plan.location,
            kind="StorageV2",
            sku=azure.storage.SkuArgs(name="Standard_LRS"),
            access_tier=azure.storage.AccessTier.COOL,
            allow_blob_public_access=False,
            allow_cross_tenant_replication=False,
            allow_shared_key_access=False,
            default_to_o_auth_authentication=True,
            enable_https_traffic_only=True,
            minimum_tls_version="TLS1_2",
            # Azure Monitor is a trusted service; nobody else writes, and readers come by an exception of their own.
            network_rule_set=azure.storage.NetworkRuleSetArgs(
                default_action=azure.storage.DefaultAction.DENY, bypass="AzureServices"
            ),
            tags=dict(plan.tags),
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(after)),
            **encryption(key),
        )
        recoverable(f"{name}-audit-recovery", plan.recover_days, account, group, pulumi.ResourceOptions(parent=self))
        # Diagnostic settings have no retention of their own any more.
        expire(
            f"{name}-audit-expiry",
            plan.keep_days,
            account,
            group,
            pulumi.ResourceOptions(parent=self),
            blob_types=("appendBlob",),
        )
        azure.monitor.DiagnosticSetting(
            f"{name}-audit-log",
            name="wayfare-audit",
            resource_uri=control_plane.cluster.id,
            storage_account_id=account.id,
            logs=[
                azure.monitor.DiagnosticsLogSettingsArgs(category=category, enabled=True)
                for category in plan.categories
            ],
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _metrics(
        self,
        name: str,
        plan: MetricsPlan,
        control_plane: ControlPlane,
        group: azure.resources.ResourceGroup,
        after: Sequence[pulumi.Resource],
    ) -> None:
        child = pulumi.ResourceOptions(parent=self, depends_on=list(after))
        workspace = azure.monitor.AzureMonitorWorkspace(
            f"{name}-workspace",
            azure_monitor_workspace_name=plan.name,
            resource_group_name=group.name,
            location=plan.location,
            tags=dict(plan.tags),
            opts=child,
        )
        endpoint = azure.monitor.DataCollectionEndpoint(
            f"{name}-endpoint",
            data_collection_endpoint_name=f"{plan.name}-metrics",
            resource_group_name=group.name,
            location=plan.location,
            kind="Linux",
            tags=dict(plan.tags),
            opts=child,
        )
        rule = azure.monitor.DataCollectionRule(
            f"{name}-collection",
            data_collection_rule_name=f"{plan.name}-metrics",
            resource_group_name=group.name,
            location=plan.location,
            kind="Linux",
            data_collection_endpoint_id=endpoint.id,
            data_sources=azure.monitor.DataCollectionRuleDataSourcesArgs(
                prometheus_forwarder=[
                    azure.monitor.PrometheusForwarderDataSourceArgs(name="prometheus", streams=[_STREAM])
                ]
            ),
            destinations=azure.monitor.DataCollectionRuleDestinationsArgs(
                monitoring_accounts=[
                    azure.monitor.MonitoringAccountDestinationArgs(name="workspace", account_resource_id=workspace.id)
                ]
            ),
            data_flows=[azure.monitor.DataFlowArgs(streams=[_STREAM], destinations=["workspace"])],
            tags=dict(plan.tags),
            opts=child,
        )
        azure.monitor.DataCollectionRuleAssociation(
            f"{name}-association",
            association_name="wayfare-metrics",
            resource_uri=control_plane.cluster.id,
            data_collection_rule_id=rule.id,
            opts=child,
        )
        told = self._told(name, plan, group)
        azure.alertsmanagement.PrometheusRuleGroup(
            f"{name}-alerts",
            rule_group_name=plan.name,
            resource_group_name=group.name,
            location=plan.location,
            cluster_name=control_plane.cluster.name,
            # Azure gives the rules a scope besides: "cluster" of the metrics is the cluster's name.
            scopes=[workspace.id, control_plane.cluster.id],
            enabled=True,
            interval="PT1M",
            rules=[_rule(alert, told) for alert in plan.alerts],
            tags=dict(plan.tags),
            opts=child,
        )

    def _collected(self, name: str, plan: MetricsPlan, control_plane: ControlPlane) -> None:
        """What the collector takes besides its least: pods that say so, as the chip's exporter does, and metrics of
        the alerts.
        """
        provider = kubernetes.Provider(
            f"{name}-provider",
            kubeconfig=control_plane.kubeconfig,
            enable_server_side_apply=True,
            opts=pulumi.ResourceOptions(parent=self),
        )
        kubernetes.core.v1.ConfigMap(
            f"{name}-settings",
            metadata={"name": "ama-metrics-settings-configmap", "namespace": "kube-system"},
            data=settings(plan.alerts),
            opts=pulumi.ResourceOptions(
                parent=self,
                provider=provider,
                depends_on=[control_plane.admin],
                deleted_with=control_plane.cluster,
            ),
        )

    def _told(
        self, name: str, plan: MetricsPlan, group: azure.resources.ResourceGroup
    ) -> list[azure.alertsmanagement.PrometheusRuleGroupActionArgs]:
        if not plan.notify:
            return []
        people = azure.monitor.ActionGroup(
            f"{name}-people",
            action_group_name=plan.name,
            resource_group_name=group.name,
            location="Global",
            group_short_name="wayfare",
            enabled=True,
            email_receivers=[
                azure.monitor.MicrosoftCommonEmailReceiverArgs(
                    name=address, email_address=address, use_common_alert_schema=True
                )
                for address in plan.notify
            ],
            tags=dict(plan.tags),
            opts=pulumi.ResourceOptions(parent=self),
        )
        return [azure.alertsmanagement.PrometheusRuleGroupActionArgs(action_group_id=people.id)]


def _rule(
    alert: Alert, told: list[azure.alertsmanagement.PrometheusRuleGroupActionArgs]
) -> azure.alertsmanagement.PrometheusRuleArgs:
    return azure.alertsmanagement.PrometheusRuleArgs(
        alert=alert.name,
        expression=alert.expression,
        for_=duration(alert.lasts),
        severity=_SEVERITIES[alert.severity],
        labels={"severity": alert.severity.value},
        annotations={"summary": alert.summary},
        enabled=True,
        actions=told,
        resolve_configuration=azure.alertsmanagement.PrometheusRuleResolveConfigurationArgs(
            auto_resolved=True, time_to_resolve="PT10M"
        ),
    )


def settings(alerts: tuple[Alert, ...]) -> dict[str, str]:
    """The collector's settings (Microsoft, "Customize scraping of Prometheus metrics in Azure Monitor").

    Kept besides the "minimal ingestion profile" are the metrics that the alerts read.
    """
    read = {word for alert in alerts for word in re.findall(r"\b(?:kube|node)_\w+", alert.expression)}
    kept = {
        target: "|".join(sorted(each for each in read if each.startswith(kind))) for target, kind in _TARGETS.items()
    }
    return {
        "schema-version": "v1",
        "config-version": "wayfare",
        # The namespace of the device plugins' charts.
        "pod-annotation-based-scraping": 'podannotationnamespaceregex = "kube-system"',
        "default-targets-metrics-keep-list": "\n".join(
            [*(f'{target} = "{metrics}"' for target, metrics in kept.items()), "minimalingestionprofile = true"]
        ),
    }


def duration(span: timedelta) -> str:
    """ISO 8601, in minutes; Azure takes PT0M for at once."""
    return f"PT{span // timedelta(minutes=1)}M"
