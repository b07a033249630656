"""Slices of TPUs: chips in a grid, wired to their neighbours (Google Cloud, "TPU configurations")."""

from math import prod

#: Chips in one host of a slice of several hosts, for all generations that a blueprint can name.
CHIPS_IN_A_HOST = 4


def chips(topology: str) -> int:
    """How many chips a topology has: 256 for `16x16`, 64 for `4x4x4`."""
    return prod(int(side) for side in topology.split("x"))


def hosts(topology: str, per_node: int) -> int:
    """How many nodes a topology takes. Raises ValueError where its chips do not fill whole nodes."""
    count = chips(topology)
    if count % per_node:
        raise ValueError(f"topology {topology} has {count} chips, which do not fill nodes of {per_node}")
    return count // per_node
