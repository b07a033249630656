"""From what is wanted to what Google Cloud gets: the pure function that puts the plan together."""

from collections.abc import Mapping
from datetime import timedelta

from wayfare.components.contract import POOL_LABEL, SYSTEM_POOL, Request
from wayfare.components.gcp import planning_compute, planning_platform, planning_storage, watching
from wayfare.components.gcp.plan import (
    BucketPlan,
    ControlPlanePlan,
    GcpPlan,
    IdentityPlan,
    SystemPoolPlan,
    labels_of,
)


def plan(request: Request) -> GcpPlan:
    """What Google Cloud gets for a request. Raises `NotFeasible` for what it cannot do."""
    planning_compute.refuse(request)
    planning_platform.refuse_what_cannot_be(request)
    name, placement = request.resource_name, request.placement
    labels = labels_of(request.tags)
    return GcpPlan(
        request=request,
        needs=(*planning_platform.what_is_needed(request), *planning_compute.what_is_needed(request)),
        pods=watching.watched(request, planning_compute.pods(request)),
        capacity=planning_compute.capacity(request),
        network=planning_platform.network(request),
        control_plane=ControlPlanePlan(
            name=name,
            region=placement.region,
            allow=request.blueprint.spec.access.allow,
            private=request.blueprint.spec.access.api == "private",
            account_id=name,
            admins=request.blueprint.spec.admins.gcp,
            version=request.blueprint.spec.kubernetes.version,
            protected=request.protected,
            collects=watching.components(request),
            labels=labels,
            mounts_lustre=request.blueprint.spec.storage.shared is not None,
        ),
        system_pool=SystemPoolPlan(
            name=SYSTEM_POOL,
            region=placement.region,
            labels=labels,
            node_labels={POOL_LABEL: SYSTEM_POOL},
        ),
        accelerator_pool=planning_compute.accelerator_pool(request, labels),
        bucket=_bucket(request, labels),
        shared_store=planning_storage.shared_store(request, labels),
        data=planning_storage.data(request),
        identity=IdentityPlan(
            cluster=name,
            region=placement.region,
            secrets=request.blueprint.spec.secrets.gcp,
            by_condition=request.blueprint.spec.network.endpoints == "private",
        ),
        key=planning_platform.key(request),
        endpoints=planning_platform.endpoints(request, labels),
        registry=planning_platform.registry(request, labels),
        monitoring=watching.monitoring(request, labels),
    )


def _bucket(request: Request, labels: Mapping[str, str]) -> BucketPlan:
    wanted = request.blueprint.spec.storage.checkpoints
    scratch = wanted.keep == "scratch"
    return BucketPlan(
        suffix=request.resource_name,
        location=request.placement.region.upper(),
        force_destroy=scratch,
        # Google counts whole days; what is left of a day is kept.
        expire_after_days=None if wanted.expire_after is None else -(-wanted.expire_after // timedelta(days=1)),
        # Deleted objects can be restored, and are paid for, during this time: 0, or 7 to 90 days.
        soft_delete_seconds=0 if scratch else int(timedelta(days=7).total_seconds()),
        reached_from=planning_platform.reached_from(request),
        protected=request.protected and not scratch,
        labels={**labels, "wayfare-keep": wanted.keep},
    )
