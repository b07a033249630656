"""The nodes that run what the cluster itself needs."""

import pulumi
import pulumi_azure_native as azure

from wayfare.components.azure.network import Network
from wayfare.components.azure.plan import SystemPoolPlan


class SystemPool(pulumi.ComponentResource):
    """The pool that AKS makes together with the cluster: it has no resource of its own.

    AKS wants one system pool in the cluster's own definition. A second one as a resource would be of the same size
    again (two nodes of four vCPUs at least) and of no use.
    """

    def __init__(
        self, name: str, plan: SystemPoolPlan, network: Network, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("wayfare:azure:SystemPool", name, None, opts)
        self.profile = azure.containerservice.ManagedClusterAgentPoolProfileArgs(
            name=plan.name,
            mode="System",
            type="VirtualMachineScaleSets",
            vm_size=plan.machine_type,
            count=plan.nodes,
            enable_auto_scaling=False,
            os_type="Linux",
            os_sku="Ubuntu",
            os_disk_size_gb=plan.disk_gb,
            enable_node_public_ip=False,
            vnet_subnet_id=network.subnet,
            node_labels=dict(plan.node_labels),
            upgrade_settings=azure.containerservice.AgentPoolUpgradeSettingsArgs(max_surge="1"),
            tags=dict(plan.tags),
        )
        self.register_outputs({"name": plan.name})
