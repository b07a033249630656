"""AWS's shared store and data sets, against the sandbox: every rule is of AWS's documentation."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.contract.dry_run import DryRun, Edit, changed, dry_run
from tests.golden.graph import graph
from tests.unit.components.test_aws_storage import asked
from wayfare.components.aws.account import item
from wayfare.sandbox.behaviour import Properties
from wayfare.sandbox.clouds.kubernetes_controlled import claimed
from wayfare.stacks.consent import loss_of
from wayfare.stacks.facts import subject

LUSTRE = "aws:fsx/lustreFileSystem:LustreFileSystem"
WANTED: dict[str, object] = {
    "shared": {"capacity": "48TiB", "throughputGBps": 12, "keep": "durable"},
    "scratch": {"perNode": "6TiB"},
    "data": [{"from": "s3://corpus/en/2026", "mount": "/data"}, {"from": "s3://vocabulary", "mount": "/words"}],
}


def made(run: DryRun, type: str, name: str = "") -> Any:
    (found,) = (row for row in run.resources if row.type.endswith(f":{type}") and name in row.name)
    return found


def test_all_stores_come_up(tmp_path: Path) -> None:
    with dry_run(tmp_path, asked(WANTED)) as run:
        assert run.refusals == []
        store, template = made(run, "LustreFileSystem"), made(run, "LaunchTemplate", "accelerator")
        assert (store.inputs["storageCapacity"], store.inputs["perUnitStorageThroughput"]) == (50400, 250)
        # FSx for Lustre User Guide, "File system access control with Amazon VPC": clients and servers let each other in
        # on 988 and 1018 to 1023, here as members of one group that lets in and out all within itself.
        (group,) = store.inputs["securityGroupIds"]
        assert all(group in each["securityGroups"] for each in template.inputs["networkInterfaces"])
        subnet = next(row for row in run.resources if row.id == store.inputs["subnetIds"])
        nodes = next(
            row for row in run.resources if row.id in made(run, "NodeGroup", "accelerator").inputs["subnetIds"]
        )
        assert subnet.inputs["availabilityZone"] == nodes.inputs["availabilityZone"]
        assert item(store.outputs["arn"], store.inputs["tags"]).retained


def test_a_store_is_mounted_by_its_dns_name(tmp_path: Path) -> None:
    """FSx for Lustre CSI driver, "Static provisioning"."""
    with dry_run(tmp_path, asked(WANTED)) as run:
        store, volume = made(run, "LustreFileSystem"), made(run, "PersistentVolume", "shared")
        assert volume.inputs["spec"]["csi"] == {
            "driver": "fsx.csi.aws.com",
            "volumeHandle": store.id,
            "volumeAttributes": {"dnsname": store.outputs["dnsName"], "mountname": store.outputs["mountName"]},
        }
        assert volume.inputs["spec"]["mountOptions"] == ["flock"]


def test_data_is_read_and_no_more_than_what_is_mounted(tmp_path: Path) -> None:
    """Mountpoint for Amazon S3 CSI driver, "Static Provisioning"; Mountpoint, "IAM permissions"."""
    with dry_run(tmp_path, asked(WANTED)) as run:
        first, second = made(run, "PersistentVolume", "data-0"), made(run, "PersistentVolume", "data-1")
        assert first.inputs["spec"]["csi"]["volumeAttributes"] == {"bucketName": "corpus"}
        assert first.inputs["spec"]["mountOptions"] == ["read-only", "allow-other", "prefix en/2026/"]
        assert second.inputs["spec"]["mountOptions"] == ["read-only", "allow-other"]
        assert first.inputs["spec"]["csi"]["volumeHandle"] != second.inputs["spec"]["csi"]["volumeHandle"]
        policy = json.loads(made(run, "RolePolicy", "data").inputs["policy"])["Statement"]
        assert [(each["Action"], each["Resource"]) for each in policy] == [
            (["s3:ListBucket"], "arn:aws:s3:::corpus"),
            (["s3:GetObject"], "arn:aws:s3:::corpus/en/2026/*"),
            (["s3:ListBucket"], "arn:aws:s3:::vocabulary"),
            (["s3:GetObject"], "arn:aws:s3:::vocabulary/*"),
        ]
        assert policy[0]["Condition"] == {"StringLike": {"s3:prefix": ["en/2026/*"]}}
        addon = made(run, "Addon", "data")
        (association,) = addon.inputs["podIdentityAssociations"]
        assert association["serviceAccount"] == "s3-csi-driver-sa"
        assert association["roleArn"] == made(run, "Role", "data").outputs["arn"]


def test_nothing_is_made_that_was_not_asked_for(tmp_path: Path) -> None:
    with dry_run(tmp_path, asked({})) as run:
        assert run.refusals == []
        names = {row.inputs["addonName"] for row in run.resources if row.type.endswith(":Addon")}
        assert not names & {"aws-fsx-csi-driver", "aws-mountpoint-s3-csi-driver"}
        assert LUSTRE not in {row.type for row in run.resources}


def test_claims_of_what_was_there_before_leave_no_disk_behind(tmp_path: Path) -> None:
    """A claim that names its volume is bound to it, and no controller makes it another (Kubernetes, "Reserving a
    PersistentVolume")."""
    with dry_run(tmp_path, asked(WANTED)) as run:
        objects: Any = run.store.resources("kubernetes")
        assert [row for row in objects if row.token.endswith(":PersistentVolumeClaim")]
        assert list(claimed(objects)) == []


def test_a_durable_store_stands_on_the_network_alone() -> None:
    """So that it can stay when the control plane and the nodes go."""
    resources = graph(asked(WANTED))
    (key,) = (key for key, row in resources.items() if row.type == LUSTRE)
    todo, needed = [key], set[str]()
    while todo:
        row = resources[todo.pop()]
        todo += [each for each in row.after if each not in needed]
        needed |= row.after
    kinds = {resources[each].type.rpartition(":")[2] for each in needed}
    # FSx looks at the rules of the group when the file system is made.
    assert {"SecurityGroupIngressRule", "SecurityGroupEgressRule"} <= kinds
    assert not kinds & {"Cluster", "NodeGroup", "Addon", "LaunchTemplate"}


def test_a_store_is_asked_for_by_name_before_it_is_replaced() -> None:
    urn = "urn:pulumi:stack::wayfare::wayfare:index:Cluster$wayfare:aws:SharedStore$" + LUSTRE + "::llm-shared-store"
    loss = loss_of(LUSTRE, subject(urn))
    assert subject(urn) == "shared store"
    assert loss is not None
    assert loss.name == "store"


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("storageCapacity", 49152, "49152 is neither 1200, 2400 nor a multiple of 2400 GiB"),
        ("perUnitStorageThroughput", 200, "200 is not one of [125, 250, 500, 1000], which PERSISTENT_2 has on SSD"),
        ("perUnitStorageThroughput", ..., "is required for the deployment type PERSISTENT_2"),
        ("deploymentType", "PERSISTENT_3", "PERSISTENT_2"),
        ("efaEnabled", True, "needs the deployment type PERSISTENT_2 and a metadata configuration"),
        ("dataCompressionType", "GZIP", "'GZIP' is not one of NONE, LZ4"),
        ("subnetIds", "subnet-0a1b2c3d4e5f60718", "The subnet ID subnet-0a1b2c3d4e5f60718 is invalid"),
        ("securityGroupIds", [], "do not permit Lustre LNET network traffic on port 988"),
    ],
)
def test_what_fsx_refuses(tmp_path: Path, path: str, value: object, said: str) -> None:
    with dry_run(tmp_path, asked(WANTED), editing(LUSTRE, path, value)) as run:
        assert any(said in refusal.text for refusal in run.refusals), run.refusals


def test_what_eks_refuses_of_a_driver_without_an_identity(tmp_path: Path) -> None:
    edit = editing("aws:eks/addon:Addon", "podIdentityAssociations[0].roleArn", "arn:aws:iam::123456789012:role/x")
    with dry_run(tmp_path, asked(WANTED), edit) as run:
        assert "Trust policy of the role provided is invalid" in run.refusals[0].text


def editing(type: str, path: str, value: object) -> Edit:
    def edit(token: str, name: str, given: Properties) -> Properties:
        del name
        meant = token == type and (not path.startswith("pod") or "podIdentityAssociations" in given)
        return changed(given, path, value) if meant else given

    return edit
