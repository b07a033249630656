"""A blueprint's wishes for the platform on AWS: what is declared for them passes the sandbox and is what AWS's
documentation asks for."""

import json
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pulumi
import pytest
from pulumi.runtime.mocks import MockMonitor
from pulumi.runtime.stack import run_pulumi_func

from tests.contract.dry_run import DryRun, MadeOne, changed, dry_run
from tests.contract.test_dependents_aws import ORDER
from tests.golden.cases import INFERENCE, TRAINING, request
from tests.mocked import event_loop
from wayfare.blueprints import CloudName
from wayfare.components.adoption import by_template
from wayfare.components.alerts import ALERTS
from wayfare.components.aws import adoption
from wayfare.components.aws.bootstrap_plan import key_policy
from wayfare.components.cluster import Cluster
from wayfare.components.contract import Lost, Request
from wayfare.sandbox.behaviour import Refused
from wayfare.sandbox.checks import Subject
from wayfare.sandbox.scenario import OperatorRow

AWS = CloudName.AWS
TAGGED = "aws:resourcegroupstaggingapi/getResources:getResources"
CLUSTER, NODES = "aws:eks/cluster:Cluster", "aws:eks/nodeGroup:NodeGroup"


def wish(blueprint: str = INFERENCE, **spec: Any) -> Request:
    """What a library blueprint asks for with other wishes."""
    asked = request(AWS, blueprint)
    wanted = asked.blueprint.model_dump(mode="json", by_alias=True, exclude_unset=True)
    model = type(asked.blueprint).model_validate({**wanted, "spec": {**wanted["spec"], **spec}}, strict=False)
    return replace(asked, blueprint=model)


def of(run: DryRun, type: str, name: str = "") -> list[MadeOne]:
    """What was made of a type."""
    assert run.refusals == []
    return [row for row in run.resources if row.type == type and row.name.endswith(name)]


def policy(row: MadeOne, key: str = "policy") -> list[dict[str, Any]]:
    """The statements of a policy."""
    return json.loads(row.inputs[key])["Statement"]


PRIVATE = {
    "access": {"api": "private", "allow": ["10.20.0.0/16"]},
    "network": {
        "existing": [
            {
                "cloud": "aws",
                "region": "us-east-1",
                "vpc": "vpc-0a1b2c3d4e5f60718",
                "clusterSubnets": ["subnet-0a1b2c3d4e5f60001", "subnet-0a1b2c3d4e5f60002"],
                "acceleratorSubnets": {"us-east-1a": "subnet-0a1b2c3d4e5f60003"},
                "reach": "10.20.0.2:443",
            }
        ]
    },
}


def with_network(run: DryRun) -> list[str]:
    """Make somebody else's network in the account; its ids, the VPC's first."""
    vpc = run.make(
        "aws:ec2/vpc:Vpc",
        "theirs",
        {"cidrBlock": "10.200.0.0/16", "enableDnsSupport": True, "enableDnsHostnames": True},
    )
    places = (("a", "10.200.0.0/20"), ("b", "10.200.16.0/20"), ("a", "10.200.64.0/18"))
    subnet = "aws:ec2/subnet:Subnet"
    return [
        vpc,
        *(
            run.make(subnet, cidr, {"vpcId": vpc, "cidrBlock": cidr, "availabilityZone": f"us-east-1{zone}"})
            for zone, cidr in places
        ),
    ]


