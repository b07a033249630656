"""The control planes of a sandbox: one behind each cluster that a cloud has, with the cluster's nodes and controllers.

`follow` looks at what the clouds hold and makes the control planes agree with it. It is called after whatever may
change that, and when a sandbox begins.
"""

import hashlib
import logging
import shutil
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from wayfare.sandbox.behaviour import Plane
from wayfare.sandbox.clouds.kubernetes_drivers import RELEASE
from wayfare.sandbox.clouds.kubernetes_nodes import charts
from wayfare.sandbox.joined import NODES, nodes
from wayfare.sandbox.planes import controllers, machines
from wayfare.sandbox.planes.api import Api
from wayfare.sandbox.planes.control_plane import ControlPlane
from wayfare.sandbox.planes.controllers import CONTROLLERS
from wayfare.sandbox.regions import PLANE_HOST, cluster_key
from wayfare.sandbox.store import Resource, Store

_LOG = logging.getLogger(__name__)
_FOLLOWED = frozenset(
    {
        *NODES,
        *("aws:eks/nodeGroup:NodeGroup", "azure-native:containerservice:AgentPool", "gcp:container/nodePool:NodePool"),
        *(RELEASE, "kubernetes:apps/v1:DaemonSet"),
    }
)


class Planes:
    """Every control plane of one sandbox. Safe to use from many threads."""

    def __init__(self, store: Store, installation: Path) -> None:
        """`installation`: the folder with `bin` and `manifests`."""
        self._store, self._installation = store, installation
        self._directory = store.directory / "kubernetes"
        self._planes = dict[str, ControlPlane]()
        self._controllers = dict[str, dict[str, Mapping[str, Any]]]()
        """By cluster and controller, the values of the chart that it was started with."""
        self._making, self._following = threading.Lock(), threading.Lock()

    def address(self, key: str) -> Plane:
        """Of a cluster, by its key: what the cloud tells of its control plane. It is made now, and not started."""
        address = self._plane(key).address
        self._store.set_meta(PLANE_HOST.format(address.host), key)
        return address

    def api(self, key: str) -> Api | None:
        """A cluster's API, if it runs."""
        with self._making:
            plane = self._planes.get(key)
        return plane.api if plane is not None and plane.running else None

    def kubeconfigs(self) -> Mapping[str, str]:
        """By cluster key, a file by which an administrator gets in."""
        with self._making:
            return {key: str(plane.directory / "kubeconfig") for key, plane in sorted(self._planes.items())}

    @staticmethod
    def concerns(token: str) -> bool:
        """Whether a change of such a resource may change a control plane, its nodes or its controllers."""
        return token in _FOLLOWED or token.endswith(":NicClusterPolicy")

    def follow(self) -> None:
        """Start, change and stop until all is as the clouds have it. Raises `NotReady` and `ApiRefused`."""
        with self._following:
            # Before the store is read: a control plane that is made meanwhile belongs to a cluster that is to come.
            with self._making:
                there = list(self._planes)
            wanted = {cluster_key(row): row for token in NODES for row in self._store.resources(token=token)}
            for key in set(there) - wanted.keys():
                self._remove(key)
            for key, row in wanted.items():
                self._keep(key, row)

    def close(self) -> None:
        """Stop every control plane; what they hold stays on disk."""
        with self._following, self._making:
            for plane in self._planes.values():
                plane.stop()

    def _plane(self, key: str) -> ControlPlane:
        with self._making:
            if key not in self._planes:
                folder = self._directory / hashlib.sha256(key.encode()).hexdigest()[:12]
                self._planes[key] = ControlPlane(folder, self._installation / "bin")
            return self._planes[key]

    def _remove(self, key: str) -> None:
        with self._making:
            plane = self._planes.pop(key)
            self._controllers.pop(key, None)
        plane.stop()
        shutil.rmtree(plane.directory, ignore_errors=True)
        _LOG.info("stopped the control plane of %s", key)

    def _keep(self, key: str, row: Resource) -> None:
        plane = self._plane(key)
        if not plane.running:
            plane.start()
            self._controllers[key] = {}
            _LOG.info("started the control plane of %s", key)
        objects = self._store.resources("kubernetes", region=key)
        machines.keep(plane.api, nodes(self._store, row))
        given = charts(objects)
        # Others of the program's objects may be put where a chart is.
        for namespace in sorted({str(each["namespace"]) for each in given.values() if each.get("createNamespace")}):
            space = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}
            plane.api.apply(f"/api/v1/namespaces/{namespace}", space, manager="helm")
        values = {name: cast("Mapping[str, Any]", each.get("values") or {}) for name, each in given.items()}
        self._control(plane, self._controllers[key], values)

    def _control(
        self, plane: ControlPlane, running: dict[str, Mapping[str, Any]], values: Mapping[str, Mapping[str, Any]]
    ) -> None:
        """Start the controllers that a cluster's charts bring, anew where their values are others, and stop those of
        charts that are gone.
        """
        for controller in CONTROLLERS:
            given = next((values[chart] for chart in controller.charts if chart in values), None)
            if running.get(controller.name) == given:
                continue
            if running.pop(controller.name, None) is not None:
                controllers.stop(plane, controller)
            if given is not None:
                # One that does not come up is not tried again before its chart has other values.
                running[controller.name] = given
                controllers.start(plane, controller, self._installation / "manifests", given)
