"""What comes along besides a bucket's own objects, and what it weighs. Pure."""

from dataclasses import dataclass

from wayfare.blueprints import CloudName


@dataclass(frozen=True)
class DataWeight:
    """A data set that is copied."""

    source: str
    """Where it comes from, as the blueprint has it."""
    cloud: CloudName
    objects: int
    size: int
    """Bytes."""


@dataclass(frozen=True)
class ImageWeight:
    """An image that is mirrored."""

    image: str
    """As the blueprint names it."""
    size: int | None
    """Bytes; None of one that the sandbox does not have."""
