"""What a move has brought along to a cluster, beside what its blueprint says. Pure.

The stack's settings keep it, so that whoever brings the cluster up later finds it where it is now.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

#: Of names in the cluster's own bucket that are Wayfare's. No part of a checkpoint's marker begins with a dot
#: (`patterns.MARKER`), and `*` stands for none that does, so that nothing below is ever taken for one.
OWN = ".wayfare"

#: Where data sets lie there, each under a name of its own.
DATA = f"{OWN}/data"

_DIGITS = 16


@dataclass(frozen=True)
class Along:
    """What a stack has from a move."""

    images: Mapping[str, str] = field(default_factory=dict[str, str])
    """From an image as the blueprint names it to its copy in the cluster's own registry, by digest."""
    data: tuple[str, ...] = ()
    """Data sets that lie in the cluster's own bucket, by where the blueprint has them `from`."""

    def image(self, wanted: str) -> str:
        """What is run where the blueprint names an image."""
        return self.images.get(wanted, wanted)

    def with_(self, other: "Along") -> "Along":
        """Both; of an image that both name, the other's copy."""
        return Along({**self.images, **other.images}, tuple(dict.fromkeys((*self.data, *other.data))))


@dataclass(frozen=True)
class Brought:
    """A data set in the cluster's own bucket, mounted to be read."""

    name: str
    """Of its volume."""
    prefix: str
    """What the names of its objects begin with, without slashes at either end."""
    mount: str


def prefix(source: str) -> str:
    """Where a data set lies in the cluster's own bucket. It follows from where it comes from, and from nothing else."""
    return f"{DATA}/{hashlib.sha256(source.rstrip('/').encode()).hexdigest()[:_DIGITS]}"
