"""A cluster on Google Cloud, declared: its components in the order in which they depend on each other."""

import pulumi
import pulumi_gcp as gcp

from wayfare.components.contract import ClusterOutputs
from wayfare.components.gcp.accelerator_pool import AcceleratorPool
from wayfare.components.gcp.bucket import Bucket
from wayfare.components.gcp.capacity import Capacity
from wayfare.components.gcp.control_plane import ControlPlane
from wayfare.components.gcp.data import Data
from wayfare.components.gcp.endpoints import Endpoints
from wayfare.components.gcp.identity import Identity
from wayfare.components.gcp.monitoring import Monitoring
from wayfare.components.gcp.network import Network
from wayfare.components.gcp.plan import GcpPlan
from wayfare.components.gcp.registry import Registry
from wayfare.components.gcp.shared_store import SharedStore
from wayfare.components.gcp.system_pool import SystemPool


def build(plan: GcpPlan, opts: pulumi.ResourceOptions) -> ClusterOutputs:
    """Declare the plan's resources: capacity first, so that a shortage leaves nothing behind."""
    name = plan.request.name
    project = gcp.organizations.get_client_config_output(
        opts=pulumi.InvokeOutputOptions(parent=opts.parent, provider=opts.provider)
    ).apply(lambda client: client.project)
    capacity = Capacity(f"{name}-capacity", plan.capacity, opts)
    after = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[capacity]))
    network = Network(f"{name}-network", plan.network, after)
    own = plan.key
    key = None if own is None else project.apply(own.id)
    endpoints = Endpoints(f"{name}-endpoints", plan.endpoints, network, after)
    control_plane = ControlPlane(f"{name}-control-plane", plan.control_plane, network, project, key, after)
    system_pool = SystemPool(f"{name}-system", plan.system_pool, control_plane, opts)
    pool = AcceleratorPool(f"{name}-accelerator", plan.accelerator_pool, control_plane, capacity, opts)
    bucket = Bucket(f"{name}-checkpoints", plan.bucket, network, project, key, opts)
    identity = Identity(f"{name}-identity", plan.identity, bucket, control_plane, project, opts)
    Monitoring(f"{name}-monitoring", plan.monitoring, project, opts)
    store = SharedStore(f"{name}-shared", plan.shared_store, network, project, key, after)
    data = Data(f"{name}-data", plan.data, identity, bucket, control_plane, opts)
    registry = Registry(f"{name}-registry", plan.registry, control_plane, identity, project, key, opts)
    return ClusterOutputs(
        endpoint=control_plane.endpoint,
        kubeconfig=control_plane.kubeconfig,
        checkpoints=bucket.url,
        identity=identity.principal,
        issuer=control_plane.issuer,
        network=network.network_id,
        node_pool=pool.pool.name,
        capacity=capacity.reservation_id,
        control_plane=control_plane.cluster,
        # Nodes find Google's APIs by the endpoints' names.
        ready=[system_pool, endpoints],
        registry=registry.url,
        volumes=(*store.volumes, *data.volumes),
    )
