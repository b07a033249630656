"""Google Cloud as the rest of the project sees it."""

from collections.abc import Mapping, Sequence

import pulumi
import pulumi_gcp as gcp

from wayfare.blueprints import CloudName
from wayfare.components.contract import Cloud, ClusterOutputs, Item, Lost, Placement, Request, ZoneQuestion
from wayfare.components.failures import Rule
from wayfare.components.gcp import account, adoption
from wayfare.components.gcp.accelerator_pool import AcceleratorPool
from wayfare.components.gcp.bucket import Bucket
from wayfare.components.gcp.capacity import Capacity
from wayfare.components.gcp.control_plane import ControlPlane
from wayfare.components.gcp.failures import RULES
from wayfare.components.gcp.identity import Identity
from wayfare.components.gcp.network import Network
from wayfare.components.gcp.plan import GcpPlan, plan
from wayfare.components.gcp.system_pool import SystemPool


class Gcp:
    """Google Cloud: GKE, Compute Engine reservations, Cloud Storage."""

    name = CloudName.GCP
    failures: Sequence[Rule] = RULES

    def configuration(self, placement: Placement) -> Mapping[str, str]:
        """The region; the project comes from the environment or from the stack's own `gcp:project`."""
        return {"gcp:region": placement.region}

    def plan(self, request: Request) -> GcpPlan:
        """What Google Cloud gets for a request. Pure. Raises `NotFeasible` for what it cannot do."""
        return plan(request)

    def build(self, plan: GcpPlan, opts: pulumi.ResourceOptions) -> ClusterOutputs:
        """Declare the plan's resources: capacity first, so that a shortage leaves nothing behind."""
        name = plan.request.name
        project = gcp.organizations.get_client_config_output(
            opts=pulumi.InvokeOutputOptions(parent=opts.parent, provider=opts.provider)
        ).apply(lambda client: client.project)
        capacity = Capacity(f"{name}-capacity", plan.capacity, opts)
        after = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[capacity]))
        network = Network(f"{name}-network", plan.network, after)
        control_plane = ControlPlane(f"{name}-control-plane", plan.control_plane, network, project, after)
        system_pool = SystemPool(f"{name}-system", plan.system_pool, control_plane, opts)
        pool = AcceleratorPool(f"{name}-accelerator", plan.accelerator_pool, control_plane, capacity, opts)
        bucket = Bucket(f"{name}-checkpoints", plan.bucket, project, opts)
        identity = Identity(f"{name}-identity", plan.identity, bucket, control_plane, project, opts)
        return ClusterOutputs(
            endpoint=control_plane.endpoint,
            kubeconfig=control_plane.kubeconfig,
            checkpoints=bucket.url,
            identity=identity.principal,
            network=network.network.id,
            node_pool=pool.pool.name,
            capacity=capacity.reservation_id,
            control_plane=control_plane.cluster,
            ready=[system_pool],
        )

    async def zones(self, questions: Sequence[ZoneQuestion]) -> Mapping[ZoneQuestion, Sequence[str]]:
        """Ask the project where machine types are offered."""
        return await account.zones(questions)

    async def inventory(self, cluster: str, region: str) -> Sequence[Item]:
        """Ask the project what carries the cluster's labels or name."""
        return await account.inventory(cluster, region)

    async def ids(self, cluster: str, region: str, lost: Sequence[Lost]) -> Mapping[str, str]:  # noqa: ARG002 - names hold both
        """Where resources are whose maker died, by their names."""
        return await adoption.ids(lost)


CLOUD: Cloud[GcpPlan] = Gcp()
