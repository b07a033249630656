"""Nodes of a real control plane: what the clouds' machines show there, kept as they are there.

kwok plays their kubelets. Of what a real node keeps for itself nothing is taken away: all of its processors and memory
can be asked for.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any, cast

from wayfare.sandbox.behaviour import Node, Properties
from wayfare.sandbox.clouds.kubernetes_nodes import size
from wayfare.sandbox.joined import architecture, labels
from wayfare.sandbox.planes.api import Api

_NODES, _SLICES, _CLASSES = (
    "/api/v1/nodes",
    "/apis/resource.k8s.io/v1/resourceslices",
    "/apis/resource.k8s.io/v1/deviceclasses",
)
_DESCRIBED = "sandbox.wayfare.dev/described"
_MANAGER = "wayfare-sandbox"

#: Kubernetes' own default of how many pods a node takes (kubelet, `--max-pods`).
_PODS = 110

#: The driver that shows network devices (github.com/google/dranet).
_DRIVER = "dra.net"
#: The classes whose devices have RDMA.
_RDMA = ("mrdma.google.com",)


def keep(api: Api, wanted: Sequence[Node]) -> None:
    """Make the control plane's nodes those that are wanted, and what they show the same. Raises `ApiRefused`."""
    there = {str(each["metadata"]["name"]): each for each in api.ask("GET", _NODES)["items"]}
    for name in there.keys() - {node.name for node in wanted}:
        api.delete(f"{_NODES}/{name}")
    for node in wanted:
        item, old = _node(node), there.get(node.name)
        status: Properties = {} if old is None else old["status"]
        marks = {} if old is None else cast("Properties", old["metadata"].get("annotations") or {})
        if marks.get(_DESCRIBED) != item["metadata"]["annotations"][_DESCRIBED]:
            api.apply(f"{_NODES}/{node.name}", item, _MANAGER)
        if any(status.get(part) != item["status"][part] for part in ("allocatable", "capacity")):
            identity = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": node.name}}
            api.apply(f"{_NODES}/{node.name}/status", {**identity, "status": item["status"]}, _MANAGER)
    _keep_devices(api, wanted)


def _node(node: Node) -> Properties:
    vcpus, memory = size(node.machine_type)
    amounts = {"cpu": str(vcpus), "memory": f"{memory}Gi", "pods": str(_PODS)}
    amounts |= {name: str(count) for name, count in sorted(node.resources.items())}
    shown = labels(node)
    taints = [{"key": key, "value": value, "effect": effect} for key, value, effect in node.taints]
    described = hashlib.sha256(json.dumps([shown, taints], sort_keys=True).encode()).hexdigest()[:16]
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": node.name,
            "labels": shown,
            "annotations": {"kwok.x-k8s.io/node": "fake", _DESCRIBED: described},
        },
        "spec": {"taints": taints},
        "status": {"allocatable": amounts, "capacity": amounts, "nodeInfo": _information(architecture(node))},
    }


def _information(architecture: str) -> Mapping[str, str]:
    """What the API wants to be said of every node; kwok fills in the rest."""
    empty = ("machineID", "systemUUID", "bootID", "kernelVersion", "osImage", "containerRuntimeVersion")
    versions = ("kubeletVersion", "kubeProxyVersion")
    return {**dict.fromkeys((*empty, *versions), ""), "operatingSystem": "linux", "architecture": architecture}


def _keep_devices(api: Api, wanted: Sequence[Node]) -> None:
    """A class for each kind of devices, and a slice for each node that has some ("Dynamic Resource Allocation")."""
    with_devices = {node.name: node for node in wanted if node.devices}
    if not with_devices and not api.kind("resource.k8s.io/v1", "ResourceSlice"):
        return
    there = {str(each["metadata"]["name"]) for each in api.ask("GET", _SLICES)["items"]}
    for name in there - with_devices.keys():
        api.delete(f"{_SLICES}/{name}")
    for name, node in with_devices.items():
        for each in node.devices:
            if api.get(f"{_CLASSES}/{each}") is None:
                api.apply(f"{_CLASSES}/{each}", _class(each), _MANAGER)
        if name not in there:
            api.apply(f"{_SLICES}/{name}", _slice(node), _MANAGER)


def _class(name: str) -> Properties:
    rdma = "true" if name in _RDMA else "false"
    expression = f'device.driver == "{_DRIVER}" && device.attributes["{_DRIVER}"].rdma == {rdma}'
    spec: Mapping[str, Any] = {"selectors": [{"cel": {"expression": expression}}]}
    return {"apiVersion": "resource.k8s.io/v1", "kind": "DeviceClass", "metadata": {"name": name}, "spec": spec}


def _slice(node: Node) -> Properties:
    pool = {"name": node.name, "generation": 1, "resourceSliceCount": 1}
    devices = [
        {"name": f"{name.partition('.')[0]}{index}", "attributes": {"rdma": {"bool": name in _RDMA}}}
        for name, count in node.devices.items()
        for index in range(count)
    ]
    spec = {"driver": _DRIVER, "nodeName": node.name, "pool": pool, "devices": devices}
    return {"apiVersion": "resource.k8s.io/v1", "kind": "ResourceSlice", "metadata": {"name": node.name}, "spec": spec}
