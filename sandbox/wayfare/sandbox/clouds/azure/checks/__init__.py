"""What Azure's APIs refuse although the schema and the models allow it, as far as the inputs alone tell.

What depends on other resources is refused where they are made (`resources`, `compute`, `containerservice`, `storage`).
"""

from wayfare.sandbox.clouds.azure.checks.clusters import cluster
from wayfare.sandbox.clouds.azure.checks.compute import reservation, reservation_group
from wayfare.sandbox.clouds.azure.checks.identity import assignment, federation, identity
from wayfare.sandbox.clouds.azure.checks.logic import workflow
from wayfare.sandbox.clouds.azure.checks.network import address, gateway, group, network, subnet
from wayfare.sandbox.clouds.azure.checks.pools import pool
from wayfare.sandbox.clouds.azure.checks.storage import account, container, lustre, policy

__all__ = [
    "account",
    "address",
    "assignment",
    "cluster",
    "container",
    "federation",
    "gateway",
    "group",
    "identity",
    "lustre",
    "network",
    "policy",
    "pool",
    "reservation",
    "reservation_group",
    "subnet",
    "workflow",
]
