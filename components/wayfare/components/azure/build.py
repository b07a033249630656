"""A cluster on Azure, declared: its components in the order in which they depend on each other."""

import pulumi
import pulumi_azure_native as azure

from wayfare.components.azure.accelerator_pool import AcceleratorPool
from wayfare.components.azure.bucket import Bucket
from wayfare.components.azure.caller import Caller
from wayfare.components.azure.capacity import Capacity
from wayfare.components.azure.control_plane import ControlPlane
from wayfare.components.azure.data import Data
from wayfare.components.azure.endpoints import Endpoints
from wayfare.components.azure.identity import Identity
from wayfare.components.azure.keys import Key
from wayfare.components.azure.monitoring import Monitoring
from wayfare.components.azure.network import Network
from wayfare.components.azure.plan import AzurePlan
from wayfare.components.azure.registry import Registry
from wayfare.components.azure.shared_store import SharedStore
from wayfare.components.azure.system_pool import SystemPool
from wayfare.components.contract import ClusterOutputs


def build(plan: AzurePlan, opts: pulumi.ResourceOptions) -> ClusterOutputs:
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
    key = Key.find(plan.request.placement.region, caller, opts.parent) if plan.own_key else None
    capacity = Capacity(f"{name}-capacity", plan.capacity, group.name, caller, opts)
    network = Network(f"{name}-network", plan.network, group.name, [capacity], opts)
    system_pool = SystemPool(f"{name}-system", plan.system_pool, network, opts)
    control_plane = ControlPlane(
        f"{name}-control-plane", plan.control_plane, network, system_pool, key, caller, group, [capacity], opts
    )
    pool = AcceleratorPool(
        f"{name}-accelerator", plan.accelerator_pool, control_plane, network, capacity, caller, group.name, opts
    )
    bucket = Bucket(f"{name}-checkpoints", plan.bucket, key, caller, opts)
    identity = Identity(f"{name}-identity", plan.identity, control_plane, bucket, caller, group, [capacity], opts)
    registry = Registry(f"{name}-registry", plan.registry, control_plane, identity, key, caller, group, opts)
    endpoints = Endpoints(
        f"{name}-endpoints", plan.endpoints, network, group, bucket.account, registry.id, [capacity], opts
    )
    Monitoring(f"{name}-monitoring", plan.monitoring, control_plane, key, caller, group, [capacity], opts)
    store = SharedStore(f"{name}-store", plan.shared_store, network, bucket, group.name, [capacity], opts)
    data = Data(f"{name}-data", plan.data, identity, bucket, caller, opts)
    return ClusterOutputs(
        endpoint=control_plane.endpoint,
        kubeconfig=control_plane.kubeconfig,
        checkpoints=bucket.url,
        identity=identity.client_id,
        issuer=control_plane.issuer,
        network=network.id,
        node_pool=pool.pool.name,
        capacity=capacity.reservation_id,
        control_plane=control_plane.cluster,
        ready=[control_plane.cluster, control_plane.admin, *endpoints.ready],
        registry=registry.server,
        volumes=[*store.volumes, *data.volumes],
        service_account_annotations={"azure.workload.identity/client-id": identity.client_id},
    )