def test_an_existing_network_is_used_and_nothing_of_it_is_made(tmp_path: Path) -> None:
    """EKS User Guide, "Cluster API server endpoint": the private endpoint's security group must let 443 in from the
    connected networks."""
    ids: list[str] = []

    def before(run: DryRun) -> None:
        ids.extend(with_network(run))

    def edit(type: str, name: str, inputs: dict[str, Any]) -> dict[str, Any]:  # noqa: ARG001 - an `Edit`
        named = ["vpc-0a1b2c3d4e5f60718", *(f"subnet-0a1b2c3d4e5f6000{index}" for index in (1, 2, 3))]
        text = json.dumps(inputs)
        for asked, id in zip(named, ids, strict=True):
            text = text.replace(asked, id)
        return json.loads(text)

    operator = OperatorRow(connected=(AWS,))
    with dry_run(tmp_path, wish(TRAINING, **PRIVATE), edit, operator, before) as run:
        kinds = {row.type for row in run.resources}
        assert not kinds & {"aws:ec2/vpc:Vpc", "aws:ec2/subnet:Subnet", "aws:ec2/natGateway:NatGateway"}
        assert not kinds & {"aws:ec2/routeTable:RouteTable", "aws:ec2/vpcEndpoint:VpcEndpoint"}
        (cluster,) = of(run, CLUSTER)
        network = cluster.inputs["vpcConfig"]
        assert network["subnetIds"] == ids[1:3]
        assert (network["endpointPublicAccess"], network["endpointPrivateAccess"]) == (False, True)
        assert "publicAccessCidrs" not in network
        (pool,) = of(run, NODES, "accelerator-nodes")
        assert pool.inputs["subnetIds"] == ids[3:]
        (fabric,) = of(run, "aws:ec2/securityGroup:SecurityGroup")
        assert fabric.inputs["vpcId"] == ids[0]
        (door,) = of(run, "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "allow-10-20-0-0-16")
        assert door.inputs["securityGroupId"] == cluster.outputs["vpcConfig"]["clusterSecurityGroupId"]
        assert (door.inputs["fromPort"], door.inputs["toPort"], door.inputs["cidrIpv4"]) == (443, 443, "10.20.0.0/16")


def test_another_space_moves_every_address(tmp_path: Path) -> None:
    with dry_run(tmp_path, wish(network={"space": "10.64.0.0/10"})) as run:
        (vpc,) = of(run, "aws:ec2/vpc:Vpc")
        assert vpc.inputs["cidrBlock"] == "10.64.0.0/16"
        assert len(of(run, "aws:ec2/subnet:Subnet")) == 4
        (cluster,) = of(run, CLUSTER)
        assert cluster.inputs["kubernetesNetworkConfig"]["serviceIpv4Cidr"] == "10.65.0.0/16"


def test_administrators_become_access_entries_with_the_cluster_admin_policy(tmp_path: Path) -> None:
    """EKS User Guide, "Associate access policies with access entries"."""
    arns = ["arn:aws:iam::123456789012:role/platform/oncall", "arn:aws:iam::123456789012:user/root-of-trust"]
    with dry_run(tmp_path, wish(admins={"aws": arns})) as run:
        entries = [row.inputs["principalArn"] for row in of(run, "aws:eks/accessEntry:AccessEntry")]
        assert sorted(entries) == sorted(["arn:aws:iam::123456789012:role/Administrator", *arns])
        policies = of(run, "aws:eks/accessPolicyAssociation:AccessPolicyAssociation")
        assert sorted(row.inputs["principalArn"] for row in policies) == sorted(entries)
        admin = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"
        assert {row.inputs["policyArn"] for row in policies} == {admin}


def test_the_workload_reads_exactly_the_secrets_that_are_named(tmp_path: Path) -> None:
    secrets = ["arn:aws:secretsmanager:us-east-1:123456789012:secret:hub-token-AbCdEf"]
    with dry_run(tmp_path, wish(secrets={"aws": secrets})) as run:
        (row,) = of(run, "aws:iam/rolePolicy:RolePolicy", "secrets")
        read, decrypt = policy(row)
        assert read["Resource"] == secrets
        assert set(read["Action"]) == {"secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"}
        assert decrypt["Condition"]["StringEquals"] == {
            "kms:ViaService": ["secretsmanager.us-east-1.amazonaws.com"],
            "kms:EncryptionContext:SecretARN": secrets,
        }


def test_a_chosen_version_is_the_control_planes_and_both_pools(tmp_path: Path) -> None:
    with dry_run(tmp_path, wish(kubernetes={"version": "1.34"})) as run:
        versions = [row.inputs["version"] for row in (*of(run, CLUSTER), *of(run, NODES))]
        assert versions == ["1.34"] * 3


@pytest.mark.parametrize(
    ("type", "version", "said"),
    [
        (CLUSTER, "1.38", "Unsupported Kubernetes minor version update from 1.36 to 1.38"),
        (CLUSTER, "1.35", "Unsupported Kubernetes minor version update from 1.36 to 1.35"),
        (NODES, "1.37", "is greater than the cluster's Kubernetes version 1.36"),
    ],
    ids=["two at once", "down", "nodes before the control plane"],
)
def test_versions_go_up_one_at_a_time_and_nodes_do_not_lead(tmp_path: Path, type: str, version: str, said: str) -> None:
    """EKS User Guide, "Update existing cluster to new Kubernetes version"."""
    with dry_run(tmp_path, wish()) as run:
        row = of(run, type)[0]
        with pytest.raises(Refused) as refused:
            update(run, row, changed(row.inputs, "version", version))
        assert said in str(refused.value)


def test_a_protected_cluster_is_not_deleted_until_it_is_no_longer_protected(tmp_path: Path) -> None:
    """EKS API reference, `deletionProtection`; set when the cluster stands, never while it is made."""
    standing = replace(wish(deletionProtection=True), complete=True)
    with dry_run(tmp_path, standing) as run:
        (cluster,) = of(run, CLUSTER)
        assert cluster.inputs["deletionProtection"] is True
        with pytest.raises(Refused, match="deletion protection"):
            run.delete(CLUSTER, cluster.id)
    with dry_run(tmp_path / "2", wish(deletionProtection=True)) as run:
        assert of(run, CLUSTER)[0].inputs["deletionProtection"] is False


def with_key(run: DryRun) -> None:
    """What `wayfare bootstrap` leaves in the account."""
    region, account = "us-east-1", "123456789012"
    policy = key_policy(account, region)
    key = run.make("aws:kms/key:Key", "key", {"policy": policy, "enableKeyRotation": True, "region": region})
    run.make("aws:kms/alias:Alias", "alias", {"name": "alias/wayfare", "targetKeyId": key, "region": region})


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
        assert [each["Resource"] for each in use] == [key]
        assert use[0]["Condition"] == {"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}}


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


WATCHED = {"metrics": "managed", "notify": ["oncall@example.com", "platform@example.com"]}


def test_a_watched_cluster_has_a_collector_the_rules_and_a_way_to_tell(tmp_path: Path) -> None:
    """Amazon Managed Service for Prometheus User Guide: "Set up managed collectors for Amazon EKS", "Giving permission
    to send alert messages to your Amazon SNS topic"."""
    with dry_run(tmp_path, wish(monitoring=WATCHED, encryption="own"), before=with_key) as run:
        (workspace,) = of(run, "aws:amp/workspace:Workspace")
        assert workspace.inputs["kmsKeyArn"].startswith("arn:aws:kms:")
        (cluster,) = of(run, CLUSTER)
        (collector,) = of(run, "aws:amp/scraper:Scraper")
        source = collector.inputs["source"]["eks"]
        assert source["clusterArn"] == cluster.outputs["arn"]
        assert source["securityGroupIds"] == [cluster.outputs["vpcConfig"]["clusterSecurityGroupId"]]
        assert len(source["subnetIds"]) == 2
        assert collector.inputs["destination"] == {"amp": {"workspaceArn": workspace.outputs["arn"]}}
        scraped = str(json.loads(collector.inputs["scrapeConfiguration"]))
        assert all(name in scraped for name in ("dcgm-exporter;9400", "kube-state-metrics;8080", "node-exporter;9100"))
        exporters = {row.inputs["addonName"] for row in of(run, "aws:eks/addon:Addon")}
        assert {"kube-state-metrics", "prometheus-node-exporter"} <= exporters
        (rules,) = of(run, "aws:amp/ruleGroupNamespace:RuleGroupNamespace")
        (group,) = json.loads(rules.inputs["data"])["groups"]
        assert {rule["alert"]: rule["expr"] for rule in group["rules"]} == {
            each.name: each.expression for each in ALERTS
        }
        (topic,) = of(run, "aws:sns/topic:Topic")
        assert topic.inputs["kmsMasterKeyId"] == workspace.inputs["kmsKeyArn"]
        (let_in,) = policy(of(run, "aws:sns/topicPolicy:TopicPolicy")[0])
        assert let_in["Principal"] == {"Service": "aps.amazonaws.com"}
        assert set(let_in["Action"]) == {"sns:Publish", "sns:GetTopicAttributes"}
        assert let_in["Condition"]["ArnEquals"] == {"aws:SourceArn": workspace.outputs["arn"]}
        mails = of(run, "aws:sns/topicSubscription:TopicSubscription")
        assert {(row.inputs["protocol"], row.inputs["endpoint"]) for row in mails} == {
            ("email", "oncall@example.com"),
            ("email", "platform@example.com"),
        }
        (alerts,) = of(run, "aws:amp/alertManagerDefinition:AlertManagerDefinition")
        assert topic.id in json.loads(alerts.inputs["definition"])["alertmanager_config"]


def test_metrics_without_anybody_to_tell_make_no_topic(tmp_path: Path) -> None:
    with dry_run(tmp_path, wish(monitoring={"metrics": "managed"})) as run:
        assert len(of(run, "aws:amp/scraper:Scraper")) == 1
        assert not [row for row in run.resources if row.type.startswith("aws:sns/") or "alertManager" in row.type]


@pytest.mark.parametrize(
    ("type", "path", "value", "said"),
    [
        ("aws:eks/cluster:Cluster", "vpcConfig.endpointPrivateAccess", False, "must include private access"),
        ("aws:amp/scraper:Scraper", "source.eks.subnetIds[1]", ..., "at least two Availability Zones"),
        ("aws:amp/ruleGroupNamespace:RuleGroupNamespace", "data", "groups: [{rules: [{alert: A}]}]", "has an expr"),
        ("aws:sns/topicPolicy:TopicPolicy", "policy", '{"Statement": [{"Resource": "*"}]}', "to a single resource"),
        (
            "aws:amp/alertManagerDefinition:AlertManagerDefinition",
            "definition",
            "alertmanager_config: 'route: {receiver: a}'",
            "not among the receivers",
        ),
    ],
)
def test_what_aws_refuses_of_a_watched_cluster(tmp_path: Path, type: str, path: str, value: Any, said: str) -> None:
    def edit(made: str, name: str, inputs: dict[str, Any]) -> dict[str, Any]:  # noqa: ARG001 - an `Edit`
        return changed(inputs, path, value) if made == type else inputs

    with dry_run(tmp_path, wish(monitoring=WATCHED), edit) as run:
        assert said in " ".join(refusal.text for refusal in run.refusals)


@pytest.mark.parametrize("blueprint", [TRAINING, INFERENCE])
def test_every_wish_at_once_is_refused_nowhere_and_found_by_what_was_asked_for(tmp_path: Path, blueprint: str) -> None:
    """Tagged, listed by the inventory, and adopted where its maker died: what a cluster with everything consists of."""
    named = "arn:aws:secretsmanager:us-east-1:123456789012:secret:hub-AbCdEf"
    everything = wish(
        blueprint,
        network={"endpoints": "private", "space": "10.64.0.0/10"},
        registry="private",
        encryption="own",
        monitoring=WATCHED,
        admins={"aws": ["arn:aws:iam::123456789012:role/oncall"]},
        secrets={"aws": [named]},
    )
    with dry_run(tmp_path, everything, before=with_key) as run:
        assert run.refusals == []
        rows = [row for row in run.resources if row.type.startswith("aws:")]
        lost = [Lost(row.urn, row.type, row.name, row.inputs) for row in rows]
        tagged = run.clouds["aws"].invoke(TAGGED, {"tagFilters": []}, {"region": run.region})
        found = by_template(adoption.BY_NAME, lost)
        found |= {row.urn: id for row in lost if (id := adoption.route_id(row)) is not None}
        listed: set[str] = set()
        for row in tagged["resourceTagMappingLists"]:
            found |= adoption.by_tag(row["resourceArn"], row["tags"].get("Name", ""), lost)
            listed.add(row["resourceArn"])
        unnamed = {"aws:ec2/routeTableAssociation:RouteTableAssociation"}
        # SNS answers with the subscription that is there when it is asked for again.
        unnamed |= {"aws:sns/topicSubscription:TopicSubscription"}
        wanted = {row.urn: row.id for row in rows if row.type not in unnamed}
        assert found == wanted
        arns = [row.outputs["arn"] for row in rows if row.inputs.get("tags") and "arn" in row.outputs]
        assert {each for each in arns if ":iam:" not in each} <= listed


def test_all_of_it_goes_before_what_it_stands_on(tmp_path: Path) -> None:
    """EC2 API reference, DeleteSubnet: interfaces of endpoints and of the collector are in the subnets."""
    wanted = wish(network={"endpoints": "private"}, registry="private", monitoring=WATCHED)
    with dry_run(tmp_path, wanted) as run:
        subnet = of(run, "aws:ec2/subnet:Subnet", "cluster-0")[0]
        (group,) = of(run, "aws:ec2/securityGroup:SecurityGroup", "callers")
        for row in (subnet, group):
            with pytest.raises(Refused, match=r"has (dependencies|a dependent object)"):
                run.delete(row.type, row.id)
        first = ("aws:amp/", "aws:sns/", "aws:ecr/")
        for row in [row for row in run.resources if row.type.startswith(first)]:
            run.delete(row.type, row.id)
        for type in ORDER:
            for row in [row for row in run.resources if row.type == type]:
                run.delete(type, row.id)
        assert [row.token for row in run.store.resources("aws") if row.token in ORDER] == []


def update(run: DryRun, row: MadeOne, inputs: dict[str, Any]) -> None:
    """Change something that was made. Raises `Refused`."""
    subject = Subject(row.type, row.urn, row.name, {"region": run.region})
    with run.clock.call():
        run.clouds["aws"].update(subject, row.id, row.inputs, inputs)


def statements(rows: Sequence[MadeOne], sid: str) -> dict[str, Any]:
    """The statement of that name."""
    (found,) = (each for row in rows for each in policy(row) if each.get("Sid") == sid)
    return found
