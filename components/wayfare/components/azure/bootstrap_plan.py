"""What Azure gets once for a subscription, and by which names every cluster finds it. Pure.

Names that must be unique in the world follow from the subscription's id, so that a cluster's program needs to know no
more than where it runs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from wayfare.components.contract import short_digest

#: Carried by all of it.
TAGS: Mapping[str, str] = {"wayfare-account": "bootstrap"}

KEY = "wayfare"
"""Name of the key in each region's vault."""


@dataclass(frozen=True)
class RegionPlan:
    """A region's key, in a vault of its own, and what acts with it."""

    region: str
    group: str
    identity: str
    """Name of the identity by which storage, registries and disks use the key."""
    disks: str
    """Name of the disk encryption set."""
    key_bits: int = 3072
    """Of an RSA key. Storage, disks and registries all take 2048, 3072 and 4096."""
    rotates_after: str = "P1Y"
    """ISO 8601. Old versions stay, and what was encrypted with them stays readable."""


@dataclass(frozen=True)
class StatePlan:
    """A storage account for Pulumi's state, versioned and private."""

    region: str
    group: str
    container: str = "state"
    keep_deleted_days: int = 30
    keep_versions_days: int = 90


@dataclass(frozen=True)
class ReaperPlan:
    """A timer for the whole subscription that gives back reservations whose hold has ended.

    Each cluster has a timer of its own (`hold.py`); this one ends what a deleted or broken one forgot.
    """

    region: str
    group: str
    workflow: str = "wayfare-reaper"
    role: str = "Wayfare reaper"
    actions: tuple[str, ...] = (
        "Microsoft.Compute/capacityReservationGroups/read",
        "Microsoft.Compute/capacityReservationGroups/capacityReservations/read",
        "Microsoft.Compute/capacityReservationGroups/capacityReservations/write",
    )
    """All that it may do: no built-in role writes reservations and nothing else."""


@dataclass(frozen=True)
class BootstrapPlan:
    """What a subscription has once."""

    regions: tuple[RegionPlan, ...]
    state: StatePlan
    reaper: ReaperPlan
    features: tuple[tuple[str, str], ...]
    """Namespace and name of features to register."""
    tags: Mapping[str, str]


#: "Use InfiniBand on AKS": for the ND sizes with InfiniBand. Sizes of an NVL72 domain want it not registered, and it
#: holds for the whole subscription: clusters of either kind need a subscription of their own.
INFINIBAND = ("Microsoft.ContainerService", "AKSInfinibandSupport")


def bootstrap_plan(regions: Sequence[str]) -> BootstrapPlan:
    """What a subscription gets for these regions; the first holds what there is one of.

    Raises ValueError where no region is named.
    """
    if not regions:
        raise ValueError("name at least one region; the first also holds the state bucket and the reaper")
    home = regions[0]
    return BootstrapPlan(
        regions=tuple(
            RegionPlan(region, account_group(region), identity="wayfare-keys", disks="wayfare-disks")
            for region in dict.fromkeys(regions)
        ),
        state=StatePlan(home, account_group(home)),
        reaper=ReaperPlan(home, account_group(home)),
        features=(INFINIBAND,),
        tags=TAGS,
    )


def account_group(region: str) -> str:
    """Resource group of what clusters in a region share."""
    return f"wayfare-{region}"


def vault_name(subscription: str, region: str) -> str:
    """Key Vault: 3 to 24 letters, digits and hyphens, unique in the world."""
    return f"wayfare-{short_digest(subscription, region, length=10)}"


def state_account(subscription: str) -> str:
    """A storage account: 3 to 24 lower-case letters and digits, unique in the world."""
    return f"wfstate{short_digest(subscription, length=10)}"


def _in_group(subscription: str, region: str, path: str) -> str:
    return f"/subscriptions/{subscription}/resourceGroups/{account_group(region)}/providers/{path}"


def vault_id(subscription: str, region: str) -> str:
    """Resource id of a region's vault."""
    return _in_group(subscription, region, f"Microsoft.KeyVault/vaults/{vault_name(subscription, region)}")


def identity_id(subscription: str, region: str) -> str:
    """Resource id of the identity that uses a region's key."""
    return _in_group(subscription, region, "Microsoft.ManagedIdentity/userAssignedIdentities/wayfare-keys")


def disks_id(subscription: str, region: str) -> str:
    """Resource id of a region's disk encryption set."""
    return _in_group(subscription, region, "Microsoft.Compute/diskEncryptionSets/wayfare-disks")
