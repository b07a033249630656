"""What comes along besides the objects of the checkpoint bucket, while the source still runs."""

from collections.abc import Mapping

from pydantic import JsonValue

from wayfare.blueprints import Blueprint, CloudName
from wayfare.components.along import Along
from wayfare.stacks.moving.cargo import Cargo
from wayfare.stacks.moving.datasets import DataSets
from wayfare.stacks.moving.images import Images
from wayfare.stacks.moving.places import Surroundings
from wayfare.stacks.project import StackName


def expected(blueprint: Blueprint, target: CloudName) -> Along:
    """What the target's stack is told from the beginning: that its data sets will be in its bucket."""
    data = blueprint.spec.storage.data
    return Along(data=tuple(each.source for each in data if each.elsewhere == "copy" and each.cloud is not target))


class Luggage:
    """Images and data sets of one move."""

    def __init__(self, around: Surroundings, cargo: Cargo, images: Images, data: DataSets, has: Along) -> None:
        """`has`: what the source has from an earlier move."""
        self._around = around
        self._cargo = cargo
        self._images = images
        self._data = data
        self._has = has

    def bring(self, source: StackName, target: StackName) -> Mapping[str, JsonValue]:
        """Bring it along, and prove it by its content; what is there already is compared. Raises Stopped."""
        along, images = self._images.mirror(source, self._has, target, self._around.fence)
        if along.images:
            # While its queue is closed: a training that runs could not be given another image.
            self._around.equip(target, along)
        data = self._data.bring(self._cargo.bucket(target), self._around.fence)
        return {**({"images": dict(images)} if images else {}), **({"data": dict(data)} if data else {})}
