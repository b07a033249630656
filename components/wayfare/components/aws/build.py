"""A cluster on AWS, declared: its components in the order in which they depend on each other."""

import pulumi

from wayfare.components.aws import adoption, keys
from wayfare.components.aws.accelerator_pool import AcceleratorPool
from wayfare.components.aws.bucket import Bucket
from wayfare.components.aws.capacity import Capacity
from wayfare.components.aws.control_plane import ControlPlane
from wayfare.components.aws.data import Data
from wayfare.components.aws.endpoints import Endpoints
from wayfare.components.aws.flow_log import FlowLog
from wayfare.components.aws.identity import Identity
from wayfare.components.aws.monitoring import Monitoring
from wayfare.components.aws.network import Network
from wayfare.components.aws.plan import AwsPlan
from wayfare.components.aws.registry import Registry
from wayfare.components.aws.shared_store import SharedStore
from wayfare.components.aws.system_pool import SystemPool
from wayfare.components.contract import ClusterOutputs


def build(plan: AwsPlan, opts: pulumi.ResourceOptions) -> ClusterOutputs:
    """Declare the plan's resources: capacity first, and all that costs time or money after it."""
    name = plan.request.name
    opts = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(transformations=[adoption.named]))
    key = keys.found(plan.key, opts)
    capacity = Capacity(f"{name}-capacity", plan.capacity, opts)
    after = [capacity]
    network = Network(f"{name}-network", plan.network, after, opts)
    if plan.flow_log is not None:
        FlowLog(f"{name}-flow-log", plan.flow_log, network.vpc, key, after, opts)
    control_plane = ControlPlane(f"{name}-control-plane", plan.control_plane, network, key, after, opts)
    system = SystemPool(f"{name}-system", plan.system_pool, network, control_plane, key, opts)
    pool = AcceleratorPool(f"{name}-accelerator", plan.accelerator_pool, capacity, network, control_plane, key, opts)
    store = SharedStore(f"{name}-shared", plan.shared_store, network, control_plane, key, after, [system], opts)
    bucket = Bucket(f"{name}-checkpoints", plan.bucket, key, f"{name}-endpoints", opts)
    data = Data(f"{name}-data", plan.data, control_plane, bucket, key, after, [system], opts)
    endpoints = [
        Endpoints(f"{name}-endpoints", each, network, bucket, opts) for each in (plan.endpoints,) if each is not None
    ]
    registries = [
        Registry(f"{name}-registry", each, network, key, opts) for each in (plan.registry,) if each is not None
    ]
    if plan.monitoring is not None:
        Monitoring(f"{name}-monitoring", plan.monitoring, network, control_plane, system, key, opts)
    identity = Identity(f"{name}-identity", plan.identity, control_plane, bucket, registries, key, after, opts)
    return ClusterOutputs(
        endpoint=control_plane.endpoint,
        kubeconfig=control_plane.kubeconfig,
        checkpoints=bucket.url,
        identity=identity.role,
        issuer=control_plane.issuer,
        network=network.vpc,
        node_pool=pool.node_group,
        capacity=capacity.reservation,
        control_plane=control_plane.cluster,
        registry=next((registry.url for registry in registries), None),
        ready=[
            *control_plane.admins,
            *control_plane.doors,
            system,
            identity.association,
            *endpoints,
            *store.driver,
            *data.driver,
        ],
        volumes=[*store.volumes, *data.volumes],
    )
