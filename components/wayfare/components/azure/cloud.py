"""Azure as the rest of the project sees it."""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi

from wayfare.blueprints import CloudName
from wayfare.components.azure import account, adoption
from wayfare.components.azure.failures import RULES
from wayfare.components.azure.gives import gives
from wayfare.components.azure.plan import AzurePlan
from wayfare.components.azure.planning import plan
from wayfare.components.contract import Cloud, ClusterOutputs, Item, Lost, Need, Request, ZoneQuestion
from wayfare.components.failures import Rule
from wayfare.components.gives import Gives
from wayfare.components.trusting import Trusted, TrustRequest


class Azure:
    """Azure: AKS, capacity reservations, Blob Storage."""

    name = CloudName.AZURE
    failures: Sequence[Rule] = RULES

    def configuration(self, region: str) -> Mapping[str, str]:
        """The location; the subscription comes from the environment or from `azure-native:subscriptionId`."""
        return {"azure-native:location": region}

    def plan(self, request: Request) -> AzurePlan:
        """What Azure gets for a request. Pure. Raises `NotFeasible` for what it cannot do."""
        return plan(request)

    def gives(self, plan: AzurePlan) -> Gives:
        """What a cluster made by a plan gives."""
        return gives(plan)

    def build(self, plan: AzurePlan, opts: pulumi.ResourceOptions) -> ClusterOutputs:
        """Declare the plan's resources: capacity first, and what costs time or money after it."""
        # Not at the top: whoever only plans or asks does not wait for the SDK.
        from wayfare.components.azure.build import build

        return build(plan, opts)

    def bootstrap(self, regions: Sequence[str]) -> Mapping[str, pulumi.Input[Any]]:
        """Declare what is one per account or outlives clusters."""
        # Not at the top: whoever only plans or asks does not wait for the SDK.
        from wayfare.components.azure.bootstrap import Bootstrap
        from wayfare.components.azure.bootstrap_plan import bootstrap_plan

        return Bootstrap("account", bootstrap_plan(regions)).outputs

    def trust(self, request: TrustRequest) -> Trusted:
        """Declare what lets a cluster's pods read a bucket here. Raises `NotFeasible` where nothing could."""
        # Not at the top: whoever only plans or asks does not wait for the SDK.
        from wayfare.components.azure.trust import Trust
        from wayfare.components.azure.trust_plan import trust_plan

        return Trust(request.name, trust_plan(request)).trusted

    async def zones(self, questions: Sequence[ZoneQuestion]) -> Mapping[ZoneQuestion, Sequence[str]]:
        """Ask the subscription where it may use machine types."""
        return await account.zones(questions)

    async def lacking(self, needs: Sequence[Need]) -> Mapping[Need, str]:
        """Ask the account for what clusters need beforehand."""
        return await account.lacking(needs)

    async def inventory(self, cluster: str, region: str) -> Sequence[Item]:
        """Ask the subscription what carries the cluster's tags or lies in its resource groups."""
        return await account.inventory(cluster, region)

    async def ids(self, cluster: str, region: str, lost: Sequence[Lost]) -> Mapping[str, str]:  # noqa: ARG002 - names hold both
        """Where resources are whose maker died, by their names."""
        return await adoption.ids(lost)


CLOUD: Cloud[AzurePlan] = Azure()
