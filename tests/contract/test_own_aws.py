"""The account's own keys, registry and endpoints on AWS: what is declared is what AWS's documentation asks for."""

import json
from functools import partial
from pathlib import Path
from typing import Any

import pulumi
import pytest
from pulumi.runtime.mocks import MockMonitor
from pulumi.runtime.stack import run_pulumi_func

from tests.contract.dry_run import DryRun, changed, dry_run
from tests.contract.platform_aws import (
    CLUSTER,
    NODES,
    of,
    policy,
    statements,
    wish,
    with_key,
)
from tests.golden.cases import TRAINING
from tests.mocked import event_loop
from wayfare.components.aws.bootstrap_plan import key_policy
from wayfare.components.cluster import Cluster
from wayfare.components.contract import Request
from wayfare.sandbox.behaviour import Refused
from wayfare.sandbox.clouds.aws import BEHAVIOUR
from wayfare.sandbox.difference import changes


def test_everything_at_rest_is_encrypted_with_the_accounts_key(tmp_path: Path) -> None:
    """Each service takes the key where its own documentation says: EKS in `encryptionConfig` for secrets, EBS by the
    launch templates, S3 by its default encryption with a bucket key, CloudWatch Logs on the group."""
    with dry_run(tmp_path, wish(TRAINING, encryption="own"), before=with_key) as run:
        (key,) = [row.outputs["arn"] for row in run.store.resources("aws", "aws:kms/key:Key")]
        (cluster,) = of(run, CLUSTER)
        assert cluster.inputs["encryptionConfig"] == {"provider": {"keyArn": key}, "resources": ["secrets"]}
        for template in of(run, "aws:ec2/launchTemplate:LaunchTemplate"):
            (disk,) = template.inputs["blockDeviceMappings"]
            assert (disk["ebs"]["encrypted"], disk["ebs"]["kmsKeyId"]) == ("true", key)
        assert {row.inputs["kmsKeyId"] for row in of(run, "aws:cloudwatch/logGroup:LogGroup")} == {key}
        (bucket,) = of(run, "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration")
        assert bucket.inputs["rules"] == [
            {
                "applyServerSideEncryptionByDefault": {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": key},
                "bucketKeyEnabled": True,
            }
        ]
        use = [each for row in of(run, "aws:iam/rolePolicy:RolePolicy") for each in policy(row) if "kms" in str(each)]
        # The workload's own role, and that of the driver that mounts the bucket.
        assert [each["Resource"] for each in use] == [key, key]
        by_s3 = {"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}}
        assert [each["Condition"] for each in use] == [by_s3, by_s3]


@pytest.mark.parametrize(
    ("before", "after", "replaces"),
    [("cloud", "own", False), ("own", "cloud", True)],
    ids=["a key is added in place", "a cluster keeps its key"],
)
def test_a_cluster_gets_a_key_and_keeps_it(tmp_path: Path, before: str, after: str, replaces: bool) -> None:
    """EKS API reference, AssociateEncryptionConfig; EKS User Guide: envelope encryption with a key cannot be undone."""
    found: list[dict[str, Any]] = []
    for encryption in (before, after):
        with dry_run(tmp_path / encryption, wish(encryption=encryption), before=with_key) as run:
            found.append(of(run, CLUSTER)[0].inputs)
    old, new = found
    other = changes(old, new, BEHAVIOUR.rules[CLUSTER].replace_on)
    assert {each.replaces for each in other if each.path[0] == "encryptionConfig"} == {replaces}


@pytest.mark.parametrize(
    ("sid", "type", "said"),
    [
        ("Logs", "aws:cloudwatch/logGroup:LogGroup", "is not allowed to be used with Arn 'arn:aws:logs:us-east-1:"),
        ("NodeDisks", NODES, "Client.InvalidKMSKey.InvalidState"),
        ("NodeDisksGrants", NODES, "Client.InvalidKMSKey.InvalidState"),
    ],
)
def test_each_statement_of_the_keys_policy_is_needed(tmp_path: Path, sid: str, type: str, said: str) -> None:
    def without(run: DryRun) -> None:
        document = json.loads(key_policy("123456789012", "us-east-1"))
        document["Statement"] = [row for row in document["Statement"] if row["Sid"] != sid]
        key = run.make("aws:kms/key:Key", "key", {"policy": json.dumps(document)})
        run.make("aws:kms/alias:Alias", "alias", {"name": "alias/wayfare", "targetKeyId": key})

    with dry_run(tmp_path, wish(encryption="own"), before=without) as run:
        assert run.refusals[0].type == type
        assert said in run.refusals[0].text


def test_a_key_stays_in_the_hands_of_its_account(tmp_path: Path) -> None:
    """KMS API reference, CreateKey: the lockout safety check."""
    document = json.loads(key_policy("123456789012", "us-east-1"))
    document["Statement"] = document["Statement"][1:]
    with dry_run(tmp_path, wish()) as run:
        with pytest.raises(Refused, match="will not allow you to update the key policy in the future"):
            run.make("aws:kms/key:Key", "key", {"policy": json.dumps(document)})
        with pytest.raises(Refused, match="does not exist"):
            run.make("aws:kms/alias:Alias", "alias", {"name": "alias/wayfare", "targetKeyId": "nothing"})


def test_images_are_immutable_scanned_and_pulled_by_the_workload_alone(tmp_path: Path) -> None:
    """ECR User Guide, "Image tag mutability", "Scan images"; nodes pull by AmazonEC2ContainerRegistryPullOnly."""
    with dry_run(tmp_path, wish(registry="private", encryption="own"), before=with_key) as run:
        (repository,) = of(run, "aws:ecr/repository:Repository")
        asked = repository.inputs
        assert (asked["imageTagMutability"], asked["imageScanningConfiguration"]) == ("IMMUTABLE", {"scanOnPush": True})
        (encryption,) = asked["encryptionConfigurations"]
        assert encryption["encryptionType"] == "KMS"
        assert encryption["kmsKey"].startswith("arn:aws:kms:us-east-1:123456789012:key/")
        (rights,) = of(run, "aws:iam/rolePolicy:RolePolicy", "registry")
        pull, sign_in = policy(rights)
        assert pull["Resource"] == repository.outputs["arn"]
        assert set(pull["Action"]) == {
            *("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"),
        }
        assert sign_in["Action"] == "ecr:GetAuthorizationToken"
        assert not of(run, "aws:ecr/repositoryPolicy:RepositoryPolicy")


def test_bucket_and_registry_answer_inside_of_the_network_alone(tmp_path: Path) -> None:
    admin = "arn:aws:iam::123456789012:role/oncall"
    wanted = wish(network={"endpoints": "private"}, registry="private", admins={"aws": [admin]})
    with dry_run(tmp_path, wanted) as run:
        (vpc,) = of(run, "aws:ec2/vpc:Vpc")
        endpoints = of(run, "aws:ec2/vpcEndpoint:VpcEndpoint")
        interfaces = [row for row in endpoints if row.inputs["vpcEndpointType"] == "Interface"]
        assert {row.inputs["serviceName"].removeprefix("com.amazonaws.us-east-1.") for row in interfaces} == {
            *("ecr.api", "ecr.dkr", "sts", "logs", "ec2", "eks-auth"),
        }
        assert all(row.inputs["privateDnsEnabled"] and len(row.inputs["subnetIds"]) == 2 for row in interfaces)
        (bucket_policy,) = of(run, "aws:s3/bucketPolicy:BucketPolicy")
        content = statements([bucket_policy], "ContentInsideOfTheNetworkAlone")
        assert (content["Effect"], content["Principal"]) == ("Deny", "*")
        assert content["Condition"]["StringNotEquals"] == {"aws:SourceVpc": vpc.id}
        assert {"s3:GetObject*", "s3:PutObject*"} <= set(content["Action"])
        # What the provider does to a bucket that it reads, empties and deletes is left to operators from anywhere.
        clearing = statements([bucket_policy], "NamesAndDeletionInsideOrByOperators")
        assert set(clearing["Action"]) == {"s3:ListBucket*", "s3:DeleteObject*"}
        operators = clearing["Condition"]["ArnNotLike"]["aws:PrincipalArn"]
        assert {"arn:aws:iam::123456789012:role/Administrator", admin} <= set(operators)
        assert admin not in str(content)
        statements([bucket_policy], "TlsOnly")
        (images,) = policy(of(run, "aws:ecr/repositoryPolicy:RepositoryPolicy")[0])
        assert images["Condition"]["StringNotEquals"] == {"aws:SourceVpc": vpc.id}
        assert {"ecr:BatchGetImage", "ecr:PutImage"} <= set(images["Action"])
        assert "ecr:DeleteRepository" not in images["Action"]


@pytest.mark.parametrize(
    ("edits", "said"),
    [
        ({"subnetIds[1]": 0}, "DuplicateSubnetsInSameZone"),
        (
            {"vpcEndpointType": "Gateway", "privateDnsEnabled": ..., "subnetIds": ..., "securityGroupIds": ...},
            "Gateway",
        ),
    ],
    ids=["two subnets in a zone", "a gateway to what has none"],
)
def test_what_ec2_refuses_of_an_endpoint(tmp_path: Path, edits: dict[str, Any], said: str) -> None:
    def edit(type: str, name: str, inputs: dict[str, Any]) -> dict[str, Any]:
        if not (type == "aws:ec2/vpcEndpoint:VpcEndpoint" and name.endswith("sts")):
            return inputs
        for path, value in edits.items():
            inputs = changed(inputs, path, inputs["subnetIds"][value] if isinstance(value, int) else value)
        return inputs

    with dry_run(tmp_path, wish(network={"endpoints": "private"}), edit) as run:
        assert run.refusals
        assert said in run.refusals[0].text


def test_the_buckets_policy_is_one_resource_wherever_it_is_declared(tmp_path: Path) -> None:
    """A bucket has one policy (S3 API reference, PutBucketPolicy): the old one's deletion would take the new one."""
    seen: list[dict[str, set[str]]] = []
    for wanted in (wish(), wish(network={"endpoints": "private"})):
        with dry_run(tmp_path / str(len(seen)), wanted) as run:
            monitor = Aliases(run)
            with event_loop() as loop:
                pulumi.runtime.set_mocks(run, project="wayfare", stack="s", preview=False, monitor=monitor)
                loop.run_until_complete(run_pulumi_func(partial(declare, wanted)))
            seen.append(monitor.known)
    (public,), (private,) = seen
    assert public in seen[1][private]
    assert private in seen[0][public]


def declare(wanted: Request) -> None:
    """The program of a cluster."""
    Cluster(wanted)


class Aliases(MockMonitor):
    """Takes note of what a bucket's policy was called before."""

    def __init__(self, mocks: pulumi.runtime.Mocks) -> None:
        super().__init__(mocks)
        self.known: dict[str, set[str]] = {}

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 - Pulumi's name
        answer = super().RegisterResource(request)  # pyright: ignore[reportUnknownMemberType] - untyped
        if request.type == "aws:s3/bucketPolicy:BucketPolicy":
            # The mocks' URNs tell a resource's own parent alone.
            names = {each.urn or alias_urn(each.spec, request) for each in request.aliases}
            self.known[answer.urn] = {
                name.replace("wayfare:index:Cluster$", "").replace("pulumi:pulumi:Stack$", "") for name in names
            }
        return answer


def alias_urn(spec: Any, request: Any) -> str:
    """The engine's rule: the alias's parent and name, and this resource's type."""
    head, name = spec.parentUrn.rpartition("::")[0], spec.name
    return f"{head}${request.type}::{name}"
