"""AWS as the rest of the project sees it."""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi

from wayfare.blueprints import CloudName
from wayfare.components.aws import account, adoption
from wayfare.components.aws.failures import RULES
from wayfare.components.aws.gives import gives
from wayfare.components.aws.plan import AwsPlan
from wayfare.components.aws.planning import plan
from wayfare.components.contract import Cloud, ClusterOutputs, Item, Lost, Need, Request, ZoneQuestion
from wayfare.components.failures import Rule
from wayfare.components.gives import Gives
from wayfare.components.trusting import Trusted, TrustRequest


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

    def configuration(self, region: str) -> Mapping[str, str]:
        """The provider works in the region, and soon says when there is no capacity.

        EC2 answers a shortage with status 500, which the provider repeats like a passing fault, 25 times by default:
        three quarters of an hour in which no other placement is tried. Five attempts still ride out throttling.
        """
        return {"aws:region": region, "aws:maxRetries": "5"}

    def plan(self, request: Request) -> AwsPlan:
        """What AWS will get. Raises `NotFeasible` for what it cannot do."""
        return plan(request)

    def gives(self, plan: AwsPlan) -> Gives:
        """What a cluster made by a plan gives."""
        return gives(plan)

    def build(self, plan: AwsPlan, opts: pulumi.ResourceOptions) -> ClusterOutputs:
        """Declare the plan's resources: capacity first, and all that costs time or money after it."""
        # Not at the top: whoever only plans or asks does not wait for the SDK.
        from wayfare.components.aws.build import build

        return build(plan, opts)

    def bootstrap(self, regions: Sequence[str]) -> Mapping[str, pulumi.Input[Any]]:
        """Declare what is one per account or outlives clusters."""
        # Not at the top: whoever only plans or asks does not wait for the SDK.
        from wayfare.components.aws.bootstrap import Bootstrap
        from wayfare.components.aws.bootstrap_plan import bootstrap_plan

        return Bootstrap("account", bootstrap_plan(regions)).outputs

    def trust(self, request: TrustRequest) -> Trusted:
        """Declare what lets a cluster's pods read a bucket here. Raises `NotFeasible` where nothing could."""
        # Not at the top: whoever only plans or asks does not wait for the SDK.
        from wayfare.components.aws.trust import Trust
        from wayfare.components.aws.trust_plan import trust_plan

        return Trust(request.name, trust_plan(request)).trusted

    async def zones(self, questions: Sequence[ZoneQuestion]) -> Mapping[ZoneQuestion, Sequence[str]]:
        """The zones in which the account sees each machine type."""
        return await account.zones(questions)

    async def lacking(self, needs: Sequence[Need]) -> Mapping[Need, str]:
        """Ask the account for what clusters need beforehand."""
        return await account.lacking(needs)

    async def inventory(self, cluster: str, region: str) -> Sequence[Item]:
        """What carries the cluster's tags in the region, and its IAM roles."""
        return await account.inventory(cluster, region)

    async def ids(self, cluster: str, region: str, lost: Sequence[Lost]) -> Mapping[str, str]:
        """Where resources are whose maker died, by their tag or name."""
        return await adoption.ids(cluster, region, lost)


CLOUD: Cloud[AwsPlan] = Aws()
