"""Images of a cluster's own registry, mirrored to the registry of the cluster that it becomes.

The blueprint stays what it is: the target's stack is told in its settings which copy stands for which image. Images of
other registries are left alone; every cloud may pull them.
"""

from collections.abc import Callable, Mapping, Sequence

from pydantic import JsonValue

from wayfare.blueprints import Blueprint, CloudName
from wayfare.components.along import Along
from wayfare.stacks.mirroring.images import Image, NotMirrored
from wayfare.stacks.mirroring.mirror import content, mirror
from wayfare.stacks.mirroring.registry import Registry
from wayfare.stacks.mirroring.stores import Layout, Store
from wayfare.stacks.moving.journey import Stopped
from wayfare.stacks.moving.weights import ImageWeight
from wayfare.stacks.project import StackName
from wayfare.stacks.recovery import Tell
from wayfare.stacks.session import Session

#: What an image is called in a registry of many repositories, where it came from one that is a repository itself.
_NAME = "workload"

ABSENT = "the sandbox's registry has no such image, so that nothing was mirrored, and the name stays as it is"


def within(image: str, registry: str) -> bool:
    """Whether an image lies in a registry, or in the one repository that a cluster on AWS has."""
    return image.startswith(registry) and image[len(registry) : len(registry) + 1] in (":", "@", "/")


def place(image: Image, registry: str, target: str, cloud: CloudName) -> str:
    """The repository for an image's copy. `registry` and `target`: those of the source and of the target.

    On AWS a cluster's registry is one repository (Elastic Container Registry makes none by itself); on the others it
    holds many, of which an image keeps the name that it had.
    """
    if cloud is CloudName.AWS:
        return target
    rest = f"{image.host}/{image.repository}".removeprefix(registry).strip("/")
    return f"{target}/{rest or _NAME}"


class Images:
    """The images of one blueprint."""

    def __init__(self, session: Session, blueprint: Blueprint, tell: Tell) -> None:
        self._session = session
        spec = blueprint.spec
        own = (each.image for each in spec.accelerators)
        self._named: Sequence[str] = tuple(dict.fromkeys(each for each in (spec.workload.image, *own) if each))
        self._tell = tell

    def weights(self, source: StackName, has: Along) -> tuple[ImageWeight, ...]:
        """What each weighs that must come along; `has`: what the source has from an earlier move.

        Asks the source's registry, so that whoever is not signed in hears of it beforehand. Raises Stopped.
        """
        return tuple(
            ImageWeight(named, self._size(here)) for named, here in self._within(self._registry(source), has).items()
        )

    def mirror(
        self, source: StackName, has: Along, target: StackName, fence: Callable[[], None]
    ) -> tuple[Along, Mapping[str, JsonValue]]:
        """Copy them by their digest. Gives what the target's stack is to be told, and the evidence. Raises Stopped."""
        registry = self._registry(source)
        wanted = self._within(registry, has)
        if registry is None or not wanted:
            return Along(), {}
        other = self._registry(target)
        if other is None:
            raise Stopped(f"{target} exports no registry; run `wayfare up`, then resume")
        copies: dict[str, str] = {}
        evidence: dict[str, JsonValue] = {}
        for named, here in wanted.items():
            try:
                image = Image.read(here)
                if self._is_absent(image):
                    self._tell(f"  {here}: {ABSENT}")
                    evidence[named] = ABSENT
                    continue
                found = content(self._store(image), image.reference, here)
                self._tell(f"  mirroring {here}, {found.size / 1e6:,.1f} MB")
                repository = place(image, registry, other, target.cloud)
                there = Image.read(f"{repository}@{found.top.digest}")
                done = mirror(self._store(image), found, self._store(there, push=True), fence)
            except (NotMirrored, ConnectionError) as error:
                raise Stopped(f"{here} was not mirrored: {error}") from None
            copies[named] = str(there)
            evidence[named] = {"from": here, "to": str(there), "blobs": done.blobs, "bytes": done.size}
        return Along(images=copies), evidence

    def _within(self, registry: str | None, has: Along) -> Mapping[str, str]:
        """From an image as the blueprint names it to where it is now, if that is the source's own registry."""
        if registry is None:
            return {}
        return {named: has.image(named) for named in self._named if within(has.image(named), registry)}

    def _size(self, here: str) -> int | None:
        try:
            image = Image.read(here)
            if self._is_absent(image):
                return None
            return content(self._store(image), image.reference, here).size
        except (NotMirrored, ConnectionError) as error:
            raise Stopped(f"{here} could not be mirrored: {error}") from None

    def _registry(self, stack: StackName) -> str | None:
        found = self._session.stacks.outputs(str(stack)).get("registry")
        return found if isinstance(found, str) and found else None

    def _is_absent(self, image: Image) -> bool:
        """Whether nobody has put it into the folder that stands for its repository in the sandbox."""
        return self._session.sandbox is not None and self._store(image).manifest(image.reference) is None

    def _store(self, image: Image, *, push: bool = False) -> Store:
        sandbox = self._session.sandbox
        if sandbox is not None:
            return Layout(sandbox.repository(f"{image.host}/{image.repository}"))
        return Registry(image.host, image.repository, push=push)
