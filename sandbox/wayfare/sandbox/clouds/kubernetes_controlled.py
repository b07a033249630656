"""Objects for which a controller makes something in the cloud: load balancers for services, disks for claims."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import cast

from wayfare.sandbox.behaviour import Properties, Row

SERVICE, CLAIM = "kubernetes:core/v1:Service", "kubernetes:core/v1:PersistentVolumeClaim"


@dataclass(frozen=True)
class Controlled:
    """Such an object."""

    namespace: str
    name: str
    uid: str

    @property
    def balancer(self) -> str:
        """The name of its load balancer: the default of the cloud providers' controllers, at most 32 characters."""
        return f"a{re.sub('[^0-9a-f]', '', self.uid)}"[:32]


def balanced(objects: Sequence[Row]) -> Iterator[Controlled]:
    """Services with a load balancer."""
    return (_controlled(row) for row in objects if row.token == SERVICE and _kind(row) == "LoadBalancer")


def claimed(objects: Sequence[Row]) -> Iterator[Controlled]:
    """Claims with a disk. One that names its volume is for what was there before, and gets none."""
    return (_controlled(row) for row in objects if row.token == CLAIM and _spec(row).get("volumeName") is None)


def _kind(row: Row) -> object:
    return _spec(row).get("type")


def _spec(row: Row) -> Properties:
    spec = row.inputs.get("spec")
    return cast("Properties", spec) if isinstance(spec, dict) else {}


def _controlled(row: Row) -> Controlled:
    metadata = row.outputs["metadata"]
    return Controlled(str(metadata.get("namespace")), str(metadata["name"]), str(metadata["uid"]))
