"""What one cloud's behaviour may ask the store: its own resources, virtual time, ids, zones and buckets."""

import shutil
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from wayfare.sandbox.behaviour import Plane
from wayfare.sandbox.clock import START, VirtualClock
from wayfare.sandbox.ledger import Ledger
from wayfare.sandbox.packages import CLOUDS
from wayfare.sandbox.store import Resource, Store

if TYPE_CHECKING:
    from wayfare.sandbox.planes.planes import Planes


class View:
    """The store as one package's behaviour sees it; see `behaviour.StoreView`."""

    def __init__(
        self, package: str, store: Store, ledger: Ledger, clock: VirtualClock, planes: "Planes | None" = None
    ) -> None:
        self._package, self._store, self._ledger, self._clock, self._planes = package, store, ledger, clock, planes

    def now(self) -> datetime:
        """Virtual time, UTC."""
        return self._clock.now()

    def new_id(self, digits: int = 17) -> str:
        """A fresh lower-case hex string, repeatable after a reset."""
        return self._store.new_id(digits)

    def rows(self, token: str | None = None) -> Sequence[Resource]:
        """Resources of one type, of whatever package; or all of this cloud."""
        return self._store.resources(None if token else self._package, token)

    def row(self, token: str, id: str) -> Resource | None:
        """One resource of this cloud."""
        return next(iter(self._store.resources(self._package, token, id)), None)

    def deleted(self, token: str, id: str) -> datetime | None:
        """When a resource of this cloud with that id was deleted last."""
        at = self._store.deleted(self._package, token, id)
        return None if at is None else START + timedelta(seconds=at)

    def zones(self, region: str) -> Sequence[str]:
        """Zones of a region; empty for a region that the cloud does not have."""
        return self._ledger.zones(CLOUDS[self._package], region) if self._package in CLOUDS else ()

    def offered(self, region: str, zone: str, machine_type: str) -> bool:
        """Whether a zone has this machine type at all."""
        return self._package in CLOUDS and self._ledger.offered(CLOUDS[self._package], region, zone, machine_type)

    def plane(self, token: str, region: str, id: str) -> Plane | None:
        """The real control plane of a cluster; None in a sandbox without them."""
        return None if self._planes is None else self._planes.address(f"{token.partition(':')[0]}/{region}/{id}")

    def bucket_made(self, name: str) -> None:
        """Make the directory that holds a bucket's bytes."""
        self._store.bucket(self._package, name).mkdir(parents=True, exist_ok=True)

    def bucket_empty(self, name: str) -> bool:
        """Whether a bucket holds no object."""
        return not any(path.is_file() for path in self._store.bucket(self._package, name).rglob("*"))

    def bucket_removed(self, name: str) -> None:
        """Delete a bucket's directory and its bytes."""
        shutil.rmtree(self._store.bucket(self._package, name), ignore_errors=True)
