"""Nodes on a control plane follow the clouds' machines; how large a machine is and what its processors are."""

from dataclasses import replace
from typing import Any

import pytest

from wayfare.sandbox.behaviour import Node, Properties
from wayfare.sandbox.clouds.kubernetes_nodes import is_arm, size
from wayfare.sandbox.planes import machines
from wayfare.sandbox.planes.api import Api, ApiRefused, Kind


class Objects(Api):
    """An API server's objects, without the server: what is applied is there, and how often it was."""

    def __init__(self) -> None:
        self.there = dict[str, Properties]()
        self.writes = list[str]()

    def kind(self, api_version: str, kind: str) -> Kind | None:
        """Every kind, in no namespace."""
        return Kind(f"/apis/{api_version}", f"{kind.lower()}s", namespaced=False)

    def ask(self, method: str, path: str, *_: Any, **_beside: Any) -> Any:
        """A list, or an object."""
        assert method == "GET"
        if path in self.there:
            return self.there[path]
        below = [item for place, item in self.there.items() if place.rpartition("/")[0] == path]
        if not below and path.count("/") > 4:
            raise ApiRefused("not found", 404)
        return {"items": below}

    def apply(self, path: str, item: Properties, manager: str = "") -> Properties:  # noqa: ARG002 - one writer
        """A status is a part of its object, and no other write touches it."""
        self.writes.append(path)
        whole = path.removesuffix("/status")
        old = self.there.get(whole, {})
        part = {"status": item["status"]} if path != whole else {key: item[key] for key in item if key != "status"}
        self.there[whole] = {"status": {}, **old, **part}
        return self.there[whole]

    def delete(self, path: str, *, wait: bool = False) -> None:  # noqa: ARG002 - nothing owns anything
        """What is gone already is no error."""
        self.there.pop(path, None)


NODE = Node(
    "a-0",
    "p5.48xlarge",
    "us-east-1",
    "us-east-1a",
    {"pool": "a"},
    (("nvidia.com/gpu", "present", "NoSchedule"),),
    {"nvidia.com/gpu": 8},
)
PATH = "/api/v1/nodes/a-0"


def test_a_machine_becomes_a_node_that_is_not_written_again() -> None:
    api = Objects()
    machines.keep(api, [NODE])
    made = api.there[PATH]
    assert made["spec"]["taints"] == [{"key": "nvidia.com/gpu", "value": "present", "effect": "NoSchedule"}]
    # EC2, "P5 instances": 192 vCPUs and 2 TiB of memory.
    assert made["status"]["allocatable"] == {"cpu": "192", "memory": "2048Gi", "pods": "110", "nvidia.com/gpu": "8"}
    labels = made["metadata"]["labels"]
    assert labels["pool"] == "a"
    assert labels["topology.kubernetes.io/zone"] == "us-east-1a"
    assert labels["kubernetes.io/arch"] == "amd64"
    written = len(api.writes)
    machines.keep(api, [NODE])
    assert len(api.writes) == written


def test_it_follows_labels_resources_and_number() -> None:
    api = Objects()
    machines.keep(api, [NODE, replace(NODE, name="a-1")])
    machines.keep(
        api, [replace(NODE, labels={"pool": "b"}, resources={"nvidia.com/gpu": 8, "vpc.amazonaws.com/efa": 32})]
    )
    assert [path for path in api.there if path.startswith("/api/v1/nodes/")] == [PATH]
    assert api.there[PATH]["metadata"]["labels"]["pool"] == "b"
    assert api.there[PATH]["status"]["capacity"]["vpc.amazonaws.com/efa"] == "32"


def test_devices_of_a_class_come_and_go_with_their_node() -> None:
    api = Objects()
    machines.keep(api, [replace(NODE, devices={"mrdma.google.com": 8})])
    (slices,) = (item for path, item in api.there.items() if "resourceslices" in path)
    devices = slices["spec"]["devices"]
    assert len(devices) == 8
    assert {each["attributes"]["rdma"]["bool"] for each in devices} == {True}
    machines.keep(api, [])
    assert not [path for path in api.there if "resourceslices" in path or "nodes" in path]


@pytest.mark.parametrize(
    ("machine_type", "vcpus", "gib", "arm"),
    [
        # EC2, Azure and Compute Engine: the machines' own pages.
        ("m6i.large", 2, 8, False),
        ("c7g.2xlarge", 8, 16, True),
        ("r6i.xlarge", 4, 32, False),
        ("Standard_D4s_v5", 4, 16, False),
        ("Standard_E8ps_v5", 8, 64, True),
        ("e2-standard-4", 4, 16, False),
        ("c4a-highmem-8", 8, 64, True),
        ("of-no-known-name", 2, 4, False),
    ],
)
def test_a_machine_is_as_large_as_its_name_says(machine_type: str, vcpus: int, gib: int, arm: bool) -> None:
    assert size(machine_type) == (vcpus, gib)
    assert is_arm(machine_type) is arm
