"""Stores of a cluster that may outlive it."""

from enum import StrEnum

from wayfare.blueprints import Blueprint, CloudName
from wayfare.stacks.consent import holds_data
from wayfare.stacks.engine.state import Recorded


class Store(StrEnum):
    """By the component that each is; the value is what a person calls it."""

    BUCKET = "checkpoint bucket"
    SHARED_STORE = "shared store"

    def has(self, resource: Recorded, cloud: CloudName) -> bool:
        """Whether a resource is of this store: all of a bucket's component; of a shared store what holds the data, and
        not the driver that mounts it."""
        types = resource.urn.split("::")[2]
        match self:
            case Store.BUCKET:
                return f"wayfare:{cloud}:Bucket" in types
            case Store.SHARED_STORE:
                return f"wayfare:{cloud}:SharedStore" in types and holds_data(resource.type)


def durable(blueprint: Blueprint) -> frozenset[Store]:
    """The stores that a blueprint wants kept when its cluster is destroyed."""
    storage = blueprint.spec.storage
    wishes = {Store.BUCKET: storage.checkpoints, Store.SHARED_STORE: storage.shared}
    return frozenset(store for store, wish in wishes.items() if wish is not None and wish.keep == "durable")
