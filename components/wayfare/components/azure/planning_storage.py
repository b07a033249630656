"""From what is wanted to shared stores, data and local disks on Azure: pure, like `planning`."""

from collections.abc import Mapping
from ipaddress import IPv4Network
from math import ceil

from wayfare.blueprints import CloudName, ExistingAzureNetwork
from wayfare.components.addresses import addresses
from wayfare.components.azure.account_compute import RESOURCE_PROVIDER
from wayfare.components.azure.plan_compute import DataMountPlan, DataPlan, SharedStorePlan, StoreSize
from wayfare.components.contract import Need, NotFeasible, Request

#: Throughput of a TiB in MB/s → least capacity, which is the increment too, and most, TiB (Microsoft, "Create an Azure
#: Managed Lustre file system", throughput configurations). More takes a support ticket.
TIERS: Mapping[int, tuple[int, int]] = {40: (48, 768), 125: (16, 128), 250: (8, 128), 500: (4, 128)}

#: What a TiB costs in each tier, in proportion. Only the order of sums is taken from it: Microsoft's list could not be
#: read, and these are the proportions in which such tiers are priced elsewhere.
_WEIGHTS: Mapping[int, int] = {40: 83, 125: 145, 250: 210, 500: 340}

#: Prefix length of a file system's subnet, by the most TiB that it is enough for (Microsoft, "Azure Managed Lustre file
#: system prerequisites": /24 to 196 TiB, /23 to 400; the API wants /24 at least).
_PREFIXES = ((196, 24), (400, 23), (768, 22))


def lustre(capacity_gib: int, throughput: float | None) -> StoreSize:
    """The cheapest file system of at least that size and throughput (GB/s). Raises `NotFeasible`."""
    fitting: list[tuple[int, int, int]] = []
    for each, (step, most) in TIERS.items():
        # 1 GB/s = 1,000 MB/s, of which each TiB brings `each`.
        least = max(capacity_gib / 1024, 0 if throughput is None else throughput * 1000 / each)
        if (tib := ceil(round(least / step, 9)) * step) <= most:
            fitting.append((tib * _WEIGHTS[each], each, tib))
    if not fitting:
        fast = "" if throughput is None else f" and {throughput:g} GB/s"
        raise NotFeasible(
            f"Azure Managed Lustre has no file system of {capacity_gib / 1024:g} TiB{fast} without a support ticket: "
            + ", ".join(f"{most} TiB at {each} MB/s/TiB" for each, (_, most) in TIERS.items())
        )
    _, each, tib = min(fitting)
    return StoreSize(f"AMLFS-Durable-Premium-{each}", tib, tib * each)


def shared_store(request: Request) -> SharedStorePlan | None:
    """The file system that a blueprint asks for, or None."""
    if (wanted := request.blueprint.spec.storage.shared) is None:
        return None
    size, network = lustre(wanted.capacity, wanted.throughput), request.existing_network
    subnet = network.storage if isinstance(network, ExistingAzureNetwork) else None
    if network is not None and subnet is None:
        raise NotFeasible(
            "Azure Managed Lustre takes a subnet that nothing else is in; name one as `storage` of `network.existing`"
        )
    prefix = next(length for most, length in _PREFIXES if size.tib <= most)
    return SharedStorePlan(
        name=f"wf-{request.resource_name}",
        location=request.placement.region,
        zone=request.placement.zone,
        size=size,
        durable=wanted.keep == "durable",
        subnet=subnet,
        addresses=str(_first(addresses(request.blueprint.spec.network.space, CloudName.AZURE).storage, prefix)),
        tags={**request.tags, "wayfare-keep": wanted.keep},
    )


def data(request: Request) -> DataPlan:
    """What the workload reads. Raises `NotFeasible` for data on another cloud."""
    mounts: list[DataMountPlan] = []
    for number, each in enumerate(request.blueprint.spec.storage.data):
        if each.cloud is not CloudName.AZURE:
            raise NotFeasible(f"{each.source} is on {each.cloud}: copy it to a storage account, or leave azure out")
        account, _, container = each.bucket.partition("/")
        mounts.append(DataMountPlan(f"data-{number}", account, container, each.prefix, each.mount))
    return DataPlan(tuple(mounts), reader=f"wf-{request.resource_name}-workload")


def needs(request: Request) -> tuple[Need, ...]:
    """What the subscription must have for stores."""
    if request.blueprint.spec.storage.shared is None:
        return ()
    remedy = "register it: az provider register --namespace Microsoft.StorageCache"
    return (Need(RESOURCE_PROVIDER, request.placement.region, "Microsoft.StorageCache", remedy),)


def _first(space: IPv4Network, prefix: int) -> IPv4Network:
    return next(space.subnets(new_prefix=prefix))
