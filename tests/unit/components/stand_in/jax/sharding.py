"""Which member has which row."""

from typing import Any


class Mesh:
    """Chips by member and lane: those of a member are of one machine, wherever members are machines."""

    def __init__(self, devices: list[list[Any]], names: tuple[str, str]) -> None:
        assert names == ("member", "lane")
        assert all(len({device.process_index for device in row}) == 1 for row in devices)


class PartitionSpec:
    """Axes of a mesh."""

    def __init__(self, *axes: str) -> None:
        self.axes = axes


class NamedSharding:
    """Axes of a mesh, by an array's own."""

    def __init__(self, _mesh: Mesh, axes: PartitionSpec) -> None:
        self.axes = axes.axes
