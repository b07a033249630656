"""Every object of every workload is what its definition says: each machine type, by each purchase, of both kinds."""

import json
from dataclasses import replace

import pytest

from tests.contract.asked import request, sold
from tests.schemas.judge import misfits
from wayfare.blueprints import CloudName
from wayfare.components.clouds import cloud
from wayfare.components.contract import NotFeasible
from wayfare.components.kubernetes.layers import Given, Layers, layers
from wayfare.components.pods import ClusterObject, Volume

#: Their definitions come with charts alone, in no module: the sandbox knows their rules (docs/sandbox.md).
_UNDEFINED = {"NicClusterPolicy", "ComputeDomain"}

SHARED = Volume("shared", "/shared", "fsx.csi.aws.com", "fs-1", {"dnsname": "fs-1.fsx"}, capacity_gib=4800)


def objects(found: Layers) -> list[ClusterObject]:
    return [found.namespace, *found.ground, *found.devices, *found.beside, found.workload]


@pytest.mark.parametrize("kind", ["TrainingCluster", "InferenceCluster"])
@pytest.mark.parametrize("on", CloudName)
def test_every_object_is_what_its_definition_says(on: CloudName, kind: str) -> None:
    given = Given({"role": "r"}, (SHARED, replace(SHARED, name="data-0", mount="/data", read_only=True)))
    wrong: dict[str, list[str]] = {}
    judged, seen = set[str](), set[str]()
    for machine, purchase in sold(on):
        try:
            plan = cloud(on).plan(request(on, machine, purchase, kind=kind))
        except NotFeasible:
            # A slice of TPUs over several nodes serves nothing; who says so is tested elsewhere.
            continue
        for each in objects(layers(plan, given)):
            # Most are the same for every purchase, and many for every machine type.
            text = json.dumps(each.manifest(), sort_keys=True)
            judged.add(each.kind)
            if each.kind in _UNDEFINED or text in seen:
                continue
            seen.add(text)
            if found := misfits(each):
                wrong[f"{machine.name} {purchase} {each.kind} {each.name}"] = found
    assert wrong == {}
    own = {"JobSet", "ClusterQueue", "LocalQueue", "ResourceFlavor", "WorkloadPriorityClass"}
    assert judged >= (own if kind == "TrainingCluster" else {"Deployment"})


@pytest.mark.parametrize(
    ("kind", "spec", "said"),
    [
        ("JobSet", {"failurePolicys": {}}, "failurePolicys"),
        ("ClusterQueue", {"preemption": {"withinClusterQueue": "Sometimes"}}, "Sometimes"),
        ("ResourceFlavor", {"nodeLabel": {}}, "nodeLabel"),
        ("LocalQueue", {"clusterQueue": 1}, "1"),
    ],
)
def test_a_planted_mistake_is_found(kind: str, spec: dict[str, object], said: str) -> None:
    machine, purchase = sold(CloudName.AWS)[0]
    found = objects(layers(cloud(CloudName.AWS).plan(request(CloudName.AWS, machine, purchase)), Given()))
    (right,) = [each for each in found if each.kind == kind]
    assert misfits(right) == []
    (wrong, *_) = misfits(replace(right, spec={**right.spec, **spec}))
    assert said in wrong
