"""Azure as the rest of the project sees it."""

from collections.abc import Mapping, Sequence

import pulumi
import pulumi_azure_native as azure

from wayfare.blueprints import CloudName
from wayfare.components.azure import account, adoption
from wayfare.components.azure.accelerator_pool import AcceleratorPool
from wayfare.components.azure.account import Caller
from wayfare.components.azure.bucket import Bucket
from wayfare.components.azure.capacity import Capacity
from wayfare.components.azure.control_plane import ControlPlane
from wayfare.components.azure.failures import RULES
from wayfare.components.azure.identity import Identity
from wayfare.components.azure.network import Network
from wayfare.components.azure.plan import AzurePlan, plan
from wayfare.components.azure.system_pool import SystemPool
from wayfare.components.contract import Cloud, ClusterOutputs, Item, Lost, Placement, Request, ZoneQuestion
from wayfare.components.failures import Rule


class Azure:
    """Azure: AKS, capacity reservations, Blob Storage."""

    name = CloudName.AZURE
    failures: Sequence[Rule] = RULES

    def configuration(self, placement: Placement) -> Mapping[str, str]:
        """The location; the subscription comes from the environment or from `azure-native:subscriptionId`."""
        return {"azure-native:location": placement.region}

    def plan(self, request: Request) -> AzurePlan:
        """What Azure gets for a request. Pure. Raises `NotFeasible` for what it cannot do."""
        return plan(request)

    def build(self, plan: AzurePlan, opts: pulumi.ResourceOptions) -> ClusterOutputs:
        """Declare the plan's resources: capacity first, and what costs time or money after it."""
        name = plan.request.name
        caller = Caller.ask(opts.parent)
        group = azure.resources.ResourceGroup(
            f"{name}-group",
            resource_group_name=plan.groups.cluster,
            location=plan.request.placement.region,
            tags=dict(plan.tags),
            opts=opts,
        )
        capacity = Capacity(f"{name}-capacity", plan.capacity, group.name, caller, opts)
        network = Network(f"{name}-network", plan.network, group.name, [capacity], opts)
        system_pool = SystemPool(f"{name}-system", plan.system_pool, network, opts)
        control_plane = ControlPlane(
            f"{name}-control-plane", plan.control_plane, network, system_pool, caller, group, [capacity], opts
        )
        pool = AcceleratorPool(
            f"{name}-accelerator", plan.accelerator_pool, control_plane, network, capacity, group.name, opts
        )
        bucket = Bucket(f"{name}-checkpoints", plan.bucket, caller, opts)
        identity = Identity(f"{name}-identity", plan.identity, control_plane, bucket, caller, group, [capacity], opts)
        return ClusterOutputs(
            endpoint=control_plane.endpoint,
            kubeconfig=control_plane.kubeconfig,
            checkpoints=bucket.url,
            identity=identity.client_id,
            network=network.network.id,
            node_pool=pool.pool.name,
            capacity=capacity.reservation_id,
            control_plane=control_plane.cluster,
            ready=[control_plane.cluster, control_plane.admin],
            service_account_annotations={"azure.workload.identity/client-id": identity.client_id},
        )

    async def zones(self, questions: Sequence[ZoneQuestion]) -> Mapping[ZoneQuestion, Sequence[str]]:
        """Ask the subscription where it may use machine types."""
        return await account.zones(questions)

    async def inventory(self, cluster: str, region: str) -> Sequence[Item]:
        """Ask the subscription what carries the cluster's tags or lies in its resource groups."""
        return await account.inventory(cluster, region)

    async def ids(self, cluster: str, region: str, lost: Sequence[Lost]) -> Mapping[str, str]:  # noqa: ARG002 - names hold both
        """Where resources are whose maker died, by their names."""
        return await adoption.ids(lost)


CLOUD: Cloud[AzurePlan] = Azure()
