"""AWS as the rest of the project sees it."""

from collections.abc import Mapping, Sequence

import pulumi

from wayfare.blueprints import CloudName
from wayfare.components.aws import account, adoption
from wayfare.components.aws.accelerator_pool import AcceleratorPool
from wayfare.components.aws.bucket import Bucket
from wayfare.components.aws.capacity import Capacity
from wayfare.components.aws.control_plane import ControlPlane
from wayfare.components.aws.failures import RULES
from wayfare.components.aws.identity import Identity
from wayfare.components.aws.network import Network
from wayfare.components.aws.plan import AwsPlan, plan
from wayfare.components.aws.system_pool import SystemPool
from wayfare.components.contract import Cloud, ClusterOutputs, Item, Lost, Placement, Request, ZoneQuestion
from wayfare.components.failures import Rule


class Aws:
    """Satisfies `contract.Cloud`."""

    @property
    def name(self) -> CloudName:
        """Which cloud it is."""
        return CloudName.AWS

    @property
    def failures(self) -> Sequence[Rule]:
        """How AWS says what went wrong."""
        return RULES

    def configuration(self, placement: Placement) -> Mapping[str, str]:
        """The provider works in the placement's region, and soon says when there is no capacity.

        EC2 answers a shortage with status 500, which the provider repeats like a passing fault, 25 times by default:
        three quarters of an hour in which no other placement is tried. Five attempts still ride out throttling.
        """
        return {"aws:region": placement.region, "aws:maxRetries": "5"}

    def plan(self, request: Request) -> AwsPlan:
        """What AWS will get. Raises `NotFeasible` for what it cannot do."""
        return plan(request)

    def build(self, plan: AwsPlan, opts: pulumi.ResourceOptions) -> ClusterOutputs:
        """Declare the plan's resources: capacity first, and all that costs time or money after it."""
        name = plan.request.name
        opts = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(transformations=[adoption.named]))
        capacity = Capacity(f"{name}-capacity", plan.capacity, opts)
        after = [capacity]
        network = Network(f"{name}-network", plan.network, after, opts)
        control_plane = ControlPlane(f"{name}-control-plane", plan.control_plane, network, after, opts)
        system = SystemPool(f"{name}-system", plan.system_pool, network, control_plane, opts)
        pool = AcceleratorPool(f"{name}-accelerator", plan.accelerator_pool, capacity, network, control_plane, opts)
        bucket = Bucket(f"{name}-checkpoints", plan.bucket, opts)
        identity = Identity(f"{name}-identity", plan.identity, control_plane, bucket, after, opts)
        return ClusterOutputs(
            endpoint=control_plane.endpoint,
            kubeconfig=control_plane.kubeconfig,
            checkpoints=bucket.url,
            identity=identity.role,
            network=network.vpc,
            node_pool=pool.node_group,
            capacity=capacity.reservation,
            control_plane=control_plane.cluster,
            ready=[control_plane.admin, system, identity.association],
        )

    async def zones(self, questions: Sequence[ZoneQuestion]) -> Mapping[ZoneQuestion, Sequence[str]]:
        """The zones in which the account sees each machine type."""
        return await account.zones(questions)

    async def inventory(self, cluster: str, region: str) -> Sequence[Item]:
        """What carries the cluster's tags in the region, and its IAM roles."""
        return await account.inventory(cluster, region)

    async def ids(self, cluster: str, region: str, lost: Sequence[Lost]) -> Mapping[str, str]:
        """Where resources are whose maker died, by their tag or name."""
        return await adoption.ids(cluster, region, lost)


CLOUD: Cloud[AwsPlan] = Aws()
