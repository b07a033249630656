"""What an account has once on AWS: it passes the sandbox, clusters find it, and it is kept."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pulumi
import pytest
from pulumi.runtime.mocks import MockMonitor
from pulumi.runtime.stack import run_pulumi_func

from tests.contract.dry_run import DryRun, dry_run
from tests.contract.platform_aws import wish
from tests.mocked import event_loop, run_with_mocks
from wayfare.components.aws.bootstrap import Bootstrap
from wayfare.components.aws.bootstrap_plan import bootstrap_plan, key_policy

REGIONS = ("us-east-1", "us-west-2")


def bootstrap(run: DryRun) -> None:
    """Run the account's program."""
    run_with_mocks(run, lambda: made(Bootstrap("wayfare", bootstrap_plan(REGIONS))))


def made(component: Bootstrap) -> None:
    """A program returns nothing."""
    assert component.outputs.keys() == {"account", "keys", "state"}


def test_a_key_in_each_region_and_one_bucket(tmp_path: Path) -> None:
    with dry_run(tmp_path, wish()) as run:
        before = len(run.resources)
        bootstrap(run)
        assert run.refusals == []
        rows = run.resources[before:]
        keys = [row for row in rows if row.type == "aws:kms/key:Key"]
        assert sorted(row.outputs["region"] for row in keys) == list(REGIONS)
        assert all(row.inputs["enableKeyRotation"] and row.inputs["rotationPeriodInDays"] == 365 for row in keys)
        aliases = [row for row in rows if row.type == "aws:kms/alias:Alias"]
        assert {(row.id, row.outputs["region"]) for row in aliases} == {("alias/wayfare", each) for each in REGIONS}
        (bucket,) = [row for row in rows if row.type == "aws:s3/bucket:Bucket"]
        assert bucket.id == "wayfare-state-123456789012-us-east-1"
        (access,) = [row.inputs for row in rows if row.type.endswith(":BucketPublicAccessBlock")]
        assert [value for value in access.values() if isinstance(value, bool)] == [True] * 4
        (versions,) = [row.inputs for row in rows if row.type.endswith(":BucketVersioning")]
        assert versions["versioningConfiguration"] == {"status": "Enabled"}
        (policy,) = [json.loads(row.inputs["policy"]) for row in rows if row.type.endswith(":BucketPolicy")]
        assert policy["Statement"][0]["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_a_cluster_finds_the_key_that_bootstrap_made(tmp_path: Path) -> None:
    with dry_run(tmp_path, wish(encryption="own"), before=bootstrap) as run:
        assert run.refusals == []
        (cluster,) = [row for row in run.resources if row.type == "aws:eks/cluster:Cluster"]
        key = next(
            row for row in run.resources if row.type == "aws:kms/key:Key" and row.outputs["region"] == run.region
        )
        assert cluster.inputs["encryptionConfig"]["provider"]["keyArn"] == key.outputs["arn"]


class Kept(MockMonitor):
    """Takes note of what is protected."""

    def __init__(self, mocks: pulumi.runtime.Mocks) -> None:
        super().__init__(mocks)
        self.options: dict[str, tuple[bool, bool]] = {}

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 - Pulumi's name
        self.options[request.type] = (request.protect, request.retainOnDelete)
        return super().RegisterResource(request)  # pyright: ignore[reportUnknownMemberType] - untyped


def test_all_of_it_is_protected_and_kept(tmp_path: Path) -> None:
    with dry_run(tmp_path, wish()) as run:
        monitor = Kept(run)
        with event_loop() as loop:
            pulumi.runtime.set_mocks(run, project="wayfare", stack="account", preview=False, monitor=monitor)
            loop.run_until_complete(run_pulumi_func(lambda: made(Bootstrap("wayfare", bootstrap_plan(REGIONS)))))
        kept = {type: options for type, options in monitor.options.items() if type.startswith("aws:")}
        assert len(kept) == 8
        assert set(kept.values()) == {(True, True)}


def test_without_a_region_there_is_nothing_to_make() -> None:
    with pytest.raises(ValueError, match="name at least one, such as --region us-east-1"):
        bootstrap_plan(())


def statement(sid: str) -> Mapping[str, Any]:
    """Of the key's policy."""
    (found,) = (row for row in json.loads(key_policy("123456789012", "eu-west-1"))["Statement"] if row["Sid"] == sid)
    return found


def test_services_use_the_key_for_this_account_alone() -> None:
    """Whoever is named as anybody is bound to the account and to one service's role by conditions."""
    for row in json.loads(key_policy("123456789012", "eu-west-1"))["Statement"]:
        if row["Principal"] == {"AWS": "*"}:
            assert row["Condition"]["StringEquals"]["kms:CallerAccount"] == "123456789012"
            assert row["Condition"]["ArnLike"]["aws:PrincipalArn"].startswith(
                "arn:aws:iam::123456789012:role/aws-service-role/"
            )
    assert statement("Logs")["Principal"] == {"Service": "logs.eu-west-1.amazonaws.com"}
    assert "123456789012" in str(statement("Logs")["Condition"])
    assert statement("NodeDisksGrants")["Condition"]["Bool"] == {"kms:GrantIsForAWSResource": "true"}
