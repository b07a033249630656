"""What a sandboxed cloud asks of real control planes: nothing at all, in a sandbox without them."""

from dataclasses import replace
from typing import TYPE_CHECKING

from wayfare.sandbox.behaviour import Call, Made, Properties, Refused
from wayfare.sandbox.planes import objects
from wayfare.sandbox.planes.api import Api, ApiRefused, NotReady, Silent
from wayfare.sandbox.regions import cluster_key
from wayfare.sandbox.store import Resource, Store

if TYPE_CHECKING:
    from wayfare.sandbox.planes.planes import Planes


class Real:
    """The sandbox's records of objects, held against the API servers that keep them."""

    def __init__(self, store: Store, planes: "Planes | None") -> None:
        self._store, self._planes = store, planes

    def follow(self, token: str) -> str | None:
        """Let the control planes agree with the clouds, if a resource of that type concerns them.

        Why one does not come up, or a controller beside it, as one that a chart brings with values that it refuses.
        """
        if self._planes is not None and self._planes.concerns(token):
            try:
                self._planes.follow()
            except (NotReady, ApiRefused, Silent) as error:
                return str(error)
        return None

    def created(self, call: Call, made: Made) -> Made:
        """An object as its API server made it. Raises `Refused`, and then there is no record of it."""
        if (api := self._api(call)) is None:
            return made
        row = self._row(call, made.id)
        try:
            outputs = objects.create(api, replace(call, id=made.id))
        except Refused:
            self._store.remove(row.number)
            raise
        self._keep(row, call.inputs, outputs)
        return Made(made.id, outputs)

    def seen(self, call: Call, row: Resource) -> Resource | None:
        """The record, as the object is now; None where the object is gone, and then the record goes too."""
        if (api := self._api(call)) is None:
            return row
        outputs = objects.read(api, replace(call, id=row.id))
        if outputs is None:
            self._store.remove(row.number)
            return None
        self._keep(row, row.inputs, outputs)
        return replace(row, outputs=outputs)

    def changed(self, call: Call) -> Properties | None:
        """The object after an update; None where no API server keeps it. Raises `Refused`."""
        api = self._api(call)
        return None if api is None else objects.update(api, call)

    def deleted(self, call: Call) -> None:
        """Delete an object and wait until it is gone. Raises `Refused`."""
        if (api := self._api(call)) is not None:
            objects.delete(api, call)

    def vanished(self, row: Resource) -> None:
        """Somebody else removed a resource: an object goes from its API server too."""
        if self._planes is None:
            return
        api = self._planes.api(row.region) if row.package == "kubernetes" else None
        if api is not None and objects.served(api, row.token):
            objects.remove(api, row.token, row.id)
        self.follow(row.token)

    def _api(self, call: Call) -> Api | None:
        if self._planes is None or not call.live or call.cluster is None:
            return None
        return self._planes.api(cluster_key(call.cluster))

    def _row(self, call: Call, id: str) -> Resource:
        assert call.cluster is not None  # noqa: S101 - `_api` found one
        region = cluster_key(call.cluster)
        return self._store.resources("kubernetes", call.token, id, region)[0]

    def _keep(self, row: Resource, inputs: Properties, outputs: Properties) -> None:
        self._store.change(
            row.number, inputs=inputs, outputs=outputs, tags=row.tags, failed=row.failed, nodes=row.nodes
        )
