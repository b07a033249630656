"""From what is wanted to shared stores, data and local disks on Azure: pure, like `planning`."""

from collections.abc import Mapping
from ipaddress import IPv4Network
from math import ceil

from wayfare.blueprints import CloudName, ExistingAzureNetwork
from wayfare.components.addresses import addresses
from wayfare.components.azure.account_compute import RESOURCE_PROVIDER
from wayfare.components.azure.plan_compute import DataMountPlan, DataPlan, SharedStorePlan, StoreSize
from wayfare.components.azure.plan_platform import identity_name
from wayfare.components.contract import Need, NotFeasible, Request
from wayfare.components.datasets import data_sets
from wayfare.components.pods import Scratch

#: Throughput of a TiB in MB/s → least capacity, which is the increment too, and most, TiB (Microsoft, "Create an Azure
#: Managed Lustre file system", throughput configurations). More takes a support ticket.
TIERS: Mapping[int, tuple[int, int]] = {40: (48, 768), 125: (16, 128), 250: (8, 128), 500: (4, 128)}

#: What a TiB costs in each tier, in proportion. Only the order of sums is taken from it: Microsoft's list could not be
#: read, and these are the proportions in which such tiers are priced elsewhere.
_WEIGHTS: Mapping[int, int] = {40: 83, 125: 145, 250: 210, 500: 340}

#: Machine types whose local disk is a temporary SCSI disk (Microsoft, "NCasT4_v3 sizes series", "NVadsA10 v5 sizes
#: series").
_NOT_NVME = frozenset({"Standard_NC4as_T4_v3", "Standard_NV36ads_A10_v5"})

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
    if request.blueprint.spec.encryption == "own":
        # "The key must be a 2048-bit RSA key" ("Create an Azure Managed Lustre file system").
        raise NotFeasible(
            "Azure Managed Lustre takes keys of 2,048 bits alone, and the account's own are longer; leave "
            "`storage.shared` out, or leave the keys to Azure by `encryption: cloud`"
        )
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
    """What the workload mounts from containers. Raises `NotFeasible` for data on another cloud."""
    (here, brought), checkpoint = data_sets(request), request.checkpoint
    mounts: list[DataMountPlan] = []
    for name, each in here.items():
        account, _, container = each.bucket.partition("/")
        mounts.append(DataMountPlan(name, account, container, each.prefix, each.mount))
    own = None if checkpoint is None else checkpoint.path
    return DataPlan(tuple(mounts), brought, own, reader=identity_name(request.resource_name))


def local_disks(request: Request, per_node_gib: int) -> Scratch:
    """The local NVMe disks as one striped volume (Microsoft, "Use Azure Container Storage with local NVMe").

    Raises `NotFeasible` where they are too small, or not known to be there.
    """
    machine = request.machine
    if machine.name in _NOT_NVME:
        raise NotFeasible(f"the local disk of {machine.name} is not NVMe, and no driver makes volumes of it")
    if machine.local_ssd_gb is None or "localSsdGb" in machine.unsure:
        raise NotFeasible(f"the local disks of {machine.name} are not documented well enough to promise space on them")
    # Each disk gives up a little for the volume manager's own records.
    usable = machine.local_ssd_gb * 10**9 // 2**30 - machine.local_ssd_disks
    if per_node_gib > usable:
        raise NotFeasible(f"{machine.name} has {usable} GiB of local disks, and {per_node_gib} are asked for")
    return Scratch(per_node_gib, storage_class="wayfare-local", provisioner="localdisk.csi.acstor.io")


def needs(request: Request) -> tuple[Need, ...]:
    """What the subscription must have for stores."""
    if request.blueprint.spec.storage.shared is None:
        return ()
    remedy = "register it: az provider register --namespace Microsoft.StorageCache"
    return (Need(RESOURCE_PROVIDER, request.placement.region, "Microsoft.StorageCache", remedy),)


def _first(space: IPv4Network, prefix: int) -> IPv4Network:
    return next(space.subnets(new_prefix=prefix))
