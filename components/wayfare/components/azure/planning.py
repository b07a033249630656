"""From what is wanted to what Azure gets: the pure function, and what follows from a machine type."""

from collections.abc import Mapping
from datetime import timedelta

from wayfare.components.azure import planning_compute as compute
from wayfare.components.azure import planning_platform
from wayfare.components.azure import planning_storage as storage
from wayfare.components.azure.plan import (
    AzurePlan,
    BucketPlan,
    SystemPoolPlan,
    groups,
)
from wayfare.components.contract import POOL_LABEL, SYSTEM_POOL, NotFeasible, Request

#: Azure: "A maximum of 15 tags can be provided" for a storage account; other resources take 50.
MAX_TAGS = 15


def plan(request: Request) -> AzurePlan:
    """What Azure gets for a request. Raises `NotFeasible` for what it cannot do."""
    _refuse_what_cannot_be(request)
    tags, all_groups = request.tags, groups(request.resource_name)
    return AzurePlan(
        request=request,
        needs=(*planning_platform.needs(request), *compute.needs(request), *storage.needs(request)),
        pods=planning_platform.watched(request, compute.pods(request)),
        groups=all_groups,
        tags=tags,
        capacity=compute.capacity(request, tags),
        network=planning_platform.network(request),
        control_plane=planning_platform.control_plane(request, all_groups.cluster, all_groups.nodes),
        system_pool=SystemPoolPlan(name=SYSTEM_POOL, node_labels={POOL_LABEL: SYSTEM_POOL}, tags=tags),
        accelerator_pool=compute.pool(request, tags),
        bucket=_bucket(request, tags, all_groups.data),
        identity=planning_platform.identity(request),
        registry=planning_platform.registry(request, all_groups.cluster),
        endpoints=planning_platform.endpoints(request),
        monitoring=planning_platform.monitoring(request, all_groups.cluster),
        own_key=request.blueprint.spec.encryption == "own",
        shared_store=storage.shared_store(request),
        data=storage.data(request),
    )


def _bucket(request: Request, tags: Mapping[str, str], group: str) -> BucketPlan:
    wanted = request.blueprint.spec.storage.checkpoints
    plain = request.name.replace("-", "")
    durable = wanted.keep == "durable"
    return BucketPlan(
        group=group,
        location=request.placement.region,
        stem=f"wf{plain}"[:14],
        container="checkpoints",
        # Durable data outlives the loss of a zone: three copies in three zones instead of one.
        sku="Standard_ZRS" if durable else "Standard_LRS",
        durable=durable,
        # Azure counts whole days; what is left of a day is kept.
        expire_after_days=None if wanted.expire_after is None else -(-wanted.expire_after // timedelta(days=1)),
        # What the CIS benchmark asks for at least ("soft delete for blobs").
        recover_days=7 if durable else None,
        private=request.blueprint.spec.network.endpoints == "private",
        locked=request.protected and durable,
        tags={**tags, "wayfare-keep": wanted.keep},
    )


def _refuse_what_cannot_be(request: Request) -> None:
    compute.refuse(request)
    # The bucket's account and the reservation each carry one tag more.
    if len(request.tags) + 1 > MAX_TAGS:
        raise NotFeasible(
            f"Azure takes {MAX_TAGS} tags on a storage account, and the blueprint's labels lead to "
            f"{len(request.tags) + 1}"
        )
