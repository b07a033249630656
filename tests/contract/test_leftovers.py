"""What controllers made in a cloud stays of a cluster that goes before its objects, and keeps the network."""

from collections.abc import Generator
from contextlib import suppress
from pathlib import Path

import pulumi
import pytest

from tests.contract.dry_run import DryRun, dry_run
from tests.golden.cases import INFERENCE, request
from tests.mocked import event_loop
from wayfare.blueprints import CloudName
from wayfare.components.clouds import cloud as wayfare_cloud
from wayfare.sandbox.behaviour import Refused

SERVICE, CLAIM = "kubernetes:core/v1:Service", "kubernetes:core/v1:PersistentVolumeClaim"
LEFT = {
    CloudName.AWS: [
        "aws:ebs/volume:Volume",
        "aws:ec2/securityGroup:SecurityGroup",
        "aws:elb/loadBalancer:LoadBalancer",
    ],
    CloudName.AZURE: [],
    CloudName.GCP: [
        "gcp:compute/disk:Disk",
        "gcp:compute/firewall:Firewall",
        "gcp:compute/forwardingRule:ForwardingRule",
    ],
}
#: What is refused meanwhile, and in which words.
KEPT: dict[CloudName, dict[str, str]] = {
    CloudName.AWS: {
        "aws:ec2/subnet:Subnet": "DependencyViolation: The subnet ",
        "aws:ec2/vpc:Vpc": "DependencyViolation: The vpc ",
    },
    CloudName.AZURE: {},
    CloudName.GCP: {"gcp:compute/network:Network": "is already being used by 'projects/wayfare-sandbox/global/firewal"},
}


@pytest.fixture
def run(tmp_path: Path, cloud: CloudName) -> Generator[DryRun]:
    """A cluster with a balanced service and a claim in it."""
    with dry_run(tmp_path, request(cloud, INFERENCE)) as made:
        assert made.refusals == []
        spec = {"type": "LoadBalancer", "ports": [{"port": 80}]}
        made.make(SERVICE, "front", {"metadata": {"name": "front"}, "spec": spec})
        storage = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
        made.make(CLAIM, "cache", {"metadata": {"name": "cache"}, "spec": storage})
        yield made


def delete_all(run: DryRun) -> tuple[dict[tuple[str, str], str], list[tuple[str, str, str]]]:
    """Delete all that the program made in the clouds, as far as it goes: what was refused, and what there is then."""
    refused: dict[tuple[str, str], str] = {}
    for type, id in reversed(run.made):
        if not type.startswith("kubernetes:"):
            try:
                run.delete(type, id)
            except Refused as refusal:
                refused[type, id] = str(refusal)
    rows = run.store.resources()
    return refused, [(row.package, row.token, row.id) for row in rows]


@pytest.mark.parametrize("cloud", CloudName)
def test_a_cluster_that_goes_before_its_objects_leaves_what_controllers_made(run: DryRun, cloud: CloudName) -> None:
    refused, rows = delete_all(run)
    left = [(package, token, id) for package, token, id in rows if (token, id) not in run.made]
    assert sorted(token for _, token, _ in left) == LEFT[cloud]
    assert {token for token, _ in refused} == KEPT[cloud].keys()
    assert all(KEPT[cloud][token] in text for (token, _), text in refused.items())
    for package, token, id in left:
        run.clouds[package].vanish(token, id)
    assert delete_all(run) == ({}, [])


@pytest.mark.parametrize(
    ("cloud", "kinds"),
    [
        (CloudName.AWS, ["ec2:security-group", "ec2:volume", "elasticloadbalancing:loadbalancer"]),
        (CloudName.GCP, ["compute.googleapis.com/Disk"]),
    ],
)
def test_the_inventory_sees_what_they_made(run: DryRun, cloud: CloudName, kinds: list[str]) -> None:
    delete_all(run)
    for token, id in reversed(run.made):
        with suppress(Refused):
            run.clouds[token.partition(":")[0]].vanish(token, id)
    with event_loop() as loop:
        pulumi.runtime.set_mocks(run, project="wayfare", stack="test", preview=False)
        found = loop.run_until_complete(wayfare_cloud(cloud).inventory("serve-small", run.region))
    assert [item.kind for item in found] == kinds


@pytest.mark.parametrize("cloud", CloudName)
def test_objects_that_go_first_leave_nothing(run: DryRun, cloud: CloudName) -> None:  # noqa: ARG001 - the fixture's
    run.delete(SERVICE, "default/front")
    run.delete(CLAIM, "default/cache")
    assert delete_all(run) == ({}, [])
