"""Google Cloud as the rest of the project sees it."""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi

from wayfare.blueprints import CloudName
from wayfare.components.contract import Cloud, ClusterOutputs, Item, Lost, Need, Request, ZoneQuestion
from wayfare.components.failures import Rule
from wayfare.components.gcp import account, adoption
from wayfare.components.gcp.failures import RULES
from wayfare.components.gcp.gives import gives
from wayfare.components.gcp.plan import GcpPlan
from wayfare.components.gcp.planning import plan
from wayfare.components.gives import Gives
from wayfare.components.trusting import Trusted, TrustRequest


class Gcp:
    """Google Cloud: GKE, Compute Engine reservations, Cloud Storage."""

    name = CloudName.GCP
    failures: Sequence[Rule] = RULES

    def configuration(self, region: str) -> Mapping[str, str]:
        """The region; the project comes from the environment or from the stack's own `gcp:project`."""
        return {"gcp:region": region}

    def plan(self, request: Request) -> GcpPlan:
        """What Google Cloud gets for a request. Pure. Raises `NotFeasible` for what it cannot do."""
        return plan(request)

    def gives(self, plan: GcpPlan) -> Gives:
        """What a cluster made by a plan gives."""
        return gives(plan)

    def build(self, plan: GcpPlan, opts: pulumi.ResourceOptions) -> ClusterOutputs:
        """Declare the plan's resources: capacity first, so that a shortage leaves nothing behind."""
        # Not at the top: whoever only plans or asks does not wait for the SDK.
        from wayfare.components.gcp.build import build

        return build(plan, opts)

    def bootstrap(self, regions: Sequence[str]) -> Mapping[str, pulumi.Input[Any]]:
        """Declare what is one per account or outlives clusters."""
        # Not at the top: whoever only plans or asks does not wait for the SDK.
        from wayfare.components.gcp.bootstrap import Bootstrap
        from wayfare.components.gcp.bootstrap_plan import bootstrap_plan

        return Bootstrap("account", bootstrap_plan(regions)).outputs

    def trust(self, request: TrustRequest) -> Trusted:
        """Declare what lets a cluster's pods read a bucket here. Raises `NotFeasible` where nothing could."""
        # Not at the top: whoever only plans or asks does not wait for the SDK.
        from wayfare.components.gcp.trust import Trust
        from wayfare.components.gcp.trust_plan import trust_plan

        return Trust(request.name, trust_plan(request)).trusted

    async def zones(self, questions: Sequence[ZoneQuestion]) -> Mapping[ZoneQuestion, Sequence[str]]:
        """Ask the project where machine types are offered."""
        return await account.zones(questions)

    async def lacking(self, needs: Sequence[Need]) -> Mapping[Need, str]:
        """Ask the account for what clusters need beforehand."""
        return await account.lacking(needs)

    async def inventory(self, cluster: str, region: str) -> Sequence[Item]:
        """Ask the project what carries the cluster's labels or name."""
        return await account.inventory(cluster, region)

    async def ids(self, cluster: str, region: str, lost: Sequence[Lost]) -> Mapping[str, str]:  # noqa: ARG002 - names hold both
        """Where resources are whose maker died, by their names."""
        return await adoption.ids(lost)


CLOUD: Cloud[GcpPlan] = Gcp()
